"""Draw what the plan shows, and nothing that the album has already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator import images
from generator.cache import Cache
from generator.images import Picture
from generator.plan import Plan
from generator.render import pictures
from generator.render.album import Album, Print, drawing_key, photo_key
from generator.report import Report
from generator.visualizations.base import Figure

PHOTO_SIDE = 640  # pixels: a photo on its page, at most


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


def draw_figures(plan: Plan, cache: Cache, album: Album, report: Report) -> dict[str, Print]:
    """Every figure of the plan, by drawing key. A task's tensors are read once, and only if needed.

    Raises:
        Damaged: some tasks must be computed again; what could be drawn is in the album.
        SiteError: a figure cannot be drawn or written.
    """
    figures: dict[str, tuple[Figure, str]] = {}
    for entry in plan.entries:
        for figure in entry.figures:
            task_key = plan.keys[figure.task]
            figures[drawing_key(figure, task_key)] = (figure, task_key)
    found = {key: album.find(key) for key in figures}
    prints = {key: print_ for key, print_ in found.items() if print_ is not None}
    missing: dict[str, list[str]] = {}
    for key, (_, task_key) in figures.items():
        if key not in prints:
            missing.setdefault(task_key, []).append(key)
    damaged = []
    with report.stage("Pictures", sum(map(len, missing.values()))) as advance:
        for task_key, keys in missing.items():
            result = cache.load(task_key)
            if result is None:
                damaged.append(task_key)
                continue
            for key in keys:
                drawn = pictures.draw(result.tensors, figures[key][0], result.facts)
                prints[key] = album.add(key, drawn)
            advance(len(keys))
    if damaged:
        raise Damaged(damaged)
    return prints


def draw_photos(
    photos: Sequence[Picture], size: tuple[int, int], album: Album
) -> Mapping[str, PhotoPrints]:
    """Each photo by name: as it is, and squished to the network's input size ``(H, W)``."""
    return {
        photo.name: PhotoPrints(_photo(photo, None, album), _photo(photo, size, album))
        for photo in photos
    }


def _photo(photo: Picture, size: tuple[int, int] | None, album: Album) -> Print:
    key = photo_key(photo.digest, size or (PHOTO_SIDE,))
    found = album.find(key)
    if found is None:
        pixels = images.open_pixels(photo)
        if size is not None:
            pixels = images.resize(pixels, size)
        found = album.add(key, pictures.draw_photo(pixels, max(size or (PHOTO_SIDE,))))
    return found
