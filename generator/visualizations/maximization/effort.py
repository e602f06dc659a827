"""Roughly how much computing a picture takes."""

from __future__ import annotations

import math

from generator.model.layers import Layer
from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.stages import sketch_steps

_STEP = 3.0  # forward passes to a step: forward, and back to the picture
_GRADING = 8.0  # forward passes on the finished picture
_SECOND_SKETCH = 1 / 4  # of the first one's steps


def passes(settings: Settings, layer: Layer, size: tuple[int, int]) -> float:
    """About how many forward passes as far as the layer one unit takes.

    Args:
        settings: how its picture is made.
        layer: the unit's.
        size: height and width of the network's input, on which a pass is counted.
    """
    whole = _STEP * settings.steps + _GRADING
    if settings.sketch and settings.sketch_steps:
        sketches = 1 + _SECOND_SKETCH * settings.second_seed
        steps = _STEP * sketches * sketch_steps(settings, layer.stride(size[0]))
        whole += steps * (settings.sketch / settings.size) ** 2
    return settings.facets * whole * settings.size**2 / math.prod(size)
