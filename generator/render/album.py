"""Drawn pictures on disk, so that nothing is drawn twice.

A picture is filed under a key made of the task's key and of how it is drawn, so a new style or a
new version of the drawing code draws it again, and nothing else does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generator.errors import SiteError
from generator.files import write_atomically
from generator.render import pictures
from generator.render.pictures import Drawn
from generator.visualizations.base import Figure


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
    """A folder of drawn pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: str) -> Print | None:
        """The picture filed under a drawing key, or ``None`` where it is missing or damaged."""
        try:
            fields: dict[str, Any] = json.loads((self.folder / f"{key}.json").read_bytes())
            still = fields.pop("still")
            found = Print(
                path=self.folder / fields.pop("path"),
                still=self.folder / still["path"] if still else None,
                **fields,
            )
            whole = _digest(found.path) == found.digest and (
                found.still is None or _digest(found.still) == still["digest"]
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return found if whole else None

    def add(self, key: str, drawn: Drawn) -> Print:
        """File a drawn picture.

        Raises:
            SiteError: the folder cannot be written.
        """
        name, still = f"{key}{drawn.suffix}", f"{key}-still{drawn.suffix}"
        fields = {
            "path": name,
            "digest": hashlib.sha256(drawn.image_bytes).hexdigest(),
            "width": drawn.width,
            "height": drawn.height,
            "low": drawn.low,
            "high": drawn.high,
            "still": None,
        }
        try:
            write_atomically(self.folder / name, drawn.image_bytes)
            if drawn.still is not None:
                write_atomically(self.folder / still, drawn.still)
                digest = hashlib.sha256(drawn.still).hexdigest()
                fields["still"] = {"path": still, "digest": digest}
            write_atomically(self.folder / f"{key}.json", json.dumps(fields).encode())
        except OSError as error:
            raise SiteError(
                f"A picture cannot be written: {error.filename}: {error.strerror}.",
                hint="Make room, or change output.cache; what is done so far is kept.",
            ) from error
        found = self.find(key)
        if found is None:
            raise SiteError(f"A picture just written cannot be read back: {self.folder / name}.")
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


def photo_key(digest: str, size: tuple[int, ...]) -> str:
    """What a photo's copy of a given size is filed under."""
    return _key({"photo": digest, "size": size})


def _key(parts: Mapping[str, Any]) -> str:
    text = json.dumps({"version": pictures.VERSION, **parts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
