"""Adam for a batch of pictures: each moves as if it were alone."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from generator.visualizations.maximization.parametrisation import Parametrisation
from generator.visualizations.maximization.presets import Settings

_DECAYS = {
    "adam": (0.9, 0.999),  # Adam's own, as in the original
    "nadam": (0.6, 0.99),  # for runs of a few dozen steps, which have no time to forget slowly
}
_EPSILON = 1e-12  # far below any gradient: mean activations' are small


class Ascent:
    """Gradient ascent by Adam (Kingma & Ba 2015), or with Nesterov's momentum (Dozat 2016).

    Unlike :class:`torch.optim.Adam` it lets the parametrisation say what shares a step size, and
    never makes the processor wait for a GPU.

    Args:
        settings: momentum and weight decay.
        parametrisation: what the point means.
        point: where it starts, ``(N, ...)``: one row for each picture.
    """

    def __init__(self, settings: Settings, parametrisation: Parametrisation, point: Tensor) -> None:
        self._settings, self.parametrisation = settings, parametrisation
        self._mean = torch.zeros_like(point)
        self._square = torch.zeros_like(parametrisation.pooled(point))
        self._first, self._second = _DECAYS[settings.momentum]
        self._step = 0

    def select(self, places: Sequence[int]) -> Ascent:
        """The state for some of the pictures, which go on as if the others did as well."""
        some = copy.copy(self)
        some._mean, some._square = self._mean[list(places)], self._square[list(places)]
        return some

    def climb(self, point: Tensor, gradient: Tensor, rate: float) -> Tensor:
        """The next point ``(N, ...)``, from the objective's gradient at this one.

        Args:
            point: the point now, ``(N, ...)``.
            gradient: of the objective by the point, of the same shape.
            rate: the learning rate of this step.
        """
        self._step += 1
        penalty = self._settings.weight_decay
        uphill = gradient - penalty * point if penalty else gradient
        first = self._first
        self._mean.lerp_(uphill, 1 - first)
        self._square.lerp_(self.parametrisation.pooled(uphill.square()), 1 - self._second)
        direction = self._mean / (1 - first**self._step)
        if self._settings.momentum == "nadam":
            ahead = self._mean * (first / (1 - first ** (self._step + 1)))
            direction = ahead + uphill * ((1 - first) / (1 - first**self._step))
        spread = (self._square / (1 - self._second**self._step)).sqrt_().add_(_EPSILON)
        return point + rate * direction / spread
