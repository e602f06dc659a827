"""Walls of cards go round the builder, and the site is the same to the letter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_project import tree

from generator.errors import SiteError
from generator.render.site import builders
from generator.render.site.finish import build_site
from generator.render.site.mkdocs_config import SiteOptions
from generator.render.site.own_files import OwnFiles
from generator.render.site.staging import stage, theme_assets
from generator.render.site.walls import put_up, take_down
from generator.utils.resources import templates_folder

CARDS = "\n".join(
    f'<figure id="unit-{n}"><p>Filter {n}, one of many: **bold** &lt; é 🐈</p>\n'
    '<img alt="" src="a.png">\n</figure>'
    for n in range(40)
)
WALL = f'<div class="cg-cards" data-search-exclude>\n{CARDS}\n\n<div>\n</div>\n</div>'
PAGE = f"# Layer\n\nTo [a card](#unit-7).\n\n{WALL}\n\n## After\n\nSome *words*.\n"


def page_in(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.md").write_text(text, encoding="utf-8", newline="")
    return folder


def test_a_wall_leaves_a_place_with_the_names_that_links_lead_to(tmp_path: Path) -> None:
    docs = page_in(tmp_path / "docs", PAGE)
    assert take_down(docs, {"unit-7", "unit-99"}) == {"0": WALL}
    text = (docs / "page.md").read_text(encoding="utf-8")
    place = '<div data-cg-wall="0"><a id="unit-7"></a></div>'
    assert text == PAGE.replace(WALL, place)


@pytest.mark.parametrize(
    "text",
    [
        f"```html\n{WALL}\n```\n",
        f"~~~~\n~~~\n\n{WALL}\n~~~~\n",
        f"words\n{WALL}\n",
        WALL.replace("cg-cards", "mine"),
        WALL.replace(" data-search-exclude", ""),
        WALL.replace('<figure id="unit-3"', '<figure id="unit-3" markdown="1"'),
        WALL.removesuffix("</div>"),
        f"{WALL} and words\n",
        '<div class="cg-cards" data-search-exclude>\n<p>few</p>\n</div>\n',
        "    " + WALL,
    ],
    ids=[
        *["code", "long fence", "a paragraph", "the user's", "for the search", "Markdown"],
        *["never closed", "words after it", "small", "indented"],
    ],
)
def test_what_may_be_more_than_a_wall_is_left_to_the_builder(tmp_path: Path, text: str) -> None:
    docs = page_in(tmp_path / "docs", text)
    assert take_down(docs, ()) == {}
    assert (docs / "page.md").read_text(encoding="utf-8") == text


def test_each_wall_comes_back_to_its_place(tmp_path: Path) -> None:
    other = WALL.replace("Filter", "Unit")
    docs = page_in(tmp_path, f"{WALL}\n\nwords \udce9\n\n{other}\n".replace("\udce9", "é"))
    walls = take_down(docs, ())
    assert list(walls.values()) == [WALL, other]
    (docs / "page.md").rename(docs / "page.html")
    put_up(docs, walls)
    assert (docs / "page.html").read_text(encoding="utf-8") == f"{WALL}\n\nwords é\n\n{other}\n"


def test_a_wall_that_the_builder_loses_is_told(tmp_path: Path) -> None:
    walls = take_down(page_in(tmp_path / "docs", f"{WALL}\n\n{WALL}\n"), ())
    (tmp_path / "page.html").write_text('<p>and <div data-cg-wall="1"></div></p>')
    with pytest.raises(SiteError, match=r"^1 of 2 tables of pictures are missing") as caught:
        put_up(tmp_path, walls)
    assert "plug-in" in caught.value.hint


def test_the_site_is_the_same_as_if_the_builder_had_seen_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_site(staged(tmp_path / "round"), tmp_path / "site")
    monkeypatch.setattr(builders, "take_down", lambda docs, anchors: {})
    build_site(staged(tmp_path / "through"), tmp_path / "whole")
    assert tree(tmp_path / "site") == tree(tmp_path / "whole")
    assert WALL.encode() in (tmp_path / "site" / "page.html").read_bytes()


def staged(folder: Path) -> Path:
    pages = {"index.md": "# Hello\n\nTo [a card](page.md#unit-3).\n", "page.md": PAGE}
    manifest = {"format": 1, "generator": "cnn-gallery 0.1.0", "pictures": []}
    assets = {
        **theme_assets(templates_folder()),
        "manifest.json": json.dumps(manifest).encode(),
        "a.png": b"picture",
    }
    stage(pages, assets, OwnFiles(), ["index.md", "page.md"], SiteOptions(), folder)
    return folder
