"""Builds that are killed, doubled, starved and damaged on purpose.

`tests/test_endurance.py` runs a few of each, `tests/benchmarks/reliability.py` many. A build here
is the command line in a process of its own; see `forked`.
"""

from __future__ import annotations

import math
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import forked
import tiny_project
from tiny_project import tree

CACHE = ".cnn-gallery"
# Without a sketch, which takes most of the time of so small a build.
CONFIG = tiny_project.CONFIG.replace("steps: 4", "steps: 4, preset: classic")
CHANGED = CONFIG.replace("filters: [1, 2]", "filters: [0, 1]").replace("A tiny", "My")
Tree = dict[str, bytes]  # the files below a folder, by their path there
_CHANGES = {
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.remove",
    "os.utime",
    "subprocess.Popen",
}
_LEFTOVER = re.compile(r"\.tmp$|^staged-|\.building-|\.previous$|^build-.*\.lock$")


@dataclass(frozen=True)
class Ended:
    """How a build ended: its exit status, below zero where a signal ended it, and its words."""

    status: int
    said: str

    def well(self) -> Ended:
        """Itself, if it ended well."""
        assert self.status == 0, f"exit status {self.status}: {self.said}"
        return self


@dataclass
class _Doom:
    """An audit hook that counts what a build does to the disk, and kills it before the n-th."""

    moment: float = math.inf
    everyone: bool = False  # whether MkDocs, which the build has started, dies too
    count: int = 0

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _CHANGES or (event == "open" and _writes(arguments)):
            self.count += 1
            if self.count >= self.moment:
                kill = os.killpg if self.everyone else os.kill
                kill(os.getpid(), signal.SIGKILL)


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


class Build:
    """A running build of a project, in a process group of its own.

    Args:
        folder: the project's.
        arguments: of ``cnn-gallery build``.
        moment: before which change of the disk to kill it.
        everyone: whether what it has started is killed with it.
        largest: bytes of a file beyond which the disk counts as full.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        moment: float = math.inf,
        everyone: bool = False,
        largest: int = resource.RLIM_INFINITY,
    ) -> None:
        self._everyone = everyone
        self._notes = tempfile.TemporaryDirectory(prefix="build-")  # not on a disk that is full
        self._log = Path(self._notes.name, "log")
        self._log.touch()  # here, since a build may be killed before it can
        doom = _Doom(moment, everyone)
        self._process = forked.start(_work, folder, self._log, arguments, doom, largest)

    @property
    def running(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        """SIGKILL, wherever it is, if it has not ended."""
        assert self._process.pid is not None
        if self._everyone:
            with suppress(ProcessLookupError):  # too early: it has no group of its own yet
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def ended(self) -> Ended:
        """Wait for its end."""
        self._process.join(forked.PATIENCE)
        assert self._process.exitcode is not None, f"it hangs: {self._log.read_text('utf-8')}"
        return Ended(self._process.exitcode, self._log.read_text("utf-8"))

    def changes(self) -> int:
        """How often it changed something on the disk; for one that was not killed."""
        return int(self._log.with_suffix(".count").read_text("utf-8"))

    def wait_for_children(self) -> None:
        """Wait until nothing that it started is left, such as MkDocs."""
        assert self._process.pid is not None
        until = time.monotonic() + forked.PATIENCE
        while time.monotonic() < until:
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.02)
        raise AssertionError("something that a killed build started goes on and on")


def _work(folder: Path, log: Path, arguments: tuple[str, ...], doom: _Doom, largest: int) -> None:
    """Be a build: what the command ``cnn-gallery build`` is, from inside the project's folder."""
    forked.become(folder, log, ("build", *arguments))
    from generator.cli import main as cli

    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.getrlimit(1)[1]))
    sys.addaudithook(doom)
    try:
        cli.main()
    finally:
        done = doom.count
        if largest == resource.RLIM_INFINITY:
            log.with_suffix(".count").write_text(str(done), "utf-8")


def built(folder: Path, *arguments: str) -> Ended:
    """Build a project to its end, which has to be a good one."""
    return Build(folder, *arguments).ended().well()


@dataclass(frozen=True)
class Start:
    """A project as it is before a disturbed build, and what an undisturbed one makes of it."""

    folder: Path
    site: Tree
    old_site: Tree
    changes: int  # of the disk, in an undisturbed build
    seconds: float  # that it took

    def copy(self, folder: Path) -> Path:
        return shutil.copytree(self.folder, folder)


def new_project(scratch: Path) -> Start:
    """One that was never built."""
    return _start_from(tiny_project.write(scratch / "new", CONFIG), scratch)


def changed_project(scratch: Path) -> Start:
    """One whose site and cache are there, and whose config and pages have changed since."""
    folder = tiny_project.write(scratch / "changed", CONFIG)
    built(folder)
    tiny_project.write(folder, CHANGED)
    return _start_from(folder, scratch)


def built_project(scratch: Path) -> Start:
    """One that is built, and for which nothing is left to do."""
    folder = tiny_project.write(scratch / "built", CONFIG)
    built(folder)
    site = tree(folder / "site")
    return Start(folder, site, site, 0, 0.0)


def _start_from(folder: Path, scratch: Path) -> Start:
    undisturbed = shutil.copytree(folder, scratch / f"{folder.name}-undisturbed")
    began = time.monotonic()
    build = Build(undisturbed)
    build.ended().well()
    seconds = time.monotonic() - began
    return Start(
        folder, tree(undisturbed / "site"), tree(folder / "site"), build.changes(), seconds
    )


def assert_same(expected: Tree, found: Tree, said: str = "") -> None:
    """Hold a tree to what it has to be, file by file."""
    marks = dict.fromkeys(expected.keys() - found.keys(), "missing")
    marks |= dict.fromkeys(found.keys() - expected.keys(), "too much")
    both = expected.keys() & found.keys()
    marks |= {name: "different" for name in both if expected[name] != found[name]}
    wrong = [f"{mark}: {name}" for name, mark in sorted(marks.items())]
    assert not wrong, "\n".join([*wrong[:20], said])


def assert_tidy(folder: Path, said: str = "") -> None:
    """Hold a project to having no file or folder that a finished build should not have left."""
    found = [path for path in folder.rglob("*") if _LEFTOVER.search(path.name)]
    left = sorted(path.relative_to(folder).as_posix() for path in found)
    assert not left, f"left behind: {left}\n{said}"


def records(folder: Path) -> dict[Path, tuple[int, int]]:
    """Each record of a project's cache, with what changes when it is written again."""
    found = {}
    for path in (folder / CACHE / "records").glob("[!.]*.json"):
        status = path.stat()
        found[path] = (status.st_ino, status.st_mtime_ns)
    return found
