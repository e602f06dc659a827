"""``cnn-gallery init``: what it writes, what it leaves alone, and that the result builds."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_project
import torch
import yaml
from click.testing import CliRunner, Result
from torch import nn

from generator.building.prepare import prepare
from generator.cli.main import cli
from generator.config.load import load_config
from generator.config.network import Model
from generator.errors import ConfigError, GalleryError, InputError, PictureError, SiteError
from generator.incremental.unchanged import cache_folder, last_build
from generator.model.network import Card, Network, Preprocessing
from generator.model.tracing.trace import trace
from generator.pipeline import build
from generator.starting import files as starting
from generator.starting.choosing import choose
from generator.starting.estimate import roughly
from generator.starting.files import Start, places, seen_from, workflow
from generator.starting.fitting import Fitting, Wanted
from generator.utils import files
from generator.utils.report import Silent
from generator.utils.resources import docs_folder

NETWORKS = """\
from torch import nn


def colour():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 5, 3, padding=1)
    )


def gray():
    return nn.Sequential(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 24 * 24, 3))


def four():
    return nn.Sequential(nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3))


def sized(depth, names):
    return nn.Sequential(nn.Conv2d(3, depth, 3))


def flat():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 6), nn.ReLU(), nn.Linear(6, 5))


def picky():
    return nn.Sequential(nn.Flatten(), nn.Linear(77, 2))
