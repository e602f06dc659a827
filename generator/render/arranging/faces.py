"""Which pictures stand for a layer: on the first page, for a photo, in a table of very many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from generator.model.layers import Layer
from generator.render.arranging import exemplars
from generator.render.arranging.catalogue import Catalogue, Unit
from generator.render.arranging.strongest import strength
from generator.render.drawing.tiles import Tile, tile_at, tile_of
from generator.render.gallery import Photo, Shown
from generator.render.wording import captions, nouns, words, worth
from generator.visualizations.base import as_number

MANY = 64  # units of a table, all of which its page shows; the layers' own pages show any number
FEW = 8  # of each layer's otherwise
_FEW = 64  # tiles of a sheet that can still be told apart when it is as small as a face
_WORDS = ("dead", "weak", "fragile", "noisy", "saturated", "strong", "stable")  # of verdicts


@dataclass(frozen=True)
class Piece:
    """A piece of a photo, where it stands for the filter that it drives most."""

    tile: Tile
    alt: str
    value: float  # what the filter answers to it


@dataclass(frozen=True)
class Answer:
    """The map by which a layer answers to a photo, where one has to stand for all."""

    layer: Layer
    channel: int
    tile: Tile
    most: bool  # of all the layer's filters; else of those of which a map is shown
    card: bool  # whether the filter has a card on the layer's page

    @property
    def alt(self) -> str:
        """What is seen, for readers who cannot see it."""
        photo = self.tile.shown.picture
        name = f"{nouns.one(self.layer)} {self.channel}"
        where = f"Activation map of {name} of {self.layer.name}"
        return f"{where} for the photo {photo.title}" if photo else where


def faces(catalogue: Catalogue, layer: Layer, count: int) -> list[Shown]:
    """At most ``count`` pictures that show what a layer is about.

    Of each filter its best maximisation picture, the strongest first. A layer without any shows
    maps, and one without maps a sheet of its kernels, if that has few tiles.
    """
    found: dict[int | None, Shown] = {}
    for shown in catalogue.strongest(layer):
        found.setdefault(shown.channel, shown)
    if not found:
        for shown in catalogue.of_layer(layer, "map"):
            found.setdefault(shown.channel, shown)
    if not found:
        return [s for s in catalogue.of_layer(layer, "kernels") if s.tiles <= _FEW][: min(1, count)]
    return list(found.values())[:count]


def pieces(catalogue: Catalogue, layer: Layer, count: int) -> list[Piece]:
    """At most ``count`` pieces of photos, for a layer of which nothing else is shown.

    Of each filter the piece that drives it most, the strongest first.
    """
    if faces(catalogue, layer, 1):
        return []
    found = [
        Piece(crop.tile, crop.alt, crop.value)
        for unit in catalogue.units(layer)
        for shown in unit.role(exemplars.ROLE)
        for crop in exemplars.crops(shown, "top")[:1]
    ]
    return sorted(found, key=lambda piece: piece.value, reverse=True)[:count]


def bare(catalogue: Catalogue, layer: Layer) -> bool:
    """Whether the layer's page has no picture at all: no visualization shows the layer."""
    return layer.name not in catalogue.pictured


def usual(catalogue: Catalogue, layer: Layer) -> str:
    """What the layer's cards show, in a few words; "" for made pictures, or this and that.

    A card that shows something else says so.
    """
    kernels, photos = catalogue.of_layer(layer, "kernels"), catalogue.photos(layer)
    if catalogue.of_layer(layer, "picture"):
        return ""
    if kernels:
        return captions.stands(kernels[0], catalogue.options(kernels[0]))
    return f"map of {photos[0].title}" if photos else ""


def sheet(catalogue: Catalogue, layer: Layer) -> Shown | None:
    """On which sheet the layer's cards stand that show what is `usual`; ``None`` for no sheet."""
    if not usual(catalogue, layer):
        return None
    if kernels := catalogue.of_layer(layer, "kernels"):
        return kernels[0]
    tiles = (tile for unit in catalogue.units(layer) for tile in catalogue.maps(unit))
    first = next(tiles, None)
    return first.shown if first else None


