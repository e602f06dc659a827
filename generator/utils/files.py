"""Files on disk, never half-written."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path

# Left in folders by systems that show them, and by people who keep them out of backups.
_LITTER = frozenset({".DS_Store", "CACHEDIR.TAG", "Thumbs.db", "desktop.ini"})


def is_litter(path: str) -> bool:
    """Whether a file is one that nobody misses, by its path with slashes."""
    return path.rpartition("/")[2] in _LITTER


def write_atomically(path: Path, content: bytes, *, flush: bool = True) -> None:
    """Write beside, flush to the disk, rename: readers see the old file or the new one.

    Args:
        path: the file.
        content: all of it.
        flush: whether it has to outlive a power cut. Where damage is found and made good at the
            next reading anyway, thousands of small files are written several times as fast without.

    Raises:
        OSError: as the system says; nothing is left beside.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with _opened_new(beside) as file:
            file.write(content)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a disk that is full does not say of which file
        raise


def _opened_new(path: Path) -> BufferedWriter:
    """A file that is not there yet, to write; its folder is made where that is not there either."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


def write_new(files: Mapping[Path, bytes]) -> None:
    """Write files where there are none, in this order: all of them, or none.

    Raises:
        FileExistsError: something is there already.
        OSError: as the system says; what was written is removed again.
    """
    made: list[Path] = []
    try:
        for path, content in files.items():
            for folder in [each for each in reversed(path.parents) if not each.exists()]:
                folder.mkdir()
                made.append(folder)
            with path.open("xb") as file:
                made.append(path)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):  # what somebody else put into a folder of ours stays
                path.rmdir() if path.is_dir() else path.unlink()
        raise


def flush_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, so that a rename in it outlives a power cut.

    Raises:
        OSError: as the system says.
    """
    if os.name == "nt":  # where folders cannot be opened, and renames are flushed with the file
        return
    listing = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(listing)
    finally:
        os.close(listing)


def sweep_folders(parent: Path, prefix: str) -> None:
    """Remove the folders in ``parent`` whose names start with ``prefix``, as far as that goes.

    Raises:
        OSError: ``parent`` cannot be listed.
    """
    for left in parent.iterdir():
        if left.name.startswith(prefix):
            shutil.rmtree(left, ignore_errors=True)


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
