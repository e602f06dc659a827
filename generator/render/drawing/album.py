"""Drawn pictures on disk, so that nothing is drawn twice.

A picture is filed under a key made of the task's key and of how it is drawn, so a new style or a
new version of the drawing code draws it again, and nothing else does. ``<key>.3.json`` says what is
known of it, of its still and of its smaller copy, sealed; the number is that of its format, and
entries of another are passed over. No picture of an earlier build is taken that was not read since
it was written: one that a power cut left half on the disk is drawn again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from generator.cache.folders import Folders
from generator.cache.known import Known
from generator.cache.sealed import Unsound, seal, unseal
from generator.errors import SiteError, reason_of
from generator.render.drawing import pictures
from generator.render.drawing.copies import is_on_card
from generator.render.drawing.encoding import Drawn
from generator.utils.files import write_atomically
from generator.visualizations.base import Drawing, Figure

FORMAT = 3


@dataclass(frozen=True)
class Print:
    """A drawn picture in the album. ``low`` and ``high`` are the values at the scale's ends."""

    path: Path
    digest: str  # SHA-256 of the file
    width: int
    height: int
    low: float | None = None
    high: float | None = None
    still: Path | None = None
    small: Print | None = None  # a copy for a card

    @property
    def files(self) -> tuple[Path, ...]:
        """All of its pictures."""
        still = () if self.still is None else (self.still,)
        return (self.path, *still, *(() if self.small is None else self.small.files))


class Album(Folders):
    """Folders of drawn pictures."""

    def __init__(
        self, folder: Path, fallback: Path | None = None, known: Known | None = None
    ) -> None:
        super().__init__(folder, fallback, known)
        self._mended: set[str] = set()

    @property
    def mended(self) -> int:
        """How many damaged pictures were drawn again since."""
        return len(self._mended)

    def find(self, key: str) -> Print | None:
        """The picture filed under a drawing key, or ``None`` where it is missing or damaged."""
        for base in self._bases:
            with suppress(OSError, Unsound):
                return self._read(base, key)
        return None

    def damaged(self, key: str) -> bool:
        """Whether a picture that cannot be found was there once: its entry still is."""
        there = any(entry_path(layer, key).exists() for layer in self._layers)
        return there and self.find(key) is None

    def add(self, key: str, drawn: Drawn) -> Print:
        """File a drawn picture. Several threads may file several pictures.

        Raises:
            SiteError: the folder cannot be written.
        """
        base = self._bases[0]
        files, entry = _files_and_entry(key, drawn)
        was_damaged = self.damaged(key)
        for name in files:
            self.known.expect(f"{base}/{name}")
        self.known.expect(f"{base}/{_entry_name(key)}", _fields_in)
        try:
            for name, content in files.items():
                write_atomically(self.folder / name, content, flush=False)
            write_atomically(entry_path(self.folder, key), seal(entry), flush=False)
        except OSError as error:
            raise SiteError(
                f"A picture cannot be written: {error.filename}: {reason_of(error)}.",
                hint="Make room, or change output.cache; what is done so far is kept.",
            ) from error
        if was_damaged:
            self._mended.add(key)
        return _print(base, entry)

    def _read(self, base: str, key: str) -> Print:
        """The picture of an entry, all of its files known to be whole, or read and found so.

        Raises:
            OSError: a file is not there, or cannot be read.
            Unsound: a file is damaged.
        """
        fields = self.known.recall(f"{base}/{_entry_name(key)}", _fields_in)
        if fields["format"] != FORMAT or fields["key"] != key:
            raise Unsound("an entry of another format, or of another picture")
        for part in (fields, fields.get("still"), fields.get("small")):
            if part and self.known.digest(f"{base}/{part['path']}") != part["digest"]:
                raise Unsound("not the picture that was drawn")
        return _print(base, fields)


def _files_and_entry(key: str, drawn: Drawn) -> tuple[dict[str, bytes], dict[str, Any]]:
    """A drawn picture's files by name, and what its entry says of them."""
    name = f"{key}{drawn.suffix}"
    files = {name: drawn.image_bytes}
    entry: dict[str, Any] = {"format": FORMAT, "key": key, **_file_fields(name, drawn)}
    if drawn.still is not None:
        name = f"{key}-still{drawn.suffix}"
        files[name] = drawn.still
        entry["still"] = {"path": name, "digest": _digest(drawn.still)}
    if drawn.small is not None:
        name = f"{key}-small{drawn.small.suffix}"
        files[name] = drawn.small.image_bytes
        entry["small"] = _file_fields(name, drawn.small)
    return files, entry


def _file_fields(name: str, drawn: Drawn) -> dict[str, Any]:
    """What an entry says of one picture file."""
    return {
        "path": name,
        "digest": _digest(drawn.image_bytes),
        "width": drawn.width,
        "height": drawn.height,
        "low": drawn.low,
        "high": drawn.high,
    }


def _print(base: str, fields: Mapping[str, Any]) -> Print:
    """The picture of an entry, or of a part of one, in an album's folder."""
    still, small = fields.get("still"), fields.get("small")
    return Print(
        Path(base, fields["path"]),
        fields["digest"],
        fields["width"],
        fields["height"],
        fields["low"],
        fields["high"],
        still=Path(base, still["path"]) if still else None,
        small=_print(base, small) if small else None,
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def album_folder(cache: Path) -> Path:
    """Where a cache keeps drawn pictures."""
    return cache / "pictures"


def entry_path(folder: Path, key: str) -> Path:
    """Where an album keeps what it knows of the picture filed under a drawing key."""
    return folder / _entry_name(key)


def entry_of(picture: str) -> str:
    """The entry beside a picture of an album, by its path."""
    folder, name = os.path.split(picture)
    return f"{folder}/{_entry_name(name.partition('.')[0])}"


def _entry_name(key: str) -> str:
    return f"{key}.{FORMAT}.json"


def _fields_in(path: str) -> dict[str, Any]:
    return unseal(Path(path).read_bytes())


def drawing_key(figure: Figure, task_key: str) -> str:
    """What a drawn figure is filed under: SHA-256 of its task's key and how it is drawn."""
    copied = is_on_card(figure)
    return _key("figure", task_key, figure.tensor, figure.index, _described(figure.drawing), copied)


@cache
def _described(drawing: Drawing) -> str:
    return repr(asdict(drawing))  # takes long, and thousands of figures are drawn alike


def photo_key(digest: str, size: tuple[int, ...], view: tuple[str | int, ...] = ()) -> str:
    """What a photo's copy of a given size is filed under.

    ``view`` is how it is shown where that is not as it is: gray, or by some of its channels.
    """
    return _key("photo", digest, size, view)


def _key(*parts: object) -> str:
    """Of texts, whole numbers, and tuples of these, whose Python notation leaves nothing open."""
    return hashlib.sha256(repr((pictures.VERSION, *parts)).encode()).hexdigest()
