"""From a plan to drawn pictures: what is missing is computed, what was not drawn yet is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from generator.building.about_build import build_facts
from generator.building.budget import Budget, compute_within
from generator.building.explain import counted_reasons, reasons_of
from generator.building.pool import tell_unreadable
from generator.building.prepare import Prepared
from generator.building.stand_ins import best, stand_ins
from generator.cache import ledger
from generator.cache.known import Known, known_place
from generator.cache.losses import tell_damaged_pictures, tell_losses
from generator.config.schema import SiteConfig
from generator.errors import CacheError
from generator.machines.failures import Failure, subject
from generator.machines.hiring import hired
from generator.machines.parallel import cores
from generator.planning.identity import Planned
from generator.render.assemble import Assembled, assemble
from generator.render.drawing.album import Album, Print, album_folder
from generator.render.drawing.darkroom import Damaged, draw_figures, draw_photos
from generator.utils.garbage import infrequent_gc
from generator.utils.report import Report
from generator.utils.wording import counted


@dataclass(frozen=True)
class DrawnGallery:
    """What pages show, the pictures in the album that it shows, and what became of the tasks.

    ``prepared`` is left with the tasks that have a result; ``cached`` of them had it before.
    """

    assembled: Assembled
    prints: tuple[Print, ...]
    computed: int
    cached: int
    prepared: Prepared
    failures: tuple[Failure, ...]


def draw(
    prepared: Prepared, report: Report, jobs: int | None, budget: Budget | None = None
) -> DrawnGallery:
    """Run the missing tasks, draw the missing pictures, and put together what pages show.

    Tasks that fail hold up no others: pages say what is missing, and why.

    Args:
        prepared: the tasks. The caller holds a lease on their cache.
        report: told how far it is.
        jobs: see `build`.

    Raises:
        GalleryError: something that the user can put right; what was computed is kept.
    """
    _tell(prepared, report)
    missing = _missing(prepared, report)
    cached = len(prepared.plan.tasks) - len(missing)
    failures, computed = _compute(prepared, missing, report, jobs, budget)
    if budget is not None:
        plan = best(prepared.plan, stand_ins(prepared), prepared.workshop.cache)
        prepared = replace(prepared, plan=plan)
    prepared = without(prepared, failures)
    tell_unreadable(prepared.plan.tasks, prepared.workshop, report)
    album = album_of(prepared.config, prepared.workshop.cache.known)
    try:
        prints = _draw(prepared, album, report, jobs)
    except Damaged as damaged:
        again = _repair(prepared, damaged, report, jobs)
        prepared, failures = without(prepared, again), (*failures, *again)
        computed += len(damaged.keys) - len(again)
        cached -= len(damaged.keys)
        prints = _draw_again(prepared, album, report, jobs)
    photos = draw_photos(prepared.photos, prepared.workshop.network.preprocessing.size, album)
    tell_damaged_pictures(album.mended, report)
    with infrequent_gc():
        assembled = assemble(
            prepared.config,
            prepared.workshop.network,
            prepared.photos,
            prepared.plan,
            prints,
            photos,
            prepared.workshop.cache,
            build_facts(prepared),
            {failure.planned.task: failure.words for failure in failures},
        )
    developed = [each for pair in photos.values() for each in (pair.original, pair.seen)]
    shown = (*prints.values(), *developed)
    return DrawnGallery(assembled, shown, computed, cached, prepared, failures)


def _compute(
    prepared: Prepared,
    missing: Sequence[Planned],
    report: Report,
    jobs: int | None,
    budget: Budget | None,
) -> tuple[tuple[Failure, ...], int]:
    """Run tasks, wherever the config wants it: those that failed, and how many did not."""
    if not missing:  # nobody is called for nothing
        return (), 0
    workshop = prepared.workshop
    with hired(prepared.config, workshop.network) as crew:
        if budget is not None:
            return compute_within(budget, prepared, missing, report, jobs, crew)
        failures = workshop.compute(missing, report, jobs, crew)
        return failures, len(missing) - len(failures)


def without(prepared: Prepared, failures: Sequence[Failure]) -> Prepared:
    """A build without the tasks that failed."""
    plan = prepared.plan.without({failure.planned.task for failure in failures})
    return replace(prepared, plan=plan)


@infrequent_gc()
def _missing(prepared: Prepared, report: Report) -> list[Planned]:
    """The tasks to run."""
    tasks, cache = prepared.plan.tasks, prepared.workshop.cache
    last = ledger.latest(prepared.config.cache_folder, prepared.config.path)
    if last is not None and known_place(cache.folder, prepared.config.path).is_file():
        cache.known.remember(last.site_stamps, last.looked)  # else all is to be read again
    reasons = reasons_of(prepared, last)
    missing = [item for item in tasks if item.key in reasons]
    cached = len(tasks) - len(missing)
    report.say(f"{counted(len(tasks), 'task')}: {cached} cached, {len(missing)} to compute")
    for words, number in counted_reasons(reasons.values()) if last else ():
        report.say(f"  {number}: {words}")
    for item in missing:
        report.detail(f"{subject(item.task)}: {reasons[item.key]}")
    tell_losses(cache.absences(reasons).values(), report)
    return missing


def album_of(config: SiteConfig, known: Known) -> Album:
    """The pictures drawn so far: beside the cached tensors, and beside those of the fallback."""
    fallback = config.fallback_folder and album_folder(config.fallback_folder)
    return Album(album_folder(config.cache_folder), fallback, known)


def _tell(prepared: Prepared, report: Report) -> None:
    """What the build works with, for those who asked for more."""
    network, config = prepared.workshop.network, prepared.config
    layers = counted(len(network.layers), "layer")
    report.detail(f"Network: {network.card.name}, {layers}; weights: {network.card.weights}")
    for photo in prepared.photos:
        report.detail(f"Photo: {photo.name}, from {photo.path}")
    report.detail(f"Cache: {config.cache_folder}")
    if config.fallback_folder is not None:
        there = "" if config.fallback_folder.is_dir() else ", which is not there"
        report.detail(f"Cache that is only read: {config.fallback_folder}{there}")


@infrequent_gc()
def _draw(prepared: Prepared, album: Album, report: Report, jobs: int | None) -> dict[str, Print]:
    cache = prepared.workshop.cache
    return draw_figures(prepared.plan, cache, album, report, jobs or cores())


def _repair(
    prepared: Prepared, damaged: Damaged, report: Report, jobs: int | None
) -> tuple[Failure, ...]:
    """Run the tasks again whose cached tensors proved damaged."""
    again = [item for item in prepared.plan.tasks if item.key in damaged.keys]
    tell_losses(["damaged" for _ in again], report)
    return prepared.workshop.compute(again, report, jobs)


def _draw_again(
    prepared: Prepared, album: Album, report: Report, jobs: int | None
) -> dict[str, Print]:
    try:
        return _draw(prepared, album, report, jobs)
    except Damaged as damaged:
        raise CacheError(
            f"The cache in '{prepared.workshop.cache.folder}' does not keep what is written to it.",
            hint="Check the disk, or choose another folder under output: cache.",
        ) from damaged
