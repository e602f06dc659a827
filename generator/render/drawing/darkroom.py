"""Draw what the plan shows, and nothing that the album has already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from generator.cache.store import Cache
from generator.machines.parallel import as_made
from generator.photos import images, seeing
from generator.photos.images import Picture
from generator.photos.stacks import is_stack
from generator.planning.plan import Plan
from generator.render.drawing import copies, pictures
from generator.render.drawing.album import Album, Print, drawing_key, photo_key
from generator.render.drawing.encoding import Drawn
from generator.utils.report import Report
from generator.visualizations.base import Figure, Result

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


def draw_figures(
    plan: Plan, cache: Cache, album: Album, report: Report, jobs: int = 1
) -> dict[str, Print]:
    """Every figure of the plan, by drawing key. A task's tensors are read once, and only if needed.

    Args:
        plan: what is shown.
        cache: where the tensors are.
        album: where drawings are kept.
        report: told how far it is.
        jobs: how many tasks' figures are drawn and filed at a time.

    Raises:
        Damaged: some tasks must be computed again; what could be drawn is in the album.
        SiteError: a figure cannot be drawn or written.
    """
    figures = {
        drawing_key(figure, plan.keys[figure.task]): figure
        for entry in plan.entries
        for figure in entry.figures
    }
    prints = {key: album.find(key) for key in figures}
    missing: dict[str, dict[str, Figure]] = {}
    for key, figure in figures.items():
        if prints[key] is None:
            missing.setdefault(plan.keys[figure.task], {})[key] = figure

    # Filed where they are drawn: the disk takes as long as the drawing, and neither waits.
    def draw(task_key: str) -> dict[str, Print] | None:
        return _draw(cache.load(task_key), missing[task_key], album)

    damaged = []
    with report.stage("Pictures", sum(map(len, missing.values()))) as advance:
        for task_key, drawn in as_made(draw, missing, jobs):
            if drawn is None:
                damaged.append(task_key)
                continue
            prints.update(drawn)
            advance(len(drawn))
    if damaged:
        raise Damaged(sorted(damaged))
    return {key: print_ for key, print_ in prints.items() if print_ is not None}


def _draw(
    result: Result | None, figures: Mapping[str, Figure], album: Album
) -> dict[str, Print] | None:
    """A task's figures, by drawing key; ``None`` where its tensors cannot be read."""
    if result is None:
        return None
    prints = {}
    for key, figure in figures.items():
        drawn = pictures.draw(result.tensors, figure, result.facts)
        if copies.is_on_card(figure):
            drawn = replace(drawn, small=copies.draw_for_card(drawn))
        prints[key] = album.add(key, drawn)
    return prints


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
