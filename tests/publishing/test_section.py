"""What a site of somebody's lacks to take a gallery in: found out without asking MkDocs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from generator.errors import SiteError
from generator.publishing.section import find_host, to_add
from generator.render.site.mkdocs_config import Navigation

MENU: Navigation = ["index.md", {"Filters": "kernels.md"}, {"Layers": [{"15": "layers/15.md"}]}]
LOADED = ("assets/cards.js", "assets/gallery.css")


def site(folder: Path, text: str, name: str = "mkdocs.yml") -> Path:
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("site_name: x", True),
        ("use_directory_urls: false", False),
        ("use_directory_urls: true", True),
        ("plugins: [search]", True),
        ("plugins: [search, offline]", False),
        ("plugins: [{offline: {enabled: true}}]", False),
        ("plugins: {search: {}, offline: {}}", False),
        ("theme:\n  x: !!python/name:a.b\nextra: !ENV [A, b]", True),
    ],
)
def test_whether_pages_have_folders_of_their_own(tmp_path: Path, text: str, folders: bool) -> None:
    host = find_host(site(tmp_path, text) / "docs" / "gallery")
    assert host.folders is folders
    assert host.docs == (tmp_path / "docs").resolve()


def test_a_config_may_inherit_and_name_its_folder(tmp_path: Path) -> None:
    site(tmp_path, "use_directory_urls: false\n", "base.yml")
    site(tmp_path, "INHERIT: base.yml\ndocs_dir: pages\n")
    (tmp_path / "pages" / "deep").mkdir(parents=True)
    assert not find_host(tmp_path / "pages" / "deep" / "gallery").folders


def test_a_folder_in_no_sites_docs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"lies in the docs folder of no site") as caught:
        find_host(site(tmp_path, "site_name: x") / "elsewhere")
    assert "docs/gallery" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", ""),
        ("INHERIT: mkdocs.yml", ""),
        ("42", "it holds no settings by name"),
        ("plugins: 3", "'plugins' is no list"),
        ("extra_css: a.css", "'extra_css' is no list"),
    ],
)
def test_a_config_that_cannot_be_read_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SiteError, match=rf"mkdocs\.yml' cannot be read: .*{words}"):
        find_host(site(tmp_path, text) / "docs" / "gallery")


def test_lists_of_lists_and_the_names_of_a_mapping_are_read(tmp_path: Path) -> None:
    text = "plugins: {offline: {}}\nmarkdown_extensions: [[odd], {}, attr_list]\n"
    host = find_host(site(tmp_path, text) / "docs" / "gallery")
    assert not host.folders
    assert "attr_list" not in to_add(host, host.docs / "gallery", [], [])


def test_what_is_lacking_is_told_once_and_then_no_more(tmp_path: Path) -> None:
    text = "nav: [{Home: index.md}]\nmarkdown_extensions: [toc, {attr_list: {}}]\n"
    folder = site(tmp_path, text) / "docs" / "deep" / "gallery"
    lacking = to_add(find_host(folder), folder, MENU, LOADED)
    added = yaml.safe_load(lacking)
    assert added["nav"][0]["Gallery"] == [
        "deep/gallery/index.md",
        {"Filters": "deep/gallery/kernels.md"},
        {"Layers": [{"15": "deep/gallery/layers/15.md"}]},
    ]
    assert added["markdown_extensions"] == ["md_in_html"]
    assert added["extra_css"] == ["deep/gallery/assets/gallery.css"]
    assert added["extra_javascript"] == ["deep/gallery/assets/cards.js"]
    settings = yaml.safe_load(text)
    site(tmp_path, yaml.safe_dump({key: settings.get(key, []) + added[key] for key in added}))
    assert to_add(find_host(folder), folder, MENU, LOADED) == ""


def test_a_site_without_a_menu_of_its_own_needs_none(tmp_path: Path) -> None:
    folder = site(tmp_path, "site_name: x") / "docs" / "gallery"
    assert "nav" not in yaml.safe_load(to_add(find_host(folder), folder, MENU, LOADED))


@pytest.mark.parametrize(
    ("nav", "lacks"),
    [
        ("[old-gallery/index.md]", True),
        ("[{gallery/index.md: index.md}]", True),
        ("[index.md, {Filters: [{VGG16: gallery/index.md}]}]", False),
    ],
)
def test_only_the_sections_own_page_stands_for_it(tmp_path: Path, nav: str, lacks: bool) -> None:
    folder = site(tmp_path, f"nav: {nav}") / "docs" / "gallery"
    assert ("nav" in yaml.safe_load(to_add(find_host(folder), folder, MENU, LOADED))) is lacks
