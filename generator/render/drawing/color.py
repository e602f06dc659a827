"""Numbers to colours: gray, one sequential map and one diverging map.

Both maps run through a few control colours in OKLab, a space in which equal distances look about
equally far apart (B. Ottosson, "A perceptual color space for image processing", 2020,
https://bottosson.github.io/posts/oklab/). Lightness changes by the same amount from each entry to
the next, so order can be read without seeing hues; the diverging map's two arms are blue and
orange-brown, a pair that the common kinds of colour blindness keep apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from generator.photos.images import Pixels

Values: TypeAlias = npt.NDArray[Any]
Floats: TypeAlias = npt.NDArray[np.float64]

LCh: TypeAlias = tuple[float, float, float]  # OKLab as lightness 0..1, chroma, hue in degrees

MARK = (255, 0, 255)  # what is not a number: a magenta that is in none of the maps
HATCH = ((96, 96, 96), (176, 176, 176))  # stripes that are seen on light and on dark
CENTRE = 128  # the diverging table's entry for zero

_STRIPES = 18  # across a tile

# Differences below float32's precision are rounding, not signal.
_RESOLUTION = 8 * float(np.finfo(np.float32).eps)

_SEQUENTIAL: tuple[LCh, ...] = (
    (0.16, 0.050, 285),
    (0.36, 0.130, 302),
    (0.56, 0.170, 0),
    (0.76, 0.155, 55),
    (0.96, 0.050, 100),
)
_BLUE: tuple[LCh, ...] = ((0.34, 0.100, 262), (0.60, 0.120, 250), (0.965, 0.004, 250))
_BROWN: tuple[LCh, ...] = ((0.34, 0.089, 48), (0.60, 0.128, 50), (0.965, 0.004, 70))


def gray(values: Values, low: float, high: float) -> Pixels:
    """Black at ``low`` to white at ``high``; values beyond are clipped.

    Returns:
        uint8 of shape ``values.shape + (3,)``. Not-a-number and infinite values are ``MARK``;
        where ``low`` and ``high`` are the same, everything is black.
    """
    return _look_up(_GRAY, values, _fraction(values, low, high) * 255)


def channels(values: Values, low: float, high: float) -> Pixels:
    """RGB values, shape ``(…, 3)``, each channel dark at ``low`` and full at ``high``.

    A pixel with a channel that is not a number is ``MARK``.
    """
    pixels = np.rint(_fraction(values, low, high) * 255).astype(np.uint8)
    pixels[~np.isfinite(values).all(axis=-1)] = MARK
    return pixels


def sequential(values: Values, low: float, high: float) -> Pixels:
    """Darkest at ``low`` to lightest at ``high``; otherwise as ``gray``."""
    return _look_up(SEQUENTIAL, values, _fraction(values, low, high) * (len(SEQUENTIAL) - 1))


def diverging(values: Values, limit: float) -> Pixels:
    """Blue at ``-limit``, near-white at zero, orange-brown at ``limit``; otherwise as ``gray``.

    With a ``limit`` of zero everything is the near-white of zero.
    """
    finite = _finite(values)
    share = np.clip(finite / limit, -1, 1) if limit > 0 else np.zeros_like(finite)
    return _look_up(DIVERGING, values, CENTRE + share * 127)


def hatching(height: int, width: int) -> Pixels:
    """Diagonal stripes in two grays, uint8 ``(height, width, 3)``: what is no colour of a map."""
    stripe = max(1, max(height, width) // _STRIPES)
    diagonal = np.add.outer(np.arange(height), np.arange(width)) // stripe % 2
    stripes: Pixels = np.array(HATCH, np.uint8)[diagonal]
    return stripes


def _fraction(values: Values, low: float, high: float) -> Floats:
    """How far from ``low`` to ``high``, 0..1; zero throughout where the two are the same."""
    finite = _finite(values)
    if high - low <= _RESOLUTION * max(abs(low), abs(high)):
        return np.zeros_like(finite)
    return np.clip((finite - low) / (high - low), 0, 1)


def _finite(values: Values) -> Floats:
    return np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _look_up(table: Pixels, values: Values, position: Floats) -> Pixels:
    pixels = table[np.rint(position).astype(np.intp)]
    pixels[~np.isfinite(values)] = MARK
    return pixels


def _ramp(controls: Sequence[LCh], count: int) -> Floats:
    """``count`` OKLab colours, evenly spaced in lightness, through the control colours.

    The other two axes are the polynomials of lightness through the controls: straight pieces
    would show a false edge at each control colour.
    """
    lightness, chroma, hue = np.array(controls).T
    opponent = np.stack([chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))], -1)
    even = np.linspace(lightness[0], lightness[-1], count)
    through = np.linalg.solve(np.vander(lightness), opponent)
    return np.column_stack([even, np.vander(even, len(lightness)) @ through])


def _linear_rgb(lab: Floats) -> Floats:
    """OKLab to linear sRGB, by Ottosson's two matrices."""
    to_lms = np.array(
        [
            [1.0, 0.3963377774, 0.2158037573],
            [1.0, -0.1055613458, -0.0638541728],
            [1.0, -0.0894841775, -1.2914855480],
        ]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear: Floats = (lab @ to_lms.T) ** 3 @ to_rgb.T
    return linear


def _srgb(linear: Floats) -> Pixels:
    """Linear light to 8-bit sRGB (IEC 61966-2-1)."""
    light = np.clip(linear, 0, 1)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    pixels: Pixels = np.rint(curve * 255).astype(np.uint8)
    return pixels


def _diverging() -> Pixels:
    """Two arms of equal lightness that meet at ``CENTRE``; entry 0 repeats 1 for symmetry."""
    below = _srgb(_linear_rgb(_ramp(_BLUE, CENTRE)))
    above = _srgb(_linear_rgb(_ramp(_BROWN, CENTRE)))
    centre = _srgb(_linear_rgb(np.array([[0.965, 0.0, 0.0]])))
    return np.concatenate([below[:1], below[:-1], centre, above[:-1][::-1]])


_GRAY: Pixels = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
# One colour fewer than a byte has values, as the other map has: see `indexed`.
SEQUENTIAL: Pixels = _srgb(_linear_rgb(_ramp(_SEQUENTIAL, 255)))
DIVERGING: Pixels = _diverging()
