"""What gradient ascent changes: pixels, a spectrum, or phases."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from quick_pictures import quick

from generator.visualizations.maximization.natural import (
    high_frequency,
    natural_high_frequency,
    natural_magnitudes,
)
from generator.visualizations.maximization.parametrisation import (
    as_bytes,
    parametrisation_for,
    unit_seed,
)
from generator.visualizations.maximization.presets import PRESETS

CPU = torch.device("cpu")
EVERY = pytest.mark.parametrize("preset", PRESETS)


@EVERY
@pytest.mark.parametrize("size", [16, 17, 32])
def test_pictures_have_the_size_and_depend_on_their_own_seed(preset: str, size: int) -> None:
    way = parametrisation_for(quick(preset), size, CPU)
    together = way.pictures(way.start([1, 2, 3]))
    assert together.shape == (3, 3, size, size)
    assert torch.equal(way.pictures(way.start([2])), together[1:2])
    assert not torch.equal(together[0], together[1])


@pytest.mark.parametrize("preset", ["classic", "fourier"])
def test_values_come_back_through_the_point(preset: str) -> None:
    way = parametrisation_for(quick(preset), 24, CPU)
    values = way.values(way.start([5, 6]) * 40)
    torch.testing.assert_close(way.values(way.point(values)), values, atol=1e-4, rtol=1e-3)


def waves_of(values: torch.Tensor) -> torch.Tensor:
    """The spectrum but for the four waves that are their own conjugates, which have no phase."""
    spectra = torch.fft.rfft2(values)
    side = spectra.shape[-2]
    keep = torch.ones(side, side // 2 + 1, dtype=torch.bool)
    keep[:: side // 2, :: side // 2] = False
    return spectra[..., keep]


def test_phases_come_back_through_the_point() -> None:
    way = parametrisation_for(quick("maco"), 24, CPU)
    values = way.values(way.start([5, 6]))
    there, back = waves_of(values), waves_of(way.values(way.point(values)))
    ratio = (back / there)[0]
    torch.testing.assert_close(ratio, ratio.mean().expand_as(ratio), atol=1e-3, rtol=1e-3)
    assert float(ratio.mean().imag.abs()) < 1e-3


@EVERY
def test_gradients_reach_the_point(preset: str) -> None:
    way = parametrisation_for(quick(preset), 16, CPU)
    point = way.start([1]).requires_grad_()
    weights = torch.rand((1, 3, 16, 16), generator=torch.Generator().manual_seed(0))
    (gradient,) = torch.autograd.grad((way.pictures(point) * weights).sum(), point)
    assert gradient.isfinite().all() and (gradient != 0).float().mean() > 0.5


def test_a_spectrum_starts_almost_gray_and_stays_within_black_and_white() -> None:
    way = parametrisation_for(quick("fourier"), 64, CPU)
    start = way.start([1, 2])
    pictures = way.pictures(start)
    assert float((pictures - 0.5).abs().max()) < 0.05
    assert float(pictures.std()) > 0
    wild = way.pictures(start * 1e4)
    assert wild.min() >= 0 and wild.max() <= 1


def test_a_step_in_one_colour_of_a_spectrum_is_decorrelated() -> None:
    """The first axis is light: red, green and blue rise together, far more than they part."""
    way = parametrisation_for(quick("fourier"), 16, CPU)
    changes = []
    for axis in range(3):
        point = torch.zeros_like(way.start([0]))
        point[0, axis, 0, 0, 0] = 1.0
        changes.append((way.pictures(point) - 0.5).mean(dim=(0, 2, 3)))
    light, blue_orange, green_purple = changes
    assert (light > 0).all() and float(light.max() / light.min()) < 1.1
    assert blue_orange[0] > 0 > blue_orange[2] and abs(float(blue_orange[1])) < 1e-6
    assert green_purple[0] > 0 > green_purple[1] and green_purple[2] > 0
    assert light.norm() > blue_orange.norm() > green_purple.norm()


def test_low_frequencies_of_a_spectrum_weigh_more() -> None:
    way = parametrisation_for(quick("fourier"), 32, CPU)
    contrasts = []
    for row in (1, 2, 4, 8):
        point = torch.zeros_like(way.start([0]))
        point[0, 0, row, 0, 0] = 1.0
        contrasts.append(float(way.values(point).std()))
    expected = [contrasts[0] / factor for factor in (1, 2, 4, 8)]
    assert contrasts == pytest.approx(expected, rel=1e-3)


def test_frequencies_of_about_one_size_share_a_step() -> None:
    way = parametrisation_for(quick("fourier"), 32, CPU)
    squares = torch.rand(way.start([0]).shape, generator=torch.Generator().manual_seed(1))
    shared = way.pooled(squares).expand_as(squares)
    assert shared.mean() == pytest.approx(float(squares.mean()), rel=1e-3)
    assert torch.equal(shared[0, :, 3, 4, 0], shared[0, :, 4, 3, 1])
    for channel in range(3):
        assert len(shared[0, channel].unique()) <= 24


@pytest.mark.parametrize("preset", ["classic", "maco"])
def test_pixels_and_phases_each_have_a_step_of_their_own(preset: str) -> None:
    way = parametrisation_for(quick(preset), 16, CPU)
    squares = torch.rand(way.start([0]).shape)
    assert torch.equal(way.pooled(squares), squares)


def test_phases_keep_natural_magnitudes_wherever_they_go() -> None:
    """But for one factor, the contrast."""
    way = parametrisation_for(quick("maco"), 32, CPU)
    natural = torch.from_numpy(natural_magnitudes(32))
    keep = torch.ones(32, 17, dtype=torch.bool)
    keep[::16, ::16] = False
    generator = torch.Generator().manual_seed(0)
    for turn in (0.0, 1.0, 25.0):
        phases = way.start([4]) + turn * torch.randn((3, 32, 17), generator=generator)
        shares = waves_of(way.values(phases))[0].abs() / natural[:, keep]
        assert float(shares.std() / shares.mean()) < 1e-3


def test_natural_magnitudes_fall_with_frequency() -> None:
    magnitudes = natural_magnitudes(64)
    assert magnitudes.shape == (3, 64, 33) and magnitudes.dtype == np.float32
    rows = magnitudes.mean(axis=0)[:, 0]
    assert rows[1] > rows[4] > rows[16] > 0


def test_fine_contrast_is_a_share_of_all_contrast() -> None:
    noise = np.random.default_rng(0).normal(size=(64, 64, 3))
    assert high_frequency(np.full((32, 32, 3), 9.0)) == 0
    board = np.indices((32, 32)).sum(axis=0) % 2
    assert high_frequency(np.repeat(board[..., None], 3, axis=2)) == pytest.approx(1)
    assert high_frequency(noise) > 0.7
    turn = np.sin(np.arange(32) * 2 * np.pi / 16)
    slow = np.repeat(np.tile(turn, (32, 1))[..., None], 3, axis=2)
    assert high_frequency(slow) == pytest.approx(0, abs=1e-6)
    assert high_frequency(noise * 7 + 3) == pytest.approx(high_frequency(noise))
    assert 0 < natural_high_frequency(64) < high_frequency(noise)


def test_a_units_seed_is_its_own() -> None:
    settings = quick("classic")
    seeds = {
        unit_seed(settings, "features.0:1"),
        unit_seed(settings, "features.0:2"),
        unit_seed(settings, "features.1:1"),
        unit_seed(settings, "features.0:1", attempt=1),
        unit_seed(quick("classic", seed=1), "features.0:1"),
    }
    assert len(seeds) == 5 and all(0 <= seed < 2**63 for seed in seeds)
    assert unit_seed(quick("classic", steps=9), "features.0:1") in seeds


def test_saved_bytes_are_rounded_and_clipped() -> None:
    values = torch.tensor([-1.0, 0.0, 0.4 / 255, 0.6 / 255, 1.0, 2.0]).view(1, 1, 2, 3)
    saved = as_bytes(values.expand(1, 3, 2, 3))
    assert saved.dtype == np.uint8 and saved.shape == (1, 2, 3, 3)
    assert saved[0, :, :, 0].tolist() == [[0, 0, 0], [1, 255, 255]]
