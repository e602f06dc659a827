"""A whole build of a tiny project: what it makes, what it makes again, and what it leaves alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny_project
import yaml

from generator.config.load import load_config
from generator.errors import ConfigError, PictureError, SiteError
from generator.pipeline import Built, build
from generator.report import Silent


class Said(Silent):
    """A report that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stages: dict[str, int] = {}

    def say(self, message: str) -> None:
        self.lines.append(message)

    def warn(self, message: str) -> None:
        self.lines.append(message)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.write(tmp_path / "a project")


def changed(project: Path, **fields) -> None:
    path = project / "site_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**config, **fields}), encoding="utf-8")


def built(project: Path, report: Silent | None = None) -> Built:
    return build(load_config(project / "site_config.yml"), report or Silent())


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_second_build_computes_nothing_and_changes_nothing(project: Path) -> None:
    first = built(project)
    assert first.computed == first.tasks == 5
    before = files(first.site)
    second = built(project)
    assert (second.computed, second.tasks) == (0, 5)
    assert files(second.site) == before


def test_only_what_is_new_is_computed(project: Path) -> None:
    built(project)
    entries = yaml.safe_load(tiny_project.CONFIG)["visualizations"]
    entries[2]["filters"] = [1, 2, 3]
    changed(project, visualizations=entries)
    assert built(project).computed == 1


def test_a_new_drawing_computes_nothing(project: Path) -> None:
    built(project)
    entries = yaml.safe_load(tiny_project.CONFIG)["visualizations"]
    entries[0]["draw"] = "gray"
    changed(project, visualizations=entries)
    assert built(project).computed == 0


def test_other_weights_compute_everything(project: Path) -> None:
    first = built(project)
    changed(project, seed=4)
    assert built(project).computed == first.tasks


def test_a_damaged_object_is_computed_again_and_said(project: Path) -> None:
    first = built(project)
    for path in (project / ".cnn-gallery" / "objects").rglob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    for path in (project / ".cnn-gallery" / "pictures").iterdir():
        path.unlink()
    before = files(first.site)
    report = Said()
    assert built(project, report).computed == first.tasks
    assert sum("damaged" in line for line in report.lines) == 1
    assert files(first.site).keys() == before.keys()


def test_a_damaged_picture_is_drawn_again(project: Path) -> None:
    site = built(project).site
    before = files(site)
    for path in (project / ".cnn-gallery" / "pictures").glob("*.[pw]*"):
        path.write_bytes(path.read_bytes()[:-3])
    assert built(project).computed == 0
    assert files(site) == before


def test_the_manifest_lists_every_picture_with_its_task(project: Path) -> None:
    site = built(project).site
    pictures = json.loads((site / "manifest.json").read_text(encoding="utf-8"))["pictures"]
    on_disk = {path for path in files(site) if path.startswith("pictures/")}
    assert {picture["file"] for picture in pictures} == on_disk
    unit = next(p for p in pictures if p["role"] == "picture" and p["channel"] == 2)
    assert (unit["visualization"], unit["layer"]) == ("maximization", "3")
    assert unit["parameters"]["steps"] == 4
    assert len(unit["key"]) == len(unit["digest"]) == 64
    assert unit["facts"]["activation"] > unit["facts"]["start"]


def test_top_filters_are_those_that_answer_most(project: Path) -> None:
    entry = {"kind": "activations", "layers": "conv:1", "filters": {"top": 2}, "show": "filter"}
    everything = {"kind": "activations", "layers": "conv:1", "show": "grid"}
    changed(project, visualizations=[entry, everything])
    (project / "docs" / "mine.md").unlink()  # it links to the filters, which are not shown now
    site = built(project).site
    pictures = json.loads((site / "manifest.json").read_text(encoding="utf-8"))["pictures"]
    grid = next(picture for picture in pictures if picture["role"] == "maps")
    chosen = [picture["channel"] for picture in pictures if picture["role"] == "map"]
    assert len(chosen) == 2
    assert grid["facts"]["strongest"] in chosen


def test_every_mistake_against_the_network_comes_with_its_line(project: Path) -> None:
    changed(
        project,
        layers=["conv:9"],
        visualizations=[
            {"kind": "kernels", "layers": "conv:7"},
            {"kind": "maximization", "layers": "conv:2", "filters": [1, 44]},
            {"kind": "activations", "layers": "conv:1", "images": "nobody"},
        ],
    )
    with pytest.raises(ConfigError) as caught:
        built(project)
    message = caught.value.message
    assert "No layer is 'conv:7': the network has 2 convolutions" in message
    assert "has no filter 44: it has 4, numbered 0 to 3" in message
    assert "No picture is called 'nobody'" in message
    assert "No layer is 'conv:9'" in message
    assert message.count("site_config.yml:") == 4
    assert not (project / "site").exists()


def test_a_bad_photo_stops_before_any_work_and_keeps_the_old_site(project: Path) -> None:
    site = built(project).site
    before = files(site)
    (project / "photos" / "broken.png").write_bytes(b"no picture")
    (project / "photos" / "empty.jpg").write_bytes(b"")
    changed(project, images=["photos/*"])
    with pytest.raises(PictureError, match=r"broken\.png"):
        built(project)
    assert files(site) == before


def test_an_output_that_is_a_file_is_refused_before_any_work(project: Path) -> None:
    (project / "site").write_text("mine", encoding="utf-8")
    with pytest.raises(SiteError, match="is a file"):
        built(project)
    assert (project / "site").read_text(encoding="utf-8") == "mine"
    assert not (project / ".cnn-gallery").exists()


def test_a_template_of_the_users_own_takes_the_place_of_ours(project: Path) -> None:
    (project / "templates").mkdir()
    (project / "templates" / "references.md").write_text("# My own references\n", "utf-8")
    site = built(project).site
    assert "My own references" in (site / "references.html").read_text(encoding="utf-8")


def test_nothing_is_left_behind(project: Path) -> None:
    built(project)
    assert sorted(path.name for path in (project / ".cnn-gallery").iterdir()) == [
        "objects",
        "pictures",
        "records",
    ]
    assert not list(project.rglob("*.tmp")) and not list(project.glob(".site*"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_build_goes_on_where_it_was(project: Path) -> None:
    entries = [
        {"kind": "maximization", "layers": "conv:2", "size": 32, "steps": 300, "preset": "classic"}
    ]
    changed(project, visualizations=entries)
    (project / "docs" / "mine.md").unlink()  # it links to the filters, which are not shown now
    records = project / ".cnn-gallery" / "records"
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "build", "-q"], cwd=project, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not list(records.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len(list(records.glob("*.json")))
    assert kept >= 1
    again = built(project)
    assert again.computed == again.tasks - kept