def peak(shown: Shown, channel: int) -> float | None:
    """The highest value of a filter's map; of a sheet, its task knows that of every filter."""
    peaks = (shown.facts or {}).get("peaks")
    if not isinstance(peaks, list):
        return None
    return as_number(peaks[channel] if len(peaks) > 1 else peaks[0])


def peak_words(value: float | None) -> str:
    """A map's peak in its caption; data.js says it in the same words."""
    if value is None:
        return ""
    return f"peak {words.number(value)}" if value else "silent on this photo"


def holds(catalogue: Catalogue, layer: Layer) -> str:
    """What there is of a layer, in a few words: ``shown: kernels, maps for 4 photos``."""
    photos = len(catalogue.photos(layer))
    made = len({shown.channel for shown in catalogue.of_layer(layer, "picture")})
    parts = [
        "kernels" if catalogue.of_layer(layer, "kernels") else "",
        f"maps for {words.count(photos, 'photo')}" if photos else "",
        f"pictures made for {words.count(made, catalogue.noun(layer))}" if made else "",
        "natural examples" if catalogue.of_layer(layer, exemplars.ROLE) else "",
        *(page.title for page, _ in catalogue.others(layer)),
    ]
    said = ", ".join(part for part in parts if part) or f"a few {nouns.every(layer)}"
    return "no pictures yet" if bare(catalogue, layer) else f"shown: {said}"


def last_faced(catalogue: Catalogue) -> Layer | None:
    """The layer whose face is seen before any is pointed at: the last for which pictures were made.

    Without such, the last that has a face at all.
    """
    faced = [
        layer
        for layer in catalogue.gallery.shown_layers
        if faces(catalogue, layer, 1) or pieces(catalogue, layer, 1)
    ]
    made = [layer for layer in faced if catalogue.of_layer(layer, "picture")]
    return next(iter([*made[::-1], *faced[::-1]]), None)


def answer(catalogue: Catalogue, layer: Layer, photo: Photo) -> Answer | None:
    """A layer's strongest map of a photo: highest on the whole, in the network as it is.

    A sheet knows it of all filters. Where there is none, the strongest of the maps that are shown.
    """
    cards = {unit.channel for unit in catalogue.units(layer)}
    for shown in _maps(catalogue, layer, photo, "maps"):
        channel = (shown.facts or {}).get("strongest")
        tile = tile_of(shown, channel) if isinstance(channel, int) else None
        if tile is not None and isinstance(channel, int):
            return Answer(layer, channel, tile, most=True, card=channel in cards)
    for shown in sorted(_maps(catalogue, layer, photo, "map"), key=_mean, reverse=True):
        if shown.channel is not None and (tile := tile_of(shown, shown.channel)):
            return Answer(layer, shown.channel, tile, most=False, card=shown.channel in cards)
    return None


def answers(catalogue: Catalogue, layer: Layer, count: int) -> list[Answer]:
    """At most ``count`` maps, a photo each, for a layer of which sheets of maps alone are shown."""
    if faces(catalogue, layer, 1) or pieces(catalogue, layer, 1):
        return []
    found = (answer(catalogue, layer, photo) for photo in catalogue.photos(layer))
    return [each for each in found if each][:count]


def overview(
    units: Sequence[tuple[Shown, list[Shown]]],
) -> list[tuple[Shown, list[Shown]]]:
    """The units of a table; of one with very many, the strongest ``FEW`` of each layer.

    Each is its first picture with all of its pictures, as ``grouping.by_unit`` gives them.
    """
    if len(units) <= MANY:
        return list(units)
    ranks: dict[str, list[int]] = {}
    for place, (first, _) in enumerate(units):
        ranks.setdefault(first.layer.name if first.layer else "", []).append(place)
    kept: set[int] = set()
    for places in ranks.values():
        kept.update(sorted(places, key=lambda at: strength(units[at][0]), reverse=True)[:FEW])
    return [units[place] for place in sorted(kept)]


