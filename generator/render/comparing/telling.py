"""What changed since last time, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.model.layers import Layer
from generator.render.arranging.catalogue import Catalogue
from generator.render.comparing.changes import Answered, Changes, Drawn, Redrawn, State
from generator.render.comparing.galleries import MOST as MOST
from generator.render.comparing.since import BeforeAfter, Since
from generator.render.gallery import Gallery, Photo, Shown
from generator.render.wording import captions, nouns, words, worth

_ARROW = "\u2192"
_MOST_LAYERS = 6  # told by name
_MOST_UNITS = 8  # of a layer's that changed, told by number
_STRIP = 4  # times as wide as high: of two such pictures, before stands above now
_MOST_SETTINGS = 3  # told of a picture that was made with others; changes.json has all
_MEASURES = {"activation": "", "robust": "shifted ", "mean": "mean "}


def weights(changes: Changes) -> str:
    """Whether the weights changed, and where first, in a sentence."""
    changed, layers = changes.weights.changed, changes.weights.layers
    if changed is None or layers is None:
        return "The build before did not say which weights it showed, so they cannot be compared."
    if not changed and not layers:
        return "The weights are the same."
    if not changed:
        return f"The weights are the same; the kind or the settings changed in {_where(layers)}."
    if not layers:
        return "The weights changed, but those of no layer that runs."
    return f"The weights changed in {_where(layers)}."


def _where(layers: tuple[str, ...]) -> str:
    if len(layers) == 1:
        return f"one layer, {layers[0]}"
    count = f"{words.number(len(layers))} layers"
    if len(layers) <= _MOST_LAYERS:
        return f"{count}: {', '.join(layers[:-1])} and {layers[-1]}"
    return f"{count}, the first of them {layers[0]}, the last {layers[-1]}"


def models(changes: Changes) -> tuple[str, str] | None:
    """The models before and now, where they are not the same."""
    if changes.before is None or changes.after is None:
        return None
    before, after = changes.before.model, changes.after.model
    if before.source != after.source:
        return (before.name or before.source, after.name or after.source)
    return None


def programs(changes: Changes) -> tuple[str, str] | None:
    """The versions of cnn-gallery before and now, where they are not the same."""
    made = [
        state.generator for state in (changes.before, changes.after) if isinstance(state, State)
    ]
    return (made[0], made[1]) if len(made) == 2 and made[0] != made[1] else None


def by_page(since: Since, gallery: Gallery) -> list[tuple[str, list[BeforeAfter]]]:
    """The pictures to show side by side, under the title of the page that each belongs to.

    Wide ones come last, since each has the row to itself.
    """
    shown = sorted(since.shown, key=lambda pair: wide(pair.after))
    found = [
        (page.title, [pair for pair in shown if pair.after.visualization == page.kind])
        for page in gallery.pages
    ]
    return [(title, pairs) for title, pairs in found if pairs]


def wide(shown: Shown) -> bool:
    """Whether a picture is a sheet or a strip, of which two do not fit a card."""
    return shown.tiles > 0 or strip(shown)


def strip(shown: Shown) -> bool:
    """Whether it is a row of pieces, such as natural examples, too wide to stand beside another."""
    return not shown.tiles and shown.width > _STRIP * shown.height


def redrawn(since: Since, pairs: list[BeforeAfter]) -> int:
    """How many pictures like these were redrawn, whether they are shown or not."""
    like = {(pair.after.visualization, pair.after.role) for pair in pairs}
    return sum((change.visualization, change.role) in like for change in since.changes.redrawn)


@dataclass(frozen=True)
class Units:
    """Units of a layer that have pictures which were redrawn, came or went.

    Attributes:
        how: ``redrawn``, ``new`` or ``gone``; of a sheet's tiles, ``changed``.
        noun: what they are: ``filters``.
        named: the first few, each by its number or its class's name, with the path of its card.
        more: how many more there are.
    """

    how: str
    noun: str
    named: list[tuple[str, str | None]]
    more: int


def units(changes: Changes, catalogue: Catalogue) -> dict[str, list[Units]]:
    """The units of each layer of which pictures changed, by the layer's name.

    Those redrawn stand first of which the picture made for them changed most.
    """
    cards = {
        (shown.layer.name, shown.channel): shown
        for shown in sorted(catalogue.gallery.pictures(), key=lambda shown: shown.role == "picture")
        if shown.layer and shown.channel is not None
    }
    layers = {layer.name: layer for layer in catalogue.gallery.layers}
    found: dict[str, list[Units]] = {}
    kinds = (("redrawn", changes.redrawn), ("new", changes.added), ("gone", changes.removed))
    for how, pictures in kinds:
        for name, channels in _by_channel(pictures).items():
            noun = catalogue.noun(layers[name]) if name in layers else "filter"
            few = [cards.get((name, channel)) for channel in channels[:_MOST_UNITS]]
            named = [
                (
                    captions.class_name(shown) or str(channel),
                    catalogue.home(shown) if shown else None,
                )
                for channel, shown in zip(channels, few, strict=False)
            ]
            more = len(channels) - len(named)
            units = Units(how, noun if len(channels) == 1 else nouns.plural(noun), named, more)
            found.setdefault(name, []).append(units)
    return found


def tiles(pair: BeforeAfter, catalogue: Catalogue) -> list[Units]:
    """Of a sheet, the units whose tiles changed most; nothing where all of few did."""
    layer = pair.after.layer
    if layer is None or len(pair.channels) <= 1:
        return []
    cards = {unit.channel: unit for unit in catalogue.units(layer)}
    page, named = catalogue.layer_page(layer), []
    for channel in pair.channels[:_MOST_UNITS]:
        unit = cards.get(channel) if page else None
        named.append((str(channel), f"{page}#{unit.anchor}" if unit else None))
    more = len(pair.channels) - len(named)
    return [Units("changed", nouns.plural(catalogue.noun(layer)), named, more)]


def _by_channel(pictures: Iterable[Drawn]) -> dict[str, list[int]]:
    """The channels of each layer, those first whose pictures changed most."""
    found: dict[str, dict[int, tuple[bool, float]]] = {}
    for each in pictures:
        if each.layer is not None and each.channel is not None:
            far = (each.difference or 0.0) if isinstance(each, Redrawn) else 0.0
            own = found.setdefault(each.layer, {})
            mark = (each.role == "picture", far)
            own[each.channel] = max(own.get(each.channel, mark), mark)
    return {
        layer: sorted(own, key=lambda channel: own[channel], reverse=True)
        for layer, own in found.items()
    }


def answers(changes: Changes, gallery: Gallery) -> list[tuple[Photo, Answered]]:
    """The photos that are taken for something else, those first for which that changed most."""
    photos = {photo.name: photo for photo in gallery.photos}
    ordered = sorted(changes.answers, key=_how_far, reverse=True)
    return [(photos[each.image], each) for each in ordered if each.image in photos]


def _how_far(answer: Answered) -> tuple[bool, float]:
    """Another first class counts most, then the share that moved most."""
    before, now = ({each.number: each.share for each in of} for of in (answer.before, answer.now))
    moved = [abs(before.get(each, 0.0) - now.get(each, 0.0)) for each in before.keys() | now.keys()]
    return (answer.otherwise, max(moved, default=0.0))


def counted_convolutions(since: Since) -> list[Layer]:
    """The layers of the pictures shown that are called by their places among the convolutions."""
    shown = [pair.after for pair in since.shown]
    return [s.layer for s in shown if s.layer and s.visualization in words.COUNT_CONVOLUTIONS]


def layer_page(name: str | None, gallery: Gallery) -> str | None:
    """The path of a layer's page, where it has one."""
    pages = {layer.name: f"layers/{layer.slug}.md" for layer in gallery.shown_layers}
    return pages.get(name or "")