"""
PHOTOS = ["astronaut.jpg", "chelsea.jpg", "coffee.jpg", "rocket.jpg"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a folder ``new`` that has a module of networks, and no more."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "init_networks.py").write_text(NETWORKS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "init_networks", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(cli, ["init", *arguments])
    if isinstance(done.exception, GalleryError):
        raise done.exception
    return done


def init(network: str, *more: str) -> Result:
    return run("new", "-m", f"init_networks:{network}", "-w", "none", *more)


def tree(folder: Path) -> list[str]:
    return [name for name in tiny_project.tree(folder) if "__pycache__" not in name]


def test_a_new_gallery_builds_at_once(here: Path) -> None:
    done = init("colour", "--size", "16", "--ci", "none")
    assert done.exit_code == 0, done.output
    assert "A build makes pictures of 8 units, less than a minute of computing here." in done.output
    assert "Next: cd new && cnn-gallery build" in done.output
    assert tree(here / "new") == [
        ".gitignore",
        "docs/network.md",
        *(f"images/{name}" for name in PHOTOS),
        "init_networks.py",
        "requirements.txt",
        "site_config.yml",
    ]
    build(load_config(here / "new" / "site_config.yml"), Silent())
    page = (here / "new" / "site" / "network.html").read_text(encoding="utf-8")
    assert "reads pictures of 16x16 pixels in 3 channels" in page
    assert "2 of them convolutions" in " ".join(page.split()) and "6 maps of 16x16" in page
    manifest = json.loads((here / "new" / "site" / "manifest.json").read_text(encoding="utf-8"))
    shown = {(each["visualization"], each["layer"]) for each in manifest["pictures"]}
    assert {("kernels", "0"), ("activations", "3"), ("maximization", "0")} <= shown


def test_what_it_writes_is_sound_and_explained(here: Path) -> None:
    init("colour")
    text = (here / "new" / "site_config.yml").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 110
    assert len(re.findall(r"^ *#", text, re.MULTILINE)) >= 8
    config = load_config(here / "new" / "site_config.yml")
    assert [entry.kind for entry in config.visualizations] == [
        "kernels",
        "activations",
        "maximization",
        "exemplars",
    ]
    assert config.layers == ("0", "3")
    photos = {photo.path: photo for photo in config.images}
    assert photos["images/chelsea.jpg"].credit == "Stéfan van der Walt, CC0"
    assert "Stéfan van der Walt" in (here / "new/docs/network.md").read_text(encoding="utf-8")


def test_a_gray_network_finds_its_input_by_trying(here: Path) -> None:
    done = init("gray")
    assert "found by trying: 28x28 pixels, 1 channel" in done.output
    config = load_config(here / "new" / "site_config.yml")
    assert (config.input.size, config.input.channels) == ((28, 28), 1)
    kernels = config.visualizations[0]
    assert getattr(kernels, "draw", None) == "signed"
    text = (here / "new" / "site_config.yml").read_text(encoding="utf-8")
    assert "Write here what it was trained with" in text
    prepared = prepare(config, Silent())
    assert {item.task.visualization for item in prepared.plan.tasks} >= {"kernels", "maximization"}


def test_a_network_of_other_channels_has_no_use_for_our_photos(here: Path) -> None:
    done = init("four", "--size", "16")
    assert "found by trying: 16x16 pixels, 4 channels" in done.output
    assert not (here / "new" / "images").exists()
    text = (here / "new" / "site_config.yml").read_text(encoding="utf-8")
    assert "arrays of shape (H, W, 4)" in text
    config = load_config(here / "new" / "site_config.yml")
    assert [entry.kind for entry in config.visualizations] == ["kernels", "maximization"]
    assert len(prepare(config, Silent()).plan.tasks) == 1 + 2 * 4


def test_pictures_of_other_channels_are_checked_and_copied(here: Path) -> None:
    np.save(here / "field.npy", np.zeros((9, 8, 4), np.float32))
    with pytest.raises(
        PictureError, match=r"chelsea\.jpg' has 3 channels, and the network reads 4"
    ):
        init("four", "-i", str(docs_folder() / "images" / "chelsea.jpg"))
    init("four", "-i", "field.npy")
    config = load_config(here / "new" / "site_config.yml")
    assert [entry.kind for entry in config.visualizations][1] == "activations"


def test_a_classifier_of_known_classes_is_asked_for_them(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    found, input_like = trace(module, (3, 16, 16)), Preprocessing((16, 16), (0.5,) * 3, (0.2,) * 3)
    classifier = Network(module, Card("two", "timm:two"), input_like, found, ("a", "b"))
    for kinds, asked in (({}, False), ({"predictions": None}, True)):
        monkeypatch.setattr(starting, "registry", lambda kinds=kinds: kinds)
        fitting = Fitting(classifier, Wanted(), tried=False)
        start = Start(
            Path("new"), None, Model(source="timm:two"), "none", fitting, choose(classifier.layers)
        )
        made = starting.files(start)
        assert (b"kind: predictions" in made[Path("new/site_config.yml")]) is asked
        assert made[Path("new/requirements.txt")] == b"cnn-gallery[timm]\n"


def test_whose_classes_are_not_known_is_told_how_to_name_them(here: Path) -> None:
    config = here / "new" / "site_config.yml"
    init("gray", "--size", "28", "--channels", "1")
    text = config.read_text(encoding="utf-8")
    assert "gives 3 numbers" in text and "\n# classes: classes.txt\n" in text
    (here / "new" / "classes.txt").write_text("a\nb\nc\n", encoding="utf-8")
    text = text.replace("# classes:", "classes:") + "  - kind: predictions\n"
    config.write_text(text, encoding="utf-8")
    prepared = prepare(load_config(config), Silent())
    assert prepared.workshop.network.classes == ("a", "b", "c")
    assert "predictions" in {item.task.visualization for item in prepared.plan.tasks}


def test_a_network_of_maps_is_not_asked_for_classes(here: Path) -> None:
    init("colour", "--size", "16")
    text = (here / "new" / "site_config.yml").read_text(encoding="utf-8")
    assert "classes" not in text


def test_a_given_input_is_taken_and_written(here: Path) -> None:
    done = init("gray", "--size", "28", "--mean", "0.13", "--std", "0.31")
    assert "by trying" not in done.output
    written = yaml.safe_load((here / "new" / "site_config.yml").read_text(encoding="utf-8"))
    assert written["input"] == {"size": 28, "mean": 0.13, "std": 0.31}


@pytest.mark.parametrize("mean", ["0.5", "0.5,0.5,0.5"])
def test_means_are_written_so_that_the_config_reads_them_as_they_were_given(
    here: Path, mean: str
) -> None:
    """One number each speaks of gray pictures, unless the channels are counted as well."""
    init("colour", "--size", "16", "--mean", mean, "--std", mean)
    prepared = prepare(load_config(here / "new" / "site_config.yml"), Silent())
    read = prepared.workshop.network.preprocessing
    assert read == Preprocessing((16, 16), (0.5,) * 3, (0.5,) * 3)


def test_a_network_without_convolutions_says_what_is_shown_instead(here: Path) -> None:
    done = init("flat")
    assert "no kernels and no activation maps to show" in " ".join(done.output.split())
    config = load_config(here / "new" / "site_config.yml")
    assert [entry.kind for entry in config.visualizations] == ["maximization", "exemplars"]
    assert len(prepare(config, Silent()).plan.tasks) == 4 + 4 + 1 + 1 + 4 + 4


def test_a_network_that_runs_on_nothing_says_so_and_leaves_nothing(here: Path) -> None:
    with pytest.raises(InputError, match="does not run on an input of 1x3x224x224"):
        init("picky")
    assert tree(here / "new") == ["init_networks.py"]


@pytest.mark.parametrize(
    "taken", ["site_config.yml", "docs/network.md", "images/coffee.jpg", ".gitignore"]
)
def test_nothing_is_overwritten(here: Path, taken: str) -> None:
    theirs = here / "new" / taken
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text("mine", encoding="utf-8")
    before = tree(here / "new")
    with pytest.raises(ConfigError, match=f"In the way: new/{taken}. Nothing was written"):
        init("colour")
    assert tree(here / "new") == before
    assert theirs.read_text(encoding="utf-8") == "mine"


def test_a_workflow_in_the_way_can_be_left_out(here: Path) -> None:
    (here / ".git").mkdir()
    (here / ".gitlab-ci.yml").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"In the way: .*gitlab-ci\.yml") as caught:
        init("colour", "--ci", "gitlab")
    assert caught.value.hint == "With --ci none the workflow is left out."
    init("colour", "--ci", "none")


def test_a_link_to_nothing_is_in_the_way_too(here: Path) -> None:
    (here / "new" / "requirements.txt").symlink_to("nowhere")
    with pytest.raises(ConfigError, match=r"In the way: new/requirements\.txt"):
        init("colour")


@pytest.mark.parametrize("folder", ["", " "])
def test_an_empty_word_is_no_folder(here: Path, folder: str) -> None:
    before = tree(here)
    done = run(folder, "-m", "init_networks:colour", "-w", "none")
    assert done.exit_code == 2 and "name a folder, such as" in done.output
    assert tree(here) == before


def test_a_file_is_no_folder(here: Path) -> None:
    (here / "page").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="page is a file, not a folder"):
        run("page")


def test_own_photos_are_copied_and_checked(here: Path) -> None:
    chelsea = docs_folder() / "images" / "chelsea.jpg"
    (here / "other").mkdir()
    (here / "other" / "Chelsea.jpg").write_bytes(chelsea.read_bytes())
    init("colour", "-i", str(chelsea), "-i", "other/Chelsea.jpg", "--ci", "none")
    found = here / "new" / "images"
    assert sorted(path.name for path in found.iterdir()) == ["Chelsea-2.jpg", "chelsea.jpg"]
    assert (found / "Chelsea-2.jpg").read_bytes() == chelsea.read_bytes()
    assert "Stéfan" not in (here / "new" / "site_config.yml").read_text(encoding="utf-8")


def test_a_photo_that_is_none_stops_it(here: Path) -> None:
    (here / "no.jpg").write_text("no picture", encoding="utf-8")
    with pytest.raises(PictureError, match=r"no\.jpg"):
        init("colour", "-i", "no.jpg")
    assert tree(here / "new") == ["init_networks.py"]


def test_all_or_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills up in the middle: what was written goes, and so do the new folders."""
    real, written = os.fsync, []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(SiteError, match="Nothing was written to new: No space left on device"):
        init("colour")
    assert len(written) == 5
    assert tree(here / "new") == ["init_networks.py"]
    assert not (here / "new" / "images").exists()


