"""What the network is shown, step by step, and what is held out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from quick_pictures import quick
from torch.nn import functional

from generator.visualizations.maximization.presets import PRESETS
from generator.visualizations.maximization.stages import stages
from generator.visualizations.maximization.transforms import View, held_out, look, spread


def waves(size: int, count: int = 1) -> torch.Tensor:
    """Smooth pictures that go on from their other side."""
    turn = torch.arange(size) * (2 * torch.pi / size)
    rows = [torch.sin((k + 1) * turn)[:, None] + torch.cos(turn)[None, :] for k in range(3)]
    return torch.stack(rows).expand(count, 3, size, size) / 4 + 0.5


def test_the_whole_picture_is_shown_as_it_is() -> None:
    pictures = waves(16)
    assert look(pictures, View(0.5, 0.5, 1.0, 0.0, 16)) is pictures


@settings(max_examples=40, deadline=None)
@given(across=st.integers(-20, 20), down=st.integers(-20, 20))
def test_an_endless_picture_moved_by_whole_pixels_is_rolled(across: int, down: int) -> None:
    """By half a side more than asked for, always: where an endless picture starts is no matter."""
    pictures = torch.rand((2, 3, 16, 16), generator=torch.Generator().manual_seed(across % 7))
    view = View(0.5 + across / 16, 0.5 + down / 16, 1.0, 0.0, 16)
    seen = look(pictures, view, endless=True)
    if not view.whole:
        rolled = pictures.roll((8 - down, 8 - across), (2, 3))
        torch.testing.assert_close(seen, rolled, atol=1e-5, rtol=0)


def test_a_plain_picture_goes_on_as_if_mirrored() -> None:
    pictures = waves(16)
    seen = look(pictures, View(0.5 + 3 / 16, 0.5, 1.0, 0.0, 16))
    mirrored = functional.pad(pictures, (0, 3, 0, 0), mode="replicate")[..., 3:]
    torch.testing.assert_close(seen[..., :13], mirrored[..., :13], atol=1e-5, rtol=0)
    torch.testing.assert_close(seen[..., 13:], pictures[..., 13:].flip(-1), atol=1e-5, rtol=0)


def test_a_quarter_turn_turns_the_picture() -> None:
    pictures = waves(16, 2)
    seen = look(pictures, View(0.5, 0.5, 1.0, 90.0, 16))
    turned = [torch.rot90(pictures, k, (2, 3)) for k in (1, -1)]
    assert min(float((seen - other).abs().max()) for other in turned) < 1e-5


def test_a_turned_endless_picture_has_no_seam() -> None:
    """Neighbours in what is seen differ no more than neighbours in a smooth picture."""
    pictures = waves(32)
    for angle, side in ((4.0, 1.05), (-7.0, 0.95), (5.0, 1.0)):
        seen = look(pictures, View(0.9, 0.1, side, angle, 32), endless=True)
        steps = max(float(seen.diff(dim=axis).abs().max()) for axis in (2, 3))
        smooth = max(float(pictures.diff(dim=axis).abs().max()) for axis in (2, 3))
        assert steps < 1.5 * smooth


def test_gradients_flow_to_every_part_that_is_seen() -> None:
    for endless in (False, True):
        pictures = waves(16).clone().requires_grad_()
        seen = look(pictures, View(0.5, 0.5, 1.0, 3.0, 16), endless=endless)
        (gradient,) = torch.autograd.grad(seen.sum(), pictures)
        assert gradient.sum() == pytest.approx(seen.numel(), rel=1e-4)
        assert (gradient > 0).float().mean() > 0.9


def test_what_one_picture_shows_does_not_depend_on_others() -> None:
    pictures = torch.rand((5, 3, 24, 24), generator=torch.Generator().manual_seed(2))
    view = View(0.47, 0.55, 0.97, -3.0, 24)
    for endless in (False, True):
        together = look(pictures, view, endless=endless)
        assert torch.equal(look(pictures[3:4], view, endless=endless), together[3:4])


# Spreading a sketch.


def test_a_spread_sketch_is_the_same_for_all_pictures_and_seeds_bend_it() -> None:
    sketch = waves(16, 2)
    one = spread(sketch, 56, 7)
    assert one.shape == (2, 3, 56, 56)
    assert torch.equal(one[0], one[1])
    assert torch.equal(one, spread(sketch, 56, 7))
    assert not torch.equal(one, spread(sketch, 56, 8))


def test_a_spread_sketch_keeps_its_values_and_has_no_seam() -> None:
    sketch = waves(16)
    laid = spread(sketch, 64, 0)
    assert float(laid.mean()) == pytest.approx(float(sketch.mean()), abs=0.05)
    assert laid.min() > sketch.min() - 0.1 and laid.max() < sketch.max() + 0.1
    smooth = max(float(sketch.diff(dim=axis).abs().max()) for axis in (2, 3))
    assert max(float(laid.diff(dim=axis).abs().max()) for axis in (2, 3)) < 3 * smooth


def test_a_spread_sketch_does_not_repeat() -> None:
    generator = torch.Generator().manual_seed(0)
    laid = spread(torch.rand((1, 3, 16, 16), generator=generator), 96, 0)
    assert not torch.allclose(laid[..., :80], laid[..., 16:], atol=0.1)


# Schedules.


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_schedule_draws_a_held_out_view(preset: str, seed: int) -> None:
    chosen = PRESETS[preset].model_copy(update={"seed": seed})
    drawn = {
        (view.across, view.down, view.side, view.angle)
        for stage in stages(chosen, 8, sketched=True)
        for view in stage.views
    }
    kept = {(v.across, v.down, v.side, v.angle) for v in held_out(chosen.size)}
    assert kept and not drawn & kept


def test_held_out_views_move_the_picture_by_three_pixels_and_more() -> None:
    for view in held_out(224):
        assert not view.whole and view.pixels == 224
        assert min(abs(view.across - 0.5), abs(view.down - 0.5)) * 224 >= 3 - 1e-9


def test_the_schedule_depends_on_the_settings_alone() -> None:
    fourier = PRESETS["fourier"]
    assert stages(fourier, 8, sketched=True) == stages(fourier, 8, sketched=True)
    reseeded = fourier.model_copy(update={"seed": 1})
    assert stages(fourier, 8, sketched=True) != stages(reseeded, 8, sketched=True)


def test_the_classic_sees_the_picture_as_it_is_at_one_rate() -> None:
    (stage,) = stages(PRESETS["classic"], 8, sketched=False)
    assert len(stage.views) == 50 and all(view.whole for view in stage.views)
    assert set(stage.rates) == {0.1} and not stage.endless


@pytest.mark.parametrize("stride", [1, 2, 8, 16, 32])
def test_a_sketch_is_a_multiple_of_the_layers_stride(stride: int) -> None:
    sketch, whole = stages(quick("fourier", sketch=40), stride, sketched=True)
    assert sketch.endless and sketch.size % stride == 0 and 40 <= sketch.size < 40 + stride
    assert not whole.endless and whole.size == 32


def test_views_stay_within_the_settings() -> None:
    chosen = quick("fourier", jitter=4, rotate=5, rescale=0.1, steps=200)
    whole = stages(chosen, 1, sketched=False)[0]
    shifts = np.array([[view.across, view.down] for view in whole.views]) - 0.5
    assert 0.8 * 4 / 32 < np.abs(shifts).max() <= 4 / 32
    assert 4 < max(abs(view.angle) for view in whole.views) <= 5
    assert 0.08 < max(abs(view.side - 1) for view in whole.views) <= 0.1


def test_a_crop_lies_within_the_picture_and_reaches_its_edges() -> None:
    chosen = quick("fourier", crop=16, rotate=0, rescale=0, steps=300)
    whole = stages(chosen, 1, sketched=False)[0]
    for middle in ("across", "down"):
        places = [getattr(view, middle) for view in whole.views]
        assert min(places) == pytest.approx(0.25, abs=0.02) and min(places) >= 0.25
        assert max(places) == pytest.approx(0.75, abs=0.02) and max(places) <= 0.75
    assert {(view.pixels, view.side) for view in whole.views} == {(16, 0.5)}


@pytest.mark.parametrize(("preset", "finish"), [("fourier", (0.2, 0.2)), ("maco", (0.75, 0.125))])
def test_rates_rise_then_fall(preset: str, finish: tuple[float, float]) -> None:
    chosen = quick(preset, sketch_steps=20, steps=8, warm_up=4, learning_rate=1.0)
    sketch, whole = stages(chosen, 1, sketched=True)
    assert list(sketch.rates[:4]) == sorted(sketch.rates[:4])
    assert list(sketch.rates[4:]) == sorted(sketch.rates[4:], reverse=True)
    assert sketch.rates[-1] == pytest.approx(0.5)
    assert (whole.rates[0], whole.rates[-1]) == pytest.approx(finish)


def test_without_a_sketch_rates_fall_to_an_eighth() -> None:
    (whole,) = stages(
        quick("fourier", sketch_steps=0, steps=8, learning_rate=1.0), 1, sketched=True
    )
    assert whole.rates[-1] == pytest.approx(0.125)


def test_a_leak_falls_to_nothing_within_its_share_of_the_steps() -> None:
    sketch, whole = stages(
        quick("fourier", sketch_steps=20, steps=8, redirect=0.5), 1, sketched=True
    )
    assert sketch.leaks[0] == pytest.approx(0.1) and sketch.leaks[5] == pytest.approx(0.05)
    assert set(sketch.leaks[10:]) == set(whole.leaks[4:]) == {0.0}
    (never,) = stages(quick("classic", redirect=0), 1, sketched=False)
    assert set(never.leaks) == {0.0}


@pytest.mark.parametrize("steps", [1, 20, 21])
def test_the_halves_of_a_stage_are_the_stage(steps: int) -> None:
    sketch = stages(quick("fourier", sketch_steps=steps), 1, sketched=True)[0]
    first, second = sketch.halves()
    assert first.views + second.views == sketch.views and len(first.views) == steps // 2
    assert first.rates + second.rates == sketch.rates
    assert first.leaks + second.leaks == sketch.leaks
    assert (second.size, second.endless) == (sketch.size, True)


def test_a_sketch_of_no_steps_is_left_out() -> None:
    chosen = quick("fourier", sketch_steps=0)
    assert len(stages(chosen, 1, sketched=True)) == 1


@pytest.mark.parametrize(("stride", "steps"), [(1, 20), (4, 20), (8, 30), (16, 40), (32, 50)])
def test_deep_layers_take_more_steps_on_the_sketch(stride: int, steps: int) -> None:
    chosen = quick("fourier", sketch=64, sketch_steps=20, steps=8)
    sketch, whole = stages(chosen, stride, sketched=True)
    assert (len(sketch.views), len(sketch.rates), len(whole.views)) == (steps, steps, 8)
    (alone,) = stages(chosen, stride, sketched=False)
    assert len(alone.views) == 8
