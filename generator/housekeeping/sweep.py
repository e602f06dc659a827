"""Make room in a cache: keep what the last builds show, remove what no build shows any more.

What is in use is known from the ledgers of all builds that share the cache. Results that were
computed after the newest of them may be those of a build that was interrupted, and stay.
"""

from __future__ import annotations

import shutil
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from generator.cache.ledger import Ledger
from generator.errors import CacheError, reason_of
from generator.housekeeping.holdings import (
    Build,
    File,
    Holdings,
    key_of,
    leftover_files,
    staged,
    total,
)
from generator.utils.sizes import shown_size


@dataclass(frozen=True)
class Wishes:
    """What to keep.

    Attributes:
        keep_builds: how many builds of each config; ``None`` for one, or, where there is a
            ``max_size``, as many as fit.
        max_size: how large the cache may be, in bytes: the oldest builds go first, but never the
            newest of a config.
        forget_gone: let go of the builds of configs that are no longer where they were.
        all_unused: keep nothing that is not known to be in use, such as what an interrupted build
            computed, or another version of this program.
    """

    keep_builds: int | None = None
    max_size: int | None = None
    forget_gone: bool = False
    all_unused: bool = False


@dataclass(frozen=True)
class Sweep:
    """What is to be removed, in this order, so that nothing is left that leads to nothing."""

    folder: Path
    builds: tuple[File, ...]
    records: tuple[File, ...]
    objects: tuple[File, ...]
    pictures: tuple[File, ...]
    known: tuple[File, ...]
    leftovers: tuple[File, ...]
    kept: int  # bytes that stay
    notes: tuple[str, ...]  # what should be known of it, in sentences

    @property
    def kinds(self) -> Mapping[str, tuple[File, ...]]:
        """The files by what they are for."""
        return {
            "builds": self.builds,
            "records": self.records,
            "objects": self.objects,
            "pictures": self.pictures,
            "indexes": self.known,
            "leftovers": self.leftovers,
        }

    @property
    def size(self) -> int:
        """What is freed, in bytes."""
        return sum(map(total, self.kinds.values()))


def plan_sweep(holdings: Holdings, wishes: Wishes) -> Sweep:
    """What to remove from a cache."""
    notes: list[str] = []
    unknown = _unknown(holdings)
    if unknown and not wishes.all_unused:
        notes.append(f"{unknown} Only leftovers are removed; --all-unused removes the rest too.")
        left = holdings.leftovers
        return Sweep(
            holdings.folder, (), (), (), (), (), left, holdings.size - total(left), tuple(notes)
        )
    kept = _kept_builds(holdings, wishes)
    since = max((ledger.looked for ledger in _ledgers(_all_builds(holdings))), default=0)
    most = wishes.max_size
    if most is None:
        return _sweep(holdings, kept, since, wishes, notes)
    newest = {builds[0] for builds in holdings.builds.values()}
    older = sorted((build for build in kept if build not in newest), key=_age)

    def without(number: int) -> Sweep:
        """Let go of so many of the oldest builds."""
        gone = set(older[:number])
        stay = [build for build in kept if build not in gone]
        return _sweep(holdings, stay, since, wishes, notes)

    # Each look goes through all there is: the fewest that are enough are found in few of them.
    fewest = bisect_left(range(len(older)), True, key=lambda number: without(number).kept <= most)
    sweep = without(fewest)
    if sweep.kept > most:
        note = (
            f"The cache stays larger than {shown_size(most)}: the newest build of each config, "
            f"and what no finished build shows yet, take {shown_size(sweep.kept)}."
        )
        return replace(sweep, notes=(*sweep.notes, note))
    return sweep


