"""Two builds at once: on one site the second waits, on one cache both go on."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_project
import yaml
from forked import Command
from tiny_project import TASKS, tree

# Photos are ranked, so that some results serve a build without being shown.
RANKED = {"kind": "maximization", "layers": "conv:2", "size": 32, "steps": 4, "sketch_steps": 6}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.write(tmp_path / "one")


def start(folder: Path) -> Command:
    return Command(folder, "build")


def said(command: Command) -> str:
    assert command.status() == 0, command.said
    return command.said


def hold_back(project: Path, until: Path) -> None:
    """Give the project a network that is there only once a file is."""
    waiting = f"""\
import time
from pathlib import Path

while not Path({str(until)!r}).exists():
    time.sleep(0.01)
"""
    (project / "mymodel.py").write_text(waiting + tiny_project.MODEL, encoding="utf-8")


def test_of_two_builds_of_a_site_the_second_waits_and_finds_nothing_to_do(
    project: Path, tmp_path: Path
) -> None:
    hold_back(project, until=tmp_path / "go")
    both = [start(project), start(project)]
    both[0].wait_until(lambda: any("Another build" in command.said for command in both))
    (tmp_path / "go").touch()
    first, second = sorted(map(said, both), key=lambda text: "Another build" in text)
    assert f"{TASKS} tasks: 0 cached, {TASKS} to compute" in first
    assert "Another build of this site is in progress (process " in second
    assert "Another build just made the same site: there is nothing left to do." in second
    assert "to compute" not in second
    names = {path.name for path in project.iterdir()}
    assert names - {"__pycache__"} == {
        ".cnn-gallery",
        "docs",
        "mymodel.py",
        "photos",
        "site",
        "site_config.yml",
    }
    before = tree(project / "site")
    assert "Nothing has changed" in said(start(project))
    assert tree(project / "site") == before


def test_two_projects_share_a_cache_at_the_same_time(project: Path, tmp_path: Path) -> None:
    other = tiny_project.write(tmp_path / "two")
    for folder in (project, other):
        config = yaml.safe_load(tiny_project.CONFIG) | {"output": {"cache": {"dir": "../shared"}}}
        (folder / "site_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    both = [start(project), start(other)]
    assert not any("Another build" in text for text in map(said, both))
    assert tree(project / "site") == tree(other / "site")
    assert len(list((tmp_path / "shared").glob("records/*"))) == TASKS
    assert len(list((tmp_path / "shared").glob("builds/*/*.json"))) == 2


def test_a_build_takes_from_its_fallback_and_leaves_it_as_it_was(
    project: Path, tmp_path: Path
) -> None:
    said(start(project))
    before = tree(project / ".cnn-gallery")
    other = tiny_project.write(tmp_path / "two")
    config = yaml.safe_load(tiny_project.CONFIG)
    config["output"] = {"cache": {"dir": "own", "fallback": "../one/.cnn-gallery"}}
    (other / "site_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert f"{TASKS} tasks: {TASKS} cached, 0 to compute" in said(start(other))
    assert tree(project / ".cnn-gallery") == before
    assert {path.name for path in (other / "own").iterdir()} == {"builds", "known", "locks"}
    # No name of a file of the fallback's is given away: what is done to this site stays here.
    assert {path.stat().st_nlink for path in (other / "site").rglob("*.webp")} == {1}
    assert "Nothing has changed" in said(start(other))


def test_gc_keeps_what_ranked_the_filters(project: Path) -> None:
    config = yaml.safe_load(tiny_project.CONFIG)
    config["visualizations"] = [RANKED | {"filters": {"top": 1}}]
    (project / "docs" / "mine.md").unlink()  # it links to the filters, which are not shown now
    (project / "site_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    said(start(project))
    records = tree(project / ".cnn-gallery" / "records")
    assert "nothing removed" in said(Command(project, "cache", "gc"))
    assert tree(project / ".cnn-gallery" / "records") == records
