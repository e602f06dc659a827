"""The contract that every visualization keeps.

A visualization answers three questions. Which *tasks* does an entry of the config ask for? What
tensors does a task give (`compute`)? Which *figures*, drawn from those tensors, belong on the
page? It never draws, never writes a file and never sees the cache: whoever runs it does.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from generator.model.layers import Layer
from generator.photos.images import Picture
from generator.visualizations.filters import Filters
from generator.visualizations.patterns import SomePatterns

if TYPE_CHECKING:
    from generator.model.network import Network

Array: TypeAlias = npt.NDArray[Any]
Fact: TypeAlias = str | int | float | bool | list["Fact"] | dict[str, "Fact"] | None


def as_number(fact: object) -> float | None:
    """A fact as a number; ``None`` where it is none, as truth values are not."""
    if isinstance(fact, bool) or not isinstance(fact, int | float):
        return None
    return float(fact)


def six_digits(value: float) -> float:
    """A number as facts have it: to six significant digits."""
    return float(f"{value:.6g}")


class Options(BaseModel):
    """One entry under ``visualizations:`` in the config. Each visualization adds its own fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    kind: str = Field(description="Which visualization this entry asks for.")
    title: str = Field("", description="The section's heading; computed when left out.")
    note: str = Field("", description="A sentence or two shown under the heading, as plain text.")
    layers: SomePatterns = Field(
        description="Dotted names (features.15), globs (features.*) or ordinals among the "
        "convolutions (conv:10, conv:2-4, conv:*): a list, or one alone.",
    )
    filters: Filters = Field(
        default_factory=Filters,
        description="'all', a list of numbers and ranges, {top: N} or {random: N}.",
    )

    @property
    def output_classes(self) -> tuple[str, ...]:
        """Classes that the entry means, by number or name: the filters of the network's output.

        They stand in place of layers and filters. Most kinds know no such entries.
        """
        return ()


class PictureOptions(Options):
    """Options of a visualization that looks at the configured pictures."""

    needs_pictures: ClassVar[bool] = True  # whether it is a mistake to configure none

    images: SomePatterns = Field(
        ("*",),
        description="Names of configured pictures, or globs of them, a list or one alone; all "
        "when left out.",
    )


class ClassifierOptions(PictureOptions):
    """Options of a visualization of what a classifier answers to the configured pictures."""

    layers: SomePatterns = Field(
        ("output",), description="Left out: it is always the network's output."
    )

    @model_validator(mode="after")
    def _whole(self) -> ClassifierOptions:
        if self.layers != ("output",) or not self.filters.all:
            raise ValueError("this is about the network's output: leave 'layers' and 'filters' out")
        return self


class PoolOptions(Options):
    """Options of a visualization that looks at the pictures under ``exemplars``."""


@dataclass(frozen=True)
class Request:
    """An entry of the config, resolved against the network and the pictures."""

    layers: tuple[Layer, ...]
    channels: Mapping[str, tuple[int, ...]]  # the chosen filters, by layer name
    pictures: tuple[Picture, ...]
    size: tuple[int, int]  # height and width of the network's input, in pixels
    pool: tuple[Picture, ...] = ()  # those under `exemplars`, named by their digests
    input_channels: int = 3  # that the network reads
    classes: tuple[str, ...] = ()  # names of the network's outputs, if they are known
    output: Layer | None = None  # what the network returns

    def class_name(self, layer: str, channel: int | None) -> str:
        """The name of the class for which a unit stands; empty where it stands for none."""
        of_output = self.output is not None and layer == self.output.name
        return self.classes[channel] if of_output and self.classes and channel is not None else ""

    def rows(self, layer: Layer) -> tuple[int, ...] | None:
        """The chosen filters of a layer, as a figure's index has them: ``None`` for all."""
        chosen = self.channels[layer.name]
        return None if len(chosen) == layer.channels else chosen


@dataclass(frozen=True)
class Task:
    """One computation of one subject: the unit of caching.

    ``scope`` is how much of the network its numbers depend on: the layer's own weights
    (``layer``), what its answer depends on (``prefix``), or all that runs up to and including it,
    whether it feeds the layer or not (``executed``). ``parameters`` are JSON values, resolved: no
    defaults are filled in later. A task that ``needs`` others is made from their results alone, and
    from pictures: see :meth:`Visualization.combine`. What it needs follows from its other fields,
    and is not compared.
    """

    visualization: str
    layer: str
    scope: Literal["layer", "prefix", "executed"]
    channel: int | None = None
    picture: str | None = None  # the name of one of the configured pictures
    parameters: Mapping[str, Fact] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()  # the names of several, configured or of the pool
    needs: tuple[Task, ...] = field(default=(), compare=False, repr=False)

    def __hash__(self) -> int:
        subject = (self.visualization, self.layer, self.channel, self.picture)
        return hash((*subject, self.pictures[:1]))


@dataclass(frozen=True)
class Result:
    """What a task gave: arrays by name, and facts (JSON values) about them."""

    tensors: Mapping[str, Array]
    facts: Mapping[str, Fact] = field(default_factory=dict)


