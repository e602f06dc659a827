"""``cnn-gallery render`` as a user meets it: files, scores, words, exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_project
from PIL import Image
from shell import Done, run

from generator import model
from generator.api import maximize
from generator.building.prepare import load_network
from generator.config.load import load_config
from generator.utils.report import Silent

QUICK = ("-c", "site_config.yml", "--size", "32", "--steps", "3", "--set", "sketch_steps=6")


class Shell:
    """Runs ``cnn-gallery render`` in a project's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str) -> Done:
        return run(self.folder, "render", *arguments)

    def fails(self, status: int, *arguments: str) -> str:
        """What a command says that has to end with this status and leave nothing."""
        before = tiny_project.tree(self.folder)
        done = self.run(*arguments)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        left = {name for name in tiny_project.tree(self.folder) if "__pycache__" not in name}
        assert left <= set(before)
        return done.stderr


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tiny_project.write(tmp_path))


def pixels(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def test_a_picture_and_what_it_is_worth(project: Shell) -> None:
    done = project.run("maximization", *QUICK, "--unit", "3:1", "-o", "out.png")
    assert done.returncode == 0, done.stderr
    heading, row = done.stdout.splitlines()
    assert heading.split() == [
        "unit",
        "activation",
        "robust",
        "rank",
        "fine",
        "saturated",
        "agreement",
        "flags",
    ]
    assert row.startswith("3:1 ")
    assert "1 picture written: out.png" in done.stderr
    with Image.open(project.folder / "out.png") as image:
        assert (image.format, image.size, image.mode) == ("PNG", (32, 32), "RGB")


def test_the_picture_is_that_of_the_gallery_and_of_python(project: Shell) -> None:
    arguments = (*QUICK, "-u", "conv:2:2", "--preset", "classic", "--seed", "5", "--json")
    (row,) = json.loads(project.run("maximization", *arguments, "-o", "classic.png").stdout)
    assert (row["layer"], row["channel"], row["facet"], row["file"]) == (
        "3",
        2,
        None,
        "classic.png",
    )
    assert (row["parameters"]["seed"], row["parameters"]["preset"]) == (5, "classic")
    assert row["activation"] > row["start"]

    network = load_network(load_config(project.folder / "site_config.yml"), Silent())
    (made,) = maximize(network, "3", 2, preset="classic", size=32, steps=3, seed=5)
    assert np.array_equal(made.picture, pixels(project.folder / "classic.png"))


def test_any_setting_of_a_config_can_be_set(project: Shell) -> None:
    arguments = (*QUICK, "-u", "3:2", "--json", "-o", "a.png")
    changes = ("--set", "learning_rate=0.25", "--set", "second_seed=false", "--set", "preset=maco")
    (row,) = json.loads(project.run("maximization", *arguments, *changes).stdout)
    assert row["parameters"]["learning_rate"] == 0.25
    assert row["parameters"]["second_seed"] is False
    assert row["parameters"]["preset"] == "maco"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("learning_rate", "'learning_rate' is not NAME=VALUE."),
        ("noise=[1", "'[1' is no value."),
        ("=1", "'=1' is not NAME=VALUE."),
        ("steps=", "'steps' has no value."),
        ("lerning_rate=1", "Did you mean 'learning_rate'?"),
        ("STEPS=1", "Did you mean 'steps'?"),
        ("channels=1", "'channels' is no setting of a maximisation picture."),
        ("qqq=1", "Settings are: crop, decay, device, diversity, facets, jitter, keep_every, "),
        ("preset=mango", "preset: cannot be 'mango'; did you mean 'maco'? Allowed: four"),
        ("steps=abc", "steps: expected a whole number, found 'abc'."),
        ("steps=-5", "steps: must be at least 1, found -5."),
    ],
)
def test_a_setting_that_is_none_is_refused(project: Shell, written: str, words: str) -> None:
    arguments = (*QUICK, "-u", "3:2", "-o", "a.png", "--set", written)
    assert words in project.fails(2, "maximization", *arguments)


def test_several_units_and_facets_get_names(project: Shell) -> None:
    several = (*QUICK, "-q", "-u", "3:1", "-u", "0:2", "-u", "3:1")
    assert project.run("maximization", *several, "-o", "new/of.webp").returncode == 0
    names = {"of-3-1.webp", "of-0-2.webp"}
    assert {path.name for path in (project.folder / "new").iterdir()} == names
    with Image.open(project.folder / "new" / "of-3-1.webp") as image:
        assert image.format == "WEBP"
    assert project.run("maximization", *several, "-o", "folder").returncode == 0
    assert {path.name for path in (project.folder / "folder").iterdir()} == {"3-1.png", "0-2.png"}
    facets = (*QUICK, "-u", "3:1", "--facets", "2", "-o", "many.png")
    done = project.run("maximization", *facets)
    assert "many.png, many-facet-2.png" in done.stderr
    assert "3:1 facet 2" in done.stdout
    assert not np.array_equal(
        pixels(project.folder / "many.png"), pixels(project.folder / "many-facet-2.png")
    )


