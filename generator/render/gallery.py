"""What templates are given: a network, its layers, photos and sections, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.model.layers import Layer
from generator.model.network import Card, Preprocessing
from generator.visualizations.base import Fact, Options

LAYERS = "layers/index.md"  # the page that leads to the layers' own


@dataclass(frozen=True)
class Shown:
    """A drawn picture, as the site shows it. ``src`` is relative to the site's root."""

    src: str
    width: int  # pixels of the file
    height: int
    visualization: str
    role: str
    layer: Layer | None = None
    channel: int | None = None
    picture: Photo | None = None
    step: int | None = None
    steps: tuple[int, ...] = ()  # of a sheet of one filter's picture emerging: that of each tile
    still: str | None = None  # for animations: what stands there until they are played
    thumb: str | None = None  # a smaller copy, for walls of many
    tiles: int = 0  # of a sheet: how many it shows
    channels: tuple[int, ...] = ()  # of a sheet: the filter of each tile, in reading order
    pixelated: bool = False  # hard pixels where it is enlarged
    style: str = "rgb"
    scale: str = "each"
    low: float | None = None  # the value drawn darkest (or most negative), where there is one scale
    high: float | None = None
    digest: str = ""  # SHA-256 of the file
    key: str = ""  # of the task that it shows
    shows: str = ""  # what it shows, in a line, where its visualization says so
    alt: str = ""  # what is seen, likewise
    facts: Mapping[str, Fact] | None = None  # what the task found out: scores, seeds, …
    parameters: Mapping[str, Fact] | None = None  # the task's resolved parameters


@dataclass(frozen=True)
class Photo:
    """A configured picture: as it is, and squished to what the network sees."""

    name: str
    title: str
    alt: str
    credit: str
    original: Shown
    seen: Shown


@dataclass(frozen=True)
class Told:
    """What a task found out that pages tell in words and numbers, without a picture of its own."""

    visualization: str
    layer: str
    channel: int | None
    picture: Photo | None
    key: str
    facts: Mapping[str, Fact]
    parameters: Mapping[str, Fact]


@dataclass(frozen=True)
class Unmade:
    """A task that failed, where pages would show what it gives. ``words`` say why, in a line."""

    visualization: str
    layer: Layer
    channel: int | None
    picture: Photo | None
    words: str


@dataclass(frozen=True)
class Section:
    """One entry under ``visualizations:``, drawn."""

    kind: str
    anchor: str  # unique on the site: "kernels-1"
    title: str
    note: str
    options: Options
    layers: tuple[Layer, ...]
    figures: tuple[Shown, ...]
    told: tuple[Told, ...] = ()
    unmade: tuple[Unmade, ...] = ()  # what it would show besides, had it not failed


@dataclass(frozen=True)
class Page:
    """One gallery page: all sections of a kind."""

    kind: str
    title: str
    path: str  # "maximization.md"
    sections: tuple[Section, ...]
    about: str = ""  # a sentence, of kinds that are not ours


@dataclass(frozen=True)
class Gallery:
    """Everything that a template may show."""

    name: str
    description: str
    card: Card
    preprocessing: Preprocessing
    layers: tuple[Layer, ...]  # all that ran, in order of execution
    shown_layers: tuple[Layer, ...]  # those with a page of their own
    photos: tuple[Photo, ...]
    pages: tuple[Page, ...]
    facts: Mapping[str, Mapping[str, Fact]]  # the build's facts in named groups: versions, seeds …
    weights_digest: str | None = None  # SHA-256 of all parameters and buffers
    layer_digests: Mapping[str, str] = field(default_factory=dict)  # by name, as they run
    network_options: tuple[str, ...] = ()  # of the command line, to name this network
    unmade: tuple[Unmade, ...] = ()  # every task that failed, whether a page would show it or not

    def pictures(self) -> list[Shown]:
        """All figures, and the photos as they are and as the network sees them."""
        photos = [shown for photo in self.photos for shown in (photo.original, photo.seen)]
        return [*self.figures(), *photos]

    def figures(self, layer: str | None = None, picture: str | None = None) -> list[Shown]:
        """The figures of a layer, or of a photo, over all sections; each file once."""
        found: dict[str, Shown] = {}
        for page in self.pages:
            for section in page.sections:
                for shown in section.figures:
                    of_layer = layer is None or (shown.layer and shown.layer.name == layer)
                    of_picture = picture is None or (
                        shown.picture and shown.picture.name == picture
                    )
                    if of_layer and of_picture:
                        found.setdefault(shown.src, shown)
        return list(found.values())
