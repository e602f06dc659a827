"""A build, from config to site: the stages in order."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator.building.about_build import seconds, work
from generator.building.budget import Budget
from generator.building.draw import DrawnGallery, draw
from generator.building.prepare import Prepared, prepare
from generator.building.stage import stage_site
from generator.cache import ledger
from generator.cache.known import known_place
from generator.cache.leases import build_lease
from generator.cache.ledger import Inputs
from generator.config.schema import SiteConfig
from generator.errors import CacheError
from generator.housekeeping.sweep import remove_leftovers
from generator.incremental.bookkeeping import account, serving
from generator.incremental.inputs import gather, with_network
from generator.incremental.opened_files import opened_files
from generator.incremental.unchanged import LastBuild, last_build
from generator.machines.failures import Failure
from generator.render.comparing.since import since_last_time
from generator.render.pages.search import findable
from generator.render.site.builders import Builder, builder_called, check_builder
from generator.render.site.finish import build_site
from generator.render.site.listing import FILES
from generator.render.site.staging import staging
from generator.render.site.swap import check_output
from generator.utils.garbage import infrequent_gc
from generator.utils.report import Report
from generator.utils.stamps import Stamp
from generator.utils.wording import counted


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
    check_output(config.site_folder, _put_there_before(config))
    check_builder(config.site.builder)
    tidy = partial(remove_leftovers, config.cache_folder)
    with build_lease(config.cache_folder, config.site_folder, report, tidy) as waited:
        last = last_build(config.path) if waited else LastBuild(None, "")
        if last.ledger is not None and last.up_to_date:
            report.say("Another build just made the same site: there is nothing left to do.")
            tasks = len(last.ledger.tasks)
            return Built(config.site_folder, tasks, 0, tasks, last.ledger.pictures)
        return _build(config, report, jobs, budget)


def _put_there_before(config: SiteConfig) -> Collection[str] | None:
    """The files of the last build's site, where an earlier version left no list of them in it."""
    if (config.site_folder / FILES).exists():
        return None
    last = ledger.latest(config.cache_folder, config.path)
    same = last is not None and Path(last.site) == config.site_folder.absolute()
    return last.site_files if last is not None and same else None


def _build(config: SiteConfig, report: Report, jobs: int | None, budget: Budget | None) -> Built:
    """A build that nobody else is in the way of."""
    inputs = gather(config)  # before any of them is read: what changes meanwhile is not built
    with builder_called(config.site.builder) as builder:  # beside torch, which takes longer
        with opened_files() as files:
            prepared = prepare(config, report)
        inputs = with_network(inputs, config, files)
        drawn = draw(prepared, report, jobs, budget)
        with infrequent_gc():
            published = _publish(config, drawn, builder, report)
            _enter(drawn, inputs, published, report)
    if report.detailed:
        _tell_work(drawn.prepared, report)
    return Built(
        config.site_folder,
        len(prepared.plan.tasks),
        drawn.computed,
        drawn.cached,
        len(drawn.assembled.files),
        drawn.failures,
        coarse=len(drawn.prepared.plan.unfinished),
    )


def _tell_work(prepared: Prepared, report: Report) -> None:
    for title, tasks in work(prepared).items():
        took = seconds(prepared, tasks)
        report.detail(f"{title}: {counted(len(tasks), 'task')}, computed in {took:.1f} s in all")


@dataclass(frozen=True)
class _Published:
    """A site in its place, with the digests of its pictures, the cache's files behind it, and the
    seconds that it took.
    """

    pictures: Mapping[str, str]
    served: Mapping[str, Stamp]
    seconds: float


def _publish(
    config: SiteConfig, drawn: DrawnGallery, builder: Builder, report: Report
) -> _Published:
    """Put the site in place."""
    assembled, known = drawn.assembled, drawn.prepared.workshop.cache.known
    site, started = config.site_folder, time.monotonic()
    pictures: dict[str, str] = {}
    with (
        staging(config.cache_folder) as staged,
        since_last_time(site, assembled.gallery, assembled.files, report=report.warn) as changed,
    ):
        served = _kept(config, drawn, report)
        aside = stage_site(config, assembled, changed, staged, report)

        def beside(folder: Path) -> Collection[str]:
            pictures.update(aside.lay_out(folder, site, known))
            return pictures

        build_site(
            staged,
            site,
            search=findable(assembled.catalogue),
            builder=builder,
            beside=beside,
            report=report.say,
        )
    if aside.since.fresh:
        report.say(f"Since last time: {aside.since.changes.summary}.")
    return _Published(pictures, served, time.monotonic() - started)


def _kept(config: SiteConfig, drawn: DrawnGallery, report: Report) -> Mapping[str, Stamp]:
    """Keep what is known of the cache's files that the site is made from.

    Returns:
        Those files; none where one is gone, of which `_enter` will tell.
    """
    try:
        served = serving(drawn)
    except OSError:
        return {}
    try:
        known = drawn.prepared.workshop.cache.known
        known.save(known_place(config.cache_folder, config.path), served)
    except OSError as error:
        report.warn(f"The next build has to read the cache's files again: {error}")
    return served


def _enter(drawn: DrawnGallery, inputs: Inputs, published: _Published, report: Report) -> None:
    """The last step: without its ledger, the next build is an ordinary one."""
    try:
        served = published.served or serving(drawn)
        done = account(drawn, inputs, published.pictures, served, published.seconds)
        ledger.write(done, drawn.prepared.config.cache_folder)
    except (OSError, CacheError) as error:
        report.warn(f"The site is in place, but the next build will not know it: {error}")
