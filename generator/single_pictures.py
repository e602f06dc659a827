"""Single pictures, outside any gallery: from a network and a name to a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.api import check_channels
from generator.errors import ConfigError, LayerError, SiteError, reason_of
from generator.model.layers import Layer, select
from generator.model.network import Network
from generator.photos.images import Picture, Pixels
from generator.photos.seeing import for_network
from generator.render.drawing.encoding import png, webp
from generator.render.drawing.pictures import pixels_of
from generator.utils.files import write_atomically
from generator.utils.report import Report
from generator.visualizations import registry
from generator.visualizations.base import Fact, Figure, Options, Request, Result, Task

SUFFIXES = (".png", ".webp")
_SHOWN = frozenset({"picture", "facet", "kernels", "map", "maps"})

Chosen = Mapping[Layer, tuple[int, ...]]
"""Layers, and the filters of each."""


@dataclass(frozen=True)
class Made:
    """One picture, with what was found out about it."""

    layer: str
    channel: int | None
    facet: int | None  # from 2; the first is the unit's picture
    pixels: Pixels
    facts: Mapping[str, Fact]
    parameters: Mapping[str, Fact]


def units(network: Network, written: Sequence[str]) -> Chosen:
    """Units such as ``features.22:100``, by layer, in the order in which layers are named.

    Raises:
        ConfigError: a word that is no unit.
        LayerError: no such layer, or no such filter of it.
    """
    found: dict[Layer, dict[int, None]] = {}
    for word in written:
        match = re.fullmatch(r"(.*):([0-9]{1,9})", word.strip())
        if match is None or match[1] == "conv":
            raise ConfigError(
                f"'{word}' is no unit.",
                "Write a layer and the number of a filter: features.22:100, or conv:10:5.",
            )
        layer = _one(network, match[1])
        check_channels(network, layer.name, [int(match[2])])
        found.setdefault(layer, {})[int(match[2])] = None
    return {layer: tuple(channels) for layer, channels in found.items()}


def whole_layers(network: Network, written: Sequence[str]) -> Chosen:
    """Layers with all of their filters.

    Raises:
        LayerError: no such layer.
    """
    return {
        layer: tuple(range(layer.channels))
        for layer in select(network.layers, written, network.output)
    }


def make(
    network: Network, options: Options, chosen: Chosen, photos: Sequence[Picture], report: Report
) -> Iterator[Made]:
    """The pictures that an entry of a config would show, each as soon as it is computed.

    Raises:
        GalleryError: whatever the visualization meets.
    """
    visualization = registry()[options.kind]
    channels = {layer.name: own for layer, own in chosen.items()}
    preprocessing = network.preprocessing
    photos = for_network(photos, preprocessing.channels, preprocessing.shown)
    request = Request(
        tuple(chosen),
        channels,
        tuple(photos),
        preprocessing.size,
        input_channels=preprocessing.channels,
    )
    figures = [each for each in visualization.figures(options, request) if each.role in _SHOWN]
    tasks = list(dict.fromkeys(figure.task for figure in figures))
    # Asked for as well because it sees whether the entry suits the layers.
    list(visualization.tasks(options, request))
    by_name = {photo.name: photo for photo in photos}
    with report.stage(visualization.title, len(tasks)) as advance:
        for batch in visualization.batches(tasks):
            results = dict(visualization.compute(network, batch, by_name))
            yield from (_made(each, results) for each in figures if each.task in results)
            advance(len(batch))


def _made(figure: Figure, results: Mapping[Task, Result]) -> Made:
    result, task = results[figure.task], figure.task
    facet = figure.step if figure.role == "facet" else None
    facts, facets = result.facts, result.facts.get("facets")
    if facet is not None and isinstance(facets, list):
        own = facets[facet - 1]
        facts = {**facts, **(own if isinstance(own, dict) else {})}
    shown = {name: fact for name, fact in facts.items() if name != "facets"}
    pixels = pixels_of(result.tensors, figure)
    return Made(task.layer, figure.channel, facet, pixels, shown, task.parameters)


def _one(network: Network, pattern: str) -> Layer:
    found = select(network.layers, [pattern], network.output)
    if len(found) != 1:
        raise LayerError(
            f"'{pattern}' names {len(found)} layers; a unit has one.",
            f"The first of them is {found[0].name}.",
        )
    return found[0]


class Place:
    """Where pictures go: a file, or, for several, a folder or files named after one."""

    def __init__(self, output: Path, *, several: bool) -> None:
        """See whether it can be, before anything is computed.

        Raises:
            ConfigError: it ends in nothing that can be written.
        """
        self._output = output
        self._folder = output.is_dir() or (several and not output.suffix)
        self._several = several
        if not self._folder and output.suffix.lower() not in SUFFIXES:
            written = f"'{output.suffix}'" if output.suffix else "nothing"
            raise ConfigError(
                f"{output} ends in {written}: pictures are written as {' or '.join(SUFFIXES)}.",
                f"Write {output.with_suffix('.png')}, or name a folder that is there.",
            )

    def write(self, made: Made, layer: Layer) -> Path:
        """Write a picture, whole or not at all; return its file.

        Raises:
            SiteError: it cannot be written.
        """
        file = self._file(made, layer)
        content = png(made.pixels)
        if file.suffix.lower() == ".webp":
            content = webp(made.pixels, quality=None)
        try:
            write_atomically(file, content)
        except OSError as error:
            raise SiteError(f"{file} cannot be written: {reason_of(error)}.") from error
        return file

    def _file(self, made: Made, layer: Layer) -> Path:
        parts = [layer.slug]
        parts += [] if made.channel is None else [str(made.channel)]
        parts += [] if made.facet is None else [f"facet-{made.facet}"]
        if self._folder:
            return self._output / f"{'-'.join(parts)}.png"
        if self._several:
            return self._output.with_stem("-".join([self._output.stem, *parts]))
        if made.facet is not None:
            return self._output.with_stem(f"{self._output.stem}-facet-{made.facet}")
        return self._output
