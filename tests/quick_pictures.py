"""The presets, shortened so that a test takes a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from generator.model.network import Network
from generator.visualizations.maximization.grading import Graded, maximise
from generator.visualizations.maximization.presets import PRESETS, Settings

_SHORT: dict[str, dict[str, Any]] = {
    "classic": {"size": 24, "steps": 6},
    "fourier": {"size": 32, "sketch": 16, "sketch_steps": 6, "steps": 3, "retries": 0},
    "maco": {"size": 32, "sketch": 16, "sketch_steps": 6, "steps": 3, "retries": 0},
}


def quick(preset: str, **own: Any) -> Settings:
    """A preset's settings, small and short, with a test's own in their place."""
    changes = {**_SHORT[preset], "keep_every": 2, "second_seed": False, **own}
    return Settings.model_validate({**PRESETS[preset].model_dump(), **changes})


def graded(
    network: Network, layer: str, channels: Sequence[int], settings: Settings
) -> list[Graded]:
    """The first facet of each channel."""
    return [unit.facets[0] for unit in maximise(network, layer, channels, settings)]