def name(shown: Shown) -> str:
    """What a picture is of, and how it was made where there are several ways."""
    apart = worth.method_apart(shown.parameters) if shown.role == "picture" else ""
    photo = shown.picture.title if shown.picture else ""
    return " · ".join(part for part in (captions.unit(shown), photo, apart) if part)


def far(change: Redrawn) -> str:
    """How far its pixels are apart: ``differs by 34 of 255``."""
    return (
        "" if change.difference is None else f"differs by {words.number(change.difference)} of 255"
    )


def measures(change: Redrawn) -> str:
    """What a unit answered before and now: ``12.3 → 14.1 · shifted 11 → 12.6``."""
    pairs = [(name, change.facts[fact]) for fact, name in _MEASURES.items() if fact in change.facts]
    return " · ".join(
        f"{name}{words.number(old)} {_ARROW} {words.number(new)}" for name, (old, new) in pairs
    )


def settings(change: Redrawn) -> str:
    """The parameters that differ: ``other settings: steps 50 → 100``; empty where none do."""
    pairs = [
        f"{name.replace('_', ' ')} {_value(old)} {_ARROW} {_value(new)}"
        for name, (old, new) in change.parameters.items()
    ]
    more = len(pairs) - _MOST_SETTINGS
    told = [*pairs[:_MOST_SETTINGS], *([f"{more} more"] if more > 0 else [])]
    return f"other settings: {', '.join(told)}" if told else ""


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return " to ".join(_value(each) for each in value)
    return words.number(value) if isinstance(value, int | float) else str(value)
