"""MkDocs, and the finished site: built beside the old one, made offline, checked, swapped in.

The steps of a site, from the left to the right of the house::

    staging.stage -> manifest.write_manifest -> site.build_site
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.errors import SiteError
from generator.render import mkdocs_process
from generator.render.checks import REMOTE_LITERAL, check_site
from generator.render.manifest import MANIFEST
from generator.render.search import Findable, add_to_search
from generator.render.staging import Say, silent
from generator.render.swap import building, check_output, put_in_place
from generator.report import counted

__all__ = ["build_site", "check_output", "check_site"]

_MOST_PROBLEMS = 20  # as many as a person will read at once
_CRASH = "Traceback (most recent call last):"
_LEVEL = re.compile(r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+-\s+")
_SOURCE_MAP = re.compile(r"\n?(?://# |/\*# )sourceMappingURL=\S+(?: ?\*/)?\s*\Z")
_LAST_CHANGE = re.compile(r"\s*<lastmod>[^<]*</lastmod>")


def build_site(
    staged: Path, site: Path, *, search: Iterable[Findable] = (), report: Say = silent
) -> None:
    """Build the staged tree with MkDocs and put it at ``site``: wholly or not at all.

    The same tree gives the same bytes. A file whose bytes did not change keeps its time of
    modification, so that what publishes the site sends only what is new.

    Args:
        staged: what `stage` wrote, with the manifest in its ``docs`` folder.
        site: a new or empty folder, or one with a gallery that an earlier build put there.
        search: places that the search leads to, besides the headings of the pages.
        report: told, in a line, what goes on.

    Raises:
        SiteError: ``site`` is a file, read-only, or somebody else's; MkDocs warns of something;
            or the site would load something remote, hold a broken link or a private path. The
            old site then stands as it was.
    """
    check_output(site)
    if not (staged / "docs" / MANIFEST).is_file():
        raise SiteError(f"The staged pages have no {MANIFEST}.", "Write it with write_manifest.")
    with building(site) as built:
        report("Building the pages with MkDocs.")
        _run_mkdocs(staged, built)
        add_to_search(built, search)
        try:
            _make_offline(built)
            _make_repeatable(built)
        except OSError as error:
            raise SiteError(f"The site could not be written: {error.strerror or error}.") from error
        _refuse(check_site(built, private=[staged, site]))
        put_in_place(built, site)


def _run_mkdocs(staged: Path, built: Path) -> None:
    # -P: nothing of the folder that we happen to be in, or lie in, is taken for a module.
    command = [sys.executable, "-P", mkdocs_process.__file__, "build", "--strict"]
    command += ["--config-file", str(staged / "mkdocs.yml"), "--site-dir", str(built)]
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": "0",  # nothing in the site says when it was built
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
        "NO_MKDOCS_2_WARNING": "1",  # the theme's advertisement
    }
    with _lifeline() as lifeline:
        done = subprocess.run(
            command,
            env=environment,
            stdin=lifeline,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    words = _complaints(done.stdout)
    if done.returncode or words:
        lines = words or done.stdout.strip().splitlines()[-_MOST_PROBLEMS:]
        said = "\n".join(lines).replace(f"{staged / 'docs'}{os.sep}", "")
        hint = "Pages in docs/ are yours to mend; templates/ beside the config overrides ours."
        if "[Errno " in said:
            hint = "Make room, or choose another folder in the config under output: site."
        raise SiteError(f"MkDocs could not build the pages:\n{said}", hint)


@contextmanager
def _lifeline() -> Iterator[int]:
    """A child's input: one end of a pipe whose other end is closed when this process ends."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


def _complaints(output: str) -> list[str]:
    """The warnings and errors in MkDocs' output, with the lines that continue them.

    Where it crashed, its last line says why; the way there helps nobody here.
    """
    found: list[str] = []
    complaining = False
    said, _, crash = output.partition(_CRASH)
    for line in said.splitlines():
        level = _LEVEL.match(line)
        if level:
            complaining = level[1] in {"WARNING", "ERROR", "CRITICAL"}
        elif line.startswith("Aborted with "):  # a count of what was said already
            complaining = False
        if complaining and line.strip():
            found.append(_LEVEL.sub("", line).rstrip())
    return found + crash.strip().splitlines()[-1:]


def _make_offline(built: Path) -> None:
    """Take out what the theme's own scripts could ask of other hosts, and what only a server uses.

    The theme loads diagrams and an old polyfill from a CDN, and asks GitHub for stars, on pages
    that use them. None of ours do; that the addresses are gone makes it certain.
    """
    for script in (built / "assets" / "javascripts").rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        script.write_text(REMOTE_LITERAL.sub(r"\1about:blank#", text), encoding="utf-8")
    # Its links start at the root of a server, and from a file lead nowhere.
    (built / "404.html").unlink(missing_ok=True)


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
        shown = problems[:_MOST_PROBLEMS]
        more = len(problems) - len(shown)
        listing = "\n".join(f"  {problem}" for problem in shown)
        count = counted(len(problems), "problem")
        raise SiteError(
            f"The site was built but not put in place, because of {count}:\n{listing}"
            + (f"\n  … and {more} more" if more else ""),
            "The old site, if there was one, stands as it was.",
        )