@dataclass(frozen=True)
class Examples:
    """Pictures of this gallery that show how to read its kinds. What it lacks is ``None``."""

    kernels: Shown | None  # the sheet of the first layer that has one
    kernel: Tile | None  # its first kernel alone
    early: Answer | None  # of one photo, by the first layer that has a map of it
    late: Answer | None  # and by the last
    noise: Shown | None  # where the picture below started
    between: tuple[tuple[Tile, int], ...]  # how it came about, each with its step
    made: Shown | None


def examples(catalogue: Catalogue) -> Examples:
    """What explains itself best: early layers for kernels, the first photo, a made texture."""
    layers, photos = catalogue.gallery.shown_layers, catalogue.gallery.photos
    sheets = [sheet for layer in layers for sheet in catalogue.of_layer(layer, "kernels")]
    answers = [answer(catalogue, layer, photo) for photo in photos[:1] for layer in layers]
    maps = [found for found in answers if found]
    made, noise = _made(catalogue, layers)
    return Examples(
        kernels=sheets[0] if sheets else None,
        kernel=tile_at(sheets[0], 0) if sheets and sheets[0].tiles else None,
        early=maps[0] if maps else None,
        late=maps[-1] if len(maps) > 1 else None,
        noise=noise,
        between=_between(catalogue, made) if made else (),
        made=made,
    )


def _made(catalogue: Catalogue, layers: Sequence[Layer]) -> tuple[Shown | None, Shown | None]:
    """The strongest picture of a layer halfway, and the noise it started from.

    The first layers give flat colours. Layers of which such noise is shown are preferred.
    """
    found: list[tuple[Shown, Shown | None]] = []
    for layer in layers:
        starts = {shown.key: shown for shown in catalogue.of_layer(layer, "noise")}
        # Of those without a flag, the strongest of which there is noise.
        pictures = sorted(
            catalogue.strongest(layer),
            key=lambda shown: (bool(worth.flags(shown.facts)), shown.key not in starts),
        )
        found += [(shown, starts.get(shown.key)) for shown in pictures[:1]]
    best = [pair for pair in found if pair[1]] or found
    return best[len(best) // 2] if best else (None, None)


def _between(catalogue: Catalogue, made: Shown) -> tuple[tuple[Tile, int], ...]:
    """The steps by which a picture emerged, in order, where they are shown on a sheet."""
    sheets = catalogue.of_layer(made.layer, "emerging") if made.layer else []
    own = next((sheet for sheet in sheets if sheet.key == made.key), None)
    return tuple((tile_at(own, place), step) for place, step in enumerate(own.steps)) if own else ()


def to_find(units: Sequence[Unit]) -> str:
    """What to look for among a layer's cards, as an example: ``68-168, dead``.

    Numbers and a word that the cards have, so that whoever types them finds something. It has to
    fit a short field.
    """
    numbers = [str(unit.channel) for unit in units]
    if len(numbers) > 2:
        first, last = numbers[len(numbers) // 3], numbers[2 * len(numbers) // 3]
        numbers = [numbers[0], f"{first}-{last}"]
    facts = [captions.own_facts(unit.face) for unit in units if unit.face]
    said = " ".join(" ".join([worth.verdict(each), *worth.flags(each)]) for each in facts)
    word = next((word for word in _WORDS if word in said), "")
    return f"{numbers[-1]}, {word}" if word else ", ".join(numbers)


def _maps(catalogue: Catalogue, layer: Layer, photo: Photo, role: str) -> list[Shown]:
    return [
        shown
        for shown in catalogue.of_layer(layer, role)
        if shown.picture and shown.picture.name == photo.name and not captions.mode(shown)
    ]


def _mean(shown: Shown) -> float:
    mean = as_number((shown.facts or {}).get("mean"))
    return -math.inf if mean is None else mean
