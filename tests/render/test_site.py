"""build_site: real MkDocs on small trees. The same bytes each time, offline, or a clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from full_disk import files_of_at_most
from tiny_project import tree

from generator.errors import SiteError
from generator.render.site import mkdocs_process
from generator.render.site.builders import builder_called
from generator.render.site.finish import build_site
from generator.render.site.mkdocs_config import Navigation, SiteOptions
from generator.render.site.own_files import own_files
from generator.render.site.staging import stage
from generator.utils.resources import docs_folder

PAGES = {"index.md": "# Hello\n\nTo [the filters](kernels.md).\n", "kernels.md": "# Filters\n"}
ASSETS = {
    "assets/iframe-worker.js": b"// the search from a file\n",
    "assets/gallery.css": b"body { margin: 0 }\n",
    "manifest.json": json.dumps(
        {"format": 1, "generator": "cnn-gallery 0.1.0", "pictures": []}
    ).encode(),
}
OPTIONS = SiteOptions(
    name="A <b>gallery</b>", url="https://example.org/g/", repo_url="https://example.org/repo"
)


def staged(folder: Path, pages: dict[str, str] = PAGES, docs: Path | None = None) -> Path:
    menu = [{"Home": "index.md"}, {"Filters": "kernels.md"}]
    stage(pages, ASSETS, own_files(docs), menu, OPTIONS, folder)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    said: list[str] = []
    build_site(staged(folder / "staged"), folder / "site", report=said.append)
    assert said == ["Building the pages with MkDocs."]
    return folder / "site"


def test_the_pages_are_there_and_nothing_only_for_servers_or_debuggers(built: Path) -> None:
    files = tree(built)
    assert {"index.html", "kernels.html", "manifest.json", "search/search_index.js"} <= set(files)
    assert not [name for name in files if name.endswith((".map", ".gz", "404.html"))]
    assert not [name for name in files if b"sourceMappingURL" in files[name]]


def test_no_script_of_the_theme_names_a_host(built: Path) -> None:
    bundle = next(built.glob("assets/javascripts/bundle.*.js")).read_text(encoding="utf-8")
    for host in ("unpkg.com", "api.github.com", "${e}/api/v4"):
        assert f"https://{host}" not in bundle
    assert "about:blank#" in bundle


def test_the_names_are_shown_as_text(built: Path) -> None:
    html = (built / "index.html").read_text(encoding="utf-8")
    assert "A &lt;b&gt;gallery&lt;/b&gt;" in html
    assert "<b>gallery" not in html


def test_nothing_says_when_it_was_built(built: Path) -> None:
    sitemap = (built / "sitemap.xml").read_text(encoding="utf-8")
    assert "<loc>https://example.org/g/kernels.html</loc>" in sitemap
    assert "lastmod" not in sitemap


def test_a_second_build_gives_the_same_bytes_and_touches_no_file(
    built: Path, tmp_path: Path
) -> None:
    before = tree(built)
    long_ago = 1_000_000_000_000_000_000
    for name in before:
        os.utime(built / name, ns=(long_ago, long_ago))
    build_site(staged(tmp_path / "elsewhere"), built)
    assert tree(built) == before
    assert {(built / name).stat().st_mtime_ns for name in before} == {long_ago}


def test_folders_may_be_relative(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    build_site(staged(Path("staged")), Path("site"))
    assert tree(tmp_path / "site") == tree(built)


def refused(built: Path, tree_of_pages: Path) -> SiteError:
    """The error of a build that must fail, after making sure that the old site stands."""
    before = tree(built)
    with pytest.raises(SiteError) as caught:
        build_site(tree_of_pages, built)
    assert tree(built) == before
    assert sorted(path.name for path in built.parent.iterdir()) == ["site", "staged"]
    return caught.value


def test_a_warning_of_mkdocs_is_an_error_in_its_words(built: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "mine.md").write_text("# Mine\n\n[to](gone.md) [at](kernels.md#no)\n")
    error = refused(built, staged(tmp_path / "staged", docs=tmp_path / "docs"))
    assert "MkDocs could not build the pages" in error.message
    assert "'mine.md' contains a link 'gone.md'" in error.message
    assert "'kernels.md#no'" in error.message
    assert "Aborted" not in error.message
    assert str(tmp_path) not in error.message


def test_a_dead_picture_in_raw_html_is_an_error(built: Path, tmp_path: Path) -> None:
    pages = PAGES | {"kernels.md": '# Filters\n\n<img src="p/gone.png" alt="">\n'}
    error = refused(built, staged(tmp_path / "staged", pages))
    assert "kernels.html: 'p/gone.png' leads to no file" in error.message
    assert error.hint == "The old site, if there was one, stands as it was."


def test_a_remote_picture_is_an_error(built: Path, tmp_path: Path) -> None:
    pages = PAGES | {"kernels.md": "# Filters\n\n![far](https://example.org/far.png)\n"}
    error = refused(built, staged(tmp_path / "staged", pages))
    assert "loads 'https://example.org/far.png' from the network" in error.message


def test_a_private_path_is_an_error(built: Path, tmp_path: Path) -> None:
    pages = PAGES | {"kernels.md": f"# Filters\n\nfrom {tmp_path}/staged\n"}
    error = refused(built, staged(tmp_path / "staged", pages))
    assert "holds a path of this machine" in error.message


def test_a_disk_that_takes_no_more_is_said_without_a_traceback(built: Path, tmp_path: Path) -> None:
    with files_of_at_most(50_000):  # the theme's stylesheet is larger
        error = refused(built, staged(tmp_path / "staged"))
    assert "File too large" in error.message and "Make room" in error.hint
    assert "Traceback" not in error.message and "  File " not in error.message


def test_many_problems_are_counted_and_the_first_are_shown(built: Path, tmp_path: Path) -> None:
    dead = "".join(f'<img src="gone{n}.png" alt="">\n' for n in range(25))
    error = refused(built, staged(tmp_path / "staged", PAGES | {"kernels.md": f"# F\n\n{dead}"}))
    assert "25 problems" in error.message
    assert error.message.endswith("… and 5 more")


def test_our_own_pages_build_without_a_warning(tmp_path: Path) -> None:
    own = own_files(docs_folder())
    guide = own.guide()
    assert guide[0] == "guide/getting-started.md"
    menu: Navigation = [{"Home": "index.md"}, {"Filters": "kernels.md"}, {"Guide": [*guide]}]
    stage(PAGES, ASSETS, own, menu, OPTIONS, tmp_path / "staged")
    build_site(tmp_path / "staged", tmp_path / "site")
    home = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "Getting started" in home, "the menu takes its titles from the headings"


def test_without_a_manifest_nothing_is_built(tmp_path: Path) -> None:
    (staged(tmp_path / "staged") / "docs" / "manifest.json").unlink()
    with pytest.raises(SiteError, match=r"no manifest\.json"):
        build_site(tmp_path / "staged", tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_foreign_folder_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "diary.txt").write_text("dear diary")
    said: list[str] = []
    with pytest.raises(SiteError, match="was not made by cnn-gallery"):
        build_site(staged(tmp_path / "staged"), tmp_path / "site", report=said.append)
    assert said == []
    assert tree(tmp_path / "site") == {"diary.txt": b"dear diary"}


def test_mkdocs_that_got_ready_for_nothing_ends_with_the_build() -> None:
    with pytest.raises(SiteError, match="no page"), builder_called("mkdocs") as builder:
        process = builder.run.args[0]
        assert process.poll() is None
        raise SiteError("no page")
    assert process.returncode is not None


@pytest.mark.parametrize("lives", [True, False], ids=["alive", "killed"])
def test_mkdocs_ends_with_the_build_that_started_it(tmp_path: Path, lives: bool) -> None:
    """Its input is a pipe that closes when the build is gone."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Words\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: Words\n")
    command = [sys.executable, "-P", mkdocs_process.__file__]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    process.stdin.write(b'["build"]\n')
    process.stdin.flush()
    if not lives:
        process.stdin.close()
    process.stderr.read()
    assert (process.wait() == 0) == lives
    assert (tmp_path / "site" / "index.html").exists() == lives
    process.stdin.close()
    process.stderr.close()