def carry_out(sweep: Sweep) -> None:
    """Remove the files of a sweep. Nobody else may use the cache: see `leases.sole_use`.

    Raises:
        CacheError: a file cannot be removed; what was removed is gone, the rest is sound.
    """
    try:
        for files in sweep.kinds.values():
            for file in sorted(files, key=lambda file: file.path.suffix != ".json"):
                _remove(file)
    except OSError as error:
        raise CacheError(
            f"A file of the cache cannot be removed: {error.filename}: {reason_of(error)}."
        ) from error
    remove_leftovers(sweep.folder)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed builds left in a cache, as far as that goes. Nobody else may use it."""
    for file in leftover_files(folder):
        with suppress(OSError):
            _remove(file)
    for place in staged(folder):
        shutil.rmtree(place, ignore_errors=True)


def _remove(file: File) -> None:
    file.path.unlink(missing_ok=True)
    with suppress(OSError):
        file.path.parent.rmdir()  # if that was the last one in it


def _unknown(holdings: Holdings) -> str:
    """Why it cannot be told what is in use, as a sentence; empty where it can."""
    for builds in holdings.builds.values():
        if builds[0].ledger is None:
            return (
                f"What the last build of a config shows cannot be told: its ledger cannot be "
                f"read: {builds[0].file.path}. Build that gallery again, or remove the file."
            )
    if not holdings.builds and (holdings.records or holdings.pictures):
        return "No finished build is on record here, so it cannot be told what is in use."
    return ""


def _all_builds(holdings: Holdings) -> list[Build]:
    return [build for builds in holdings.builds.values() for build in builds]


def _kept_builds(holdings: Holdings, wishes: Wishes) -> list[Build]:
    """The builds to keep if there is room, the newest of each config among them."""
    number = wishes.keep_builds
    if number is None and wishes.max_size is None:
        number = 1
    return [
        build
        for builds in holdings.builds.values()
        if not (wishes.forget_gone and is_gone(builds[0]))
        for build in builds[:number]
    ]


def is_gone(build: Build) -> bool:
    """Whether the config of a build is no longer where it was."""
    return build.ledger is not None and not Path(build.ledger.config).exists()


def _age(build: Build) -> int:
    """When a build's files were last looked at; one whose ledger cannot be read is the oldest."""
    return build.ledger.looked if build.ledger is not None else 0


def _ledgers(builds: Iterable[Build]) -> list[Ledger]:
    return [build.ledger for build in builds if build.ledger is not None]


def _sweep(
    holdings: Holdings, kept: Sequence[Build], since: int, wishes: Wishes, notes: Sequence[str]
) -> Sweep:
    """All that no kept build shows, and that was there at ``since`` already."""
    names = _names(_ledgers(kept))

    def stays(file: File) -> bool:
        return key_of(file.path) in names or (file.time > since and not wishes.all_unused)

    records = [
        filed
        for filed in holdings.records
        if (filed.strange and not wishes.all_unused) or (filed.record and stays(filed.file))
    ]
    # Which objects a record of another version leads to cannot be told.
    strange = any(filed.strange for filed in records)
    needed = {filed.record.object for filed in records if filed.record}
    builds, staying = set(kept), {filed.file for filed in records}
    configs = {build.file.path.parent.name for build in kept}
    sweep = Sweep(
        folder=holdings.folder,
        builds=tuple(b.file for b in _all_builds(holdings) if b not in builds),
        records=tuple(r.file for r in holdings.records if r.file not in staying),
        objects=tuple(
            file for file in holdings.objects if not strange and key_of(file.path) not in needed
        ),
        pictures=tuple(file for file in holdings.pictures if not stays(file)),
        known=tuple(file for file in holdings.known if key_of(file.path) not in configs),
        leftovers=holdings.leftovers,
        kept=0,
        notes=tuple(notes),
    )
    return replace(sweep, kept=holdings.size - sweep.size)


def _names(ledgers: Iterable[Ledger]) -> set[str]:
    """The keys of all results and pictures that builds show, and of what served to choose them."""
    return {
        name
        for ledger in ledgers
        for name in (
            *ledger.keys,
            *ledger.prints,
            *(key_of(Path(file)) for file in ledger.cache_files),
        )
    }
