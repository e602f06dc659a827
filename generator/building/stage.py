"""A drawn gallery as a tree of Markdown pages: a whole site's, or a section of another site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from generator.cache.known import Known
from generator.config.schema import SiteConfig
from generator.render.assemble import Assembled
from generator.render.comparing.since import Since
from generator.render.data_files.layer_data import data_path, data_scripts
from generator.render.data_files.manifest import write_manifest
from generator.render.drawing.album import album_folder
from generator.render.pages.own_templates import unused_templates
from generator.render.pages.preview import previews
from generator.render.pages.templates import render_pages
from generator.render.site.bundles import bundled
from generator.render.site.mkdocs_config import Navigation, SiteOptions, navigation
from generator.render.site.own_files import own_files
from generator.render.site.staging import (
    stage,
    theme_assets,
    theme_templates,
    write_files,
)
from generator.utils.report import Report
from generator.utils.resources import templates_folder
from generator.visualizations import registry

# What only a site of the gallery's own needs: its frame, and the search from a file.
_SEARCH = "assets/iframe-worker.js"
FRAME = frozenset({"assets/frame.css", _SEARCH})
_FOLDERS = "assets/folders.js"
_TELL_FOLDERS = b"""/* Tells the gallery's scripts that each page has a folder of its own. */
(window.cnnGallery = window.cnnGallery || {}).folders = true;
"""


@dataclass(frozen=True)
class Aside:
    """What of a site the program that makes its pages need not see.

    Attributes:
        assembled: the pictures.
        since: copies of pictures that changed, as they were before.
        replaced: paths in whose place a file of the user's stands in ``docs``.
        docs: the staged pages.
        album: the folder of the gallery's own album.
    """

    assembled: Assembled
    since: Since
    replaced: Set[str]
    docs: Path
    album: Path

    def lay_out(self, folder: Path, before: Path, known: Known) -> Mapping[str, str]:
        """Write pictures, the data of units, and the manifest.

        Args:
            folder: where to.
            before: the site of the build before, whose files are used again where they are the
                same; it need not be there.
            known: what is known of the files of the album, and of that site.

        Returns:
            The digests of the pictures, by path.

        Raises:
            SiteError: a file cannot be read or written.
        """
        files: dict[str, bytes | Path] = {
            **self.assembled.files,
            **self.since.copies,
            **data_scripts(self.assembled.catalogue),
        }
        for name in self.replaced & files.keys():
            files[name] = (self.docs / name).read_bytes()
        write_files(folder, files, before, known, self.album)
        drawn = {
            name: print_
            for name, print_ in self.assembled.prints.items()
            if name not in self.replaced
        }
        return write_manifest(self.assembled.gallery, folder, self.since.copies, drawn)


def stage_site(
    config: SiteConfig,
    assembled: Assembled,
    changed: Callable[[], Since],
    staged: Path,
    report: Report,
) -> Aside:
    """Write a site's pages, templates and ``mkdocs.yml``, with the user's own pages.

    Args:
        config: what the site is called, and where the user's pages and templates are.
        assembled: what it shows.
        changed: gives what changed since the build before, asked once all else is done.
        staged: a folder that is new or empty.
        report: warned of what is not as it seems.

    Returns:
        What the site lacks still.

    Raises:
        SiteError: see `stage`.
    """
    catalogue, files = assembled.catalogue, assembled.files
    overrides = config.templates_folder
    _tell_unused(config, report)
    seen = previews(catalogue, files)
    pages = render_pages(catalogue, overrides=overrides, since=changed, others=_others(assembled))
    since = changed()
    templates = (templates_folder(), overrides)
    told = {name: content for name, content in since.files.items() if name not in since.copies}
    own = own_files(config.docs_folder)
    replaced = stage(
        pages,
        {**bundled(theme_assets(*templates), [_SEARCH]), **told, **seen},
        own,
        navigation(catalogue, pages, own.guide()),
        SiteOptions(**config.site.model_dump()),
        staged,
        theme=theme_templates(*templates),
        later=[*files, *since.copies, *map(data_path, catalogue.gallery.shown_layers)],
        report=report.warn,
    )
    album = album_folder(config.cache_folder)
    return Aside(assembled, since, replaced, staged / "docs", album)


def _tell_unused(config: SiteConfig, report: Report) -> None:
    for note in unused_templates(config.templates_folder, _brought()):
        report.warn(note)


def _others(assembled: Assembled) -> dict[str, Path]:
    """The templates that other packages' visualizations bring, by kind."""
    shown = {page.kind for page in assembled.gallery.pages}
    return {
        name: folder for name, folder in _brought().items() if folder is not None and name in shown
    }


def _brought() -> dict[str, Path | None]:
    """The installed kinds, each with the folder of templates that it brings, if it does."""
    return {name: kind.templates() for name, kind in registry().items()}


def stage_section(
    config: SiteConfig,
    assembled: Assembled,
    changed: Callable[[], Since],
    staged: Path,
    report: Report,
    *,
    folders: bool,
) -> tuple[Navigation, tuple[str, ...]]:
    """Write the pages and pictures alone, for the docs folder of a site that has a frame already.

    Args:
        config: where the user's templates are. The user's own pages stay where they are.
        assembled: what the section shows.
        changed: gives what changed since the section was staged before.
        staged: a folder that is new or empty.
        report: warned of templates that replace nothing.
        folders: whether that site gives each page a folder of its own.

    Returns:
        The section's menu, and the stylesheets and scripts that the site has to load.

    Raises:
        SiteError: a file cannot be read or written.
    """
    catalogue, files = assembled.catalogue, assembled.files
    overrides = config.templates_folder
    _tell_unused(config, report)
    data = data_scripts(catalogue)
    pages = render_pages(
        catalogue, overrides=overrides, since=changed, folders=folders, others=_others(assembled)
    )
    since = changed()
    theme = theme_assets(templates_folder(), overrides)
    kept = bundled({name: file for name, file in theme.items() if name not in FRAME})
    told: dict[str, bytes | Path] = {_FOLDERS: _TELL_FOLDERS} if folders else {}
    assets = {**kept, **told, **files, **since.files, **data}
    write_files(staged, {**{path: text.encode() for path, text in pages.items()}, **assets})
    write_manifest(catalogue.gallery, staged, since.copies, assembled.prints)
    loaded = sorted(name for name in {**kept, **told} if name.endswith((".css", ".js")))
    # Home is elsewhere: its own name stands for the section's.
    _, *menu = navigation(catalogue, pages)
    return ["index.md", *menu], tuple(loaded)
