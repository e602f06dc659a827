"""Git, by the user's own program: objects and refs, never the working tree or the index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from generator.errors import PublishError


@dataclass(frozen=True)
class Answer:
    """What a git command came to."""

    status: int
    output: bytes
    complaint: str  # what it wrote to the standard error

    @property
    def text(self) -> str:
        """The output, without the end of its last line."""
        return self.output.decode("utf-8", "surrogateescape").strip()


class Entry(NamedTuple):
    """A file in a commit: its mode, and the digest that git files its content under."""

    mode: str
    digest: str


class Git:
    """The repository around a folder.

    Raises:
        PublishError: git is not installed, or the folder lies in no repository.
    """

    def __init__(self, folder: Path) -> None:
        self._program = shutil.which("git") or ""
        self._folder = folder
        if not self._program:
            raise PublishError("Git is not installed.", "Install git, then run this again.")
        if not folder.is_dir():
            raise PublishError(f"There is no folder '{folder}'.")
        found = self.ask("rev-parse", "--git-dir")
        if found.status:
            raise PublishError(
                f"'{folder.absolute()}' lies in no git repository: {_last(found.complaint)}",
                "Publish from a clone of the repository, or start one: git init",
            )

    def ask(
        self, *words: str, given: bytes | None = None, extra: Mapping[str, str] | None = None
    ) -> Answer:
        """Run a git command, whatever it comes to.

        Args:
            words: the command and its arguments.
            given: its standard input; empty when left out.
            extra: variables of its environment.
        """
        done = subprocess.run(
            [self._program, "-C", str(self._folder), *words],
            input=given if given is not None else b"",
            capture_output=True,
            env={**_environment(), **(extra or {})},
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())

    def run(
        self, *words: str, given: bytes | None = None, extra: Mapping[str, str] | None = None
    ) -> Answer:
        """Run a git command that has to succeed.

        Raises:
            PublishError: it failed, in its own words.
        """
        answer = self.ask(*words, given=given, extra=extra)
        if answer.status:
            raise PublishError(f"git {words[0]} failed: {_last(answer.complaint)}")
        return answer


def _environment() -> dict[str, str]:
    """The user's, with messages in English, which are read here; a log is never asked anything."""
    quiet = {} if sys.stdin is not None and sys.stdin.isatty() else {"GIT_TERMINAL_PROMPT": "0"}
    return {**os.environ, "LC_ALL": "C", "LANGUAGE": "C", **quiet}


def _last(complaint: str) -> str:
    """The line of git's complaint that says what is wrong: the first fatal one, or the last."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    chosen = (fatal or lines or ["it does not say why"])[0 if fatal else -1]
    return chosen.removeprefix("fatal: ").removeprefix("error: ").rstrip(".") + "."
