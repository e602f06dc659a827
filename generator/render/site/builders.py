"""The programs that make pages of a staged tree: MkDocs, or Zensical, which reads the same tree."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator.errors import SiteError, reason_of
from generator.render.site import mkdocs_process
from generator.render.site.aside import linked
from generator.render.site.walls import put_up, take_down
from generator.utils.programs import python, started

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


@dataclass(frozen=True)
class Builder:
    """A program that makes pages, ready to be run once.

    Attributes:
        title: what it calls itself.
        run: makes the pages of a staged tree, with its ``mkdocs.yml``, and puts them at a path that
            is not there yet. Raises SiteError where it fails, or warns of anything.
    """

    title: str
    run: Callable[[Path, Path], None]


@contextmanager
def builder_called(name: str) -> Iterator[Builder]:
    """A builder that gets ready while others work: MkDocs takes half a second for it.

    Args:
        name: ``mkdocs`` or ``zensical``.

    Raises:
        SiteError: it is not installed.
    """
    check_builder(name)
    if name == "zensical":
        yield Builder("Zensical", _zensical)
        return
    with started(mkdocs_process.__file__, _environment()) as process:
        yield Builder("MkDocs", partial(_mkdocs, process))


def _mkdocs(process: subprocess.Popen[bytes], staged: Path, built: Path) -> None:
    assert process.stdin is not None and process.stdout is not None
    command = ["build", "--strict"]
    # A folder that is relative would be so to the config.
    command += ["--config-file", str(staged / "mkdocs.yml"), "--site-dir", str(built.absolute())]
    with _without_walls(staged / "docs", built):
        with suppress(BrokenPipeError):  # it ended, and said why
            process.stdin.write(json.dumps(command).encode() + b"\n")
            process.stdin.flush()
        said = process.stdout.read().decode("utf-8", errors="replace")
        _judge("MkDocs", process.wait(), said, staged, _complaints)


@contextmanager
def _without_walls(docs: Path, built: Path) -> Iterator[None]:
    """Pages without their walls, which are put into the finished ones."""
    try:
        walls = take_down(docs, {place for _, place in linked(docs)})
        yield
        put_up(built, walls)
    except OSError as error:
        raise SiteError(f"The site could not be written: {reason_of(error)}.") from error


def _zensical(staged: Path, built: Path) -> None:
    command = python("-m", "zensical", "build", "--strict", "--clean")
    command += ["--config-file", str(staged / "mkdocs.yml")]
    done = subprocess.run(
        command,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    _judge("Zensical", done.returncode, done.stdout, staged, _issues)
    try:
        shutil.move(staged / "site", built)  # it builds nowhere but inside the tree
    except OSError as error:
        raise SiteError(f"The site could not be written: {reason_of(error)}.") from error


def _environment() -> dict[str, str]:
    return os.environ | {
        "SOURCE_DATE_EPOCH": "0",  # nothing in the site says when it was built
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
        "NO_MKDOCS_2_WARNING": "1",  # the theme's advertisement
    }


def _judge(
    name: str, status: int, output: str, staged: Path, complaints: Callable[[str], list[str]]
) -> None:
    """Make sure that a builder had nothing to complain of. What it had is an error, in its words.

    Raises:
        SiteError: it had.
    """
    words = complaints(output)
    if status or words:
        lines = words or output.strip().splitlines()[-_MOST_LINES:]
        said = "\n".join(lines).replace(f"{staged / 'docs'}{os.sep}", "")
        hint = "Pages in docs/ are yours to mend; templates/ beside the config overrides ours."
        if "[Errno " in said:
            hint = "Make room, or choose another folder in the config under output: site."
        raise SiteError(f"{name} could not build the pages:\n{said}", hint)


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
