"""A build, from config to site: the stages in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from generator.bookkeeping import account, serving
from generator.budget import Budget, compute_within
from generator.cache import ledger
from generator.cache.known import Known, known_place
from generator.cache.leases import build_lease
from generator.cache.ledger import Inputs
from generator.cache.losses import tell_damaged_pictures, tell_losses
from generator.config.schema import SiteConfig
from generator.errors import CacheError
from generator.explain import counted_reasons, reasons_of
from generator.facts import build_facts, work
from generator.failures import Failure, subject
from generator.housekeeping.sweep import remove_leftovers
from generator.inputs import gather, with_network
from generator.ladder import best, ladder
from generator.machines.hiring import hired
from generator.machines.parallel import cores
from generator.opened import opened
from generator.patience import patience
from generator.photos.pool import tell_unreadable
from generator.plan import Planned
from generator.prepare import Prepared, prepare
from generator.render.assemble import Assembled, assemble
from generator.render.drawing.album import Album, Print, album_folder
from generator.render.drawing.darkroom import Damaged, draw_figures, draw_photos
from generator.render.search import findable
from generator.render.site.builders import Builder, builder_called, check_builder
from generator.render.site.finish import build_site, check_output
from generator.render.site.staging import staging
from generator.report import Report, counted
from generator.staged import stage_site
from generator.stamps import Stamp
from generator.unchanged import Standing, standing


@dataclass(frozen=True)
class Built:
    """A finished build of ``tasks`` tasks, of which ``cached`` had a result before.

    ``computed`` counts what was run: within a budget one picture may be made twice, coarse and
    fine. Of ``failures`` the site says that they are missing, and why; the next build tries them
    again.
    """

    site: Path
    tasks: int
    computed: int
    cached: int
    pictures: int
    failures: tuple[Failure, ...] = ()
    coarse: int = 0  # pictures that a later build makes finer


@dataclass(frozen=True)
class Drawn:
    """What pages show, the pictures in the album that it shows, and what became of the tasks.

    ``prepared`` is left with the tasks that have a result; ``cached`` of them had it before.
    """

    assembled: Assembled
    prints: tuple[Print, ...]
    computed: int
    cached: int
    prepared: Prepared
    failures: tuple[Failure, ...]


def build(
    config: SiteConfig, report: Report, jobs: int | None = None, budget: Budget | None = None
) -> Built:
    """Build the site that the config describes. The old site stands until the new one is whole.

    Args:
        config: what is shown.
        report: told how far it is.
        jobs: how many batches of tasks, and then of pictures, are under way at a time. Left out,
            two batches, which share the processors, and a picture a processor. The site does not
            depend on it.
        budget: how long it may take. What the time is too short for is coarse; a later build goes
            on from there.

    Raises:
        GalleryError: something that the user can put right; what was computed is kept.
    """
    check_output(config.site_folder)
    check_builder(config.site.builder)
    tidy = partial(remove_leftovers, config.cache_folder)
    with build_lease(config.cache_folder, config.site_folder, report, tidy) as waited:
        last = standing(config.path) if waited else Standing(None, "")
        if last.ledger is not None and last.holds:
            report.say("The other build made the same site: there is nothing left to do.")
            tasks = len(last.ledger.tasks)
            return Built(config.site_folder, tasks, 0, tasks, last.ledger.pictures)
        return _build(config, report, jobs, budget)


def _build(config: SiteConfig, report: Report, jobs: int | None, budget: Budget | None) -> Built:
    """A build that nobody else is in the way of."""
    inputs = gather(config)  # before any of them is read: what changes meanwhile is not built
    with builder_called(config.site.builder) as builder:  # beside torch, which takes longer
        with opened() as files:
            prepared = prepare(config, report)
        inputs = with_network(inputs, config, files)
        drawn = draw(prepared, report, jobs, budget)
        served = _publish(config, drawn, builder, report)
    pictures = len(drawn.assembled.files)
    _enter(drawn, inputs, served, report)
    for title, (number, seconds) in work(drawn.prepared).items():
        report.detail(f"{title}: {counted(number, 'task')}, computed in {seconds:.1f} s in all")
    return Built(
        config.site_folder,
        len(prepared.plan.tasks),
        drawn.computed,
        drawn.cached,
        pictures,
        drawn.failures,
        coarse=len(drawn.prepared.plan.unfinished),
    )


def draw(
    prepared: Prepared, report: Report, jobs: int | None, budget: Budget | None = None
) -> Drawn:
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
        plan = best(prepared.plan, ladder(prepared), prepared.workshop.cache)
        prepared = replace(prepared, plan=plan)
    prepared = without(prepared, failures)
    tell_unreadable(prepared, report)
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
    with patience():
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
    return Drawn(assembled, shown, computed, cached, prepared, failures)


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


@patience()
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


@patience()
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


@patience()
def _publish(
    config: SiteConfig, drawn: Drawn, builder: Builder, report: Report
) -> Mapping[str, Stamp]:
    """Put the site in place, and keep what is known of the cache's files that it is made from.

    Returns:
        Those files; none where that failed, of which `_enter` will tell.
    """
    assembled, known = drawn.assembled, drawn.prepared.workshop.cache.known
    served: dict[str, Stamp] = {}
    with staging(config.cache_folder) as staged:
        aside = stage_site(config, assembled, config.site_folder, staged, report, known)

        def beside(folder: Path) -> Collection[str]:
            pictures = aside.lay_out(folder)
            with suppress(OSError):
                served.update(serving(drawn.prepared, drawn.prints))
                known.save(known_place(config.cache_folder, config.path), served)
            return pictures

        build_site(
            staged,
            config.site_folder,
            search=findable(assembled.gallery),
            builder=builder,
            beside=beside,
            report=report.say,
        )
    if aside.since.fresh:
        report.say(f"Since last time: {aside.since.changes.summary}.")
    return served


@patience()
def _enter(drawn: Drawn, inputs: Inputs, served: Mapping[str, Stamp], report: Report) -> None:
    """The last step: without its ledger, the next build is an ordinary one."""
    prepared, prints, pictures = drawn.prepared, drawn.prints, len(drawn.assembled.files)
    try:
        served = served or serving(prepared, prints)
        done = account(prepared, inputs, prints, pictures, served, drawn.failures)
        ledger.write(done, prepared.config.cache_folder)
    except (OSError, CacheError) as error:
        report.warn(f"The site is in place, but the next build will not know it: {error}")
