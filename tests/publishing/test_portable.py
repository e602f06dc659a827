"""The staged tree in other hands: it builds by MkDocs alone, and replaces only what is its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_project

from generator.config.load import load_config
from generator.config.schema import SiteConfig
from generator.errors import SiteError
from generator.publishing.portable import stage_into, stage_tree
from generator.utils.report import Silent


@pytest.fixture(scope="module")
def config(tiny_site: Path, tmp_path_factory: pytest.TempPathFactory) -> SiteConfig:
    """A project whose results are cached already."""
    cache = tiny_site.parent / ".cnn-gallery"
    text = tiny_project.CONFIG + f"output: {{cache: '{cache}'}}\n"
    return load_config(tiny_project.write(tmp_path_factory.mktemp("own"), text) / "site_config.yml")


def test_a_tree_builds_by_mkdocs_alone_and_is_staged_again(
    config: SiteConfig, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    stage_tree(config, tree, Silent())
    names = ["docs", "gallery-files.json", "mkdocs.yml", "theme"]
    assert sorted(path.name for path in tree.iterdir()) == names
    assert (tree / "docs" / "mine.md").is_file(), "the user's own pages are in it"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-f", tree / "mkdocs.yml"]
    subprocess.run(command, check=True)
    assert (tree / "site" / "layers" / "3.html").is_file()
    (tree / "docs" / "own.md").write_text("# Mine")
    with pytest.raises(SiteError, match=r"files that no build put there: 'docs/own\.md'\."):
        stage_tree(config, tree, Silent())
    (tree / "docs" / "own.md").unlink()
    stage_tree(config, tree, Silent())
    assert not (tree / "site").exists(), "replaced with what MkDocs made of it"
    assert [path.name for path in tmp_path.iterdir()] == ["tree"]


def test_folders_with_anything_else_are_left_alone(config: SiteConfig, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear diary")
    with pytest.raises(SiteError, match="was not made by cnn-gallery"):
        stage_tree(config, tmp_path, Silent())
    with pytest.raises(SiteError, match="was not made by cnn-gallery"):
        stage_into(config, tmp_path, Silent())
    with pytest.raises(SiteError, match="in the docs folder of no site"):
        stage_into(config, tmp_path / "new", Silent())
    assert tiny_project.tree(tmp_path) == {"diary.txt": b"dear diary"}


def test_a_template_that_replaces_nothing_is_noted_for_a_section_too(
    config: SiteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.folder / "templates").mkdir()
    (config.folder / "templates" / "indexes.md").write_text("# Mine")
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: Ours")
    said: list[str] = []
    report = Silent()
    monkeypatch.setattr(report, "warn", said.append)
    stage_into(config, tmp_path / "docs" / "gallery", report)
    assert said == ["templates/indexes.md replaces nothing; did you mean index.md?"]
    (tmp_path / "docs" / "gallery" / "own.md").write_text("# Mine")
    with pytest.raises(SiteError, match=r"files that no build put there: 'own\.md'\."):
        stage_into(config, tmp_path / "docs" / "gallery", report)
    assert (tmp_path / "docs" / "gallery" / "own.md").read_text() == "# Mine"
    shutil.rmtree(config.folder / "templates")


def test_a_tree_never_takes_the_place_of_what_it_is_made_from(config: SiteConfig) -> None:
    for name in ("site", "docs"):
        folder = config.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text('{"generator": "cnn-gallery 0.1.0"}')
        with pytest.raises(SiteError, match="Choose a folder beside it"):
            stage_tree(config, folder, Silent())
        (folder / "manifest.json").unlink()
