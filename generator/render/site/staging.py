"""The tree that MkDocs builds: rendered pages, pictures, the user's ``docs/``, one mkdocs.yml."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from generator.cache.folders import STAGED
from generator.cache.known import Known
from generator.errors import SiteError, reason_of
from generator.render.data_files.manifest import MANIFEST
from generator.render.drawing import metadata
from generator.render.pages.preview import FAVICON, PREVIEW
from generator.render.site.aside import lay_out, stand_in
from generator.render.site.mkdocs_config import (
    Navigation,
    SiteOptions,
    mkdocs_yaml,
    theme_language,
)
from generator.render.site.own_files import OwnFiles
from generator.utils.report import Say, silent

ROBOTS = "robots.txt"


def theme_assets(*templates: Path | None) -> dict[str, Path]:
    """The stylesheets and scripts in the ``assets`` folder of each templates folder.

    Later folders win, so give the packaged templates first and the user's after them.

    Returns:
        ``assets/gallery.css`` and the like, as the site will call it -> the file.
    """
    return _gathered(templates, "assets")


def theme_templates(*templates: Path | None) -> dict[str, Path]:
    """What takes the place of the theme's own templates, in the ``theme`` folder of each.

    Returns:
        ``theme/404.html`` and the like, as the staged tree will call it -> the file.
    """
    return _gathered(templates, "theme")


def _gathered(templates: Iterable[Path | None], inner: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in templates:
        if folder is None or not (folder / inner).is_dir():
            continue
        for path in sorted((folder / inner).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                found[path.relative_to(folder).as_posix()] = path
    return found


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """An empty folder in ``parent`` to stage in, gone at the end whatever comes.

    Raises:
        SiteError: ``parent`` cannot be written to.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=STAGED, dir=parent))
    except OSError as error:
        raise SiteError(
            f"No pages can be written to '{parent}': {reason_of(error)}.",
            "Make room, or choose another folder in the config under output: cache.",
        ) from error
    try:
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def stage(
    pages: Mapping[str, str],
    assets: Mapping[str, bytes | Path],
    own: OwnFiles,
    navigation: Navigation,
    site_options: SiteOptions,
    staged: Path,
    *,
    theme: Mapping[str, Path] | None = None,
    later: Collection[str] = (),
    report: Say = silent,
) -> set[str]:
    """Write the tree that `build_site` builds: ``mkdocs.yml``, ``docs/``, and perhaps ``theme/``.

    Args:
        pages: Markdown by path (``layers/features-15.md``).
        assets: pictures, stylesheets and scripts by path; as bytes, or files to copy. Those
            below ``assets/``, here and in ``own``, that end in ``.css`` and ``.js`` are loaded
            on every page.
        own: the user's own files, merged in. One of the same path as a page or an asset wins over
            it, and ``report`` is told, as of what is left out. Pictures lose their metadata on the
            way.
        navigation: the menu.
        site_options: the site's name, author and address.
        staged: a folder that is new or empty.
        theme: what `theme_templates` found.
        later: paths of what will be laid out aside. An empty file stands in for what a page names
            in Markdown.

    Returns:
        The paths in whose place a file of the user's stands.

    Raises:
        SiteError: a file cannot be read or written, or a path leads out of the site.
    """
    for note in own.left_out:
        report(note)
    _check_language(site_options.language, report)
    if site_options.url:
        assets = {ROBOTS: robots(site_options.url), **assets}
    replaced = _replaced(own.files, [*pages, *assets, *later], report)
    made = {**{name: text.encode() for name, text in pages.items()}, **assets}
    kept = {name: content for name, content in made.items() if name not in replaced}
    with _writing(staged):
        for name, content in {**kept, **own.files}.items():
            _check_inside(name)
            published = content if isinstance(content, bytes) else _published(content)
            _write(staged / "docs" / name, published)
        for name, file in (theme or {}).items():
            _write(staged / name, file)
        config = _config(site_options, navigation, assets, own.files, theme=bool(theme))
        _write(staged / "mkdocs.yml", config.encode("utf-8"))
        stand_in(staged / "docs", [*later, MANIFEST])
    return replaced


def _check_language(language: str, report: Say) -> None:
    if theme_language(language) is None:
        report(
            f"site.language: the theme does not speak '{language}': its own words, "
            "such as those of the search, are English."
        )


def _config(
    options: SiteOptions,
    navigation: Navigation,
    assets: Collection[str],
    own: Collection[str],
    *,
    theme: bool,
) -> str:
    """The text of ``mkdocs.yml``: every page loads stylesheets and scripts, the user's own too."""
    # The user's own come last, where a stylesheet can change ours.
    both = dict.fromkeys([*sorted(set(assets) - set(own)), *own])
    loaded = [name for name in both if name.startswith("assets/")]
    return mkdocs_yaml(
        options,
        navigation,
        stylesheets=[name for name in loaded if name.endswith(".css")],
        scripts=[name for name in loaded if name.endswith(".js")],
        pictures=[name for name in (FAVICON, PREVIEW) if name in both],
        theme=theme,
    )


def write_files(
    folder: Path,
    files: Mapping[str, bytes | Path],
    before: Path | None = None,
    known: Known | None = None,
    album: Path | None = None,
) -> None:
    """Write files below a folder by their paths there, see `lay_out`.

    Raises:
        SiteError: a file cannot be read or written, or a path leads out of the folder.
    """
    for name in files:
        _check_inside(name)
    with _writing(folder):
        lay_out(folder, files, before, known, album)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Within the block, what cannot be read or written is told of."""
    try:
        yield
    except OSError as error:
        raise SiteError(
            f"The pages could not be written: {reason_of(error)}: "
            f"{error.filename or folder}.",  # of a full disk, it is not said for which file
            "Is the disk full, or a file in docs/ not readable?",
        ) from error


def robots(url: str) -> bytes:
    """``robots.txt``: all may be read, and here is the list. Asked for at a host's root alone."""
    return f"User-agent: *\nAllow: /\nSitemap: {url.rstrip('/')}/sitemap.xml\n".encode()


def _replaced(names: Iterable[str], generated: list[str], report: Say) -> set[str]:
    """The generated files in whose place a file of the user's will be published."""
    replaced: set[str] = set()
    for name in names:
        path = PurePosixPath(name)
        # README.md is a folder's index to MkDocs, which would refuse to see two of them.
        same = {name, str(path.with_name("index.md"))} if path.name == "README.md" else {name}
        for page in sorted(same & set(generated)):
            replaced.add(page)
            report(f"docs/{name} takes the place of the generated {page}.")
    return replaced


def _check_inside(name: str) -> None:
    if name.startswith("/") or ".." in name.split("/"):
        raise SiteError(f"'{name}' would be written outside the site.")


def _published(path: Path) -> bytes | Path:
    return metadata.without_metadata(path) if path.suffix.lower() in metadata.SUFFIXES else path


def _write(target: Path, content: bytes | Path) -> None:
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        target.write_bytes(content)
    else:
        shutil.copyfile(content, target)
