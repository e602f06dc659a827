"""MkDocs and Zensical make the same pages of the same tree, and complain in words."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from tiny_project import tree

from generator.errors import SiteError
from generator.render.site import builders
from generator.render.site.finish import build_site
from generator.render.site.mkdocs_config import Navigation, SiteOptions
from generator.render.site.own_files import OwnFiles
from generator.render.site.staging import stage, theme_assets, theme_templates
from generator.utils.resources import templates_folder

needs_zensical = pytest.mark.skipif(
    importlib.util.find_spec("zensical") is None,
    reason="Zensical is not installed: pip install 'cnn-gallery[zensical]'",
)
MENU: Navigation = [{"Home": "index.md"}, {"Layers": [{"One \u2039b\u203a": "layers/one.md"}]}]
PAGES = {
    "index.md": "# Hello\n\nTo [the layer](layers/one.md#unit-1).\n",
    "layers/one.md": '# Layer one\n\n## Filters {: #filters }\n\n<figure id="unit-1" markdown>*a*'
    '</figure>\n\n<p><img src="../p/a.png" alt="a" width="1" height="1"></p>\n',
}
OPTIONS = SiteOptions(name="A <b>", description="Say \"hi\" & 'bye'", url="https://example.org/a/b")


def staged(folder: Path, pages: dict[str, str] = PAGES) -> Path:
    manifest = json.dumps({"format": 1, "generator": "cnn-gallery 0.1.0", "pictures": []}).encode()
    assets = {
        **theme_assets(templates_folder()),
        "manifest.json": manifest,
        "p/a.png": b"picture",
        "assets/preview.jpg": b"a preview",
        "assets/favicon.png": b"an icon",
    }
    theme = theme_templates(templates_folder())
    stage(pages, assets, OwnFiles(), MENU, OPTIONS, folder, theme=theme)
    return folder


@pytest.fixture(scope="module", params=["mkdocs", pytest.param("zensical", marks=needs_zensical)])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build_site(staged(folder / "staged"), folder / "site", builder=request.param)
    return folder / "site"


def test_the_pages_have_the_same_paths_and_anchors(built: Path) -> None:
    pages = {path.relative_to(built).as_posix() for path in built.rglob("*.html")}
    assert pages == {"index.html", "404.html", "layers/one.html"}
    page = (built / "layers" / "one.html").read_text(encoding="utf-8")
    assert {"filters", "unit-1"} <= set(re.findall(r'id="([^"]+)"', page))
    assert 'href="layers/one.html#unit-1"' in (built / "index.html").read_text(encoding="utf-8")


def test_a_shared_link_shows_title_words_and_wall(built: Path) -> None:
    page = (built / "layers" / "one.html").read_text(encoding="utf-8")
    said = dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)"', page))
    assert said["og:url"] == "https://example.org/a/b/layers/one.html"
    assert said["og:title"] == "One \u2039b\u203a · A &lt;b&gt;"
    assert re.sub("&#3[49];|&quot;|&#x27;", "'", said["og:description"]) == "Say 'hi' &amp; 'bye'"
    assert said["og:image"] == "https://example.org/a/b/assets/preview.jpg"
    assert 'rel="icon" href="../assets/favicon.png"' in page
    assert '<link rel="canonical" href="https://example.org/a/b/layers/one.html">' in page


def test_the_list_of_pages_and_the_word_to_robots(built: Path) -> None:
    listed = re.findall("<loc>(.*)</loc>", (built / "sitemap.xml").read_text(encoding="utf-8"))
    pages = {"https://example.org/a/b/index.html", "https://example.org/a/b/layers/one.html"}
    assert set(listed) == pages
    robots = (built / "robots.txt").read_text(encoding="utf-8")
    assert "Sitemap: https://example.org/a/b/sitemap.xml\n" in robots


def test_the_page_for_what_is_not_there_needs_nothing_else(built: Path) -> None:
    page = (built / "404.html").read_text(encoding="utf-8")
    assert "A &lt;b&gt;" in page and "<b>" not in page
    assert not re.search(r"""(src|href|action)=["'](?!data:|https://example\.org/a/b/)""", page)
    assert "All layers" not in page, "there is no such page"


@pytest.mark.parametrize("builder", ["mkdocs", pytest.param("zensical", marks=needs_zensical)])
def test_the_same_tree_gives_the_same_bytes(tmp_path: Path, builder: str) -> None:
    sites = [tmp_path / "1" / "site", tmp_path / "2" / "site"]
    for site in sites:
        build_site(staged(site.parent / "staged"), site, builder=builder)
    assert tree(sites[0]) == tree(sites[1])


@pytest.mark.parametrize("builder", ["mkdocs", pytest.param("zensical", marks=needs_zensical)])
def test_a_dead_link_is_told_with_its_page(tmp_path: Path, builder: str) -> None:
    pages = {**PAGES, "index.md": "# Hello\n\nTo [nowhere](gone.md).\n"}
    with pytest.raises(SiteError, match=r"could not build the pages:\n.*index\.md") as caught:
        build_site(staged(tmp_path / "staged", pages), tmp_path / "site", builder=builder)
    assert "Traceback" not in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert not (tmp_path / "site").exists()


def test_zensical_that_is_not_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builders.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SiteError, match=r"site\.builder is zensical, which is not ins") as caught:
        build_site(staged(tmp_path / "staged"), tmp_path / "site", builder="zensical")
    assert "pip install 'cnn-gallery[zensical]'" in caught.value.hint


def test_the_boxes_that_zensical_draws_become_lines() -> None:
    said = (
        "Build started\n\x1b[33mWarning:\x1b[0m page does not exist\n"
        "   \x1b[38;5;246m╭─[ mine.md:3:5 ]\x1b[0m\n   │\n 3 │ [x](gone.md)\n───╯\n"
        "1 issue found\nTraceback (most recent call last):\nRuntimeError: Aborted\n"
    )
    assert builders._issues(said) == ["mine.md:3: page does not exist"]
    assert builders._issues("Traceback (most recent call last):\nE: why") == ["E: why"]
    assert builders._issues("Build started\nNo issues found\n") == []
