"""Units in the site's search: each card can be found by its layer, its number and its flags.

The theme indexes what stands under headings. A card has none, so what leads to it is added to the
finished index, in few words: the index of 4,224 units is read by a browser at once.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.errors import SiteError
from generator.render.arranging.catalogue import Catalogue, Unit
from generator.render.wording import captions, words, worth
from generator.render.wording.escaping import plain_text

# Where a site's builder keeps its index, and the key under which the places are listed. The script
# beside it says the same, for pages opened from a file.
_INDEXES = (("search/search_index.json", "docs"), ("search.json", "items"))


_DIGITS = 4  # of the longest numbers of channels


@dataclass(frozen=True)
class Findable:
    """A place that the search leads to.

    One that is in the index already lends it its tags, and nothing else.
    """

    location: str  # relative to the site's root: "layers/features-15.html#unit-220"
    title: str
    text: str = ""
    tags: tuple[str, ...] = ()  # what counts most, and is shown as a label
    boost: float = 1  # by what the search multiplies how well it fits


def findable(catalogue: Catalogue) -> list[Findable]:
    """Every layer that has a page, by its place among the convolutions, and the card of each unit.

    What is asked for is usually a layer's name and a number (``features.15 220``), a convolution
    (``conv 10``), or a flag (``dead``).
    """
    found: list[Findable] = []
    for layer in catalogue.gallery.shown_layers:
        page = f"layers/{layer.slug}.html"
        if layer.ordinal is not None:
            found.append(Findable(page, words.title(layer), tags=(f"conv {layer.ordinal}",)))
        found += (_card(unit, page) for unit in catalogue.units(layer))
    return found


def _card(unit: Unit, page: str) -> Findable:
    facts = captions.own_facts(unit.face) if unit.face else {}
    return Findable(
        f"{page}#{unit.anchor}",
        _called(unit),
        _in_words(worth.verdict(facts)),
        tuple(worth.flags(facts)),
        _boost(unit.channel),
    )


def _in_words(verdict: str) -> str:
    """What a verdict says without figures: a number that is searched for is a filter's."""
    return " · ".join(part for part in re.split(r" · |; ", verdict) if not re.search(r"\d", part))


def _called(unit: Unit) -> str:
    """``features.15:220``, and a class by its name as well.

    Without the word "filter": who types it besides a number would be led to every card.
    """
    name = captions.class_of(unit.figures)
    return f"{unit.layer.name}:{unit.channel}{f' · {name}' if name else ''}"


def _boost(channel: int) -> float:
    """The search takes what is typed for the start of a word: of 22 and 220, the shorter leads.

    Twice a page's, which may hold the word besides a number: ``filter 220`` leads to cards.
    """
    return 1.8 + 0.2 * max(0, _DIGITS - len(str(channel)))


def add_to_search(built: Path, places: Iterable[Findable]) -> None:
    """Add places to the index of a site that MkDocs or Zensical has built.

    Args:
        built: the folder of the site.
        places: what is to be found. A site without a search is left as it is.

    Raises:
        SiteError: the index cannot be read or written.
    """
    places = list(places)
    for name, key in _INDEXES:
        index = built / name
        if index.is_file():
            try:
                _rewrite(index, key, places)
            except (OSError, ValueError, KeyError) as error:
                raise SiteError(f"The search's index '{name}' is no index: {error}.") from error


def _rewrite(index: Path, key: str, places: list[Findable]) -> None:
    """The index and the script beside it, which sets a variable to the same value."""
    content = json.loads(index.read_text(encoding="utf-8"))
    _add(content[key], places)
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    index.write_text(text, encoding="utf-8")
    script = index.with_suffix(".js")
    if script.is_file():
        variable = script.read_text(encoding="utf-8").partition("{")[0]
        script.write_text(variable + text, encoding="utf-8")


def _add(listed: list[dict[str, Any]], places: Iterable[Findable]) -> None:
    known = {entry["location"]: entry for entry in listed}
    for place in places:
        entry = known.get(place.location)
        if entry is None:
            listed.append(_entry(place))
        elif place.tags:
            entry["tags"] = [*entry.get("tags", ()), *map(_as_html, place.tags)]


def _entry(place: Findable) -> dict[str, Any]:
    entry: dict[str, Any] = {"location": place.location, "title": _as_html(place.title)}
    entry["text"] = f"<p>{_as_html(place.text)}</p>" if place.text else ""
    if place.tags:
        entry["tags"] = [_as_html(tag) for tag in place.tags]
    if place.boost != 1:
        entry["boost"] = place.boost
    return entry


def _as_html(text: str) -> str:
    """The theme writes titles and texts into the page as HTML."""
    return html.escape(plain_text(text))
