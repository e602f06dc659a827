"""What replaces a source's own way of preparing pictures: a config's ``input``."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from generator.errors import ModelError
from generator.model.network import Preprocessing

MOST_CHANNELS = 1024  # more is a slip of the finger


@dataclass(frozen=True)
class Adjustment:
    """Each left as the source has it where it is None.

    ``span`` is what black and white become before ``mean`` is subtracted and ``std`` divided by,
    both then on that scale: ``(0, 255)`` for networks that read bytes. With it alone, nothing is
    subtracted. ``bands`` are the channels that are shown, counted from 1.
    """

    size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    channels: int | None = None
    span: tuple[float, float] | None = None
    bands: tuple[int, ...] | None = None

    def of(self, known: Preprocessing) -> Preprocessing:
        """The preprocessing that is known, with these in place of its own.

        Raises:
            ModelError: they do not fit together.
        """
        mean, std = self.mean or known.mean, self.std or known.std
        if self.span is not None:
            mean, std = self.mean or (0.0,), self.std or (1.0,)
        channels = self.channels or self._written_channels() or known.channels
        if channels != known.channels:
            # Nobody knows what these channels are like: they are read as they are.
            mean, std = self.mean or (0.0,), self.std or (1.0,)
        mean, std = _for_each(mean, channels), _for_each(std, channels)
        _check(mean, std, self.span or (0.0, 1.0), channels)
        if self.span is not None:
            low, high = self.span
            mean = tuple((value - low) / (high - low) for value in mean)
            std = tuple(value / (high - low) for value in std)
        made = replace(known, size=self.size or known.size, mean=mean, std=std)
        made = replace(made, bands=self.bands or known.bands)
        return _checked(made)

    def _written_channels(self) -> int:
        """How many channels mean and deviation speak of; none where one number is for all."""
        given = [len(values) for values in (self.mean, self.std) if values]
        # One number each is how a gray network was written before there was 'channels'.
        return max(given, default=0) if len(given) == 2 or max(given, default=0) > 1 else 0


def _for_each(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return values * channels if len(values) == 1 else values


def _check(
    mean: tuple[float, ...], std: tuple[float, ...], span: tuple[float, float], channels: int
) -> None:
    if not 1 <= channels <= MOST_CHANNELS or not len(mean) == len(std) == channels:
        raise ModelError(
            f"The input has {channels} channels, its 'mean' {len(mean)} and its 'std' {len(std)}.",
            "Give one number for each channel, or one for all: three for red, green and blue, one "
            "of each for gray pictures, and 'channels' where there are others.",
        )
    if not all(map(math.isfinite, (*mean, *std, *span))) or min(std) <= 0 or span[0] >= span[1]:
        raise ModelError(
            f"The input's 'mean' is {list(mean)}, its 'std' {list(std)} and its range "
            f"{list(span)}.",
            "Means have to be finite, standard deviations above zero, and a range has to rise.",
        )


def _checked(made: Preprocessing) -> Preprocessing:
    if min(made.size) < 1:
        raise ModelError(
            f"The model's 'size' is {made.size[0]}x{made.size[1]} pixels.",
            "Give a height and a width.",
        )
    if made.bands and (len(made.bands) not in (1, 3) or not _within(made.bands, made.channels)):
        raise ModelError(
            f"The input's 'bands' are {list(made.bands)}, and it has {made.channels} channels.",
            "Name three channels, shown as red, green and blue, or one shown gray, from 1 up.",
        )
    return made


def _within(bands: tuple[int, ...], channels: int) -> bool:
    return min(bands) >= 1 and max(bands) <= channels
