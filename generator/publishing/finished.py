"""The finished site of a config, on its way out: zipped, or put on a branch."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PurePosixPath

from generator.config.schema import SiteConfig
from generator.errors import SiteError
from generator.incremental.unchanged import last_build
from generator.render.site.checks import check_site
from generator.render.site.swap import is_gallery
from generator.utils.report import Report
from generator.utils.stamps import tree
from generator.utils.wording import counted, in_lines


def finished_site(config: SiteConfig, report: Report) -> Path:
    """The folder of a config's site, whole and with no link that leads nowhere.

    Args:
        config: whose site.
        report: told if the site is older than what it was built from.

    Raises:
        SiteError: there is no site yet, it is something else's, or something is wrong with it.
    """
    site = config.site_folder
    if not is_gallery(site):
        raise SiteError(
            f"There is no finished gallery in '{site}'.", "Build it first: cnn-gallery build"
        )
    problems = check_site(site)
    if problems:
        count = counted(len(problems), "problem")
        raise SiteError(
            f"The site in '{site}' has {count}:\n{in_lines(problems)}",
            "Build it again: cnn-gallery build --anyway",
        )
    for names in _one_file_elsewhere(site):
        report.warn(f"On macOS and Windows, these names are one: {', '.join(names)}.")
    last = last_build(config.path)
    if last.ledger is not None and last.change:
        report.warn(f"The site may be older than what it shows: {last.change}.")
    return site


def _one_file_elsewhere(site: Path) -> list[list[str]]:
    """Files, or folders, whose names differ in letter case alone."""
    alike: dict[str, set[str]] = {}
    for name in tree(str(site)):
        for path in (name, *map(str, PurePosixPath(name).parents)):
            alike.setdefault(path.lower(), set()).add(path)
    return [sorted(names) for names in alike.values() if len(names) > 1]


def site_files(site: Path) -> dict[str, Path]:
    """The files of a finished site by their paths there, in alphabetical order."""
    files = [path for path in site.rglob("*") if path.is_file()]
    return dict(sorted((path.relative_to(site).as_posix(), path) for path in files))


def short_name(name: str) -> str:
    """A site's name as a file or folder may be called anywhere: ``vgg16-filter-by-filter``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return words[:60].strip("-") or "gallery"
