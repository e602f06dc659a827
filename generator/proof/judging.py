"""Whether a picture that was made again is the picture that a site shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from generator.proof.distance import Distance, distance
from generator.proof.remake import Remade
from generator.render.data_files.manifest import Listed
from generator.render.data_files.plain_json import plain
from generator.visualizations.base import as_number

Verdict: TypeAlias = Literal[
    "same",  # the digest that is listed; or the same pixels
    "close",  # pixels within the tolerance; see `generator.proof.distance`
    "as strong",  # other pixels, to which the unit answers as strongly
    "elsewhere",  # a result that this cache does not have
    "set aside",  # a result whose record another version wrote, in a format of its own
    "unlisted",  # a picture in the gallery's folder that its manifest does not list
    "differs",
    "damaged",
    "missing",
]
WRONG: frozenset[Verdict] = frozenset({"differs", "damaged", "missing"})
DOUBTFUL: frozenset[Verdict] = frozenset({"as strong", "unlisted"})

STRENGTHS = ("activation", "robust")  # facts that say how strongly a unit answers to its picture
FINISHED = frozenset({"picture", "facet"})  # roles of a unit's picture, which those facts are of
TOLERANCE = 0.02  # the share by which numbers may be apart that say the same

Strength: TypeAlias = Callable[[Listed, bytes], Sequence[float]]
"""How strongly a unit answers to a picture file of its own: a number for each of `STRENGTHS`."""


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
        strength: asked where the pixels of a unit's finished picture differ.
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
        facts = plain(remade.facts or {}) if numbers and _is_of_facts(listed) else {}
        off = first_off(listed.facts, facts)
        note = off and f"its fact '{off}' is not what was found now"
        return Finding("again", listed.file, "differs" if off else "same", far, note)
    if far.small:
        return Finding("again", listed.file, "close", far)
    note = _other_facts(remade)
    if not note and listed.role in FINISHED:
        note = _weaker(strength(listed, shown), strength(listed, content))
    return Finding("again", listed.file, "differs" if note else "as strong", far, note)


def _is_of_facts(listed: Listed) -> bool:
    """Whether it is this picture that its task's facts are about, rather than the way to it."""
    return listed.role in FINISHED or not listed.facts.keys() & set(STRENGTHS)


def _differs(listed: Listed, note: str) -> Finding:
    return Finding("again", listed.file, "differs", note=note)


def _other_facts(remade: Remade) -> str:
    """Why a task is not known to be as strong as the site tells; nothing where it is."""
    for name in STRENGTHS:
        said, found = remade.listed.facts.get(name), (remade.facts or {}).get(name)
        if said is None or found is None:
            return "no picture that may come out otherwise"
        if not agree(said, found):
            return f"{name} is {said} by the site, and {found} now"
    return ""


def _weaker(shown: Sequence[float], again: Sequence[float]) -> str:
    """Where the file on the site is not as strong as the one made again; nothing where it is."""
    for name, one, other in zip(STRENGTHS, shown, again, strict=True):
        if not agree(one, other):
            return f"{name} of this file is {one:.4g}, of the one made again {other:.4g}"
    return ""


def first_off(said: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The first fact of both that is not as the site tells it; an empty text where all are."""
    shared = sorted(said.keys() & found.keys())
    return next((name for name in shared if not agree(said[name], found[name])), "")


def agree(said: Any, found: Any) -> bool:
    """Whether two JSON values say the same, numbers within `TOLERANCE`.

    Numbers of a list are measured by the largest of the list: its small ones are differences of
    large ones.
    """
    if isinstance(said, list) and isinstance(found, list):
        if len(said) != len(found):
            return False
        numbers = [number for each in found if (number := as_number(each)) is not None]
        size = max(map(abs, numbers), default=0.0)
        return all(_near(one, other, size) for one, other in zip(said, found, strict=True))
    return _near(said, found, 0.0)


def _near(said: Any, found: Any, size: float) -> bool:
    if isinstance(said, dict) and isinstance(found, dict):
        return said.keys() == found.keys() and all(agree(said[key], found[key]) for key in said)
    if isinstance(said, list) and isinstance(found, list):
        return agree(said, found)
    if as_number(said) is not None and as_number(found) is not None:
        return math.isclose(said, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE * size)
    return bool(said == found)
