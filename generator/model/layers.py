"""What a network's layers are, and how users address them. Needs no torch."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from generator.errors import LayerError
from generator.utils.slugs import DEVICES, short, told_apart

if TYPE_CHECKING:
    from torch import Tensor

OUTPUT = "output"  # how a config names what the network returns


@dataclass(frozen=True)
class Convolution:
    """The geometry of a convolution, each pair as ``(vertical, horizontal)`` in pixels."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    depth: int  # input channels that one kernel reads: C_in / groups


@dataclass(frozen=True)
class Layout:
    """How an answer becomes maps ``(N, C, H, W)``; see `generator.model.layout`.

    Orders: ``tokens`` ``(N, T, C)``, of which the first ``extra`` are left out, being no patch's;
    ``channels first`` ``(N, C, T)``; ``channels last`` ``(N, H, W, C)``, of any size.
    """

    order: Literal["tokens", "channels first", "channels last"]
    grid: tuple[int, int] | None = None  # rows and columns of the tokens
    extra: int = 0

    def maps(self, answer: Tensor) -> Tensor:
        """The maps, a view where that can be. Gradients flow."""
        if self.order == "channels last":
            return answer.permute(0, 3, 1, 2)
        assert self.grid is not None
        tokens = answer[:, self.extra :].transpose(1, 2) if self.order == "tokens" else answer
        return tokens.reshape(*tokens.shape[:2], *self.grid)

    @property
    def words(self) -> str:
        """It in a few words, for keys and for people: ``tokens 14x14 after 1``."""
        grid = f" {self.grid[0]}x{self.grid[1]}" if self.grid else ""
        return f"{self.order}{grid}{f' after {self.extra}' if self.extra else ''}"


@dataclass(frozen=True)
class Layer:
    """One module that ran in the network's forward pass.

    ``shape`` is the output's without the batch dimension: ``(C, H, W)`` for maps, ``(C,)`` for
    vectors; with a ``layout``, that of the maps which this makes of the output.
    ``receptive_field`` is in pixels of the input, ``None`` where it cannot be known; the value at
    place ``(y, x)`` of a map sees the input from ``field_start + (y, x) * field_step`` on.
    """

    name: str  # dotted, as torch names it: "features.15"
    type: str  # "Conv2d"
    index: int  # place in the order of execution, from 0
    ordinal: int | None  # place among the convolutions, from 1: the N of "conv:N"
    shape: tuple[int, ...]
    parameters: int
    receptive_field: tuple[int, int] | None = None
    field_step: tuple[int, int] = (1, 1)
    field_start: tuple[int, int] = (0, 0)
    convolution: Convolution | None = None
    signed: bool = True  # whether its output can be below zero
    layout: Layout | None = None  # how its output becomes maps, where that is to be done
    any_size: bool = True  # whether it runs on pictures of other sizes than the network's own
    namesakes: bool = False  # whether the names of others differ from its own in case alone

    @property
    def channels(self) -> int:
        """How many filters, that is output channels, the layer has."""
        return self.shape[0]

    @property
    def depthwise(self) -> bool:
        """Whether it is a convolution each filter of which reads one channel, and no other does."""
        return self.convolution is not None and self.convolution.groups == self.channels > 1

    @property
    def scalable(self) -> bool:
        """Whether it gives maps of pictures of any size."""
        return len(self.shape) == 3 and self.any_size

    def stride(self, height: int) -> int:
        """Pixels of a picture of that height to one of the map; 1 where it has no map."""
        return max(1, round(height / self.shape[1])) if len(self.shape) == 3 else 1

    def maps(self, answer: Tensor) -> Tensor:
        """What the layer answers ``(N, ...)``, as maps ``(N, C, H, W)`` where it has such."""
        return self.layout.maps(answer) if self.layout else answer

    @property
    def slug(self) -> str:
        """The name as it stands in file names and URLs: ``features-15``. No two are alike, not even
        where a disk takes ``Conv1`` and ``conv1`` for one.

        The whole network, whose name is empty, is ``network``. A layer that is called so, or as
        MkDocs' page of a folder is, or a device of Windows, or as another one but for the case, or
        with other signs than letters, digits, dots and ``_``, gets some of its name's digest.
        """
        if not self.name:
            return "network"
        plain = re.sub(r"[^A-Za-z0-9_]+", "-", self.name).strip("-")
        taken = self.namesakes or plain.lower() in {"network", "index", "readme", *DEVICES}
        if re.fullmatch(r"[A-Za-z0-9_.]+", self.name) and not taken:
            return short(plain, self.name)
        return told_apart(plain or "layer", self.name)


