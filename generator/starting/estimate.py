"""Roughly how long pictures take, from one forward pass on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from generator.model.layers import Layer
from generator.model.network import Network
from generator.visualizations.maximization.options import MaximizationOptions
from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.stages import sketch_steps

_STEP = 3.0  # forward passes to a step: forward, and back to the picture
_GRADING = 8.0  # forward passes on the finished picture
_WITNESS = 4 / 3  # a second, rougher sketch


def unit_seconds(network: Network, layers: Sequence[Layer]) -> float:
    """About how many seconds a picture of a unit takes, on average over these layers.

    An order of magnitude, not a promise: one pass is timed, and the steps are counted. Passes end
    at the layer; here all of them count as going through the layers before it, each as dear.
    """
    if not layers:
        return 0.0
    preprocessing = network.preprocessing
    entry = MaximizationOptions.model_validate({"kind": "maximization", "layers": ["*"]})
    costs = []
    for layer in layers:
        settings = entry.settings_for(layer, preprocessing.size, preprocessing.channels)
        share = settings.size**2 / math.prod(preprocessing.size)
        share *= (layer.index + 1) / len(network.layers)
        costs.append(_passes(layer, settings, preprocessing.size[0]) * share)
    return _pass_seconds(network) * sum(costs) / len(costs)


def _passes(layer: Layer, settings: Settings, height: int) -> float:
    """Forward passes on a whole picture that one unit takes."""
    passes = _STEP * settings.steps + _GRADING
    if settings.sketch and settings.sketch_steps:
        stride = max(1, round(height / layer.shape[1]))
        sketch = _STEP * _WITNESS * sketch_steps(settings, stride)
        passes += sketch * (settings.sketch / settings.size) ** 2
    return passes


def _pass_seconds(network: Network) -> float:
    """The quicker of two forward passes: the first warms up."""
    import torch  # here, because it takes a second

    shape = (1, network.preprocessing.channels, *network.preprocessing.size)
    zeros = torch.zeros(shape)
    found = []
    with torch.inference_mode():
        for _ in range(2):
            started = time.perf_counter()
            network.module(zeros)
            found.append(time.perf_counter() - started)
    return min(found)


def roughly(seconds: float) -> str:
    """A duration as people say it: ``less than a minute``, ``about 5 minutes``."""
    if seconds < 50:
        return "less than a minute"
    minutes = seconds / 60
    if minutes < 1.5:
        return "about a minute"
    if minutes < 90:
        step = 1 if minutes < 10 else 5
        return f"about {round(minutes / step) * step} minutes"
    return f"about {round(minutes / 60)} hours"
