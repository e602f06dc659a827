"""The key to a picture's colours: the colours themselves, and what its ends stand for."""

from __future__ import annotations

import numpy as np

from generator.photos.images import Pixels
from generator.render.drawing import color
from generator.render.gallery import Shown
from generator.render.wording.words import number

_STOPS = 17  # enough that straight steps between them follow the colormap


def gradient(shown: Shown) -> str:
    """The picture's colours from lowest to highest, as a CSS gradient; empty where it has none."""
    colours = _colours(shown.style)
    if colours is None:
        return ""
    stops = ", ".join(f"rgb({r} {g} {b})" for r, g, b in colours.tolist())
    return f"linear-gradient(to right, {stops})"


def ends(shown: Shown) -> tuple[str, ...]:
    """What to write under the gradient, left to right: numbers where one scale holds.

    A sheet of tiles, each over its own range, has no numbers that hold for all of them.
    """
    signed = shown.style == "signed"
    if shown.low is None or shown.high is None:
        if signed:
            return ("below zero", "0", "above zero")
        return ("0" if shown.style == "heat" else "its lowest", "its highest")
    low, high = number(shown.low), number(shown.high)
    return (low, "0", high) if signed else (low, high)


def over(shown: Shown) -> str:
    """Over which values the pictures of a wall are drawn, in a sentence; nothing of others
    than kernels and activation maps.
    """
    noun = {"kernels": "kernel", "maps": "map", "map": "map"}.get(shown.role)
    if noun is None:
        return ""
    if shown.scale == "layer":
        return f"One scale for all {noun}s."
    instead = ": compare the peaks, not the colours" if noun == "map" else ""
    return f"Each {noun} is drawn over its own range{instead}."


def _colours(style: str) -> Pixels | None:
    if style == "signed":
        return color.diverging(np.linspace(-1.0, 1.0, _STOPS), 1.0)
    even = np.linspace(0.0, 1.0, _STOPS)
    if style == "heat":
        return color.sequential(even, 0.0, 1.0)
    return color.gray(even, 0.0, 1.0) if style == "gray" else None
