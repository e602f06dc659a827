"""Who uses a cache, and who builds a site: file locks, so that nobody works against another.

Each build holds a lease on its cache, a locked file ``locks/build-<site>-<process>-<token>.lock``,
for as long as it runs. Any number of them may be held at a time. Before it takes one it locks its
site, so that a second build of the same site waits there. Whoever removes files from the cache
holds its gate, ``locks/gate.lock``, through which each new lease has to pass, and goes on only
where no lease is held. The system lets go of a killed process's locks: no lease outlives its build.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from generator.cache.layout import check_folder
from generator.errors import CacheError, reason_of
from generator.utils.report import Report

_PATIENCE = 1.0  # seconds to wait without a word
_FOREVER = -1.0


def no_tidying() -> None:
    """Leave everything as it is."""


@contextmanager
def build_lease(
    cache: Path, site: Path, report: Report, tidy: Callable[[], None] = no_tidying
) -> Iterator[bool]:
    """The right to build a site with a cache. Waits for whoever is in the way, and says so.

    Args:
        cache: the cache's folder; made if it is not there.
        site: the site's folder.
        report: told for whom it waits.
        tidy: called at the start while nobody else uses the cache, which is when what killed builds
            left there can be told from what others are writing; and at the end if others used it.

    Yields:
        Whether another build of the same site was waited for, and so may have done the work.

    Raises:
        CacheError: the cache cannot be written, its file system knows no locks, or the folder is
            somebody's and no cache.
    """
    locks = _folder(cache)
    name = hashlib.sha256(os.fsencode(os.path.realpath(site))).hexdigest()[:12]

    def waiting() -> str:
        others = _processes(_held_leases(locks, name))
        return f"Another build of this site is in progress{others}: waiting for it."

    with (
        _held(locks / f"site-{name}.lock", report, waiting) as waited,
        _lease(locks, name, report, tidy),
    ):
        yield waited


@contextmanager
def cache_lease(cache: Path, report: Report) -> Iterator[None]:
    """The right to write to a cache without building a site. Waits while it is being cleaned.

    Raises:
        CacheError: the cache cannot be written, or its file system knows no locks.
    """
    with _lease(_folder(cache), "none", report, no_tidying):
        yield


@contextmanager
def sole_use(cache: Path) -> Iterator[None]:
    """The right to remove what a cache holds. A build that starts meanwhile waits.

    Raises:
        CacheError: a build is in progress, or another process removes files already; the cache
            cannot be written, or its file system knows no locks.
    """
    locks = _folder(cache)
    gate = FileLock(locks / "gate.lock")
    if not _acquired(gate, _PATIENCE):
        raise CacheError(
            f"Another process is cleaning the cache in '{cache}'.", hint="Wait until it is done."
        )
    try:
        others, _ = _clear(locks)
        if others:
            raise CacheError(
                f"The cache in '{cache}' is in use{_processes(others)}: nothing was removed.",
                hint="Wait until the build is done, then run the same command.",
            )
        yield
    finally:
        gate.release()


@contextmanager
def _lease(locks: Path, name: str, report: Report, tidy: Callable[[], None]) -> Iterator[None]:
    """A lease on the cache, taken and given back at its gate."""
    path = locks / f"build-{name}-{os.getpid()}-{secrets.token_hex(4)}.lock"
    lease = FileLock(path)
    with _gate(locks, report):
        held, _ = _clear(locks)
        if not held:
            tidy()
        _acquired(lease, _FOREVER)
    try:
        yield
    finally:
        with _gate(locks, report):
            lease.release()
            path.unlink(missing_ok=True)
            others, killed = _clear(locks)
            if not others and (held or killed):  # else nobody left anything since the start
                tidy()


@contextmanager
def _gate(locks: Path, report: Report) -> Iterator[None]:
    words = f"The cache in '{locks.parent}' is being cleaned: waiting until that is done."
    with _held(locks / "gate.lock", report, lambda: words):
        yield


@contextmanager
def _held(path: Path, report: Report, waiting: Callable[[], str]) -> Iterator[bool]:
    """A lock, and whether it had to be waited for; ``waiting`` says for whom."""
    lock = FileLock(path)
    waited = not _acquired(lock, 0)
    if waited and not _acquired(lock, _PATIENCE):
        report.say(waiting())
        _acquired(lock, _FOREVER)
    try:
        yield waited
    finally:
        lock.release()


def _acquired(lock: FileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        raise _no_locks(Path(lock.lock_file).parent, error) from error
    return True


def _held_leases(locks: Path, name: str = "*") -> list[Path]:
    """The leases that are held: all, or those on one site."""
    return [path for path in sorted(locks.glob(f"build-{name}-*.lock")) if not _free(path)]


def _clear(locks: Path) -> tuple[list[Path], int]:
    """Remove the leases of killed processes. Needs the gate.

    Returns:
        The leases that are held, and how many were removed.
    """
    held = _held_leases(locks)
    killed = set(locks.glob("build-*.lock")) - set(held)
    for path in killed:
        path.unlink(missing_ok=True)
    return held, len(killed)


def _free(path: Path) -> bool:
    lock = FileLock(path)
    free = _acquired(lock, 0)
    lock.release()
    return free


def _processes(leases: Sequence[Path]) -> str:
    """`` (process 1234)``, or nothing where none is known."""
    numbers = sorted({lease.stem.split("-")[2] for lease in leases}, key=int)
    return f" (process {', '.join(numbers)})" if numbers else ""


def _folder(cache: Path) -> Path:
    check_folder(cache)
    locks = cache / "locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_locks(locks, error) from error
    return locks


def _no_locks(locks: Path, error: Exception) -> CacheError:
    return CacheError(
        f"The cache cannot be locked: {locks}: {reason_of(error)}.",
        hint="Make it writable, or choose another folder in the config under output: cache.",
    )
