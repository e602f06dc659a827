"""Downloaded weights in the user's cache folder, trusted only after their digest is checked."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from generator.errors import FetchError, reason_of
from generator.utils.files import write_atomically


def weights_folder() -> Path:
    """Where weights are kept: under ``CNN_GALLERY_HOME``, or in the user's cache folder."""
    home = os.environ.get("CNN_GALLERY_HOME")
    base = Path(home).expanduser() if home else Path(platformdirs.user_cache_dir("cnn-gallery"))
    return base / "weights"


def read(path: Path) -> bytes | None:
    """A kept file's content; None where it is missing, or is not what was written."""
    try:
        content = path.read_bytes()
        noted = _note(path).read_text("utf-8", "replace").split()
    except OSError:
        return None
    return content if noted[:1] == [hashlib.sha256(content).hexdigest()] else None


def write(path: Path, content: bytes) -> None:
    """Keep a file, and its digest beside it. Whoever reads meanwhile sees all of it or nothing.

    Raises:
        FetchError: the folder cannot be written to.
    """
    digest = hashlib.sha256(content).hexdigest()
    with writable(path.parent):
        write_atomically(path, content)
        write_atomically(_note(path), f"{digest}  {path.name}\n".encode())


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Make a folder, and explain where nothing can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise FetchError(
            f"The weights cannot be kept in {folder}: {reason_of(error)}.",
            "Make room or give yourself the right to write there, or set CNN_GALLERY_HOME to "
            "another folder.",
        ) from error


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
