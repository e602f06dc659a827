"""Since last time: what changed against the site that is replaced, told until more changes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator.render.comparing.changes import (
    CHANGES,
    Before,
    Changes,
    Drawn,
    Redrawn,
    read_changes,
)
from generator.render.comparing.galleries import compare, place_of_copy
from generator.render.comparing.matching import Matches, match
from generator.render.comparing.redrawing import redrawn
from generator.render.comparing.sheets import changed_channels
from generator.render.data_files.about_site import Unreadable
from generator.render.data_files.manifest import MANIFEST, Manifest, read_manifest
from generator.render.data_files.plain_json import as_text
from generator.render.gallery import Gallery, Shown
from generator.utils.files import digest_file
from generator.utils.report import Say, silent


@dataclass(frozen=True)
class BeforeAfter:
    """A picture that changed, as it was and as it is; of a sheet, which channels, most first."""

    change: Redrawn
    before: Shown
    after: Shown
    channels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Since:
    """What changed, and what the page about it shows.

    Attributes:
        changes: what ``changes.json`` says.
        shown: the pictures that changed most, most of all first.
        copies: the old pictures among them, by their path on the new site.
        fresh: whether this build changed pictures, so that it is news.
    """

    changes: Changes = field(default_factory=Changes)
    shown: tuple[BeforeAfter, ...] = ()
    copies: Mapping[str, Path] = field(default_factory=dict)
    fresh: bool = False

    @property
    def known(self) -> bool:
        """Whether there is anything to tell: of a first build there is not."""
        return self.changes.before is not None

    @property
    def files(self) -> dict[str, bytes | Path]:
        """What it adds to the site, by path: ``changes.json`` and the old pictures."""
        return {CHANGES: as_text(self.changes), **self.copies}


@contextmanager
def since_last_time(
    site: Path, gallery: Gallery, files: Mapping[str, Path], *, report: Say = silent
) -> Iterator[Callable[[], Since]]:
    """Compare a gallery with the site that it will replace, beside what the block does.

    Where no picture changed, what changed the time before is told again, so that it is not lost to
    the mending of a word. The same old site and the same gallery give the same.

    Args:
        site: the folder that the gallery will be put at; it need not be there.
        gallery: the gallery.
        files: its pictures, by their path on the site.
        report: told, in a line, when the old site cannot be read.

    Yields:
        Gives what changed, once it is known.
    """
    before = _manifest(site, report)
    if before is None:
        yield Since
        return
    matches = match(before.pictures, gallery.pictures())
    with redrawn(matches, site, files) as pairs:

        @functools.cache
        def since() -> Since:
            changes = compare(matches, before, gallery, pairs())
            if not changes.any:
                return _told_again(site, matches, gallery, files, report)
            copies = {place_of_copy(listed.file): site / listed.file for listed in before.pictures}
            return _since(changes, copies, gallery, files, fresh=True)

        yield since


def _told_again(
    site: Path, matches: Matches, gallery: Gallery, files: Mapping[str, Path], report: Say
) -> Since:
    """What changed the time before."""
    changes = _again(site, matches, report)
    copies = {old.file: site / old.file for old in _copied(changes)}
    return _since(changes, copies, gallery, files, fresh=False)


def _since(
    changes: Changes,
    copies: Mapping[str, Path],
    gallery: Gallery,
    files: Mapping[str, Path],
    *,
    fresh: bool,
) -> Since:
    kept = {old.file: copies[old.file] for old in _copied(changes)}
    return Since(changes, _side_by_side(changes, gallery, kept, files), kept, fresh)


def _manifest(site: Path, report: Say) -> Manifest | None:
    if not (site / MANIFEST).exists():
        return None
    try:
        return read_manifest(site)
    except Unreadable as error:
        report(f"Nothing is compared with the site that is replaced: {error}.")
        return None


def _again(site: Path, matches: Matches, report: Say) -> Changes:
    """What the old site told, its pictures under their names of now.

    An old picture whose copy is damaged or gone is not shown any more.
    """
    if not (site / CHANGES).exists():
        return Changes()
    try:
        told = read_changes(site)
    except Unreadable as error:
        report(f"What changed last time is not known any more: {error}.")
        return Changes()
    now = {old.file: new.src for old, new in matches.pairs}

    def renamed(drawn: Drawn) -> dict[str, object]:
        return {"file": now.get(drawn.file, drawn.file)}

    redrawn = [
        each.model_copy(update=renamed(each) | {"before": _intact(each.before, site)})
        for each in told.redrawn
    ]
    added = [each.model_copy(update=renamed(each)) for each in told.added]
    return told.model_copy(update={"redrawn": tuple(redrawn), "added": tuple(added)})


def _intact(copy: Before | None, site: Path) -> Before | None:
    try:
        return copy if copy and digest_file(site / copy.file) == copy.digest else None
    except OSError:
        return None


def _copied(changes: Changes) -> list[Before]:
    return [each.before for each in changes.redrawn if each.before]


def _side_by_side(
    changes: Changes, gallery: Gallery, old: Mapping[str, Path], new: Mapping[str, Path]
) -> tuple[BeforeAfter, ...]:
    now = {shown.src: shown for shown in gallery.pictures()}
    pairs = []
    for change in changes.redrawn:
        if change.before and change.file in now:
            after = now[change.file]
            channels = changed_channels(old[change.before.file], new[change.file], after)
            before = _as_it_was(change.before, after)
            pairs.append(BeforeAfter(change, before, after, channels))
    return tuple(sorted(pairs, key=lambda pair: -(pair.change.difference or 0.0)))


def _as_it_was(old: Before, now: Shown) -> Shown:
    return replace(
        now,
        src=old.file,
        width=old.width,
        height=old.height,
        style=old.style or now.style,
        scale=old.scale or now.scale,
        low=old.low,
        high=old.high,
        digest=old.digest,
        facts=None,
    )