def test_in_a_repository_the_workflow_goes_to_its_root(here: Path) -> None:
    (here / ".git").mkdir()
    init("colour")
    assert not (here / "new" / ".github").exists()
    found = yaml.safe_load((here / ".github/workflows/gallery.yml").read_text(encoding="utf-8"))
    assert found["defaults"]["run"]["working-directory"] == "new"
    steps = {step.get("uses"): step.get("with") for step in found["jobs"]["build"]["steps"]}
    assert steps["actions/upload-pages-artifact@v3"]["path"] == "new/site"
    assert steps["actions/cache@v4"]["path"].split()[:2] == ["new/.cnn-gallery", "new/site"]
    assert steps["actions/setup-python@v5"]["cache-dependency-path"] == "new/requirements.txt"


def test_the_root_of_a_repository_is_a_folder_like_any(here: Path) -> None:
    (here / "new" / ".git").mkdir()
    init("colour")
    written = (here / "new" / ".github/workflows/gallery.yml").read_text(encoding="utf-8")
    assert written == workflow("github") and "working-directory" not in written


def test_gitlab_has_its_own_workflow(here: Path) -> None:
    (here / ".git").mkdir()
    init("colour", "--ci", "gitlab")
    pages = yaml.safe_load((here / ".gitlab-ci.yml").read_text(encoding="utf-8"))["pages"]
    assert pages["script"][0] == "cd new"
    assert pages["script"][-1] == 'cp -r site "$CI_PROJECT_DIR/public"'
    assert "new/.cnn-gallery" in pages["cache"]["paths"]


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_the_guide_shows_the_same_workflows(host: str) -> None:
    guide = (docs_folder() / "guide" / "publishing.md").read_text(encoding="utf-8")
    assert f"```yaml\n{workflow(host)}```" in guide  # type: ignore[arg-type]


