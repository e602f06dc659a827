"""``manifest.json``: every picture of a site, and what it shows, for programs to read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

import generator
from generator.errors import SiteError
from generator.render.gallery import Gallery, Shown

MANIFEST = "manifest.json"
FORMAT = 1  # raised when a key changes its meaning or goes away
GENERATOR = "cnn-gallery"


def write_manifest(gallery: Gallery, folder: Path) -> None:
    """Write ``manifest.json`` into the folder that holds the gallery's pictures.

    Sizes and digests are read from the files themselves. The text depends on nothing else: it has
    no time and no absolute path, pictures are sorted by file, and the keys are::

        format      1
        generator   "cnn-gallery 0.1.0"
        model       name, source, weights, licence
        pictures    of each: file, visualization, role, layer, channel, image, step, parameters,
                    key (of the task, SHA-256), width and height (pixels), bytes,
                    digest (SHA-256 of the file), facts

    Raises:
        SiteError: a picture that the gallery shows is not there, or is not a picture; or the
            manifest cannot be written.
    """
    entries: dict[str, dict[str, Any]] = {}
    for file, role, shown in _files(gallery):
        if file not in entries:
            entries[file] = _entry(file, role, shown, folder)
    card = gallery.card
    manifest = {
        "format": FORMAT,
        "generator": f"{GENERATOR} {generator.__version__}",
        "model": {
            "name": card.name,
            "source": card.source,
            "weights": card.weights,
            "licence": card.licence,
        },
        "pictures": [entries[file] for file in sorted(entries)],
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise SiteError(f"The file '{MANIFEST}' could not be written: {error.strerror}.") from error


def _files(gallery: Gallery) -> Iterator[tuple[str, str, Shown]]:
    """Each file with its role; an animation's still is a file of its own."""
    photos = [shown for photo in gallery.photos for shown in (photo.original, photo.seen)]
    for shown in [*gallery.figures(), *photos]:
        yield shown.src, shown.role, shown
        if shown.still:
            yield shown.still, f"{shown.role}: still", shown


def _entry(file: str, role: str, shown: Shown, folder: Path) -> dict[str, Any]:
    try:
        content = (folder / file).read_bytes()
        with Image.open(folder / file) as image:
            width, height = image.size
    except (OSError, ValueError) as error:
        raise SiteError(f"The picture '{file}' is on a page but could not be read: {error}") from (
            error
        )
    return {
        "file": file,
        "visualization": shown.visualization,
        "role": role,
        "layer": shown.layer.name if shown.layer else None,
        "channel": shown.channel,
        "image": shown.picture.name if shown.picture else None,
        "step": shown.step,
        "parameters": _plain(shown.parameters or {}),
        "key": shown.key,
        "width": width,
        "height": height,
        "bytes": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "facts": _plain(shown.facts or {}),
    }


def _plain(value: Any) -> Any:
    """JSON values with sorted keys. What JSON cannot say (NaN, infinity) becomes null."""
    if isinstance(value, float) and value - value != 0.0:
        return None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "items"):
        return {str(key): _plain(value[key]) for key in sorted(value, key=str)}
    return value