def test_kernels_as_they_are(project: Shell) -> None:
    done = project.run("kernels", "-c", "site_config.yml", "-l", "conv:1", "-o", "kernels.png")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    weights = model.load("mymodel:factory", weights="none", seed=3, folder=project.folder).kernels(
        "0"
    )
    sheet = pixels(project.folder / "kernels.png")
    assert sheet.shape[0] == 48  # six kernels of 3x3 weights, 16 pixels each, in a row
    planes = weights[:, 0]
    gap = (sheet.shape[1] - 6 * 48) // 5

    def drawn(place: int) -> int:
        filter_, row, column = np.unravel_index(place, planes.shape)
        return int(sheet[16 * row + 8, filter_ * (48 + gap) + 16 * column + 8].sum())

    # Neutral is light, and both ends of the scale are dark.
    by_size = np.abs(planes).ravel().argsort()
    assert drawn(by_size[0]) > 2 * drawn(by_size[-1])
    project.fails(3, "kernels", "-c", "site_config.yml", "-l", "1", "-o", "no.png")
    nothing = project.fails(2, "kernels", "-c", "site_config.yml", "-l", "", "-o", "no.png")
    assert "layers[0]: must not be empty." in nothing


def test_maps_for_a_photo(project: Shell) -> None:
    common = ("activations", "-c", "site_config.yml", "-i", "photos/stripes.png")
    done = project.run(*common, "-u", "1:4", "-o", "map.png", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["layer"], row["channel"], row["parameters"]) == ("1", 4, {"mode": "network"})
    assert pixels(project.folder / "map.png").shape == (32, 32, 3)
    assert project.run(*common, "-l", "1", "-o", "sheet.png").returncode == 0
    assert (
        pixels(project.folder / "sheet.png").shape[1] > 6 * 90
    )  # six maps of 32 pixels, three times enlarged
    said = project.fails(2, *common, "-o", "map2.png")
    assert "--unit for single maps, or --layer" in said
    photo = project.folder / "photos" / "stripes.png"
    before = photo.read_bytes()
    said = project.fails(2, *common, "-u", "1:4", "-o", "photos/../photos/stripes.png")
    assert "--output would take the place of --image." in said and photo.read_bytes() == before


@pytest.mark.parametrize(
    ("status", "arguments", "words"),
    [
        (3, ("-u", "4x:1", "-o", "a.png"), "No layer is called '4x'.\nThe nearest are: 4. 'cnn"),
        (3, ("-u", "3:4", "-o", "a.png"), "has no filter 4: it has 4, numbered 0 to 3"),
        (3, ("-u", "conv:7:1", "-o", "a.png"), "the network has 2 convolutions"),
        (3, ("-u", "*:1", "-o", "a.png"), "'*' names 5 layers; a unit has one"),
        (2, ("-u", "conv:1", "-o", "a.png"), "'conv:1' is no unit.\nWrite a layer and the number"),
        (2, ("-u", "3:1", "-o", "a.jpg"), "a.jpg ends in '.jpg': pictures are written as .png"),
        (2, ("-u", "3:1", "-o", "a"), "Write a.png, or name a folder"),
        (2, ("-u", "3:1", "-o", "a.png", "--size", "3"), "size: must be at least 16, found 3."),
        (2, ("-u", "3:1", "-o", "a.png", "-m", "vgg16-hed"), "from --config, or from --model"),
        (6, ("-u", "3:1", "-o", "mymodel.py/a.png"), "mymodel.py/a.png cannot be written"),
    ],
)
def test_mistakes(project: Shell, status: int, arguments: tuple[str, ...], words: str) -> None:
    own = ("-c", "site_config.yml", "--steps", "1", "--set", "sketch_steps=6", *arguments)
    assert words in project.fails(status, "maximization", *own)


def test_a_photo_that_is_none_and_a_network_that_is_not_there(project: Shell) -> None:
    maps = ("activations", "-u", "3:1", "-o", "a.png", "-i")
    said = project.fails(4, *maps, "missing.jpg")
    assert "There is no picture 'missing.jpg'." in said
    assert "config" not in said
    assert "mymodel.py" in project.fails(4, *maps, "mymodel.py")
    assert "nowhere" in project.fails(3, *maps, "photos/stripes.png", "-m", "nowhere:made")


def test_what_a_network_s_input_is_like_can_be_said(project: Shell) -> None:
    """As ``init`` takes it: a factory's network is shown large pictures in colour otherwise."""
    (project.folder / "gray.py").write_text(
        "from torch import nn\n\n\ndef made():\n"
        "    parts = nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 24 * 20, 3)\n"
        "    return nn.Sequential(*parts)\n"
    )
    network = ("-m", "gray:made", "--channels", "1", "--mean", "0.13", "--std", "0.31", "-q")
    maps = ("activations", "-u", "1:2", "-i", "photos/stripes.png", "-o", "map.png")
    done = project.run(*maps, *network, "--size", "28x24")
    assert done.returncode == 0, done.stderr
    assert pixels(project.folder / "map.png").shape == (24, 20, 3)
    sheet = ("kernels", "-l", "conv:1", "-o", "kernels.png")
    assert project.run(*sheet, *network, "--input-size", "28x24").returncode == 0
    made = ("maximization", "-u", "0:1", "-o", "made.png", "--size", "40", "--steps", "2")
    done = project.run(*made, *network, "--input-size", "28x24")
    assert done.returncode == 0, done.stderr
    assert pixels(project.folder / "made.png").shape == (40, 40, 3)
    said = project.fails(2, *sheet[:-1], "other.png", "-c", "site_config.yml", "--channels", "1")
    assert "comes from --config as well" in said


def test_from_a_shell(tmp_path: Path) -> None:
    tiny_project.write(tmp_path)
    command = [sys.executable, "-m", "generator", "render", "maximization", *QUICK]
    done = subprocess.run(
        [*command, "-u", "3:9", "-o", "out.png"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 3 and done.stderr.startswith(b"Error: Layer '3' has no filter 9")
