"""What a classifier takes each photo for, before and now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from generator.render.comparing.changes import Answered, Likely
from generator.render.data_files.manifest import Finding, Manifest
from generator.render.gallery import Gallery

KIND = "predictions"
_DIGITS = 3  # of shares from 0 to 1: by less, no page would show another number


def answers(before: Manifest, gallery: Gallery) -> tuple[Answered, ...]:
    """The photos for which classes or shares changed, in the order of the gallery.

    Of a photo that several entries of the config ask about, the longest list counts. Lists of two
    lengths are compared as far as the shorter goes.

    Args:
        before: what the site that will be replaced says about itself.
        gallery: what replaces it.
    """
    old = _longest((each.image, each.facts) for each in before.findings if _fits(each))
    new = _longest(
        (told.picture.name, told.facts)
        for page in gallery.pages
        if page.kind == KIND
        for section in page.sections
        for told in section.told
        if told.picture
    )
    found = []
    for image, now in new.items():
        was = old.get(image, ())
        both = min(len(was), len(now))
        if both and _as_shown(was[:both]) != _as_shown(now[:both]):
            found.append(Answered(image=image, before=was[:both], now=now[:both]))
    return tuple(found)


def _fits(finding: Finding) -> bool:
    return finding.visualization == KIND and finding.image is not None


def _longest(told: Iterator[tuple[str | None, Mapping[str, Any]]]) -> dict[str, tuple[Likely, ...]]:
    found: dict[str, tuple[Likely, ...]] = {}
    for image, facts in told:
        try:
            likely = tuple(Likely.model_validate(each) for each in facts.get("top", ()))
        except (ValidationError, TypeError):  # the older site's, which may hold anything
            continue
        if image is not None and len(likely) > len(found.get(image, ())):
            found[image] = likely
    return found


def _as_shown(likely: tuple[Likely, ...]) -> list[tuple[int, float]]:
    return [(each.number, round(each.share, _DIGITS)) for each in likely]
