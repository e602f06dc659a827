"""Builds that follow each other: the site says what changed, and keeps saying it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import tiny_project
from tiny_project import tree

from generator.config.load import load_config
from generator.pipeline import build
from generator.utils.report import Silent

# Nothing that takes long to compute.
CONFIG = tiny_project.CONFIG.replace(tiny_project.MADE, "")


class Said(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, message: str) -> None:
        self.lines.append(message)

    def warn(self, message: str) -> None:
        self.lines.append(message)


def built(project: Path) -> list[str]:
    said = Said()
    build(load_config(project / "site_config.yml"), said)
    return [line for line in said.lines if "last time" in line]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built with one seed and then with another; not to be changed."""
    project = tiny_project.write(tmp_path_factory.mktemp("rebuilt"), CONFIG)
    assert built(project) == []
    first = tree(project / "site")
    assert "changes.html" not in first
    assert json.loads(first["changes.json"])["before"] is None
    assert b"Since last time" not in first["index.html"]
    shutil.copytree(project / "site", project / "first")
    config = CONFIG.replace("seed: 3", "seed: 4")
    (project / "site_config.yml").write_text(config, encoding="utf-8")
    assert built(project) == ["Since last time: 3 pictures redrawn, 0 new, 0 gone, 2 as they were."]
    return project


def test_the_site_says_what_changed_and_shows_it_as_it_was(rebuilt: Path) -> None:
    first, site = tree(rebuilt / "first"), tree(rebuilt / "site")
    changes = json.loads(site["changes.json"])
    assert changes["weights"] == {"changed": True, "layers": ["0", "3"]}
    assert changes["after"]["weights_digest"] == json.loads(site["manifest.json"])["weights_digest"]
    assert len(changes["redrawn"]) == 3
    for change in changes["redrawn"]:
        old = change["before"]["file"]
        assert site[old] == first[old.replace("changes/before/", "pictures/")]
        assert old.encode() in site["changes.html"]
        assert change["file"].encode() in site["changes.html"]
    listed = {copy["file"] for copy in json.loads(site["manifest.json"])["before"]}
    assert listed == {name for name in site if name.startswith("changes/before/")}


def test_a_mended_word_keeps_what_changed(rebuilt: Path, tmp_path: Path) -> None:
    project = shutil.copytree(rebuilt, tmp_path / "a project")
    before = tree(project / "site")
    page = project / "docs" / "mine.md"
    page.write_text(page.read_text(encoding="utf-8").replace("aardvark", "anteater"), "utf-8")
    assert built(project) == []
    after = tree(project / "site")
    assert b"anteater" in after["mine.html"]
    assert {name for name in before if before[name] != after.get(name)} == {
        "mine.html",
        "search/search_index.js",
        "search/search_index.json",
    }
    assert before.keys() == after.keys()


def test_the_same_site_and_config_give_the_same_bytes(rebuilt: Path, tmp_path: Path) -> None:
    project = shutil.copytree(rebuilt, tmp_path / "a project")
    shutil.rmtree(project / "site")
    (project / "first").rename(project / "site")
    built(project)
    assert tree(project / "site") == tree(rebuilt / "site")
