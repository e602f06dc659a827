"""A config's entry, resolved: which layers, filters and pictures it asks for."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence

from generator.config.schema import SiteConfig
from generator.errors import ClassError, FilterError, GalleryError, PictureError
from generator.model.classes import find_class
from generator.model.layers import Layer, select, unmatched
from generator.model.network import Network
from generator.photos.images import Picture
from generator.visualizations.base import Options, PictureOptions, Request

Rank = Callable[[Layer, Sequence[Picture]], Sequence[float]]
"""How strongly each filter of a layer answers to the pictures; for ``filters: {top: N}``."""


def resolve(
    options: Options,
    config: SiteConfig,
    network: Network,
    pictures: Sequence[Picture],
    rank: Rank,
) -> Request:
    """What an entry asks for, of a network and pictures that are there.

    Args:
        options: the entry.
        config: the config that it stands in.
        network: of what.
        pictures: the configured ones.
        rank: see `Rank`.

    Raises:
        LayerError, FilterError, ClassError, PictureError: there is no such thing.
    """
    if options.output_classes:
        return _of_classes(options, network, pictures)
    layers = select(network.layers, options.layers, network.output)
    wanted = _pictures(options, pictures)
    filters = options.filters
    if filters.top is not None and not pictures:
        raise FilterError("{top: N} ranks filters by their answer to pictures: add some.")
    channels = {
        layer.name: filters.choose(
            layer.name,
            layer.channels,
            config.seed,
            rank(layer, wanted or pictures) if filters.top is not None else (),
        )
        for layer in layers
    }
    return _request(network, layers, channels, wanted)


def names_of_nothing(
    options: Options, network: Network, pictures: Sequence[Picture]
) -> Iterator[GalleryError]:
    """For each layer, class and picture that an entry names and that is not there: an error.

    `resolve` raises the first of them; who reads a config wants to know them all.
    """
    if not options.output_classes:
        yield from unmatched(network.layers, options.layers, network.output)
    elif network.outputs:
        for written in options.output_classes:
            try:
                find_class(written, network.classes, network.outputs)
            except ClassError as error:
                yield error
    if isinstance(options, PictureOptions) and pictures:
        yield from _unknown(pictures, options.images)


def _of_classes(options: Options, network: Network, pictures: Sequence[Picture]) -> Request:
    """An entry that names classes: they are the filters of the network's output."""
    network.check_classifies()
    assert network.output is not None
    numbers = [
        find_class(written, network.classes, network.outputs) for written in options.output_classes
    ]
    channels = {network.output.name: tuple(dict.fromkeys(numbers))}
    return _request(network, (network.output,), channels, _pictures(options, pictures))


def _request(
    network: Network,
    layers: tuple[Layer, ...],
    channels: Mapping[str, tuple[int, ...]],
    pictures: tuple[Picture, ...],
) -> Request:
    return Request(
        layers,
        channels,
        pictures,
        network.preprocessing.size,
        classes=network.classes,
        input_channels=network.preprocessing.channels,
        output=network.output,
    )


def _pictures(options: Options, pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """The configured pictures that an entry looks at, if it looks at any."""
    if isinstance(options, PictureOptions) and (pictures or options.needs_pictures):
        return _wanted(pictures, options.images)
    return ()


def _wanted(pictures: Sequence[Picture], patterns: Sequence[str]) -> tuple[Picture, ...]:
    """The pictures whose names match, each once, in the order of the config's images."""
    if not pictures:
        raise PictureError("This needs pictures.", hint="List some under 'images' in the config.")
    for error in _unknown(pictures, patterns):
        raise error
    return tuple(
        picture for picture in pictures if any(_called(picture, pattern) for pattern in patterns)
    )


def _unknown(pictures: Sequence[Picture], patterns: Sequence[str]) -> Iterator[PictureError]:
    names = ", ".join(picture.name for picture in pictures)
    for pattern in patterns:
        if not any(_called(picture, pattern) for picture in pictures):
            yield PictureError(f"No picture is called '{pattern}'.", hint=f"There are: {names}.")


def _called(picture: Picture, pattern: str) -> bool:
    return fnmatch.fnmatchcase(picture.name, pattern)
