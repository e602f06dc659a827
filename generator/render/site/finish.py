"""The finished site: built beside the old one, made offline, checked, swapped in.

The steps of a site, from the left to the right of the house::

    staging.stage -> manifest.write_manifest -> site.build_site
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from generator.errors import SiteError, reason_of
from generator.render.data_files.manifest import MANIFEST
from generator.render.pages.search import Findable, add_to_search
from generator.render.site.aside import join
from generator.render.site.builders import Builder, builder_called
from generator.render.site.checks import REMOTE_LITERAL, check_site
from generator.render.site.lighter import lighten
from generator.render.site.swap import building, check_place, put_in_place
from generator.utils.report import Say, silent
from generator.utils.wording import counted, in_lines

_PAGES = "pages"  # beside ``docs`` in a staged tree: what the builder made of it
_SOURCE_MAP = re.compile(r"\n?(?://# |/\*# )sourceMappingURL=\S+(?: ?\*/)?\s*\Z")
_LAST_CHANGE = re.compile(r"\s*<lastmod>[^<]*</lastmod>")


def build_site(
    staged: Path,
    site: Path,
    *,
    search: Iterable[Findable] = (),
    builder: Builder | str = "mkdocs",
    beside: Callable[[Path], Container[str]] | None = None,
    report: Say = silent,
) -> None:
    """Make the pages of the staged tree, and put the site at ``site``: wholly or not at all.

    The same tree gives the same bytes. A file whose bytes did not change keeps its time of
    modification, so that what publishes the site sends only what is new.

    Args:
        staged: what `stage` wrote, with the manifest in its ``docs`` folder, or to come.
        site: a new or empty folder, or one with a gallery that an earlier build put there, and
            nothing else.
        search: places that the search leads to, besides the headings of the pages.
        builder: ``mkdocs`` or ``zensical``, or one of them that was made ready.
        beside: called while the builder runs, with a folder to lay out what that need not see, the
            manifest among it; returns which of it are pictures that this program drew.
        report: told, in a line, what goes on.

    Raises:
        SiteError: ``site`` is a file, read-only, or somebody else's; the builder warns of anything;
            or the site would load something remote, hold a broken link or a private path. The
            old site then stands as it was.
    """
    check_place(site)
    if beside is None and not (staged / "docs" / MANIFEST).is_file():
        raise SiteError(f"The staged pages have no {MANIFEST}.", "Write it with write_manifest.")
    ready = builder_called(builder) if isinstance(builder, str) else nullcontext(builder)
    with building(site) as built, ready as program:
        report(f"Building the pages with {program.title}.")
        drawn = _run_both(program, staged, built, beside)
        try:
            join(staged / _PAGES, built)
            _make_offline(built)
            lighten(built)
            if not (staged / "theme" / "404.html").is_file():
                # The theme's own: its links start at a server's root, and from a file lead nowhere.
                (built / "404.html").unlink(missing_ok=True)
            _make_repeatable(built)
        except OSError as error:
            raise SiteError(
                f"The site '{site}' could not be written: {reason_of(error)}.",
                "Make room, or choose another folder in the config under output: site.",
            ) from error
        add_to_search(built, search)
        _refuse(check_site(built, private=[staged, site], drawn=drawn))
        put_in_place(built, site, listed=True)


def _run_both(
    builder: Builder, staged: Path, built: Path, beside: Callable[[Path], Container[str]] | None
) -> Container[str]:
    """The builder, a program of its own, and meanwhile what goes beside its pages."""
    with ThreadPoolExecutor(1) as pool:
        pages = pool.submit(builder.run, staged, staged / _PAGES)
        drawn = beside(built) if beside else frozenset[str]()
        pages.result()
    return drawn


def _make_offline(built: Path) -> None:
    """Take out what the theme's own scripts could ask of other hosts.

    The theme loads diagrams and an old polyfill from a CDN, and asks GitHub for stars, on pages
    that use them. None of ours do; that the addresses are gone makes it certain.
    """
    for script in (built / "assets" / "javascripts").rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        script.write_text(REMOTE_LITERAL.sub(r"\1about:blank#", text), encoding="utf-8")


def _make_repeatable(built: Path) -> None:
    """Take out what differs between two builds of the same pages, and maps of minified code."""
    (built / "sitemap.xml.gz").unlink(missing_ok=True)  # holds the time of its compression
    sitemap = built / "sitemap.xml"
    if sitemap.is_file():
        text = _LAST_CHANGE.sub("", sitemap.read_text(encoding="utf-8"))
        if "<url>" in text:
            sitemap.write_text(text, encoding="utf-8")
        else:  # without an address there is nothing to map
            sitemap.unlink()
    for source_map in [
        *(built / "assets").rglob("*.js.map"),
        *(built / "assets").rglob("*.css.map"),
    ]:
        source_map.unlink()
        minified = source_map.with_suffix("")
        if minified.is_file():
            text = _SOURCE_MAP.sub("\n", minified.read_text(encoding="utf-8"))
            minified.write_text(text, encoding="utf-8")


def _refuse(problems: list[str]) -> None:
    if problems:
        count = counted(len(problems), "problem")
        raise SiteError(
            f"The site was built but not put in place, because of {count}:\n{in_lines(problems)}",
            "The old site, if there was one, stands as it was.",
        )
