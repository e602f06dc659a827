"""What could not be computed, and why: in words that may be published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generator.errors import GalleryError, TasksFailed, first_line, typed_line
from generator.planning.identity import Planned
from generator.utils.wording import counted, in_lines
from generator.visualizations.base import Task

_LONGEST = 300  # characters of an error that are told

_QUOTED_PATH = re.compile(r"""(['"])(?:[^'"\n]*[/\\])([^'"/\\\n]+)[/\\]?\1""")
_PATH = re.compile(  # but not what follows the scheme of an address, as in https://
    r"""(?<![\w./\\])(?<!:(?=//))(?:~|[A-Za-z]:)?[/\\](?:[^\s'":,;()]*[/\\])?([^\s'":,;()]+)"""
)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{5,}")


@dataclass(frozen=True)
class Failure:
    """A task without a result. ``words`` say why, in a line without any path."""

    planned: Planned
    words: str


def subject(task: Task) -> str:
    """What a task is about, for people: ``activations features.15:220 chelsea``."""
    unit = task.layer if task.channel is None else f"{task.layer}:{task.channel}"
    return " ".join(filter(None, (task.visualization, unit, task.picture)))


def words_of(error: BaseException) -> str:
    """An error's first line. Folders and addresses in memory are left out: the site may show it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "There was not enough memory."
    line = first_line(error) if isinstance(error, GalleryError) else typed_line(error)
    line = _QUOTED_PATH.sub(r"\1\2\1", _from_home(line.replace("file://", "")))
    line = _ADDRESS.sub("0x…", _PATH.sub(r"\1", line))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _from_home(line: str) -> str:
    """A line with ``~`` in place of the home folder, whose name may have spaces in it."""
    try:
        home = Path.home()
    except RuntimeError:  # there is none
        return line
    if home == home.parent:
        return line
    return re.sub(rf"{re.escape(str(home))}(?![\w-])", "~", line)


def raise_any(failures: Sequence[Failure], tasks: int) -> None:
    """End a command whose site is in place, but lacks something.

    Raises:
        TasksFailed: there are failures; it names the first of them.
    """
    if not failures:
        return
    told = in_lines([f"{subject(each.planned.task)}: {each.words}" for each in failures])
    raise TasksFailed(
        f"{len(failures)} of {counted(tasks, 'task')} could not be computed:\n{told}",
        "The rest is done, and the pages say what is missing. The next build tries again.",
    )
