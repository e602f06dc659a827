"""``cnn-gallery export``: a finished site as one zip file, to send and to unpack anywhere."""

from __future__ import annotations

import os
import secrets
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import SiteError, reason_of

_README = "READ ME.txt"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
# Pictures are compressed already: to try again takes long, and gains nothing.
_STORED = frozenset({".png", ".webp", ".jpg", ".jpeg", ".gif", ".avif", ".woff2"})
_FILE = 0o100644 << 16  # an ordinary file that everybody may read


@dataclass(frozen=True)
class Exported:
    """A zip file: where it is, its size in bytes, and how many files of the site it holds."""

    path: Path
    size: int
    files: int


def export_zip(files: Mapping[str, Path], target: Path, folder: str, name: str) -> Exported:
    """Write a site's files into a zip: the same site, the same bytes.

    All lies in one folder, with a page on top of the list that says what to open. The zip is
    written whole or not at all, and replaces a file of the same name.

    Args:
        files: the site's files by their paths there.
        target: the zip file.
        folder: what the folder in it is called.
        name: the site's name, for people.

    Raises:
        SiteError: a file of the site cannot be read, or the zip cannot be written, or something
            else is where it would go.
    """
    if target.is_dir():
        raise SiteError(
            f"'{target}' is a folder.", "Name a file: cnn-gallery export --zip NAME.zip"
        )
    if target.exists() and not _replaceable(target):
        raise SiteError(f"'{target}' is there already, and is no zip.", "Choose another name.")
    strange = next((name for name in files if not _is_text(name)), None)
    if strange is not None:
        raise SiteError(
            f"A zip can hold no file of the name {strange!a}, which is not UTF-8.",
            "Rename it in docs/, and build again.",
        )
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _pack({**_notes(files, name), **files}, beside, folder)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise SiteError(
            f"The zip could not be written: {error.filename or target}: {reason_of(error)}."
        ) from error
    return Exported(target, target.stat().st_size, len(files))


def _replaceable(target: Path) -> bool:
    """Whether nothing is lost with a file but an earlier zip."""
    return target.is_file() and (not target.stat().st_size or zipfile.is_zipfile(target))


def _is_text(name: str) -> bool:
    """Whether a file's name is text: what is not reaches Python as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _notes(files: Mapping[str, Path], name: str) -> dict[str, bytes]:
    """What is told whoever unpacks it, unless the site has such a file."""
    words = (
        f"{name}\n\n"
        "Unpack everything, then open index.html in a browser.\n"
        "It needs no server and no network.\n"
    )
    return {} if _README in files else {_README: words.replace("\n", "\r\n").encode("utf-8")}


def _pack(files: Mapping[str, Path | bytes], target: Path, folder: str) -> None:
    with target.open("xb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            for path in sorted(files):
                content = files[path]
                data = content if isinstance(content, bytes) else content.read_bytes()
                archive.writestr(_entry(f"{folder}/{path}"), data, compresslevel=9)
        file.flush()
        os.fsync(file.fileno())


def _entry(path: str) -> zipfile.ZipInfo:
    """A file's head, which says nothing of when and on which system it was packed."""
    entry = zipfile.ZipInfo(path, _EPOCH)
    entry.create_system = 3  # Unix, whatever this is: the same bytes everywhere
    entry.external_attr = _FILE
    stored = Path(path).suffix.lower() in _STORED
    entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    return entry
