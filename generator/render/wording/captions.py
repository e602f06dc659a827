"""What a picture is, what it shows, and what it looks like to those who cannot see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from generator.model.layers import Layer
from generator.render.gallery import Shown
from generator.render.wording import attributions, nouns, words, worth
from generator.visualizations.base import Fact, Options


def unit(shown: Shown) -> str:
    """What a picture is of: ``Layer 15 · filter 220``."""
    layer = words.label(shown.layer, shown.visualization) if shown.layer else ""
    if shown.channel is None:
        return layer
    facet = f" · facet {shown.step}" if shown.role == "facet" else ""
    if named := class_name(shown):
        return f"{named} · class {shown.channel}{facet}"
    noun = nouns.one(shown.layer)
    name = f"{noun} {shown.channel}"
    return (f"{layer} · {name}" if layer else name.capitalize()) + facet


def class_name(shown: Shown | None) -> str:
    """The class for which a picture's unit stands, being an output of a classifier; or nothing."""
    name = (shown.facts or {}).get("class_name") if shown else None
    return name if isinstance(name, str) else ""


def class_of(figures: Iterable[Shown]) -> str:
    """The same of a unit, by any of its pictures."""
    return next(filter(None, map(class_name, figures)), "")


def card(channel: int, figures: Iterable[Shown], noun: str = "filter") -> str:
    """What a card on its layer's page is called: ``Filter 220``, or a class's name."""
    return class_of(figures) or f"{noun.capitalize()} {channel}"


def maps(layer: Layer, options: Options) -> str:
    """What a sheet of maps is: ``Convolution 1: 64 maps``."""
    shown = words.count(layer.channels, "map") if options.filters.all else "chosen maps"
    return f"{words.label(layer, 'activations')}: {shown}"


def shows(shown: Shown, options: Options | None = None, *, omit: Collection[str] = ()) -> str:
    """What a picture shows, in one short line; empty for a role that is not known here.

    Args:
        shown: the picture.
        options: of the section that it stands in, when there is one.
        omit: ``photo`` or ``mode``, where a page says it already for all of its maps.
    """
    if shown.shows:
        return shown.shows
    match shown.role:
        case "kernels":
            return _kernels(shown, getattr(options, "input_channel", 0))
        case "map" | "maps":
            return "; ".join(filter(None, (_maps(shown, omit), _broken(shown))))
        case "picture" | "facet" | "steps":
            return _picture(shown)
        case "animation":
            return _animation(shown)
    return ""


def _broken(shown: Shown) -> str:
    """How many of a map's values are hatched, where some are."""
    count = (shown.facts or {}).get("not_numbers")
    if not isinstance(count, int) or isinstance(count, bool):
        return ""
    values = "1 value is" if count == 1 else f"{words.number(count)} values are"
    return f"hatched: {values} not a number, or infinite"


def made(shown: Shown) -> str:
    """How a picture was made, as a heading: ``The original method · facet 2``."""
    if shown.visualization != "maximization":
        return shows(shown) or shown.role.capitalize()
    facet = f"facet {shown.step}" if shown.role == "facet" else ""
    return " · ".join(part for part in (worth.method(shown.parameters), facet) if part)


def mode(shown: Shown) -> str:
    """How a map was made, where that is not the network as it is."""
    alone = (shown.parameters or {}).get("mode") == "convolutions"
    return "convolutions alone" if alone else ""


def alt(shown: Shown) -> str:
    """What is seen, for readers who cannot see it."""
    if shown.alt:
        return shown.alt
    where = _in_a_sentence(shown)
    photo = f" for the photo {shown.picture.title}" if shown.picture else ""
    match shown.role:
        case "attribution":
            return attributions.alt(shown)
        case "exemplars":
            return f"Pieces of photos that drive the activation {where} most, and least"
        case "kernels":
            return f"Sheet of the kernels {where}"
        case "maps":
            return f"Sheet of the activation maps {where}{photo}"
        case "map":
            return f"Activation map {where}{photo}"
        case "picture":
            return f"Picture that maximises the activation {where}"
        case "facet":
            return f"Another picture that maximises the activation {where}, made to differ"
        case "noise":
            return f"Noise, where the picture {where} starts"
        case "steps":
            return f"The picture {where} emerging from noise"
        case "step":
            return f"The picture {where} after {shown.step} steps"
        case "emerging":
            return f"The picture {where} on its way from noise, step by step"
        case "animation":
            piece = f"a piece of the photo {shown.picture.title}" if shown.picture else "a piece"
            return f"A kernel {where} sliding over {piece}"
    return f"{shown.role.capitalize()} {where}{photo}"


def alt_of(sheet: Shown, channel: int) -> str:
    """What one filter's place on a sheet shows."""
    if sheet.role == "exemplars":
        name = f"{nouns.one(sheet.layer)} {channel}"
        if _undriven(sheet):
            return f"A piece of a photo; nothing in these photos drives {name}"
        return f"The piece of a photo that most drives {name}"
    what = "Kernel" if sheet.role == "kernels" else "Activation map"
    photo = f" for the photo {sheet.picture.title}" if sheet.picture else ""
    return f"{what} {_in_a_sentence(replace(sheet, channel=channel))}{photo}"


