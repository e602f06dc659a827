"""The colormaps: what their docstring claims, measured."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from generator.render.drawing import color

# Both ways of seeing fewer hues, as matrices on linear RGB, strongest form (Viénot, Brettel and
# Mollon, "Digital video colourmaps for checking the legibility of displays by dichromats", 1999).
_DICHROMATS = {
    "protan": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deutan": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


def linear(pixels: np.ndarray) -> np.ndarray:
    share = pixels / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def oklab(light: np.ndarray) -> np.ndarray:
    """Ottosson's forward transform, written out apart from the module's inverse."""
    lms = light @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(lms) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def lightness(table: np.ndarray) -> np.ndarray:
    return oklab(linear(table))[:, 0]


def test_sequential_lightness_rises_evenly() -> None:
    steps = lightness(color.SEQUENTIAL)
    assert steps[0] < 0.2 and steps[-1] > 0.9
    assert np.abs(steps - np.linspace(steps[0], steps[-1], 255)).max() < 0.006  # 8-bit rounding
    assert (np.diff(steps[::4]) > 0).all()


def test_diverging_lightness_is_symmetric_and_highest_at_zero() -> None:
    steps = lightness(color.DIVERGING)
    below, above = steps[color.CENTRE :: -1][:128], steps[color.CENTRE :]
    assert np.abs(below - above).max() < 0.006
    assert (np.diff(above[::4]) < 0).all()
    assert steps.argmax() == color.CENTRE
    assert np.ptp(color.DIVERGING[color.CENTRE].astype(int)) == 0


def test_diverging_arms_are_blue_and_orange() -> None:
    a, b = oklab(linear(color.DIVERGING))[:, 1:].T
    assert (b[:120] < -0.01).all()
    assert (b[137:] > 0.01).all() and (a[137:] > 0).all()


@pytest.mark.parametrize("kind", _DICHROMATS)
def test_signs_stay_apart_for_the_colour_blind(kind: str) -> None:
    seen = oklab(np.clip(linear(color.DIVERGING) @ np.array(_DICHROMATS[kind]).T, 0, 1))
    steps = np.arange(16, 128)
    below, above = seen[color.CENTRE - steps], seen[color.CENTRE + steps]
    distance = np.linalg.norm(below - above, axis=1)
    assert (distance > 0.03).all() and distance[32:].min() > 0.08
    assert (np.diff(seen[color.CENTRE :: 8, 0]) < 0).all()


@pytest.mark.parametrize("controls", [color._SEQUENTIAL, color._BLUE, color._BROWN])
def test_no_colour_is_cut_off_by_the_screen(controls: tuple[color.LCh, ...]) -> None:
    light = color._linear_rgb(color._ramp(controls, 512))
    assert light.min() >= 0 and light.max() <= 1


def test_ends_and_beyond() -> None:
    values = np.array([-9.0, 2.0, 4.0, 9.0])
    assert color.gray(values, 2, 4).tolist() == [[0] * 3, [0] * 3, [255] * 3, [255] * 3]
    expected = color.SEQUENTIAL[[0, 0, 254, 254]]
    assert (color.sequential(values, 2, 4) == expected).all()
    signs = color.diverging(np.array([-9, -3, 0, 3, 9.0]), 3)
    assert (signs == color.DIVERGING[[1, 1, color.CENTRE, 255, 255]]).all()


def test_opposite_numbers_stand_equally_far_from_the_centre() -> None:
    values = np.linspace(0, 1, 500)
    position = {tuple(row): place for place, row in reversed(list(enumerate(color.DIVERGING)))}
    for below, above in zip(color.diverging(-values, 1), color.diverging(values, 1), strict=True):
        low, high = position[tuple(below)], position[tuple(above)]
        assert (color.CENTRE - low) == (high - color.CENTRE) or low <= 1


@pytest.mark.parametrize("value", [0.0, 0.7, -3e7, 1e-30])
def test_constant_maps_look_constant(value: float) -> None:
    values = np.full((4, 5), value, np.float32)
    assert (color.gray(values, value, value) == 0).all()
    assert (color.sequential(values, value, value) == color.SEQUENTIAL[0]).all()
    assert (color.diverging(values, 0) == color.DIVERGING[color.CENTRE]).all()


def test_rounding_noise_is_not_stretched() -> None:
    values = np.float32(0.7) * (1 + np.array([0, 1, 2, 3], np.float32) * np.float32(1.2e-7))
    assert values.max() > values.min()
    assert (color.gray(values, float(values.min()), float(values.max())) == 0).all()


def test_what_is_no_number_is_marked() -> None:
    values = np.array([0.0, np.nan, np.inf, -np.inf, 1.0])
    for drawn in (
        color.gray(values, 0, 1),
        color.sequential(values, 0, 1),
        color.diverging(values, 1),
    ):
        assert (drawn[1:4] == color.MARK).all()
        assert not (drawn[[0, 4]] == color.MARK).all(axis=1).any()
    rgb = color.channels(np.array([[0.0, 1.0, 0.5], [0.0, np.nan, 0.0]]), 0, 1)
    assert rgb.tolist() == [[0, 255, 128], list(color.MARK)]


def test_the_mark_is_in_no_map() -> None:
    for table in (color.SEQUENTIAL, color.DIVERGING):
        distance = np.linalg.norm(
            oklab(linear(table)) - oklab(linear(np.array(color.MARK))), axis=1
        )
        assert distance.min() > 0.1


floats = st.floats(width=32)


@given(
    values=hnp.arrays(np.float32, hnp.array_shapes(max_dims=2, max_side=6), elements=floats),
    ends=st.tuples(*[st.floats(width=32, allow_nan=False, allow_infinity=False)] * 2),
    paint=st.sampled_from([color.gray, color.sequential]),
)
def test_any_numbers_give_colours_and_no_warning(
    values: np.ndarray, ends: tuple[float, float], paint: Callable[..., np.ndarray]
) -> None:
    low, high = sorted(ends)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for drawn in (paint(values, low, high), color.diverging(values, abs(high))):
            assert drawn.dtype == np.uint8 and drawn.shape == (*values.shape, 3)
            marked = (drawn == color.MARK).all(axis=-1)
            assert (marked == ~np.isfinite(values)).all()