def test_the_workflow_finds_what_to_install(here: Path) -> None:
    init("colour")
    assert (here / "new" / "requirements.txt").read_text(encoding="utf-8") == "cnn-gallery\n"


def test_weights_beside_the_user_are_named_from_the_config(here: Path) -> None:
    (here / "last.pt").write_bytes(b"")
    assert seen_from(Path("new"), "last.pt") == "../last.pt"
    assert seen_from(Path("new"), "default") == "default"
    assert seen_from(Path("new"), "weights/in-the-folder.pt") == "weights/in-the-folder.pt"


def test_weights_beside_the_user_fit_a_gallery_whose_folder_is_not_there_yet(here: Path) -> None:
    """``fresh/../last.pt`` is no file as long as ``fresh`` is no folder."""
    (here / "code").mkdir()
    (here / "code" / "outside.py").write_text(NETWORKS, encoding="utf-8")
    torch.save(nn.Sequential(nn.Conv2d(3, 2, 3)).state_dict(), here / "last.pt")
    given = ("--arg", "depth=2", "--arg", "names=0", "--size", "16", "-w", "last.pt")
    assert run("fresh", "-m", "code/outside:sized", *given).exit_code == 0
    prepared = prepare(load_config(here / "fresh" / "site_config.yml"), Silent())
    assert prepared.workshop.network.card.weights == "from the file last.pt"


def test_a_module_beside_the_user_is_named_from_the_config(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the gallery builds in its folder, as the last line says and the workflow does it."""
    (here / "lying_parts").mkdir()
    (here / "lying_parts" / "sizes.py").write_text("SIDE = 3\n", encoding="utf-8")
    text = f"from lying_parts.sizes import SIDE\n{NETWORKS}"
    (here / "lying_here.py").write_text(text, encoding="utf-8")
    for path in ([str(here), *sys.path], sys.path):  # as python -m has it, and the script
        monkeypatch.setattr(sys, "path", path)
        assert seen_from(Path("new"), "lying_here:gray") == "../lying_here:gray"
        assert seen_from(Path("a/b"), "lying_here.x:gray") == "../../lying_here.x:gray"
        for same in ("init_networks:gray", "json:loads", "timm:x", "nowhere:f", "vgg16-hed"):
            assert seen_from(Path("new"), same) == same
    assert seen_from(Path(), "lying_here:gray") == "lying_here:gray"
    assert seen_from(Path("new"), "new/init_networks:gray") == "init_networks:gray"
    run("new", "-m", "lying_here:colour", "-w", "none", "--size", "16", "--ci", "none")
    config = here / "new" / "site_config.yml"
    modules = [here / "lying_here.py", here / "lying_parts" / "sizes.py"]
    for module in modules:
        os.utime(module, ns=(10**18, 10**18))
    build(load_config(config), Silent())
    for module in modules:
        assert last_build(config).up_to_date
        content = module.read_bytes()
        module.write_bytes(content + b"# and more")
        assert last_build(config).change.endswith(f"{module.name} changed")
        module.write_bytes(content)


def test_a_factory_is_called_with_arguments(here: Path) -> None:
    init("sized", "--arg", "depth=7", "--arg", "names=[a, b]")
    config = load_config(here / "new" / "site_config.yml")
    assert config.model.args == {"depth": 7, "names": ["a", "b"]}
    layers = prepare(config, Silent()).workshop.network.layers
    assert [layer.channels for layer in layers] == [7]
    assert "'x' is not NAME=VALUE" in run("other", "--arg", "x").output


def test_what_is_in_the_way_is_known_before_the_network_is(here: Path) -> None:
    paths = places(Path("new"), None, [], "github")
    assert paths[-1] == Path("new/site_config.yml")  # written last: no config without the rest
    assert Path("new/.github/workflows/gallery.yml") in paths
    (here / "new" / ".gitignore").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="In the way"):
        run("new", "-m", "nowhere:at_all")


def test_wrong_numbers_are_said() -> None:
    assert "'x' is no size" in run("new", "--size", "x").output
    assert "'a,b' is no number" in run("new", "--mean", "a,b").output


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "less than a minute"),
        (70, "about a minute"),
        (290, "about 5 minutes"),
        (1500, "about 25 minutes"),
        (9000, "about 2 hours"),
    ],
)
def test_durations_are_said_roughly(seconds: float, words: str) -> None:
    assert roughly(seconds) == words


def test_a_new_gallery_caches_beside_itself(here: Path) -> None:
    init("colour", "--ci", "none")
    assert cache_folder(here / "new" / "site_config.yml") == here / "new" / ".cnn-gallery"
    ignored = (here / "new" / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/site/", "/.cnn-gallery/"} <= set(ignored)
