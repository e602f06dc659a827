"""Drawn pictures on disk, so that nothing is drawn twice.

A picture is filed under a key made of the task's key and of how it is drawn, so a new style or a
new version of the drawing code draws it again, and nothing else does. ``<key>.2.json`` says what is
known of it, sealed; the number is that of its format, and entries of another are passed over. No
picture is taken unread: one that a power cut left half on the disk is drawn again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generator.cache.sealed import Unsound, seal, unseal
from generator.errors import SiteError
from generator.files import digest_file, write_atomically
from generator.render import pictures
from generator.render.pictures import Drawn
from generator.visualizations.base import Figure

FORMAT = 2


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


class Album:
    """A folder of drawn pictures, and perhaps a second one that is only read.

    Args:
        folder: what is drawn goes here.
        fallback: where to look for what ``folder`` lacks. It need not exist.
    """

    def __init__(self, folder: Path, fallback: Path | None = None) -> None:
        self.folder = folder
        self.fallback = fallback
        self._mended: set[str] = set()

    @property
    def mended(self) -> int:
        """How many damaged pictures were drawn again since."""
        return len(self._mended)

    def find(self, key: str) -> Print | None:
        """The picture filed under a drawing key, or ``None`` where it is missing or damaged."""
        for layer in self._layers:
            with suppress(OSError, Unsound):
                return read_entry(entry_path(layer, key))
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
        name, still = f"{key}{drawn.suffix}", f"{key}-still{drawn.suffix}"
        fields = {
            "format": FORMAT,
            "key": key,
            "path": name,
            "digest": hashlib.sha256(drawn.image_bytes).hexdigest(),
            "width": drawn.width,
            "height": drawn.height,
            "low": drawn.low,
            "high": drawn.high,
            "still": None,
        }
        spoiled = self.damaged(key)
        try:
            write_atomically(self.folder / name, drawn.image_bytes, flush=False)
            if drawn.still is not None:
                write_atomically(self.folder / still, drawn.still, flush=False)
                digest = hashlib.sha256(drawn.still).hexdigest()
                fields["still"] = {"path": still, "digest": digest}
            write_atomically(entry_path(self.folder, key), seal(fields), flush=False)
        except OSError as error:
            raise SiteError(
                f"A picture cannot be written: {error.filename}: {error.strerror}.",
                hint="Make room, or change output.cache; what is done so far is kept.",
            ) from error
        found = self.find(key)
        if found is None:
            raise SiteError(f"A picture just written cannot be read back: {self.folder / name}.")
        if spoiled:
            self._mended.add(key)
        return found

    @property
    def _layers(self) -> tuple[Path, ...]:
        return (self.folder,) if self.fallback is None else (self.folder, self.fallback)


def entry_path(folder: Path, key: str) -> Path:
    """Where an album keeps what it knows of the picture filed under a drawing key."""
    return folder / f"{key}.{FORMAT}.json"


def read_entry(path: Path) -> Print:
    """The picture of an entry, all of its files read and found whole.

    Raises:
        OSError: a file is not there, or cannot be read.
        Unsound: a file is damaged.
    """
    fields = unseal(path.read_bytes())
    if fields.pop("format", None) != FORMAT or entry_path(path.parent, fields.pop("key")) != path:
        raise Unsound("an entry of another format, or of another picture")
    still = fields.pop("still")
    found = Print(
        path=path.with_name(fields.pop("path")),
        still=path.with_name(still["path"]) if still else None,
        **fields,
    )
    if digest_file(found.path) != found.digest:
        raise Unsound("not the picture that was drawn")
    if found.still is not None and digest_file(found.still) != still["digest"]:
        raise Unsound("not the still that was drawn")
    return found


def drawing_key(figure: Figure, task_key: str) -> str:
    """What a drawn figure is filed under: SHA-256 of its task's key and how it is drawn."""
    return _key(
        {
            "task": task_key,
            "tensor": figure.tensor,
            "index": figure.index,
            "drawing": asdict(figure.drawing),
        }
    )


def photo_key(digest: str, size: tuple[int, ...], view: tuple[str | int, ...] = ()) -> str:
    """What a photo's copy of a given size is filed under.

    ``view`` is how it is shown where that is not as it is: gray, or by some of its channels.
    """
    shown = {"view": view} if view else {}
    return _key({"photo": digest, "size": size, **shown})


def thumb_key(digest: str, side: int) -> str:
    """What a smaller copy of a drawn picture is filed under."""
    return _key({"thumb": digest, "side": side})


def _key(parts: Mapping[str, Any]) -> str:
    text = json.dumps({"version": pictures.VERSION, **parts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
