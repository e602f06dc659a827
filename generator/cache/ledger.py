"""What a finished build was made from, and what it made: one sealed file a build.

It is written last, once the site is in place, as ``cache/builds/<config>/<UTC time>-<n>.json``,
where ``<config>`` is the start of the SHA-256 of the config's path. From the newest one, the next
build knows that it has nothing to do, or why it has; from all of them, ``cache gc`` knows what is
still shown. A ledger never leaves the cache: it holds absolute paths and times.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from generator.cache.sealed import seal, unseal
from generator.errors import CacheError, reason_of
from generator.utils.files import write_atomically
from generator.utils.stamps import Stamp

FORMAT = 1
KEPT = 50  # ledgers of one config; older ones go when a new one is written


class Listing(NamedTuple):
    """What a glob found in a folder; without a pattern, all that the folder held."""

    folder: str
    pattern: str | None
    names: tuple[str, ...]


class Entry(NamedTuple):
    """A task that the site shows: its key, and what it is about."""

    key: str
    visualization: str
    layer: str
    channel: int | None
    picture: str | None


@dataclass(frozen=True)
class Inputs:
    """What a build reads. ``looked`` is when it was looked at, in ns since 1970."""

    looked: int
    files: Mapping[str, Stamp]  # by absolute path
    listings: tuple[Listing, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Ledger:
    """One finished build. ``looked`` is when what it made was looked at, in ns since 1970."""

    config: str
    looked: int
    inputs: Inputs
    tasks: tuple[Entry, ...]
    prints: frozenset[str]  # keys of the album's pictures
    layers: tuple[tuple[str, str], ...]  # names and digests of their own, in order of execution
    site: str
    site_files: Mapping[str, Stamp]  # by path below the site
    cache_files: Mapping[str, Stamp]  # those that served the site; their digests are their own
    pictures: int  # how many the site shows
    failed: tuple[str, ...] = ()  # keys of the tasks that could not be computed
    coarse: int = 0  # pictures that a later build makes finer
    site_seconds: float = 0.0  # from drawn pictures to the site in its place; 0 if not known
    path: Path = field(default=Path(), compare=False)  # the ledger's own

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of all tasks that the site shows."""
        return frozenset(task.key for task in self.tasks)

    @property
    def site_stamps(self) -> dict[str, Stamp]:
        """The files of the site by absolute path."""
        return {f"{self.site}/{name}": stamp for name, stamp in self.site_files.items()}


def builds_folder(cache: Path, config: Path) -> Path:
    """Where the ledgers of a config are, in a cache."""
    name = os.path.realpath(config)
    return cache / "builds" / hashlib.sha256(os.fsencode(name)).hexdigest()[:12]


def latest(cache: Path, config: Path) -> Ledger | None:
    """The newest ledger of a config that can be read, if there is one."""
    ledgers = map(read, _newest_first(builds_folder(cache, config)))
    return next((ledger for ledger in ledgers if ledger is not None), None)


def read(path: Path) -> Ledger | None:
    """The ledger in a file, or ``None`` where it is damaged or another version's."""
    try:
        fields = unseal(path.read_bytes())
        if fields.pop("format") != FORMAT:
            return None
        return _from_json(fields, path)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write(ledger: Ledger, cache: Path) -> Ledger:
    """File a ledger as its config's newest, and let go of the oldest.

    Raises:
        CacheError: the folder cannot be written.
    """
    folder = builds_folder(cache, Path(ledger.config))
    day = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(ledger.looked / 1e9))
    number = 1 + max((number_of(path) for path in _newest_first(folder)), default=0)
    filed = replace(ledger, path=folder / f"{day}-{number}.json")
    rewrite(filed)
    for old in _newest_first(folder)[KEPT:]:
        with suppress(OSError):
            old.unlink()
    return filed


def rewrite(ledger: Ledger) -> None:
    """Put a ledger in the place of the one at its path.

    Raises:
        CacheError: the folder cannot be written.
    """
    from generator.utils import quick_json  # here: a build with nothing to do writes no ledger

    try:
        content = seal({"format": FORMAT, **_to_json(ledger)}, quick_json.written)
        write_atomically(ledger.path, content)
    except OSError as error:
        raise CacheError(
            f"The build's ledger cannot be written: {ledger.path.parent}: {reason_of(error)}.",
            hint="Make room, or change output.cache. The site is in place.",
        ) from error


def _newest_first(folder: Path) -> list[Path]:
    """A config's ledgers. Builds are numbered, as a clock may be put back."""
    with suppress(OSError):
        return sorted(
            (path for path in folder.iterdir() if number_of(path)), key=number_of, reverse=True
        )
    return []


def number_of(path: Path) -> int:
    """A ledger's number, from 1, which counts a config's builds whatever the clock says.

    0 for a file that is none.
    """
    digits = path.stem.rpartition("-")[2]
    ours = path.suffix == ".json" and not path.name.startswith(".") and digits.isdecimal()
    return int(digits) if ours else 0


def _to_json(ledger: Ledger) -> dict[str, Any]:
    fields = {**vars(ledger), "inputs": vars(ledger.inputs), "prints": sorted(ledger.prints)}
    del fields["path"]
    fields.pop("keys", None)  # where it was asked for, it is kept beside the fields
    return fields


def _from_json(fields: dict[str, Any], path: Path) -> Ledger:
    return Ledger(
        config=fields["config"],
        looked=fields["looked"],
        inputs=_inputs(fields["inputs"]),
        tasks=tuple(Entry(*task) for task in fields["tasks"]),
        prints=frozenset(fields["prints"]),
        layers=tuple((name, digest) for name, digest in fields["layers"]),
        site=fields["site"],
        site_files=_stamps(fields["site_files"]),
        cache_files=_stamps(fields["cache_files"]),
        pictures=fields["pictures"],
        failed=tuple(fields.get("failed", ())),  # older ledgers have none of these
        coarse=fields.get("coarse", 0),
        site_seconds=fields.get("site_seconds", 0.0),
        path=path,
    )


def _inputs(fields: dict[str, Any]) -> Inputs:
    return Inputs(
        looked=fields["looked"],
        files=_stamps(fields["files"]),
        listings=tuple(
            Listing(folder, pattern, tuple(names)) for folder, pattern, names in fields["listings"]
        ),
        environment=dict(fields["environment"]),
    )


def _stamps(found: Mapping[str, Iterable[Any]]) -> dict[str, Stamp]:
    return {path: Stamp(*values) for path, values in found.items()}
