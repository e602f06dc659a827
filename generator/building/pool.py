"""The pictures among which natural examples are looked for: thousands, of which some are broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from generator.building.workshop import Workshop
from generator.config.schema import SiteConfig, locate
from generator.errors import PictureError
from generator.photos import images
from generator.photos.images import Picture
from generator.planning.identity import Planned
from generator.planning.mistakes import Mistakes
from generator.utils.report import Report
from generator.utils.stamps import dead_links, listed
from generator.utils.wording import counted
from generator.visualizations.base import PoolOptions

_NAMED = 5  # of the pictures that are left out, at most


def find_pool(config: SiteConfig, photos: Sequence[Picture], report: Report) -> tuple[Picture, ...]:
    """The pictures under ``exemplars``, each content once, named by its digest.

    Where the config names none, its photos; where it has no use for any, none. A photo among them
    keeps its title. Files that are no pictures are left out, and told of.

    Raises:
        PictureError: a path, folder or glob that leads to no picture, with its line; or none of
            the files is a picture.
    """
    if not any(isinstance(options, PoolOptions) for options in config.visualizations):
        return ()
    if not config.exemplars:
        return tuple(_named(photos))
    found: list[Picture] = []
    paths = _paths(config)
    globs = [(str(folder), pattern) for folder, pattern in looks(config)]
    dead = dict.fromkeys(
        Path(here, name) for here, glob in globs for name in dead_links(here, glob)
    )
    broken = [f"'{path}' is a link to nothing." for path in dead]
    for path in paths:
        try:
            found.append(images.describe(path))
        except PictureError as error:
            broken.append(error.message)
    if not found:
        raise PictureError(
            f"{config.where('exemplars')}: none of {counted(len(paths), 'file')} is a picture that "
            f"can be read. {broken[0]}"
        )
    _tell(broken, len(paths) + len(dead), report)
    titles = {photo.digest: photo.title for photo in photos}
    return tuple(_named(replace(each, title=titles.get(each.digest, each.title)) for each in found))


def looks(config: SiteConfig) -> Iterator[tuple[Path, str | None]]:
    """Where the pictures are looked for: folders with globs, or without for all they hold."""
    for pattern in config.exemplars:
        folder = locate(pattern, config.folder)
        if folder.is_dir():
            yield folder, None
        else:
            yield config.folder, pattern


def tell_unreadable(tasks: Iterable[Planned], workshop: Workshop, report: Report) -> None:
    """Name the pictures under ``exemplars`` that turned out to be broken when they were decoded."""
    ranked: dict[str, None] = {}
    broken: dict[str, str] = {}
    for planned in tasks:
        if not planned.task.pictures or ranked.keys() >= set(planned.task.pictures):
            continue
        ranked.update(dict.fromkeys(planned.task.pictures))
        record = workshop.cache.record(planned.key)
        names = record.facts.get("unreadable") if record else None
        for name in names if isinstance(names, list) else []:
            broken[str(name)] = _reason(workshop.pictures[str(name)])
    _tell(list(broken.values()), len(ranked), report)


def _paths(config: SiteConfig) -> list[Path]:
    """Every file that the config names, once, in its order."""
    found: dict[Path, None] = {}
    mistakes = Mistakes()
    for number, (folder, pattern) in enumerate(looks(config)):
        with mistakes.noted(config.where("exemplars", number)):
            found.update(dict.fromkeys(_below(folder, pattern)))
    mistakes.raise_any(PictureError)
    return list(found)


def _below(folder: Path, pattern: str | None) -> list[Path]:
    if pattern is not None:
        return images.find([pattern], folder)
    names = listed(str(folder), None)
    paths = [folder / name for name in names if Path(name).suffix.lower() in images.SUFFIXES]
    if not paths:
        raise PictureError(
            f"The folder '{folder}' holds no picture.", hint="Choose another, or a glob."
        )
    return paths


def _named(pictures: Iterable[Picture]) -> Iterator[Picture]:
    first: dict[str, Picture] = {}
    for picture in pictures:
        first.setdefault(picture.digest, replace(picture, name=picture.digest))
    yield from first.values()


def _reason(picture: Picture) -> str:
    try:
        images.open_pixels(picture)
    except PictureError as error:
        return error.message
    return f"The picture '{picture.path}' could not be read at first."


def _tell(broken: Sequence[str], number: int, report: Report) -> None:
    if broken:
        more = f" And {len(broken) - _NAMED} more." if len(broken) > _NAMED else ""
        report.warn(
            f"{len(broken)} of {counted(number, 'picture')} under 'exemplars' left out. "
            + " ".join(broken[:_NAMED])
            + more
        )
