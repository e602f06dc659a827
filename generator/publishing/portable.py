"""``cnn-gallery stage``: the pages before a site is made of them, for other hands to build."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator.building.draw import DrawnGallery, draw
from generator.building.prepare import prepare
from generator.building.stage import stage_section, stage_site
from generator.cache.known import Known
from generator.cache.leases import build_lease
from generator.config.schema import SiteConfig
from generator.errors import SiteError
from generator.housekeeping.sweep import remove_leftovers
from generator.machines.failures import Failure
from generator.publishing.section import find_host, to_add
from generator.render.comparing.since import Since, since_last_time
from generator.render.site.swap import building, check_output, put_in_place
from generator.utils.report import Report

_MADE = "site/"  # of a tree: where MkDocs puts the site


@dataclass(frozen=True)
class Staged:
    """What was staged: of so many ``tasks``, the pages say which failed. ``lacking``: see below."""

    tasks: int
    failures: tuple[Failure, ...]
    lacking: str = ""


def stage_tree(config: SiteConfig, folder: Path, report: Report, jobs: int | None = None) -> Staged:
    """Put the whole tree into a folder: ``mkdocs.yml``, ``docs`` and ``theme``.

    Args:
        config: what is shown.
        folder: new, empty, or with a tree that was staged before, which is replaced with what
            MkDocs made of it; not if somebody put files of theirs into it.
        report: told how far it is.
        jobs: see `generator.pipeline.build`.

    Raises:
        GalleryError: something that the user can put right; the folder stands as it was.
    """
    check_output(folder, made=_MADE)
    _keep_apart(config, folder)
    with _lease(config, folder, report):
        drawn = draw(prepare(config, report), report, jobs)
        before = folder / "docs"
        with building(folder) as staged, _since(before, drawn, report) as changed:
            staged.mkdir()
            aside = stage_site(config, drawn.assembled, changed, staged, report)
            aside.lay_out(staged / "docs", before, Known())
            put_in_place(staged, folder, listed=True, made=_MADE)
    return Staged(len(drawn.prepared.plan.tasks) + len(drawn.failures), drawn.failures)


def stage_into(
    config: SiteConfig,
    folder: Path,
    report: Report,
    *,
    folders: bool | None = None,
    jobs: int | None = None,
) -> Staged:
    """Put the gallery's pages into the docs folder of a site that takes them in as a section.

    Args:
        config: what is shown.
        folder: in the site's docs folder; new, empty, or with a section that was put there before,
            and no files of others.
        report: told how far it is.
        folders: whether that site gives each page a folder of its own; as its config says when
            left out.
        jobs: see `generator.pipeline.build`.

    Returns:
        With it, what the site's config is ``lacking``, as YAML to add to it; empty if nothing.

    Raises:
        GalleryError: something that the user can put right; the folder stands as it was.
    """
    check_output(folder)
    host = find_host(folder)
    with _lease(config, folder, report):
        drawn = draw(prepare(config, report), report, jobs)
        own = host.folders if folders is None else folders
        with building(folder) as staged, _since(folder, drawn, report) as changed:
            staged.mkdir()
            menu, loaded = stage_section(
                config, drawn.assembled, changed, staged, report, folders=own
            )
            put_in_place(staged, folder, listed=True)
    tasks = len(drawn.prepared.plan.tasks) + len(drawn.failures)
    return Staged(tasks, drawn.failures, to_add(host, folder, menu, loaded))


def _since(
    before: Path, drawn: DrawnGallery, report: Report
) -> AbstractContextManager[Callable[[], Since]]:
    gallery, files = drawn.assembled.gallery, drawn.assembled.files
    return since_last_time(before, gallery, files, report=report.warn)


def _lease(config: SiteConfig, folder: Path, report: Report) -> AbstractContextManager[bool]:
    tidy = partial(remove_leftovers, config.cache_folder)
    return build_lease(config.cache_folder, folder, report, tidy)


def _keep_apart(config: SiteConfig, folder: Path) -> None:
    """What is replaced as a whole must hold nothing of what it is made from."""
    place = folder.resolve()
    for other in (config.path, config.cache_folder, config.site_folder, config.docs_folder):
        if other is not None and other.resolve().is_relative_to(place):
            raise SiteError(f"'{folder}' holds '{other}'.", "Choose a folder beside it.")
