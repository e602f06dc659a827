"""Pictures, graded, and made once more where they failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from generator.model.network import Network
from generator.model.trunk import Trunk
from generator.visualizations.base import Array, Fact, Result
from generator.visualizations.maximization.engine import climb, sketch_responses
from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.scores import Scores, score


@dataclass(frozen=True)
class Graded:
    """A unit's picture with its scores, and how it emerged (see `engine.Climb`)."""

    picture: Array
    noise: Array
    steps: Array
    iterations: tuple[int, ...]
    scores: Scores
    attempts: int  # how many starts were tried

    def result(self) -> Result:
        """What the cache keeps."""
        facts: dict[str, Fact] = {
            **self.scores.facts(),
            "attempts": self.attempts,
            "iterations": list(self.iterations),
        }
        return Result({"picture": self.picture, "noise": self.noise, "steps": self.steps}, facts)


def maximise(
    network: Network, layer: str, channels: Sequence[int], settings: Settings
) -> list[Graded]:
    """A graded picture for each channel, all in one batch.

    What fails a threshold is tried from other noise, as often as the settings say.

    A second try takes twice the steps, and lets gradient through silent ReLUs to the end. The try
    with the highest robust activation is kept, with its flags if it still has any: a unit that
    stays at zero on every try is marked dead, and the number of tries is the evidence.

    Raises:
        LayerError: no such layer, or one that does not run.
    """
    trunk = Trunk(network, layer, torch.device(settings.device), getattr(torch, settings.precision))
    found = _attempt(trunk, channels, settings, 0)
    for attempt in range(1, settings.retries + 1):
        failed = [place for place, graded in enumerate(found) if graded.scores.flags]
        if not failed:
            break
        longer = settings.model_copy(update={"steps": settings.steps * 2, "redirect": 1.0})
        again = _attempt(trunk, [channels[place] for place in failed], longer, attempt)
        for place, graded in zip(failed, again, strict=True):
            best = max(found[place], graded, key=_worth)
            found[place] = replace(best, attempts=attempt + 1)
    return found


def _worth(graded: Graded) -> tuple[bool, float]:
    return (not graded.scores.flags, graded.scores.robust)


def _attempt(
    trunk: Trunk, channels: Sequence[int], settings: Settings, attempt: int
) -> list[Graded]:
    climbed = climb(trunk, channels, settings, attempt)
    other = sketch_responses(trunk, channels, settings, attempt + 1) if settings.second_seed else ()
    scores = score(trunk, channels, climbed.pictures, climbed.noise, other)
    return [
        Graded(
            picture=climbed.pictures[place],
            noise=climbed.noise[place],
            steps=np.ascontiguousarray(climbed.steps[:, place]),
            iterations=climbed.iterations,
            scores=scores[place],
            attempts=attempt + 1,
        )
        for place in range(len(channels))
    ]
