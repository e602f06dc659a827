"""Locks between processes: builds side by side, one build a site, and gc all by itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.cache import leases
from generator.cache.leases import build_lease, cache_lease, sole_use
from generator.errors import CacheError
from generator.utils.report import Silent

HOLD = """
import sys
from pathlib import Path
from generator.cache import leases
from generator.utils.report import Silent
cache, site = map(Path, sys.argv[2:])
with leases.sole_use(cache) if sys.argv[1] == "gc" else leases.build_lease(cache, site, Silent()):
    print("held", flush=True)
    sys.stdin.read()
"""


class Said(Silent):
    """A report that remembers, and that does something once it is told something."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.lines: list[str] = []
        self._then = then

    def say(self, message: str) -> None:
        self.lines.append(message)
        self._then()


@contextmanager
def another(what: str, cache: Path, site: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a build's lease, or the cache for ``gc``, until it is told off."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, what, str(cache), str(site)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits says so at once."""
    monkeypatch.setattr(leases, "_PATIENCE", 0.0)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def left(cache: Path) -> list[Path]:
    return list((cache / "locks").glob("build-*"))


def test_a_lease_is_given_back(cache: Path, tmp_path: Path) -> None:
    report = Said()
    for _ in range(2):
        with build_lease(cache, tmp_path / "site", report) as waited:
            assert not waited
            assert len(left(cache)) == 1
    assert left(cache) == [] and report.lines == []
    with sole_use(cache):
        pass


def test_a_second_build_of_a_site_says_for_whom_it_waits(cache: Path, tmp_path: Path) -> None:
    with another("build", cache, tmp_path / "site") as first:
        report = Said(then=first.kill)
        with build_lease(cache, tmp_path / "x" / ".." / "site", report) as waited:
            assert waited
    words = f"Another build of this site is in progress (process {first.pid}): waiting for it."
    assert report.lines == [words]


def test_builds_of_two_sites_use_a_cache_at_the_same_time(cache: Path, tmp_path: Path) -> None:
    report = Said()
    with (
        another("build", cache, tmp_path / "one"),
        build_lease(cache, tmp_path / "two", report) as waited,
    ):
        assert not waited
    assert report.lines == []


def test_nothing_is_removed_while_a_build_runs(cache: Path, tmp_path: Path) -> None:
    with another("build", cache, tmp_path / "site") as build:
        words = rf"is in use \(process {build.pid}\): nothing was removed"
        with pytest.raises(CacheError, match=words), sole_use(cache):
            pytest.fail("gc ran beside a build")
    with sole_use(cache):
        pass


def test_two_cannot_clean_at_once(cache: Path, tmp_path: Path) -> None:
    with (
        another("gc", cache, tmp_path / "site"),
        pytest.raises(CacheError, match="Another process is cleaning the cache"),
        sole_use(cache),
    ):
        pytest.fail("two ran at once")


@pytest.mark.parametrize("plan", [True, False], ids=["plan", "build"])
def test_who_starts_while_gc_runs_waits_for_it(cache: Path, tmp_path: Path, plan: bool) -> None:
    with another("gc", cache, tmp_path / "site") as gc:
        report = Said(then=gc.kill)
        site = tmp_path / "site"
        with cache_lease(cache, report) if plan else build_lease(cache, site, report):
            pass
    assert report.lines == [f"The cache in '{cache}' is being cleaned: waiting until that is done."]


def test_a_killed_build_holds_nothing(cache: Path, tmp_path: Path) -> None:
    with another("build", cache, tmp_path / "site") as build:
        build.kill()
        build.wait()
    assert len(left(cache)) == 1
    report = Said()
    with build_lease(cache, tmp_path / "site", report) as waited:
        assert not waited and len(left(cache)) == 1
    assert report.lines == []


def test_tidying_is_for_who_is_alone(cache: Path, tmp_path: Path) -> None:
    calls: list[int] = []

    def tidy() -> None:
        calls.append(len(left(cache)))

    with another("build", cache, tmp_path / "one"):
        with build_lease(cache, tmp_path / "two", Silent(), tidy):
            pass
        assert calls == []
    with build_lease(cache, tmp_path / "two", Silent(), tidy):
        assert calls == [0]  # before its own lease is there
    assert calls == [0]  # nobody came since


def test_who_was_not_alone_tidies_at_the_end(cache: Path, tmp_path: Path) -> None:
    calls: list[int] = []

    def tidy() -> None:
        calls.append(len(left(cache)))

    with another("build", cache, tmp_path / "one") as first:
        with build_lease(cache, tmp_path / "two", Silent(), tidy):
            first.kill()
            first.wait()
            assert calls == []
        assert calls == [0]
    with build_lease(cache, tmp_path / "two", Silent(), tidy):
        assert calls == [0, 0]
        with another("build", cache, tmp_path / "one") as second:
            second.kill()
            second.wait()
    assert calls == [0, 0, 0]


def test_a_cache_that_cannot_be_locked_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with (
        pytest.raises(CacheError, match=f"cannot be locked: {tmp_path / 'cache' / 'locks'}: ") as e,
        build_lease(tmp_path / "cache", tmp_path / "site", Silent()),
    ):
        pytest.fail("there is no such folder")
    assert "output: cache" in e.value.hint
