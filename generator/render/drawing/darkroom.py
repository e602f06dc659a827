"""Draw what the plan shows, and nothing that the album has already."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from generator.cache.store import Cache
from generator.machines.parallel import as_made
from generator.photos import images, seeing
from generator.photos.images import Picture
from generator.photos.stacks import is_stack
from generator.plan import Plan
from generator.render.drawing import copies, pictures
from generator.render.drawing.album import Album, Print, drawing_key, photo_key, thumb_key
from generator.render.drawing.pictures import Drawn
from generator.report import Report
from generator.visualizations.base import Figure, Result

PHOTO_SIDE = 640  # pixels: a photo on its page, at most
THUMB_SIDE = 160  # pixels: a picture on its card, at most
_ON_CARDS = frozenset({"picture", "facet"})  # roles


class Damaged(Exception):
    """Tasks whose cached tensors turned out to be missing or damaged when they were read."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(keys)
        self.keys = keys


@dataclass(frozen=True)
class PhotoPrints:
    """A photo as it is, and squished to the network's input."""

    original: Print
    seen: Print


class Prints(NamedTuple):
    """What a plan's figures are drawn as.

    Attributes:
        figures: every figure, by drawing key.
        small: a smaller copy of each large picture that stands on a card, by the picture's digest.
    """

    figures: Mapping[str, Print]
    small: Mapping[str, Print]


def draw_figures(plan: Plan, cache: Cache, album: Album, report: Report, jobs: int = 1) -> Prints:
    """Every figure of the plan, and its copy for a card. A task's tensors are read once, if at all.

    Args:
        plan: what is shown.
        cache: where the tensors are.
        album: where drawings are kept.
        report: told how far it is.
        jobs: how many tasks' figures are drawn and filed at a time.

    Raises:
        Damaged: some tasks must be computed again; what could be drawn is in the album.
        SiteError: a figure cannot be drawn, read or written.
    """
    figures = {
        drawing_key(figure, plan.keys[figure.task]): figure
        for entry in plan.entries
        for figure in entry.figures
    }
    found = {key: album.find(key) for key in figures}
    prints = {key: print_ for key, print_ in found.items() if print_ is not None}
    missing: dict[str, dict[str, Figure]] = {}
    for key, figure in figures.items():
        if key not in prints:
            missing.setdefault(plan.keys[figure.task], {})[key] = figure

    # Filed where they are drawn: the disk takes as long as the drawing, and neither waits.
    def draw(task_key: str) -> Prints | None:
        return _draw(cache.load(task_key), missing[task_key], album)

    damaged: list[str] = []
    small: dict[str, Print] = {}
    with report.stage("Pictures", sum(map(len, missing.values()))) as advance:
        for task_key, drawn in as_made(draw, missing, jobs):
            if drawn is None:
                damaged.append(task_key)
                continue
            prints.update(drawn.figures)
            small.update(drawn.small)
            advance(len(drawn.figures))
    if damaged:
        raise Damaged(sorted(damaged))
    large = {
        prints[key].digest: prints[key]
        for key, figure in figures.items()
        if _has_thumbnail(figure, prints[key])
    }
    return Prints(prints, {**small, **_thumbnails(large, small, album, report, jobs)})


def _draw(result: Result | None, figures: Mapping[str, Figure], album: Album) -> Prints | None:
    """A task's figures, by drawing key; ``None`` where its tensors cannot be read."""
    if result is None:
        return None
    prints: dict[str, Print] = {}
    small: dict[str, Print] = {}
    for key, figure in figures.items():
        drawn = pictures.draw(result.tensors, figure, result.facts)
        print_ = prints[key] = album.add(key, drawn)
        if drawn.pixels is not None and _has_thumbnail(figure, print_):
            # While its pixels are at hand: they are those that its file would be read for.
            copy = copies.draw_small(drawn.pixels, THUMB_SIDE)
            small[print_.digest] = album.add(thumb_key(print_.digest, THUMB_SIDE), copy)
    return Prints(prints, small)


def _has_thumbnail(figure: Figure, print_: Print) -> bool:
    return figure.role in _ON_CARDS and max(print_.width, print_.height) > THUMB_SIDE


def _thumbnails(
    large: Mapping[str, Print],
    made: Collection[str],
    album: Album,
    report: Report,
    jobs: int,
) -> dict[str, Print]:
    """The smaller copies of pictures, by their digests, but of those whose copy is ``made``."""
    found = {
        digest: album.find(thumb_key(digest, THUMB_SIDE)) for digest in large if digest not in made
    }
    missing = [digest for digest, print_ in found.items() if print_ is None]

    def make(digest: str) -> Print:
        small = thumbnail(large[digest].path.read_bytes())
        return album.add(thumb_key(digest, THUMB_SIDE), small)

    with report.stage("Thumbnails", len(missing)) as advance:
        for digest, small in as_made(make, missing, jobs):
            found[digest] = small
            advance(1)
    return {digest: print_ for digest, print_ in found.items() if print_ is not None}


def thumbnail(picture: bytes) -> Drawn:
    """A picture file as it stands on a card, its longest side ``THUMB_SIDE``."""
    with Image.open(io.BytesIO(picture)) as image:
        pixels = np.asarray(image.convert("RGB"))
    return copies.draw_small(pixels, THUMB_SIDE)


def draw_photos(
    photos: Sequence[Picture], size: tuple[int, int], album: Album
) -> Mapping[str, PhotoPrints]:
    """Each photo by name: as it is, and squished to the network's input size ``(H, W)``."""
    return {
        photo.name: PhotoPrints(_photo(photo, None, album), _photo(photo, size, album))
        for photo in photos
    }


def develop(photo: Picture, size: tuple[int, int] | None) -> Drawn:
    """A photo as the site shows it: as it is, or squished to the network's input ``(H, W)``."""
    if size is None:
        return copies.draw_photo(images.open_pixels(photo), PHOTO_SIDE)
    pixels = images.resize(seeing.shown(photo), size)
    return copies.draw_photo(pixels, max(size))


def _photo(photo: Picture, size: tuple[int, int] | None, album: Album) -> Print:
    view = ("gray",) if photo.gray and size else photo.bands if is_stack(photo.path) else ()
    key = photo_key(photo.digest, size or (PHOTO_SIDE,), view)
    return album.find(key) or album.add(key, develop(photo, size))
