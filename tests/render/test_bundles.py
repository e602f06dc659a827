"""One stylesheet and one script: all of ours in their order, and nothing that is to stay apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import SiteError
from generator.render.site.bundles import SCRIPT, STYLESHEET, bundled


def written(folder: Path, **files: str) -> dict[str, Path]:
    found = {}
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        found[f"assets/{path.relative_to(folder).as_posix()}"] = path
    return found


def test_sheets_and_scripts_are_joined_in_the_order_of_their_names(tmp_path: Path) -> None:
    assets = written(tmp_path, b_css="b{}", a_css="a{}", b_js="b()", a_js="a()", own_png="p")
    joined = bundled(assets)
    assert joined == {
        STYLESHEET: b"a{}\nb{}",
        SCRIPT: b"a()\nb()",
        "assets/own.png": tmp_path / "own.png",
    }


def test_what_lies_deeper_or_is_wanted_apart_stays_apart(tmp_path: Path) -> None:
    assets = written(tmp_path, deep__own_css="url(own.png)", first_js="1", a_js="a()")
    joined = bundled(assets, apart=["assets/first.js"])
    assert joined == {
        "assets/deep/own.css": tmp_path / "deep" / "own.css",
        "assets/first.js": tmp_path / "first.js",
        SCRIPT: b"a()",
    }
    assert bundled({}) == {}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"gone\.css' cannot be read: No such file") as caught:
        bundled({"assets/gone.css": tmp_path / "gone.css"})
    assert "templates folder" in caught.value.hint
