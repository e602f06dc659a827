"""A whole build of a tiny project: what it makes, what it makes again, and what it leaves alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_project
import torch
import yaml
from forked import Command
from tiny_project import TASKS, tree

from generator.building.about_build import build_facts, seconds, work
from generator.building.prepare import find_photos, load_network, prepare
from generator.building.workshop import Workshop
from generator.config.load import load_config
from generator.errors import CacheError, ConfigError, PictureError, SiteError
from generator.incremental.unchanged import last_build
from generator.pipeline import Built, build
from generator.utils.report import Silent


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


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was built once; not to be changed."""
    folder = tiny_project.write(tmp_path_factory.mktemp("finished"))
    assert built(folder).computed == TASKS
    return folder


@pytest.fixture
def built_project(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, with its cache and its site, to do anything with."""
    return shutil.copytree(finished, tmp_path / "a project")


def missing(project: Path) -> int:
    """How many tasks a build would compute now."""
    return len(prepare(load_config(project / "site_config.yml"), Silent()).missing())


def changed(project: Path, **fields) -> None:
    path = project / "site_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**config, **fields}), encoding="utf-8")


def built(project: Path, report: Silent | None = None) -> Built:
    return build(load_config(project / "site_config.yml"), report or Silent())


def save_weights(project: Path) -> Path:
    """Weights for the project's network, in ``w.pt`` beside its config."""
    config = load_config(project / "site_config.yml")
    network = load_network(config.model_copy(update={"weights": "none"}), Silent())
    torch.save(network.module.state_dict(), project / "w.pt")
    return project / "w.pt"


def test_a_second_build_computes_nothing_and_changes_nothing(built_project: Path) -> None:
    before = tree(built_project / "site")
    again = built(built_project)
    assert (again.computed, again.tasks) == (0, TASKS)
    assert tree(again.site) == before


def test_only_what_is_new_is_computed(built_project: Path) -> None:
    entries = yaml.safe_load(tiny_project.CONFIG)["visualizations"]
    entries[2]["filters"] = [1, 2, 3]
    changed(built_project, visualizations=entries)
    assert missing(built_project) == 1


def test_a_new_drawing_computes_nothing(built_project: Path) -> None:
    entries = yaml.safe_load(tiny_project.CONFIG)["visualizations"]
    entries[0]["draw"] = "gray"
    changed(built_project, visualizations=entries)
    assert missing(built_project) == 0


def test_other_weights_compute_everything(built_project: Path) -> None:
    changed(built_project, seed=4)
    assert missing(built_project) == TASKS


def test_a_damaged_object_is_computed_again_and_said(built_project: Path) -> None:
    project = built_project
    for path in (project / ".cnn-gallery" / "objects").rglob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    for path in (project / ".cnn-gallery" / "pictures").iterdir():
        path.unlink()
    before = tree(project / "site")
    report = Said()
    assert built(project, report).computed == TASKS  # also of the one that no picture shows
    said = [line for line in report.lines if "damaged" in line]
    assert said == [f"{TASKS} cached results are damaged: they are computed again."]
    assert tree(project / "site").keys() == before.keys()


def test_a_damaged_picture_is_drawn_again(built_project: Path) -> None:
    before = tree(built_project / "site")
    for path in (built_project / ".cnn-gallery" / "pictures").glob("*.[pw]*"):
        path.write_bytes(path.read_bytes()[:-3])
    report = Said()
    assert built(built_project, report).computed == 0
    (said,) = [line for line in report.lines if "damaged" in line]
    assert re.fullmatch(r"\d+ cached pictures are damaged: they are drawn again\.", said)
    assert tree(built_project / "site") == before


def test_a_picture_that_somebody_changed_on_the_site_is_drawn_again(built_project: Path) -> None:
    """It is the album's own file under a second name: what is wrong there is not kept."""
    shutil.rmtree(built_project / "site")  # the copy of a project has copies of its files
    built(built_project)
    before = tiny_project.tree(built_project / "site")
    drawn = {file.stat().st_ino for file in (built_project / ".cnn-gallery" / "pictures").iterdir()}
    shown = [file for file in (built_project / "site" / "pictures").rglob("*") if file.is_file()]
    assert shown and all(file.stat().st_ino in drawn for file in shown)
    with min(shown).open("ab") as file:
        file.write(b"optimised")
    assert built(built_project).computed == 0
    assert tiny_project.tree(built_project / "site") == before


def test_the_manifest_lists_every_picture_with_its_task(finished: Path) -> None:
    site = finished / "site"
    pictures = json.loads((site / "manifest.json").read_text(encoding="utf-8"))["pictures"]
    on_disk = {path for path in tree(site) if path.startswith("pictures/")}
    assert {picture["file"] for picture in pictures} == on_disk
    unit = next(p for p in pictures if p["role"] == "picture" and p["channel"] == 2)
    assert (unit["visualization"], unit["layer"]) == ("maximization", "3")
    assert unit["parameters"]["steps"] == 4
    assert len(unit["key"]) == len(unit["digest"]) == 64
    assert unit["facts"]["activation"] > unit["facts"]["start"]


def test_the_search_reads_what_a_page_says_and_no_ways_around(finished: Path) -> None:
    index = json.loads((finished / "site" / "search" / "search_index.json").read_text("utf-8"))
    texts = {entry["location"]: entry["text"] for entry in index["docs"]}
    said = " ".join(texts.values())
    for other in ("\u2190", "\u2192", "needs JavaScript", "open one for more</p> Show"):
        assert other not in said
    assert "Model mymodel:factory" in texts["about.html#network"], "a word of its own"
    assert "Stripes &lt;b&gt; the photo" in texts["photos/stripes.html"]
    assert "Unit A filter and its layer together" in texts["reading.html#words"]


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


def test_a_full_disk_is_no_mistake_of_an_entry_that_ranks_filters(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(
        project, visualizations=[{"kind": "kernels", "layers": "conv:1", "filters": {"top": 1}}]
    )

    def full(*_: object) -> None:
        raise CacheError("The cache cannot be written: No space left on device.")

    monkeypatch.setattr(Workshop, "results", full)
    with pytest.raises(CacheError, match=r"^The cache cannot be written"):
        built(project)


def test_every_mistake_against_the_network_comes_with_its_line(project: Path) -> None:
    changed(
        project,
        layers=["conv:9", "bar.*"],
        visualizations=[
            {"kind": "kernels", "layers": "conv:7"},
            {"kind": "maximization", "layers": "conv:2", "filters": [1, 44]},
            {"kind": "activations", "layers": "conv:1", "images": "nobody"},
            {"kind": "activations", "layers": ["conv:8", "foo.*", "7"], "images": ["x*", "me"]},
        ],
    )
    with pytest.raises(ConfigError) as caught:
        built(project)
    message = caught.value.message
    assert "visualizations[0].layers: No layer is 'conv:7': the network has 2 conv" in message
    assert "visualizations[1].filters: Layer '3' has no filter 44: it has 4, numbered" in message
    assert "visualizations[2].images: No picture is called 'nobody'" in message
    assert "layers: No layer is 'conv:9'" in message
    assert "layers: No layer is called 'bar.*'" in message
    for word in ("is 'conv:8'", "is called 'foo.*'", "is called '7'"):
        assert f"visualizations[3].layers: No layer {word}" in message
    for word in ("x*", "me"):
        assert f"visualizations[3].images: No picture is called '{word}'" in message
    assert message.count("site_config.yml:") == 10
    assert not (project / "site").exists()


def test_a_picture_called_in_other_letters_is_a_mistake_on_every_system(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where files are found in letters of either case, pictures still have one name."""
    entry = {"kind": "activations", "layers": "conv:1", "images": "STRIPES"}
    changed(project, visualizations=[entry])
    monkeypatch.setattr(os.path, "normcase", str.lower)
    with pytest.raises(ConfigError, match="No picture is called 'STRIPES'"):
        built(project)


def test_bad_photos_stop_before_any_work_and_keep_the_old_site(built_project: Path) -> None:
    project = built_project
    before = tree(project / "site")
    (project / "photos" / "broken.png").write_bytes(b"no picture")
    (project / "photos" / "empty.jpg").write_bytes(b"")
    changed(project, images=["photos/*"])
    with pytest.raises(PictureError) as caught:
        built(project)
    assert "broken.png' is not a picture" in caught.value.message
    assert "empty.jpg' is empty" in caught.value.message
    assert tree(project / "site") == before


def test_other_files_that_a_glob_matches_are_left_out_and_told_of(project: Path) -> None:
    photos = project / "photos"
    for name in ("Thumbs.db", "credits.txt"):
        (photos / name).write_text("no picture")
    shutil.copyfile(photos / "stripes.png", photos / "scan of 1998")
    changed(project, images=["photos/*"])
    said = Said()
    found = find_photos(load_config(project / "site_config.yml"), said)
    assert [photo.name for photo in found] == ["scan-of-1998", "stripes"]
    (line,) = said.lines
    assert line.endswith("matches besides pictures is left out: Thumbs.db, credits.txt")
    (photos / "b.jpg").symlink_to("gone.jpg")
    (photos / "a.jpg").symlink_to("a.jpg")  # to itself
    said = Said()
    assert len(find_photos(load_config(project / "site_config.yml"), said)) == 2
    expected = "'photos/*' matches 2 links to nothing, left out: photos/a.jpg, photos/b.jpg"
    assert said.lines[0] == line and said.lines[1].endswith(expected) and len(said.lines) == 2
    for images, words in {
        ("photos/credits.txt",): "credits.txt' is not a picture",
        ("photos/*.txt",): r"No picture matches 'photos/\*\.txt', only other files",
    }.items():
        changed(project, images=list(images))
        with pytest.raises(PictureError, match=words):
            find_photos(load_config(project / "site_config.yml"))


def test_a_photo_that_two_entries_name_is_shown_once_with_the_words_of_both(project: Path) -> None:
    glob = {"path": "photos/*", "credit": "Me, CC0"}
    changed(project, images=[glob, {"path": "./photos/stripes.png", "title": "Named"}, "photos/*"])
    (photo,) = find_photos(load_config(project / "site_config.yml"))
    assert (photo.name, photo.title, photo.credit) == ("stripes", "Named", "Me, CC0")


def test_a_network_without_convolutions_needs_no_layers(project: Path) -> None:
    (project / "pooling.py").write_text(
        "from torch import nn\ndef factory(): return nn.Sequential(nn.AvgPool2d(2), nn.ReLU())\n"
    )
    config = yaml.safe_load(tiny_project.CONFIG)
    entry = {"kind": "activations", "layers": "*", "filters": 0, "show": "filter"}
    text = {**config, "model": "pooling:factory", "visualizations": [entry]}
    del text["layers"]
    (project / "site_config.yml").write_text(yaml.safe_dump(text), encoding="utf-8")
    assert missing(project) == 2
    changed(project, layers="conv:*")
    with pytest.raises(ConfigError, match=r"'conv:\*': the network has 0 convolutions"):
        missing(project)


def test_names_may_be_as_long_as_a_disk_takes_them(project: Path) -> None:
    stem = "p" * 245
    (project / "photos" / "stripes.png").rename(project / "photos" / f"{stem}.png")
    long = tiny_project.MODEL.replace("return nn.Sequential(", "made = nn.Sequential(")
    long += f"    made.add_module('{'l' * 300}', nn.Conv2d(4, 4, 3))\n    return made\n"
    (project / "mymodel.py").write_text(long, encoding="utf-8")
    entry = {"kind": "activations", "layers": "conv:3", "show": "filter", "filters": 0}
    changed(project, images="photos/*.png", layers="conv:3", visualizations=[entry])
    (project / "docs" / "mine.md").unlink()  # it links to the filters, which are not shown now
    site = built(project).site
    assert len(list((site / "layers").glob("lll*.html"))) == 1
    assert len(list((site / "photos").glob("ppp*.html"))) == 1


def test_nothing_to_show_still_makes_a_site(project: Path) -> None:
    changed(project, visualizations=[], images=[], weights="w.pt", docs="none")
    (project / "none").mkdir()
    save_weights(project)
    said = Said()
    assert (built(project, said).site / "index.html").is_file()
    assert any("visualizations: nothing is asked for" in line for line in said.lines)


def test_where_the_weights_lie_is_not_published(project: Path, tmp_path: Path) -> None:
    """Even when they lie far from the project: only the name of the file is told."""
    private = tmp_path / "somebody" / "w.pt"
    private.parent.mkdir()
    save_weights(project).rename(private)
    changed(project, weights=str(private))
    about = build_facts(prepare(load_config(project / "site_config.yml"), Silent()))
    assert about["Network"]["Weights"] == "from the file w.pt"
    assert "somebody" not in json.dumps(about)


def test_a_kind_that_computes_in_other_numbers_than_the_network_says_so(project: Path) -> None:
    def arithmetic(precision: str) -> dict[str, object]:
        made = {"kind": "maximization", "layers": "conv:2", "size": 32, "steps": 4}
        changed(project, visualizations=[made | {"precision": precision, "device": "cpu"}])
        prepared = prepare(load_config(project / "site_config.yml"), Silent())
        return dict(build_facts(prepared)["Arithmetic"])

    title = "Activation maximisation"
    assert arithmetic("bfloat16")["Device and number format"] == "cpu float32"
    assert arithmetic("bfloat16")[title] == "cpu bfloat16"
    assert title not in arithmetic("float32")


def test_how_long_tasks_took_is_not_published(
    built_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds of the same inputs take other times, and still give the same bytes."""
    prepared = prepare(load_config(built_project / "site_config.yml"), Silent())
    about = build_facts(prepared)
    cache = prepared.workshop.cache
    slow = {key: replace(cache.record(key), seconds=9e9) for key in prepared.plan.keys.values()}
    monkeypatch.setattr(cache, "record", slow.get)
    assert all(seconds(prepared, tasks) >= 9e9 for tasks in work(prepared).values())
    assert build_facts(prepared) == about


def test_an_output_that_is_a_file_is_refused_before_any_work(project: Path) -> None:
    (project / "site").write_text("mine", encoding="utf-8")
    with pytest.raises(SiteError, match="is a file"):
        built(project)
    assert (project / "site").read_text(encoding="utf-8") == "mine"
    assert not (project / ".cnn-gallery").exists()


def test_what_others_put_into_a_site_without_a_list_of_its_files_is_known_by_its_ledger(
    project: Path,
) -> None:
    built(project)
    site = project / "site"
    (site / "gallery-files.json").unlink()  # as an earlier version built it
    (site / "models").mkdir()
    (site / "models" / "mine.bin").write_text("mine")
    with pytest.raises(SiteError, match=r"that no build put there: 'models/mine\.bin'\."):
        built(project)
    (site / "models" / "mine.bin").unlink()
    built(project)
    assert (site / "gallery-files.json").is_file()


def test_a_template_of_the_users_own_takes_the_place_of_ours(project: Path) -> None:
    (project / "templates").mkdir()
    texts = {
        "references.md": "# My own references\n{% include 'mine/words.html' %}",
        "mine/words.html": "Words of a template that another one uses.",
        "exemplars.md": "of a kind that this gallery does not show",
        "kernel.md": "# Kernels",
        "quite/another.html": "",
        "assets/mine.css": "",
        "README.md": "what these are",
    }
    for name, text in texts.items():
        (project / "templates" / name).parent.mkdir(exist_ok=True)
        (project / "templates" / name).write_text(text, "utf-8")
    said = Said()
    site = built(project, said).site
    assert "My own references" in (site / "references.html").read_text(encoding="utf-8")
    assert [line for line in said.lines if "templates/" in line] == [
        "templates/kernel.md replaces nothing; did you mean kernels.md?",
        "templates/quite/another.html replaces nothing.",
    ]


def test_what_is_known_of_files_and_cannot_be_kept_is_told(built_project: Path) -> None:
    """It costs the next build some reading, and this one nothing."""
    shutil.rmtree(built_project / ".cnn-gallery" / "known")
    (built_project / ".cnn-gallery" / "known").touch()
    said = Said()
    done = built(built_project, said)
    assert done.computed == 0 and done.pictures
    (line,) = (line for line in said.lines if "The next build" in line)
    assert line.startswith("The next build has to read the cache's files again: ")
    assert last_build(built_project / "site_config.yml").up_to_date


def test_nothing_is_left_behind(finished: Path) -> None:
    project = finished
    assert sorted(path.name for path in (project / ".cnn-gallery").iterdir()) == [
        "builds",
        "known",
        "locks",
        "objects",
        "pictures",
        "records",
    ]
    assert not list(project.rglob("build-*.lock"))
    assert not list(project.rglob("*.tmp")) and not list(project.glob(".site*"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_build_goes_on_where_it_was(project: Path) -> None:
    entries = [
        {"kind": "maximization", "layers": "conv:2", "size": 32, "steps": 60, "preset": "classic"}
    ]
    changed(project, visualizations=entries)
    (project / "docs" / "mine.md").unlink()  # it links to the filters, which are not shown now
    records = project / ".cnn-gallery" / "records"
    build = Command(project, "build", "-q")
    build.wait_until(lambda: list(records.glob("*.json")))
    build.send(signal.SIGKILL)
    assert build.status() == -signal.SIGKILL
    kept = len(list(records.glob("*.json")))
    assert kept >= 1
    again = built(project)
    assert again.computed == again.tasks - kept
