"""What a finished picture is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from generator.model.trunk import Trunk
from generator.visualizations.base import Array, Fact, six_digits
from generator.visualizations.maximization.natural import high_frequency, natural_high_frequency
from generator.visualizations.maximization.transforms import held_out, look

DEAD = 0.0  # a unit whose best picture does not lift it above this never answers
FRAGILE = 0.5  # share of the activation that must survive held-out transforms
NOISY = 5.0  # times the share of fine contrast in natural photos, where it is not
STEADY = 0.8  # a property of the filter: then this share of the activation survives
SATURATED = 0.25  # share of the values that are black or white


@dataclass(frozen=True)
class Scores:
    """Measured on the saved 8-bit picture, never on what the engine had in hand.

    ``activation`` is the mean of the channel's map; ``robust`` the same over held-out transforms
    that no schedule draws; ``rank`` the channel's place among its layer's, by mean activation, from
    1; ``fine`` the contrast finer than four pixels a cycle, relative to natural photos;
    ``saturated`` the share of values that are 0 or 255; ``start`` the activation of the noise;
    ``peak`` the highest value anywhere in the unit's map;
    ``agreement`` the cosine between what all channels of the layer answer to this picture and to
    the sketch from another seed, -1 to 1, ``None`` where there is none.
    """

    activation: float
    robust: float
    rank: int
    fine: float
    saturated: float
    start: float
    peak: float
    agreement: float | None

    @property
    def flags(self) -> tuple[str, ...]:
        """What is wrong with the picture, in one word each; nothing where all is well."""
        if self.peak <= DEAD:
            return ("dead",)
        if self.activation <= DEAD:  # before a ReLU: here and there above zero, not on the whole
            return ("weak",)
        found = (
            ("fragile", self.robust < FRAGILE * self.activation),
            ("noisy", self.fine > NOISY and self.robust < STEADY * self.activation),
            ("saturated", self.saturated > SATURATED),
        )
        return tuple(word for word, true in found if true)

    def facts(self) -> dict[str, Fact]:
        """For records and the manifest: numbers with six digits, and the flags."""
        rounded = {
            name: six_digits(value) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        return {**rounded, "flags": list(self.flags)}


def score(
    trunk: Trunk,
    channels: Sequence[int],
    pictures: Array,
    noise: Array,
    other: Sequence[Array] = (),
) -> list[Scores]:
    """Grade pictures, each for one channel of the trunk's layer.

    Args:
        trunk: the network, cut at the layer.
        channels: N of them.
        pictures: uint8 ``(N, H, W, 3)``, as they are saved.
        noise: what they started from, alike.
        other: of each, the layer's mean answers ``(C,)`` to another start's sketch.
    """
    values, starts = _tensor(trunk, pictures), _tensor(trunk, noise)
    with torch.inference_mode():
        # One by one: whole layers of large pictures would not fit a batch's memory.
        answers = [_answers(trunk.maps(value[None])[0]) for value in values]
        begun = _means(trunk.units(starts, channels))
        robust = _robust(trunk, channels, values)
    natural = natural_high_frequency(pictures.shape[1])
    return [
        Scores(
            activation=float(own[channel]),
            robust=steady,
            rank=int((own > own[channel]).sum()) + 1,
            fine=high_frequency(picture) / natural,
            saturated=float(np.mean((picture == 0) | (picture == 255))),
            start=begun[place],
            peak=float(peaks[channel]),
            agreement=_cosine(own, other[place]) if other else None,
        )
        for place, (channel, (own, peaks), steady, picture) in enumerate(
            zip(channels, answers, robust, pictures, strict=True)
        )
    ]


def _answers(maps: Tensor) -> tuple[Array, Array]:
    """Of all channels of one picture's maps ``(C, ...)``, the mean and the highest value."""
    flat = maps.float().reshape(len(maps), -1)
    return flat.mean(dim=1).cpu().numpy(), flat.amax(dim=1).cpu().numpy()


def _tensor(trunk: Trunk, pictures: Array) -> Tensor:
    return torch.from_numpy(pictures).to(trunk.device).permute(0, 3, 1, 2).float() / 255


def _means(maps: Tensor) -> list[float]:
    means = maps.float().flatten(1).mean(dim=1) if maps.dim() > 1 else maps.float()
    return [float(value) for value in means.cpu()]


def _robust(trunk: Trunk, channels: Sequence[int], pictures: Tensor) -> list[float]:
    views = held_out(pictures.shape[-1])
    seen = [_means(trunk.units(look(pictures, view), channels)) for view in views]
    return [float(value) for value in np.mean(seen, axis=0)]


def _cosine(one: Array, other: Array) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.dot(one, other)) / lengths if lengths else 0.0
