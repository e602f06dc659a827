"""The programs that make pages of a staged tree: MkDocs, or Zensical, which reads the same tree."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from generator.errors import SiteError
from generator.render.site import mkdocs_process
from generator.render.site.aside import linked
from generator.render.site.walls import put_up, take_down

_MOST_LINES = 20  # as many as a person will read at once
_CRASH = "Traceback (most recent call last):"
_LEVEL = re.compile(r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+-\s+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ISSUE = re.compile(r"^(?:Warning|Error): (?P<what>.+)$")
_PLACE = re.compile(r"\[ (?P<where>\S+?:\d+)(?::\d+)? \]")


def check_builder(name: str) -> None:
    """Make sure that a builder is installed, before any work is done for it.

    Raises:
        SiteError: it is not.
    """
    if importlib.util.find_spec(name) is None:
        raise SiteError(
            f"The config's site.builder is {name}, which is not installed.",
            f"Install it (pip install 'cnn-gallery[{name}]'), or leave the key out.",
        )


def run_builder(name: str, staged: Path, built: Path) -> None:
    """Make the pages of a staged tree, and put them at ``built``, which is not there yet.

    Args:
        name: ``mkdocs`` or ``zensical``.
        staged: the tree, with its ``mkdocs.yml``.
        built: where the pages go.

    Raises:
        SiteError: the builder is not installed, fails, or warns of anything.
    """
    check_builder(name)
    _BUILDERS[name](staged, built)


def title(name: str) -> str:
    """What a builder calls itself."""
    return {"mkdocs": "MkDocs"}.get(name, name.capitalize())


def _mkdocs(staged: Path, built: Path) -> None:
    command = [mkdocs_process.__file__, "build", "--strict"]
    command += ["--config-file", str(staged / "mkdocs.yml"), "--site-dir", str(built)]
    with _without_walls(staged / "docs", built), _lifeline() as lifeline:
        _run("MkDocs", command, staged, lifeline, _complaints)


@contextmanager
def _without_walls(docs: Path, built: Path) -> Iterator[None]:
    """Pages without their walls, which are put into the finished ones."""
    try:
        walls = take_down(docs, {place for _, place in linked(docs)})
        yield
        put_up(built, walls)
    except OSError as error:
        raise SiteError(f"The site could not be written: {error.strerror or error}.") from error


def _zensical(staged: Path, built: Path) -> None:
    command = ["-m", "zensical", "build", "--strict", "--clean"]
    command += ["--config-file", str(staged / "mkdocs.yml")]
    _run("Zensical", command, staged, subprocess.DEVNULL, _issues)
    try:
        shutil.move(staged / "site", built)  # it builds nowhere but inside the tree
    except OSError as error:
        raise SiteError(f"The site could not be written: {error.strerror or error}.") from error


_BUILDERS: Mapping[str, Callable[[Path, Path], None]] = {"mkdocs": _mkdocs, "zensical": _zensical}


def _run(
    name: str,
    command: Sequence[str],
    staged: Path,
    stdin: int,
    complaints: Callable[[str], list[str]],
) -> None:
    """Run a builder by this Python. What it complains of is an error, in its own words."""
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": "0",  # nothing in the site says when it was built
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
        "NO_MKDOCS_2_WARNING": "1",  # the theme's advertisement
    }
    done = subprocess.run(
        # -P: nothing of the folder that we happen to be in, or lie in, is taken for a module.
        [sys.executable, "-P", *command],
        env=environment,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    words = complaints(done.stdout)
    if done.returncode or words:
        lines = words or done.stdout.strip().splitlines()[-_MOST_LINES:]
        said = "\n".join(lines).replace(f"{staged / 'docs'}{os.sep}", "")
        hint = "Pages in docs/ are yours to mend; templates/ beside the config overrides ours."
        if "[Errno " in said:
            hint = "Make room, or choose another folder in the config under output: site."
        raise SiteError(f"{name} could not build the pages:\n{said}", hint)


@contextmanager
def _lifeline() -> Iterator[int]:
    """A child's input: one end of a pipe whose other end is closed when this process ends."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


def _complaints(output: str) -> list[str]:
    """The warnings and errors in MkDocs' output, with the lines that continue them.

    Where it crashed, its last line says why; the way there helps nobody here.
    """
    found: list[str] = []
    complaining = False
    said, _, crash = output.partition(_CRASH)
    for line in said.splitlines():
        level = _LEVEL.match(line)
        if level:
            complaining = level[1] in {"WARNING", "ERROR", "CRITICAL"}
        elif line.startswith("Aborted with "):  # a count of what was said already
            complaining = False
        if complaining and line.strip():
            found.append(_LEVEL.sub("", line).rstrip())
    return found + crash.strip().splitlines()[-1:]


def _issues(output: str) -> list[str]:
    """What Zensical draws as boxes around lines of a page, a line each: ``mine.md:3: no page``."""
    said, _, crash = _COLOUR.sub("", output).partition(_CRASH)
    found: list[str] = []
    for line in said.splitlines():
        issue, place = _ISSUE.match(line.strip()), _PLACE.search(line)
        if issue:
            found.append(issue["what"])
        elif place and found:
            found[-1] = f"{place['where']}: {found[-1]}"
    return found or crash.strip().splitlines()[-1:]
