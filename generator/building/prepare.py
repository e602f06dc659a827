"""The first half of a build: the network, the photos and the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from generator import model
from generator.building.pool import find_pool
from generator.building.workshop import Workshop
from generator.cache.known import known_place, read_known
from generator.cache.store import Cache
from generator.config.schema import Image, SiteConfig
from generator.errors import ConfigError, FilterError, PictureError
from generator.model.classes import read_classes
from generator.model.layers import Layer
from generator.model.network import Network
from generator.photos import images, seeing
from generator.photos.images import Picture
from generator.planning.identity import Planned, plan_task
from generator.planning.mistakes import Mistakes
from generator.planning.plan import Plan, make_plan
from generator.utils.garbage import infrequent_gc
from generator.utils.report import Report, Silent
from generator.utils.stamps import dead_links
from generator.utils.wording import counted, in_a_row
from generator.visualizations import registry
from generator.visualizations.activations import means_task


@dataclass(frozen=True)
class Prepared:
    """Everything that is known before any task runs."""

    config: SiteConfig
    photos: tuple[Picture, ...]
    workshop: Workshop
    plan: Plan
    ranked: tuple[Planned, ...] = ()  # tasks whose results were needed to choose filters

    def missing(self) -> list[Planned]:
        """The tasks whose results the cache does not have, or not whole."""
        cache = self.workshop.cache
        return [item for item in self.plan.tasks if not cache.sound(item.key)]


@infrequent_gc()
def prepare(config: SiteConfig, report: Report, cache: Cache | None = None) -> Prepared:
    """Load the network, find the photos, and plan.

    Args:
        config: what to plan.
        report: told what takes a while.
        cache: where results are and go; the config's own when left out.

    Raises:
        GalleryError: everything that is wrong with the photos, or with the entries, at once.
    """
    photos = find_photos(config, report)
    network = load_network(config, report)
    preprocessing = network.preprocessing
    photos = seeing.for_network(photos, preprocessing.channels, preprocessing.shown)
    _check_channels(config, photos, preprocessing.channels)
    pool = find_pool(config, photos, report)
    pool = seeing.for_network(pool, preprocessing.channels, preprocessing.shown)
    by_name = {picture.name: picture for picture in (*photos, *pool)}
    cache = cache or _cache_of(config)
    workshop = Workshop(network, by_name, registry(), cache)

    ranked: dict[str, Planned] = {}

    def rank(layer: Layer, pictures: Sequence[Picture]) -> Sequence[float]:
        planned = _ranking(layer, pictures, workshop)
        ranked.update({item.key: item for item in planned})
        return _responses(planned, workshop, report)

    plan = make_plan(config, network, photos, workshop.kinds, rank, pool)
    _tell_if_empty(config, report)
    return Prepared(config, photos, workshop, plan, tuple(ranked.values()))


def _cache_of(config: SiteConfig) -> Cache:
    known = read_known(known_place(config.cache_folder, config.path))
    return Cache(config.cache_folder, config.fallback_folder, known)


def load_network(config: SiteConfig, report: Report) -> Network:
    """The configured network.

    Raises:
        ModelError: it cannot be loaded; see `generator.model.load`.
        ConfigError: the file of class names cannot be read.
    """
    mistakes = Mistakes()
    classes: tuple[str, ...] = ()
    with mistakes.noted(config.where("classes")):
        classes = read_classes(config.classes_file) if config.classes_file else ()
    mistakes.raise_any(ConfigError)
    return model.load(
        config.model.source,
        args=config.model.args,
        weights=config.weights,
        seed=config.seed,
        size=config.input.size,
        mean=config.input.mean,
        std=config.input.std,
        classes=classes,
        channels=config.input.channels,
        span=config.input.range,
        bands=config.input.bands,
        folder=config.folder,
        report=report.say,
    )


def _tell_if_empty(config: SiteConfig, report: Report) -> None:
    if not config.visualizations:
        where = config.where("visualizations")
        report.warn(f"{where}: nothing is asked for, so the gallery shows no pictures.")


def find_photos(config: SiteConfig, report: Report | None = None) -> tuple[Picture, ...]:
    """The configured photos, each opened once to see that it can be.

    A photo that several entries name stands where the first of them stands. What a later entry
    says about it counts, so that a glob may be followed by the titles of some. Other files that a
    glob matches, such as a folder's ``README.txt``, are left out, and ``report`` is told.

    Raises:
        PictureError: every photo that is missing or cannot be opened, with its line.
    """
    found: dict[Path, Picture] = {}
    mistakes = Mistakes()
    for number, image in enumerate(config.images):
        where = config.where("images", number)
        with mistakes.noted(where):
            for path in _paths(image, config, where, report or Silent()):
                with mistakes.noted(where):
                    _add(found, path, image)
    mistakes.raise_any(PictureError)
    return tuple(images.unique(found.values()))


def _check_channels(config: SiteConfig, photos: Sequence[Picture], channels: int) -> None:
    mistakes = Mistakes()
    for photo in photos:
        with mistakes.noted(config.where("images")):
            seeing.check(photo, channels)
    mistakes.raise_any(PictureError)


def _paths(image: Image, config: SiteConfig, where: str, report: Report) -> list[Path]:
    found = images.find([image.path], config.folder)
    paths = [path for path in found if path == config.folder / image.path or images.meant(path)]
    if not paths:
        raise PictureError(f"No picture matches '{image.path}', only other files.")
    others = sorted({path.name for path in found} - {path.name for path in paths})
    if others:
        names = in_a_row(others)
        report.warn(f"{where}: what '{image.path}' matches besides pictures is left out: {names}")
    if dead := dead_links(str(config.folder), image.path):
        number, names = counted(len(dead), "link"), in_a_row(dead)
        report.warn(f"{where}: '{image.path}' matches {number} to nothing, left out: {names}")
    if len(paths) > 1 and image.title:
        raise PictureError(f"'{image.path}' names {len(paths)} pictures; a title suits one.")
    return paths


def _add(found: dict[Path, Picture], path: Path, image: Image) -> None:
    """Add the photo at a path, or what an entry says about it where it is known already."""
    file = path.resolve()
    known = found.get(file)
    if known is None:
        known = images.describe(path)
        images.open_pixels(known)
    found[file] = replace(
        known,
        title=image.title or known.title,
        alt=image.alt or known.alt,
        credit=image.credit or known.credit,
    )


def _ranking(layer: Layer, pictures: Sequence[Picture], workshop: Workshop) -> list[Planned]:
    """The tasks that tell how strongly each filter of a layer answers to the pictures."""
    if len(layer.shape) != 3:
        raise FilterError(
            f"Layer '{layer.name}' gives no maps, so {{top: N}} cannot rank its filters."
        )
    return [
        plan_task(means_task(layer, picture), workshop.kinds, workshop.network, workshop.pictures)
        for picture in pictures
    ]


def _responses(planned: Sequence[Planned], workshop: Workshop, report: Report) -> Sequence[float]:
    """How strongly each filter answers to the pictures: its mean, on the picture it likes best.

    One whose mean is no number answers least of all.
    """
    means = [result.tensors["means"] for result in workshop.results(planned, report)]
    best = np.max(means, axis=0)
    return [float(value) for value in np.where(np.isfinite(best), best, -np.inf)]