Style: TypeAlias = Literal["gray", "signed", "heat", "rgb", "convolution", "frames"]


@dataclass(frozen=True)
class Drawing:
    """How an array becomes pixels; never part of a task's key.

    Styles: ``gray`` (min to max, black to white), ``signed`` (diverging, symmetric about zero),
    ``heat`` (zero to max, perceptually even), ``rgb`` (uint8 as it is; floats scaled min to max),
    ``frames`` (uint8 frames as an animation), ``convolution`` (the sliding-kernel animation).
    """

    style: Style
    scale: Literal["each", "layer"] = "each"  # every tile over its own range, or all over one
    sheet: bool = False  # the first axis is drawn as a grid of tiles
    tile: int = 0  # longest side of one tile in pixels; 0 keeps the array's own size
    pixelated: bool = False  # hard pixels when enlarged, here and in the browser
    photo: bool = False  # of ``rgb``: photographs, in which small losses of colour are not seen
    still: int = -1  # for animations: the frame shown until they are played


@dataclass(frozen=True)
class Figure:
    """One picture on a page: which part of which task's result, and how it is drawn.

    ``index`` picks along the tensor's first axes: a number, several numbers, or ``None`` to keep
    the axis. ``(None, 0)`` is input channel 0 of every kernel, ``((1, 5), 0)`` that of two.
    Of a sheet that shows one filter's picture emerging, ``steps`` are those of its tiles.
    ``role`` says what the picture is, for templates and captions. Of a role that is not one of
    ours, ``shows`` says what the picture shows, in one short line, and ``alt`` what is seen, for
    readers who cannot see it.
    """

    task: Task
    role: str
    tensor: str
    drawing: Drawing
    index: tuple[int | tuple[int, ...] | None, ...] = ()
    channel: int | None = None
    step: int | None = None
    steps: tuple[int, ...] = ()
    shows: str = ""
    alt: str = ""


def reach(network: Network, layer: str) -> float:
    """The share of a network's layers that run up to one of them, and with it."""
    return (network.layer(layer).index + 1) / len(network.layers)


OptionsT = TypeVar("OptionsT", bound=Options)


class Visualization(ABC, Generic[OptionsT]):
    """A named computation that returns tensors. Instances hold no state."""

    name: ClassVar[str]
    version: ClassVar[int]  # bumped by hand when the numbers change
    title: ClassVar[str]  # of its page
    about: ClassVar[str] = ""  # one sentence, for the page that leads to it
    Options: ClassVar[type[Options]]

    @classmethod
    def templates(cls) -> Path | None:
        """The folder ``templates`` beside its module, if there is one.

        Of these, the template called like the visualization, ``spectrum.md``, makes its page.
        """
        file = getattr(sys.modules.get(cls.__module__), "__file__", None)
        folder = Path(file).parent / "templates" if file else None
        return folder if folder is not None and folder.is_dir() else None

    @abstractmethod
    def tasks(self, options: OptionsT, request: Request) -> Iterable[Task]:
        """The tasks that this entry needs, in a sensible order: none before those it needs."""

    @abstractmethod
    def figures(self, options: OptionsT, request: Request) -> Iterable[Figure]:
        """The pictures that this entry shows, in reading order."""

    def told(self, options: OptionsT, request: Request) -> Iterable[Task]:
        """Those of its tasks of which pages show no picture, but tell what was found out."""
        return ()

    def batches(self, tasks: Sequence[Task]) -> Iterable[Sequence[Task]]:
        """The tasks in groups that are best computed together. By default one by one."""
        return [(task,) for task in tasks]

    def effort(self, network: Network, tasks: Sequence[Task]) -> float:
        """About how long a batch takes, in forward passes of one picture through the network.

        What takes longest is begun first, and the time left is told by it. By default it is one
        pass as far as the deepest of the layers.
        """
        return max(reach(network, task.layer) for task in tasks)

    def coarse(self, task: Task, layer: Layer) -> Task | None:
        """A cheaper task whose result may stand in for this one's, where a build is short of time.

        ``layer`` is the task's. The result's facts have ``robust``, as this one's, by which the
        better of both is chosen. By default there is none.
        """
        return None

    @abstractmethod
    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        """Each of a batch's tasks with its result, as soon as it is known.

        ``pictures`` holds the pictures that the tasks name, by name.
        """

    def combine(
        self,
        tasks: Sequence[Task],
        read: Callable[[Task], Result],
        pictures: Mapping[str, Picture],
    ) -> Iterator[tuple[Task, Result]]:
        """As :meth:`compute`, of a batch of tasks that need others.

        Args:
            tasks: the batch.
            read: gives the result of a task that one of the batch needs.
            pictures: those of the tasks and of what they need, by name.
        """
        raise NotImplementedError(f"tasks of '{self.name}' need no others")

    def together(
        self, options: OptionsT, request: Request, facts: Mapping[Task, Mapping[str, Fact]]
    ) -> Mapping[Task, Mapping[str, Fact]]:
        """Facts of a task that only several tasks' facts give, such as a comparison.

        Args:
            options: the entry.
            request: the entry, resolved.
            facts: what every task of the entry found out.
        """
        return {}