def told_apart_by_case(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """All layers of a network, each knowing whether it has namesakes."""
    found = tuple(layers)
    count = Counter(layer.name.lower() for layer in found)
    return tuple(
        replace(layer, namesakes=True) if count[layer.name.lower()] > 1 else layer
        for layer in found
    )


def select(
    layers: Sequence[Layer], patterns: Sequence[str], output: Layer | None = None
) -> tuple[Layer, ...]:
    """The layers that the patterns name, each once, in the order of the patterns.

    A pattern is a dotted name (``features.15``), a glob of names (``features.*``), or ordinals
    among the convolutions (``conv:10``, ``conv:2-4``, ``conv:*``). Where no layer is called so,
    ``output`` is what the network returns, if that is given.

    Raises:
        LayerError: a pattern matches nothing; the message lists the nearest names.
    """
    for error in unmatched(layers, patterns, output):
        raise error
    found = [layer for pattern in patterns for layer in _matches(layers, pattern, output)]
    return tuple({layer.name: layer for layer in found}.values())


def unmatched(
    layers: Sequence[Layer], patterns: Sequence[str], output: Layer | None = None
) -> Iterator[LayerError]:
    """For each pattern that names no layer, what `select` says of it."""
    for pattern in patterns:
        if not _matches(layers, pattern, output):
            yield LayerError(_nothing(layers, pattern), hint=nearest(layers, pattern))


def find(layers: Sequence[Layer], name: str) -> Layer:
    """The layer of exactly that dotted name.

    Raises:
        LayerError: there is none; the hint lists the nearest names.
    """
    for layer in layers:
        if layer.name == name:
            return layer
    raise LayerError(f"No layer is called '{name}'.", hint=nearest(layers, name))


def nearest(layers: Sequence[Layer], pattern: str) -> str:
    """A hint for someone who wrote a pattern that names nothing: what comes close to it."""
    if pattern.startswith("conv:"):
        return "Write conv:1 for the first convolution, conv:2-4 for several, conv:* for all."
    names = [layer.name for layer in layers]
    close = difflib.get_close_matches(pattern, names, n=5, cutoff=0.3) or names[:5]
    return f"The nearest are: {', '.join(close)}. 'cnn-gallery layers' lists all {len(names)}."


def _matches(layers: Sequence[Layer], pattern: str, output: Layer | None) -> list[Layer]:
    if not pattern.startswith("conv:"):
        exact = [layer for layer in layers if layer.name == pattern]
        found = exact or [layer for layer in layers if fnmatch.fnmatchcase(layer.name, pattern)]
        return found or ([output] if output is not None and pattern == OUTPUT else [])
    wanted = pattern.removeprefix("conv:")
    ordinals = [layer for layer in layers if layer.ordinal is not None]
    if wanted == "*":
        return ordinals
    span = re.fullmatch(r"(\d{1,9})(?:-(\d{0,9}))?", wanted)
    if span is None:
        return []
    low, high = int(span[1]), int(span[2] or span[1])
    return [layer for layer in ordinals if low <= (layer.ordinal or 0) <= high]


def _nothing(layers: Sequence[Layer], pattern: str) -> str:
    if pattern.startswith("conv:"):
        count = sum(layer.ordinal is not None for layer in layers)
        return f"No layer is '{pattern}': the network has {count} convolutions."
    return f"No layer is called '{pattern}'."
