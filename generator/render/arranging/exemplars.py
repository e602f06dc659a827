"""Natural examples as pages show them: the pieces of photos that drive a unit most, and least."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from generator.render.arranging.catalogue import Unit
from generator.render.drawing.tiles import Tile
from generator.render.gallery import Shown
from generator.render.wording import nouns, words
from generator.visualizations.base import Fact

ROLE = "exemplars"


@dataclass(frozen=True)
class Crop:
    """A piece of a photo, and what the unit answers to it. ``silent``: a ReLU's zero."""

    tile: Tile
    title: str
    value: float
    silent: bool

    @property
    def says(self) -> str:
        """The answer, in a caption."""
        return "silent here" if self.silent else words.number(self.value)

    @property
    def alt(self) -> str:
        """What is seen, for readers who do not see it."""
        answer = "is silent" if self.silent else f"answers {words.number(self.value)}"
        noun = nouns.one(self.tile.shown.layer)
        return f"A piece of {self.title}, to which the {noun} {answer}"


def crops(shown: Shown, side: Literal["top", "bottom"]) -> list[Crop]:
    """The pieces that a unit's natural examples show, the strongest or the weakest first.

    Where a ReLU gives nothing, nothing drives the unit: such pieces are not among the strongest.
    """
    return [crop for crop in _on_strip(shown, side) if side == "bottom" or not crop.silent]


def _on_strip(shown: Shown, side: Literal["top", "bottom"]) -> list[Crop]:
    facts: Mapping[str, Any] = shown.facts or {}
    top, bottom = facts["top"], facts["bottom"]
    first, chosen = (0, top) if side == "top" else (len(top), bottom)
    width = shown.width // max(1, len(top) + len(bottom))
    titles = facts.get("titles", {})
    return [
        Crop(
            tile=Tile(shown, (first + place) * width, 0, width, shown.height),
            title=titles.get(piece["picture"], "a picture"),
            value=piece["value"],
            silent=_silent(shown, piece["value"]),
        )
        for place, piece in enumerate(chosen)
    ]


def tiles(unit: Unit) -> list[Tile]:
    """The piece that drives a unit most, to stand for it where there is nothing else; or none."""
    return [crop.tile for shown in unit.role(ROLE)[:1] for crop in _on_strip(shown, "top")[:1]]


def made(units: Iterable[Unit]) -> dict[int, Shown]:
    """The picture made for each unit that has one, by its channel, to show beside its pieces."""
    return {unit.channel: unit.face for unit in units if unit.face is not None}


def sentence(shown: Shown, made: Mapping[str, Fact] | None = None) -> str:
    """What the pieces are, in a few sentences.

    Args:
        shown: the strip of pieces.
        made: the facts of the picture made for the unit, to compare their strongest places.
    """
    top: Any = (shown.facts or {})["top"]
    several = len({piece["picture"] for piece in top}) < len(top)
    more = " One photo may give several." if several else ""
    seen = f"Each piece is what the {nouns.one(shown.layer)} sees at that place.{more}"
    own = remark(shown) or seen
    return f"From {among(shown)}. {own}{_striped(shown)}{_beside(shown, made or {})}"


def _striped(shown: Shown) -> str:
    """What the stripes are, where a piece reaches beyond its photo."""
    facts: Mapping[str, Any] = shown.facts or {}
    pieces = [*facts["top"], *facts["bottom"]]
    beyond = any(not 0 <= share <= 1 for each in pieces for share in each["box"])
    return " What lies outside a photo is striped." if beyond else ""


def _beside(shown: Shown, made: Mapping[str, Fact]) -> str:
    """How high the made picture drives the unit at one place, beside the strongest piece."""
    top: Any = (shown.facts or {})["top"]
    peak = made.get("peak")
    if not top or not isinstance(peak, int | float) or not peak > top[0]["value"] > 0:
        return ""
    strongest = f" The strongest drives it to {words.number(top[0]['value'])};"
    return f"{strongest} the picture made for it, to {words.number(peak)} in one place."


def remark(shown: Shown) -> str:
    """What is to be said of these pieces and not of others; often nothing."""
    facts: Mapping[str, Any] = shown.facts or {}
    driving = len(crops(shown, "top"))
    if facts["top"] and not driving:
        others = ": these pieces are picked at random" if facts["bottom"] else ""
        return f"Nothing in these photos drives it{others}."
    few = "one piece that drives it was" if driving == 1 else f"{driving} pieces that drive it were"
    whole = "Photos are shown whole: it sees all of each, or how much is not known."
    said = (f"Only {few} found." if driving < len(facts["top"]) else "", whole * facts["whole"])
    return " ".join(filter(None, said))


def among(shown: Shown) -> str:
    """How many pictures were looked at: ``4 photos``."""
    count: Any = (shown.facts or {})["pictures"]
    return words.count(count, "photo")


def histogram(shown: Shown) -> dict[str, Any] | None:
    """How often the unit gives which value: ``edges``, one more than ``counts``, and ``words``.

    ``None`` where nothing was counted. Where every value counts as zero there are no bars to
    look at, but words.
    """
    found: Any = (shown.facts or {}).get("histogram")
    if not found or not found["counts"]:
        return None
    edges, counts = found["edges"], found["counts"]
    if all(low < 0 < high for low, high in itertools.pairwise(edges)):  # the bin about zero alone
        return {"edges": [], "counts": [], "words": _always_zero(shown, edges[1])}
    if shown.layer is None or shown.layer.signed:
        return {"edges": edges, "counts": counts, "words": ""}
    # The bin about zero reaches below it, where a ReLU gives nothing.
    above = [max(0.0, edge) for edge in edges]
    return {"edges": above, "counts": counts, "words": _how_often(shown, edges, counts)}


def _how_often(shown: Shown, edges: Sequence[float], counts: Sequence[int]) -> str:
    """At how many of the places that were counted a rectified unit gives more than zero."""
    places = sum(counts)
    share = sum(n for n, low in zip(counts, edges, strict=False) if low > 0) / max(1, places)
    if places == (shown.facts or {})["pictures"]:  # one value each: of a layer without maps
        return f"It answers to {_percent(share)} of {among(shown)}."
    spread = f"{words.number(places)} evenly spread places"
    return f"It answers at {_percent(share)} of {spread} in {among(shown)}."


def _always_zero(shown: Shown, near: float) -> str:
    """Of a unit whose values all count as zero: those counted, which may not be all there are."""
    top: Any = (shown.facts or {})["top"]
    if top and _silent(shown, top[0]["value"]):
        return f"0 at every place of {among(shown)}."
    return f"Nearer to 0 than {words.number(near)} at all places that were counted."


def _percent(share: float) -> str:
    if share == 0:
        return "none"
    return "less than 0.1%" if share < 0.001 else f"{words.number(float(f'{100 * share:.2g}'))}%"


def _silent(shown: Shown, value: float) -> bool:
    return value == 0 and shown.layer is not None and not shown.layer.signed
