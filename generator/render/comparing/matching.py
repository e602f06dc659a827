"""Which picture of the site before is which picture of the gallery now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from generator.render.data_files.manifest import STILL, THUMB, Listed
from generator.render.data_files.plain_json import plain
from generator.render.gallery import Shown

Subject: TypeAlias = tuple[str, str, str | None, int | None, str | None, int | None]


@dataclass(frozen=True)
class Matches:
    """Pictures of the same thing, before and now; those that went; those that came."""

    pairs: tuple[tuple[Listed, Shown], ...]
    removed: tuple[Listed, ...]
    added: tuple[Shown, ...]


def match(before: Iterable[Listed], now: Iterable[Shown]) -> Matches:
    """Find each picture's predecessor: the same visualization, role, layer, channel, photo, step.

    Several pictures may be of one subject, such as a filter's by two presets. Those of the same
    pixels belong together first, then those that were made and drawn most alike. An animation's
    still and a picture's thumbnail are its own affair, and are left out.
    """
    old: dict[Subject, list[Listed]] = {}
    for listed in before:
        if not listed.role.endswith((STILL, THUMB)):
            old.setdefault(_subject_before(listed), []).append(listed)
    new: dict[Subject, list[Shown]] = {}
    for shown in now:
        new.setdefault(_subject_now(shown), []).append(shown)
    pairs = [pair for one, shown in new.items() if one in old for pair in _paired(old[one], shown)]
    known, found = {id(listed) for listed, _ in pairs}, {id(shown) for _, shown in pairs}
    return Matches(
        pairs=tuple(pairs),
        removed=tuple(each for of in old.values() for each in of if id(each) not in known),
        added=tuple(each for of in new.values() for each in of if id(each) not in found),
    )


def _subject_now(shown: Shown) -> Subject:
    layer = shown.layer.name if shown.layer else None
    image = shown.picture.name if shown.picture else _photo(shown.src, layer)
    return (shown.visualization, shown.role, layer, shown.channel, image, shown.step)


def _subject_before(listed: Listed) -> Subject:
    image = listed.image or _photo(listed.file, listed.layer)
    one = (listed.visualization, listed.role, listed.layer)
    return (*one, listed.channel, image, listed.step)


def _photo(file: str, layer: str | None) -> str | None:
    """A photo's own pictures, which are of no layer, are told apart by their files' names.

    Without the digest in it: ``pictures/photos/chelsea-seen.1b2c3d4e.webp``.
    """
    return file.rsplit(".", 2)[0] if layer is None else None


def _paired(old: Sequence[Listed], new: Sequence[Shown]) -> list[tuple[Listed, Shown]]:
    """The likeliest pairs, each picture once; of equals the first."""
    if len(old) == len(new) == 1:  # nearly always
        return [(old[0], new[0])]
    likely = sorted(
        ((at, to) for at in range(len(old)) for to in range(len(new))),
        key=lambda pair: _likeness(old[pair[0]], new[pair[1]]),
        reverse=True,  # keeps the order of equals
    )
    paired: dict[int, int] = {}
    for at, to in likely:
        if at not in paired and to not in paired.values():
            paired[at] = to
    return [(old[at], new[to]) for at, to in sorted(paired.items(), key=lambda pair: pair[1])]


def _likeness(listed: Listed, shown: Shown) -> tuple[bool, int]:
    parameters = plain(shown.parameters or {})
    same = [listed.parameters.get(name) == value for name, value in parameters.items()]
    same += [listed.style == shown.style, listed.scale == shown.scale]
    same += [listed.width == shown.width, listed.height == shown.height]
    return (listed.digest == shown.digest, sum(same))
