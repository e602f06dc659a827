"""What is taken out of the theme is there to be taken out, in the themes that are installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from generator.render.site.lighter import lighten

THEMES = {"material": "stylesheets", "zensical": "stylesheets/classic"}


@pytest.fixture(params=sorted(THEMES))
def theme(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """The assets of a theme, as they lie in a site."""
    with resources.as_file(resources.files(request.param) / "templates" / "assets") as assets:
        for part in ("javascripts", THEMES[request.param]):
            shutil.copytree(assets / part, tmp_path / "assets" / part)
    yield tmp_path


def only(folder: Path, pattern: str) -> str:
    (found,) = folder.rglob(pattern)
    return found.read_text(encoding="utf-8")


def test_a_page_is_not_styled_anew_for_the_colours_that_it_has(theme: Path) -> None:
    script, sheet = only(theme, "bundle.*.js"), only(theme, "palette.*.css")
    assert script.count("color-scheme") and "[data-md-color-switching] *" in sheet
    lighten(theme)
    lighter = only(theme, "bundle.*.js")
    appended = len("document.head.appendChild(n);")
    assert len(script) - len(lighter) in (
        appended,
        appended + len('location.protocol!=="file:"') - 2,
    )
    assert (
        lighter.count("document.head.appendChild") == script.count("document.head.appendChild") - 1
    )
    assert "data-md-color-switching" not in only(theme, "palette.*.css")
    assert only(theme, "palette.*.css").count("{") == sheet.count("{") - 1


def test_the_index_waits_for_the_search_as_it_does_in_a_file(tmp_path: Path) -> None:
    bundle = tmp_path / "assets" / "javascripts" / "bundle.1.min.js"
    bundle.parent.mkdir(parents=True)
    with resources.as_file(resources.files("material") / "templates" / "assets") as assets:
        (real,) = (assets / "javascripts").glob("bundle.*.min.js")
        bundle.write_bytes(real.read_bytes())
    assert bundle.read_text(encoding="utf-8").count('(location.protocol!=="file:"),') == 1
    lighten(tmp_path)
    assert '(location.protocol!=="file:"),' not in bundle.read_text(encoding="utf-8")
    assert "(!1)," in bundle.read_text(encoding="utf-8")


def test_what_is_no_theme_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    script = tmp_path / "assets" / "javascripts" / "bundle.1.js"
    script.parent.mkdir(parents=True)
    script.write_text('if (location.protocol!=="file:") run()', encoding="utf-8")
    before = script.stat()
    lighten(tmp_path)
    assert script.read_text(encoding="utf-8") == 'if (location.protocol!=="file:") run()'
    assert script.stat().st_mtime_ns == before.st_mtime_ns
