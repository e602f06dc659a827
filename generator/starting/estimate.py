"""Roughly how long pictures take, from one forward pass on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence

from generator.model.layers import Layer
from generator.model.network import Network
from generator.visualizations.base import reach
from generator.visualizations.maximization.effort import passes
from generator.visualizations.maximization.options import MaximizationOptions


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
        share = reach(network, layer.name)
        costs.append(passes(settings, layer, preprocessing.size) * share)
    return _pass_seconds(network) * sum(costs) / len(costs)


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
