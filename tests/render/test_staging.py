"""The staged tree: pages, pictures and docs/ in one folder, with the menu and mkdocs.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pretend_gallery as pretend
import pytest
import yaml
from full_disk import files_of_at_most
from PIL import Image, PngImagePlugin

from generator.errors import SiteError
from generator.model.layers import Layer
from generator.model.network import Card, Preprocessing
from generator.render.arranging.catalogue import Catalogue
from generator.render.gallery import Gallery, Page, Photo, Shown
from generator.render.site.mkdocs_config import (
    Navigation,
    SiteOptions,
    menu_title,
    navigation,
    theme_language,
)
from generator.render.site.own_files import OwnFiles, own_files
from generator.render.site.staging import (
    stage,
    staging,
    theme_assets,
    write_files,
)

SHIM = {"assets/iframe-worker.js": b"// the search from a file"}
MENU: Navigation = [{"Home": "index.md"}]


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def staged_with(
    folder: Path,
    pages: dict[str, str] | None = None,
    docs: Path | None = None,
    options: SiteOptions | None = None,
    files: dict[str, bytes | Path] | None = None,
) -> tuple[Path, dict[str, Any], list[str]]:
    said: list[str] = []
    stage(
        pages or {"index.md": "# Generated"},
        SHIM | (files or {}),
        own_files(docs),
        MENU,
        options or SiteOptions(),
        folder / "staged",
        report=said.append,
    )
    settings = yaml.safe_load((folder / "staged" / "mkdocs.yml").read_text(encoding="utf-8"))
    return folder / "staged" / "docs", settings, said


def test_pages_and_assets_are_written_as_they_are(tmp_path: Path) -> None:
    drawn = put(tmp_path / "cache" / "a.png", "bytes of a picture")
    tree, _, said = staged_with(
        tmp_path, {"layers/x.md": "# Ünits"}, files={"p/a.png": drawn, "p/b.png": b"more"}
    )
    assert (tree / "layers/x.md").read_text(encoding="utf-8") == "# Ünits"
    assert (tree / "p/a.png").read_bytes() == drawn.read_bytes()
    assert (tree / "p/b.png").read_bytes() == b"more"
    assert said == []


def test_docs_are_merged_without_hidden_files(tmp_path: Path) -> None:
    put(tmp_path / "docs" / "guide" / "a.md", "# A")
    put(tmp_path / "docs" / ".git" / "config", "secret")
    put(tmp_path / "docs" / ".DS_Store", "secret")
    tree, _, _ = staged_with(tmp_path, docs=tmp_path / "docs")
    files = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert files == {"guide/a.md", "index.md", "assets/iframe-worker.js"}


def test_a_page_of_the_users_wins_and_that_is_said(tmp_path: Path) -> None:
    put(tmp_path / "docs" / "index.md", "# Mine")
    tree, _, said = staged_with(tmp_path, docs=tmp_path / "docs")
    assert (tree / "index.md").read_text() == "# Mine"
    assert said == ["docs/index.md takes the place of the generated index.md."]


def test_a_readme_of_the_users_is_its_folders_index(tmp_path: Path) -> None:
    put(tmp_path / "docs" / "README.md", "# Mine")
    tree, _, said = staged_with(tmp_path, docs=tmp_path / "docs")
    assert not (tree / "index.md").exists(), "MkDocs refuses to see both"
    assert said == ["docs/README.md takes the place of the generated index.md."]


def test_a_section_for_another_site_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    put(docs / "guide" / "gallery" / "manifest.json", '{"format": 1, "generator": "cnn-gallery 1"}')
    put(docs / "guide" / "gallery" / "index.md", "# Theirs")
    put(docs / "finished" / "manifest.json", '{"format": 1, "generator": "cnn-gallery 1"}')
    put(docs / "finished" / "index.html", "a site, to link to")
    put(docs / "guide" / "a.md", "# A")
    tree, _, said = staged_with(tmp_path, docs=docs)
    assert not (tree / "guide" / "gallery").exists()
    assert (tree / "guide" / "a.md").is_file() and (tree / "finished" / "index.html").is_file()
    assert own_files(docs).guide() == ["guide/a.md"]
    (note,) = said
    assert note.startswith("docs/guide/gallery is left out: it is a gallery's section")


def test_files_that_every_gallery_has_are_not_the_users_to_replace(tmp_path: Path) -> None:
    for name in (
        "manifest.json",
        "changes.json",
        "gallery-files.json",
        "404.html",
        "guide/manifest.json",
    ):
        put(tmp_path / "docs" / name, "mine")
    tree, _, said = staged_with(tmp_path, docs=tmp_path / "docs")
    assert not (tree / "manifest.json").exists() and not (tree / "changes.json").exists()
    assert not (tree / "404.html").exists()
    assert (tree / "guide" / "manifest.json").read_text() == "mine"
    notes = {note.partition(" ")[0]: note for note in said}
    ours = {"docs/manifest.json", "docs/changes.json", "docs/gallery-files.json"}
    assert set(notes) == {*ours, "docs/404.html"}
    assert "every gallery has a file of this name" in notes["docs/changes.json"]
    assert "is made of templates/theme/404.html" in notes["docs/404.html"]


def test_pictures_in_docs_lose_their_exif(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ada"
    (tmp_path / "docs").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "docs" / "me.JPG", "JPEG", exif=exif)
    tree, _, _ = staged_with(tmp_path, docs=tmp_path / "docs")
    assert b"Ada" not in (tree / "me.JPG").read_bytes()
    assert b"Ada" in (tmp_path / "docs" / "me.JPG").read_bytes(), "the user's own is untouched"


def test_pictures_among_the_users_templates_lose_their_text(tmp_path: Path) -> None:
    logo = put(tmp_path / "assets" / "logo.png", "")
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Ada")
    Image.new("RGB", (8, 8)).save(logo, pnginfo=info)
    tree, _, _ = staged_with(tmp_path, files={"assets/logo.png": logo})
    assert b"Ada" not in (tree / "assets" / "logo.png").read_bytes()


@pytest.mark.parametrize("name", ["../out.md", "/etc/out.md", "a/../../out.md"])
def test_nothing_is_written_outside_the_tree(tmp_path: Path, name: str) -> None:
    with pytest.raises(SiteError, match="would be written outside the site"):
        staged_with(tmp_path, {name: "# Out"})


def test_a_picture_that_went_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"could not be written: No such file.*gone\.png"):
        staged_with(tmp_path, files={"p/a.png": tmp_path / "gone.png"})


def test_the_later_folder_of_templates_wins(tmp_path: Path) -> None:
    put(tmp_path / "ours" / "assets" / "gallery.css", "ours")
    put(tmp_path / "ours" / "assets" / "iframe-worker.js", "ours")
    put(tmp_path / "mine" / "assets" / "gallery.css", "mine")
    found = theme_assets(tmp_path / "ours", tmp_path / "mine", None, tmp_path / "none")
    assert found == {
        "assets/gallery.css": tmp_path / "mine" / "assets" / "gallery.css",
        "assets/iframe-worker.js": tmp_path / "ours" / "assets" / "iframe-worker.js",
    }


def test_guide_pages_come_in_their_order_then_by_path(tmp_path: Path) -> None:
    put(tmp_path / "b.md", "# B")
    put(tmp_path / "a.md", "# A\n\norder: 1")  # not in the front matter
    put(tmp_path / "guide" / "second.md", "---\norder: 2\n---\n# Second")
    put(tmp_path / "guide" / "first.md", "---\ntitle: x\norder: 1\n---\n# First")
    put(tmp_path / "picture.png", "")
    assert own_files(tmp_path).guide() == ["guide/first.md", "guide/second.md", "a.md", "b.md"]
    assert own_files(None).guide() == []
    assert own_files(tmp_path / "none").guide() == []


def test_the_settings_ask_no_host_for_anything(tmp_path: Path) -> None:
    _, settings, _ = staged_with(
        tmp_path, options=SiteOptions(repo_url="https://example.org/repo"), files={}
    )
    assert settings["theme"]["font"] is False
    assert settings["use_directory_urls"] is False
    assert settings["extra"]["polyfills"] == ["assets/iframe-worker.js"]
    assert settings["extra"]["generator"] is False
    assert not any("instant" in feature for feature in settings["theme"]["features"])
    assert "repo_url" not in settings, "with it the theme asks GitHub for stars"
    assert settings["extra"]["social"][0]["link"] == "https://example.org/repo"
    assert "hooks" not in settings


def test_stylesheets_and_scripts_among_the_assets_are_loaded(tmp_path: Path) -> None:
    files = {"assets/b.css": b"", "assets/a.css": b"", "assets/g.js": b"", "p/not.css": b""}
    _, settings, _ = staged_with(tmp_path, files=files)
    assert settings["extra_css"] == ["assets/a.css", "assets/b.css"]
    assert settings["extra_javascript"] == ["assets/g.js"]


def test_a_stylesheet_of_the_users_comes_after_ours(tmp_path: Path) -> None:
    put(tmp_path / "docs" / "assets" / "a.css", "body { color: red }")
    files = {"assets/gallery.css": b""}
    _, settings, _ = staged_with(tmp_path, docs=tmp_path / "docs", files=files)
    assert settings["extra_css"] == ["assets/gallery.css", "assets/a.css"]


def test_without_our_own_search_shim_nothing_is_staged(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"No script called 'iframe-worker\.js'"):
        stage({}, {}, OwnFiles(), MENU, SiteOptions(), tmp_path / "staged")


def test_names_from_the_config_are_escaped_for_the_theme(tmp_path: Path) -> None:
    options = SiteOptions(name='<b>"Ada" & co</b>', description="a <i>", author="!ENV [X]")
    _, settings, _ = staged_with(tmp_path, options=options)
    assert settings["site_name"] == "&lt;b&gt;&quot;Ada&quot; &amp; co&lt;/b&gt;"
    assert settings["site_description"] == "a &lt;i&gt;"
    assert settings["site_author"] == "!ENV [X]"
    assert "site_url" not in settings


@pytest.mark.parametrize(
    ("code", "spoken"),
    [("en", "en"), ("de-AT", "de"), ("pt-BR", "pt-BR"), ("no", "nb"), ("tlh", None)],
)
def test_the_themes_words_are_in_the_nearest_language(code: str, spoken: str | None) -> None:
    assert theme_language(code) == spoken


def test_a_language_that_the_theme_does_not_speak_is_said(tmp_path: Path) -> None:
    _, settings, said = staged_with(tmp_path, options=SiteOptions(language="tlh"))
    assert settings["theme"]["language"] == "en"
    assert said == [
        "site.language: the theme does not speak 'tlh': its own words, such as those of the "
        "search, are English."
    ]


def test_titles_hold_no_markup_however_the_theme_unescapes_them() -> None:
    assert (
        menu_title('</title><b> "x" & y') == "\u2039/title\u203a\u2039b\u203a &quot;x&quot; &amp; y"
    )


def gallery() -> Gallery:
    layers = tuple(
        Layer(name, "Conv2d", i, i + 1, (4, 8, 8), 1)
        for i, name in enumerate(("features.0", "features.2"))
    )
    nothing = Shown("p/x.png", 1, 1, "photos", "photo")
    sheet = Shown("p/k.png", 1, 1, "kernels", "kernels", layers[0])
    return Gallery(
        name="Test",
        description="",
        card=Card("Tiny", "tiny"),
        preprocessing=Preprocessing((8, 8), (0.0,), (1.0,)),
        layers=layers,
        shown_layers=layers,
        photos=(Photo("cat", "A <b>cat</b>", "", "", nothing, nothing),),
        pages=(
            Page("kernels", "Filters", "kernels.md", (pretend.section("kernels", [sheet]),)),
            Page("activations", "Activation maps", "activations.md", ()),
        ),
        facts={},
    )


def test_the_menu_leads_to_every_page_but_those_of_layers_without_pictures() -> None:
    pages = ["index.md", "kernels.md", "activations.md", "photos/cat.md", "references.md"]
    pages += ["layers/features-0.md", "layers/features-2.md", "layers/index.md", "about.md"]
    assert navigation(Catalogue(gallery()), pages, ["guide/a.md", "index.md", "README.md"]) == [
        {"Home": "index.md"},
        {"Filters": "kernels.md"},
        {
            "Activation maps": [
                {"All photos": "activations.md"},
                {"A \u2039b\u203acat\u2039/b\u203a": "photos/cat.md"},
            ]
        },
        {
            "Layers": [
                {"All layers": "layers/index.md"},
                {"features.0 · conv 1": "layers/features-0.md"},
            ]
        },
        {"Guide": ["guide/a.md"]},
        {"References": "references.md"},
        {"About this build": "about.md"},
    ]


def test_a_layer_without_pictures_is_in_the_menu_where_no_page_of_all_layers_leads_there() -> None:
    menu = navigation(Catalogue(gallery()), ["index.md", "layers/features-2.md"])
    assert {"Layers": [{"features.2 · conv 2": "layers/features-2.md"}]} in menu


def test_the_menu_names_no_page_that_was_not_rendered() -> None:
    menu = navigation(Catalogue(gallery()), ["index.md", "kernels.md", "activations.md"])
    assert menu == [
        {"Home": "index.md"},
        {"Filters": "kernels.md"},
        {"Activation maps": "activations.md"},
    ]


def test_the_staging_folder_goes_whatever_comes(tmp_path: Path) -> None:
    cache = tmp_path / "cache"  # not there yet
    with pytest.raises(KeyboardInterrupt), staging(cache) as staged:
        put(staged / "docs" / "index.md", "half")
        raise KeyboardInterrupt
    assert list(cache.iterdir()) == []


def test_two_builds_stage_beside_each_other(tmp_path: Path) -> None:
    with staging(tmp_path) as one, staging(tmp_path) as other:
        assert one != other and one.is_dir() and other.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_is_a_file_is_said_and_kept(tmp_path: Path) -> None:
    cache = put(tmp_path / "cache", "a diary")
    with pytest.raises(SiteError, match=r"cache': File exists") as caught, staging(cache):
        pass
    assert "output: cache" in caught.value.hint
    assert cache.read_text() == "a diary"


def test_a_full_disk_is_told_with_the_folder_where_the_system_names_no_file(tmp_path: Path) -> None:
    with files_of_at_most(1000), pytest.raises(SiteError) as caught:
        write_files(tmp_path / "beside", {"layers/a.data.js": b"x" * 2000})
    assert caught.value.message.endswith(f"File too large: {tmp_path / 'beside'}.")
    with files_of_at_most(1000), pytest.raises(SiteError) as caught:
        staged_with(tmp_path, {"index.md": "# Long\n" + "word " * 1000})
    assert caught.value.message.endswith(f"File too large: {tmp_path / 'staged'}.")
