"""The plan of a climb: how large, how many steps, what each step sees, and how far it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.transforms import View

_LEAK = 0.1  # a ReLU's slope below zero, at first
_SHALLOW = 4  # stride of a layer up to which the settings' own number of steps is enough
# Shares of the learning rate on the whole picture after a sketch: larger steps would undo that.
_FINISH_RATE = 0.2
_MACO_FINISH_RATE = 0.75  # its magnitudes are not those of the sketch: there is more to change
_LAST_RATE = 0.125  # of the learning rate: the last step where it falls to the end


@dataclass(frozen=True)
class Stage:
    """A run of steps at one size.

    Attributes:
        size: side of the square picture, in pixels.
        endless: whether the picture is periodic: it goes on at the other side of each edge.
        views: what the network sees of it, step by step.
        rates: the learning rates, likewise.
        leaks: the slope below zero of a ReLU at the layer, likewise.
    """

    size: int
    endless: bool
    views: tuple[View, ...]
    rates: tuple[float, ...]
    leaks: tuple[float, ...]

    def halves(self) -> tuple[Stage, Stage]:
        """Its first and its second half; the odd step is the second's."""
        half = len(self.views) // 2
        return self._part(slice(half)), self._part(slice(half, None))

    def _part(self, steps: slice) -> Stage:
        return replace(
            self, views=self.views[steps], rates=self.rates[steps], leaks=self.leaks[steps]
        )


def stages(settings: Settings, stride: int, *, sketched: bool) -> list[Stage]:
    """A sketch, if there is to be one, and the whole picture.

    They depend on the settings and the layer's stride alone, so that all units of all batches
    share them.

    Args:
        settings: how.
        stride: pixels of the picture to one of the layer's map; a sketch is a multiple of it.
        sketched: whether the network can run on a sketch at all.
    """
    after = sketched and settings.sketch is not None and settings.sketch_steps > 0
    whole = Stage(
        settings.size,
        endless=False,
        views=_views(settings, settings.size, settings.steps, endless=False),
        rates=_rates(settings, settings.steps, finishing=after),
        leaks=_leaks(settings, settings.steps),
    )
    if not after or settings.sketch is None:
        return [whole]
    side = -(-settings.sketch // stride) * stride
    steps = sketch_steps(settings, stride)
    sketch = Stage(
        side,
        endless=True,
        views=_views(settings, side, steps, endless=True),
        rates=_rates(settings, steps, finishing=False),
        leaks=_leaks(settings, steps),
    )
    return [sketch, whole]


def sketch_steps(settings: Settings, stride: int) -> int:
    """Steps on the sketch: half as many again for each halving of the map below a quarter.

    What deep layers look for is put together from more parts, and is found later.
    """
    return round(settings.sketch_steps * (1 + max(0.0, math.log2(stride / _SHALLOW)) / 2))


def _views(settings: Settings, size: int, steps: int, *, endless: bool) -> tuple[View, ...]:
    draw = np.random.default_rng((settings.seed, steps, size))
    crop = size if endless or settings.crop is None else min(settings.crop, size)
    room = 1.0 if endless else 1 - crop / size
    if not endless and crop == size:
        room = settings.jitter / size * 2
    return tuple(
        View(
            across=0.5 + across * room / 2,
            down=0.5 + down * room / 2,
            side=crop / size * (1 + settings.rescale * scale),
            angle=settings.rotate * angle,
            pixels=crop,
        )
        for across, down, scale, angle in draw.uniform(-1, 1, (steps, 4)).tolist()
    )


def _rates(settings: Settings, steps: int, *, finishing: bool) -> tuple[float, ...]:
    if settings.decay == "none":
        first = last = 1.0
    elif finishing and settings.parametrisation == "maco":
        first, last = _MACO_FINISH_RATE, _LAST_RATE
    elif finishing:
        first = last = _FINISH_RATE
    else:
        first, last = 1.0, 0.5 if settings.sketch_steps else _LAST_RATE
    rising = 1 if finishing else settings.warm_up
    return tuple(
        settings.learning_rate
        * (first + (last - first) * step / max(1, steps - 1))
        * min(1.0, (step + 1) / max(1, rising))
        for step in range(steps)
    )


def _leaks(settings: Settings, steps: int) -> tuple[float, ...]:
    """They fall to nothing within the share of the steps that the settings say."""
    until = settings.redirect * steps
    return tuple(_LEAK * max(0.0, 1 - step / until) if until else 0.0 for step in range(steps))