def stands(shown: Shown, options: Options | None = None) -> str:
    """What a card shows that has no picture made for its filter, in a few words."""
    match shown.role:
        case "kernels":
            return _stands_for_kernel(shown, options)
        case "map" | "maps":
            photo = f"map of {shown.picture.title}" if shown.picture else "map"
            return " · ".join(filter(None, (photo, mode(shown))))
        case "exemplars":
            return "no photo drives it" if _undriven(shown) else "piece of a photo"
    return shows(shown, options)


def _undriven(shown: Shown) -> bool:
    """Whether even the first of a filter's natural examples leaves it at zero, after a ReLU."""
    top: Any = (shown.facts or {}).get("top")
    rectified = shown.layer is not None and not shown.layer.signed
    return bool(top) and rectified and top[0]["value"] <= 0


def part(shown: Shown, options: Options | None) -> str:
    """How much of each kernel a sheet of kernels shows, where that is not plain to see."""
    found = _plane(shown, options)
    if found is None:
        colour = shown.role == "kernels" and shown.style == "rgb"
        return "Its three planes, as red, green and blue." if colour else ""
    plane, depth = found
    whose = f"{plane} of its group" if shown.layer and _grouped(shown.layer) else f"{plane}"
    return f"One plane of {words.number(depth)}: its weights for input channel {whose}."


def _stands_for_kernel(shown: Shown, options: Options | None) -> str:
    found = _plane(shown, options)
    if found is None:
        return "kernel in colour" if shown.style == "rgb" else "kernel"
    plane, depth = found
    which = f"that of input channel {plane}" if plane else "the first"
    return f"kernel, {which} of its {words.number(depth)} planes"


def _plane(shown: Shown, options: Options | None) -> tuple[int, int] | None:
    """Which plane of how many a sheet of kernels shows; ``None`` where it shows all there are."""
    convolution = shown.layer.convolution if shown.layer else None
    if shown.role != "kernels" or convolution is None:
        return None
    if shown.style == "rgb" or convolution.depth == 1:
        return None
    return getattr(options, "input_channel", 0), convolution.depth


def own_facts(shown: Shown) -> Mapping[str, Fact]:
    """What is known about this picture: of a facet, its own scores in place of the unit's."""
    facts = shown.facts or {}
    each = facts.get("facets")
    if shown.role != "facet" or not isinstance(each, list) or not shown.step:
        return facts
    own = each[shown.step - 1]
    return {**facts, **own} if isinstance(own, dict) else facts


def _in_a_sentence(shown: Shown) -> str:
    numbered = f"{nouns.one(shown.layer)} {shown.channel}"
    own = f"the class {class_name(shown)}" if class_name(shown) else numbered
    parts = [] if shown.channel is None else [f"of {own}"]
    if shown.layer:
        name = words.label(shown.layer, shown.visualization)
        spoken = name[0].lower() + name[1:] if name.startswith(words.NUMBERED) else name
        parts.append(
            f"of {spoken}" + (f" ({shown.layer.name})" if name != shown.layer.name else "")
        )
    return " ".join(parts)


def _kernels(shown: Shown, plane: int) -> str:
    each = "each kernel over its own range" if shown.scale == "each" else "one scale for all"
    if shown.style == "rgb":
        return f"Red, green and blue weights as a colour; {each}"
    if shown.layer and shown.layer.depthwise:
        return f"Each filter reads a channel of its own; {each}"
    of = " of each group" if shown.layer and _grouped(shown.layer) else ""
    return f"Input channel {plane}{of}; {each}"


def _grouped(layer: Layer) -> bool:
    return layer.convolution is not None and layer.convolution.groups > 1


def _maps(shown: Shown, omit: Collection[str]) -> str:
    parts = [shown.picture.title] if shown.picture and "photo" not in omit else []
    if "mode" not in omit and mode(shown):
        parts.append(mode(shown))
    if shown.role != "maps":
        return " · ".join(parts)
    scale = "each map over its own range" if shown.scale == "each" else "one scale for all maps"
    return " · ".join([*parts, scale]) if parts else scale.capitalize()


def _picture(shown: Shown) -> str:
    parts = (worth.method_apart(shown.parameters), worth.verdict(own_facts(shown)))
    return " · ".join(part for part in parts if part)


def _animation(shown: Shown) -> str:
    facts = shown.facts or {}
    parts = [shown.picture.title] if shown.picture else []
    plane = words.plane(facts)
    if plane:
        parts.append(f"its {plane}" if plane.startswith("band") else f"its {plane} channel")
    for name in ("padding", "stride"):
        if name in facts:
            parts.append(f"{name} {words.number(facts[name])}")
    return ", ".join(parts)
