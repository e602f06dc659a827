"""Whether a picture that was made again is the picture that a site shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from generator.remake import Remade
from generator.render.distance import Distance, distance
from generator.render.manifest import Listed, plain

Verdict: TypeAlias = Literal[
    "same",  # the digest that is listed; or the same pixels
    "close",  # pixels within the tolerance; see `generator.render.distance`
    "as strong",  # other pixels, to which the unit answers as strongly
    "elsewhere",  # a result that this cache does not have
    "unlisted",  # a picture in the gallery's folder that its manifest does not list
    "differs",
    "damaged",
    "missing",
]
WRONG: frozenset[Verdict] = frozenset({"differs", "damaged", "missing"})
DOUBTFUL: frozenset[Verdict] = frozenset({"as strong", "unlisted"})

STRENGTHS = ("activation", "robust")  # facts that say how strongly a unit answers to its picture
TOLERANCE = 0.02  # the share by which numbers may be apart that say the same

Strength: TypeAlias = Callable[[Listed, bytes], "Sequence[float] | None"]
"""How strongly a unit answers to a picture file: a number for each of `STRENGTHS`."""


@dataclass(frozen=True)
class Finding:
    """What one look gave. ``subject`` is a file of the site, or what a cached result is of."""

    check: Literal["file", "cache", "again"]
    subject: str
    verdict: Verdict
    far: Distance | None = None
    note: str = ""


def judge(shown: bytes, remade: Remade, strength: Strength, *, numbers: bool) -> Finding:
    """Compare a picture's file with what was made again.

    Args:
        shown: the contents of the file on the site.
        remade: the same picture, made again.
        strength: asked where the pixels differ; ``None`` for what is no unit's finished picture.
        numbers: whether the facts that the site tells must be those found now where the pixels are
            the same: on the same kind of processor, with the same versions of everything.
    """
    listed = remade.listed
    if not remade.contents:
        return _differs(listed, "today's config, network and photos ask for no such picture")
    try:
        found = [(distance(shown, content), content) for content in remade.contents]
    except ValueError as error:
        return Finding("again", listed.file, "damaged", note=str(error))
    sized = [(far, content) for far, content in found if far is not None]
    if not sized:
        return _differs(listed, "another size, or other frames")
    far, content = min(sized, key=lambda each: each[0].mean)
    if far.nothing:
        off = _first_off(listed.facts, plain(remade.facts or {})) if numbers else ""
        return Finding("again", listed.file, "differs" if off else "same", far, off)
    if far.small:
        return Finding("again", listed.file, "close", far)
    note = _weaker(remade, strength(listed, shown), strength(listed, content))
    return Finding("again", listed.file, "differs" if note else "as strong", far, note)


def _differs(listed: Listed, note: str) -> Finding:
    return Finding("again", listed.file, "differs", note=note)


def _weaker(remade: Remade, shown: Sequence[float] | None, again: Sequence[float] | None) -> str:
    """Why a picture is not as strong as what was made again; nothing where it is."""
    facts = remade.facts or {}
    for place, name in enumerate(STRENGTHS):
        said, found = remade.listed.facts.get(name), facts.get(name)
        if said is None or found is None:
            return "no picture that may come out otherwise"
        if not agree(said, found):
            return f"{name}: {said:.4g} by the site, {found:.4g} now"
        if shown and again and not agree(shown[place], again[place]):
            return f"{name} of the file: {shown[place]:.4g}; of its remake: {again[place]:.4g}"
    return ""


def _first_off(said: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The first fact that is not as the site tells it, in words; nothing where all are."""
    for name in sorted(said.keys() & found.keys()):
        if not agree(said[name], found[name]):
            return f"its fact '{name}' is not what was found now"
    return ""


def agree(said: Any, found: Any) -> bool:
    """Whether two JSON values say the same, numbers within `TOLERANCE`.

    Numbers of a list are measured by the largest of the list: its small ones are differences of
    large ones.
    """
    if isinstance(said, list) and isinstance(found, list):
        if len(said) != len(found):
            return False
        size = max((abs(each) for each in found if _is_number(each)), default=0.0)
        return all(_near(one, other, size) for one, other in zip(said, found, strict=True))
    return _near(said, found, 0.0)


def _near(said: Any, found: Any, size: float) -> bool:
    if isinstance(said, dict) and isinstance(found, dict):
        return said.keys() == found.keys() and all(agree(said[key], found[key]) for key in said)
    if isinstance(said, list) and isinstance(found, list):
        return agree(said, found)
    if _is_number(said) and _is_number(found):
        return math.isclose(said, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE * size)
    return bool(said == found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
