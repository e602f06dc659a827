"""A visualization of another package: the one of the guide, installed, built and shown."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import tiny_project
import torch
from requests_for import request, small_network

from generator.building.workshop import Workshop
from generator.cache.store import Cache
from generator.config.load import load_config
from generator.errors import ConfigError, LayerError, SiteError
from generator.incremental.unchanged import last_build
from generator.pipeline import build
from generator.planning.identity import plan_task
from generator.utils.report import Silent
from generator.utils.resources import docs_folder
from generator.visualizations import registry
from generator.visualizations.installed import ENTRY_POINTS, load_all

PACKAGE = Path(__file__).parent / "example_visualization"
MODULE = PACKAGE / "cnn_gallery_spectrum" / "__init__.py"
TEMPLATE = PACKAGE / "cnn_gallery_spectrum" / "templates" / "spectrum.md"
CONFIG = """\
model: mymodel:factory
weights: none
input: {size: 32}
layers: ["conv:*"]
visualizations:
  - {kind: spectrum, layers: "conv:*"}
  - {kind: spectrum, layers: "conv:1", filters: [1, 3], side: 16, title: Two of them}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages, into which pip installed the guide's without a network."""
    folder = tmp_path_factory.mktemp("packages")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options]
    tiny_project.run([*pip, "--target", folder, PACKAGE], folder)
    return folder


@pytest.fixture
def door(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """That folder on the import path, as after ``pip install``."""
    monkeypatch.syspath_prepend(installed)
    importlib.invalidate_caches()
    registry.cache_clear()
    yield installed
    registry.cache_clear()
    sys.modules.pop("cnn_gallery_spectrum", None)


def project(folder: Path, config: str = CONFIG) -> Path:
    tiny_project.write(folder, config)
    (folder / "docs" / "mine.md").unlink()
    return folder / "site_config.yml"


def page(folder: Path, name: str) -> str:
    return (folder / "site" / name).read_text(encoding="utf-8")


def test_it_is_built_into_a_site(door: Path, tmp_path: Path) -> None:
    config = project(tmp_path)
    assert build(load_config(config), Silent()).computed == 3
    own = page(tmp_path, "spectrum.html")
    assert "Slide a kernel over stripes" in own and "Two of them" in own
    assert own.count('<figure class="cg-sheet"') == 3
    assert "Amplitudes, the input&#39;s channels together; each over its own range" in own
    home = page(tmp_path, "index.html")
    assert "Which waves each kernel lets through: slow ones in the middle" in home
    layer = page(tmp_path, "layers/0.html")
    assert 'id="spectrum"' in layer and "Sheet of" not in layer
    manifest = json.loads(page(tmp_path, "manifest.json"))
    shown = [each for each in manifest["pictures"] if each["visualization"] == "spectrum"]
    assert sorted(each["parameters"]["side"] for each in shown) == [16, 32, 32]
    # What is the same is not made again; a new template is.
    assert last_build(config).up_to_date
    template = door / "cnn_gallery_spectrum" / "templates" / "spectrum.md"
    kept = template.read_text(encoding="utf-8")
    template.write_text(kept.replace("Slide a kernel", "Push a kernel"), encoding="utf-8")
    try:
        assert "spectrum.md changed" in last_build(config).change
        assert build(load_config(config), Silent()).computed == 0
        assert "Push a kernel" in page(tmp_path, "spectrum.html")
        template.write_text("{{ 1 / 0 }}", encoding="utf-8")
        with pytest.raises(SiteError, match=r"'spectrum\.md' has a mistake in line 1: division"):
            build(load_config(config), Silent())
    finally:
        template.write_text(kept, encoding="utf-8")


def test_its_options_are_checked_like_ours(door: Path, tmp_path: Path) -> None:
    config = project(tmp_path, CONFIG.replace("side: 16", "side: 4"))
    with pytest.raises(ConfigError, match=r"site_config\.yml:7: visualizations\[1\]\.side: .*8"):
        load_config(config)


def test_a_wave_shows_as_two_bright_spots(door: Path) -> None:
    found = registry()["spectrum"]
    network = small_network()
    wave = torch.cos(torch.arange(3) * np.pi)  # the fastest there is, across
    network.module.get_submodule("features.0").weight.copy_(wave.expand(4, 3, 3, 3))
    asked = request(network, "features.0")
    options = found.Options(kind="spectrum", layers=("features.0",))
    (task,) = found.tasks(options, asked)
    ((_, result),) = found.compute(network, [task], {})
    spectra = result.tensors["spectra"]
    assert spectra.shape == (4, 32, 32) and spectra.dtype == np.float32
    assert np.unravel_index(spectra[0].argmax(), (32, 32)) == (16, 0)  # the middle is (16, 16)
    assert task.scope == "layer"


def test_a_task_in_no_batch_is_told(
    door: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = registry()["spectrum"]
    monkeypatch.setattr(type(found), "batches", lambda self, tasks: [tasks[:1]])
    network = small_network()
    asked = request(network, "features.0", "features.3")
    tasks = found.tasks(found.Options(kind="spectrum", layers=("*",)), asked)
    workshop = Workshop(network, {}, registry(), Cache(tmp_path, None))
    planned = [plan_task(task, registry(), network, {}) for task in tasks]
    (failure,) = workshop.compute(planned, Silent())
    assert failure.planned is planned[1]
    assert failure.words == "its visualization put it into no batch"


def test_a_layer_without_kernels_is_refused(door: Path) -> None:
    found = registry()["spectrum"]
    options = found.Options(kind="spectrum", layers=("features.1",))
    with pytest.raises(LayerError, match=r"Layer 'features\.1' has no kernels"):
        list(found.tasks(options, request(small_network(), "features.1")))


def test_the_guide_shows_what_is_installed_here() -> None:
    guide = (docs_folder() / "guide" / "your-own-visualization.md").read_text(encoding="utf-8")
    for language, file in (
        ("toml", PACKAGE / "pyproject.toml"),
        ("python", MODULE),
        ("jinja", TEMPLATE),
    ):
        assert f"```{language}\n{file.read_text(encoding='utf-8')}```" in guide
    lines = MODULE.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40 and f"The class, in {len(lines)} lines" in guide


SOUND = """\
from typing import Literal
from generator.visualizations.base import Options, Visualization

class Own(Options):
    kind: Literal["other"]

class Other(Visualization[Own]):
    name, version, title, Options = "other", 1, "Others", Own
    def tasks(self, options, request): return ()
    def figures(self, options, request): return ()
    def compute(self, network, tasks, pictures): return iter(())
"""


def offered(
    folder: Path, source: str = SOUND, name: str = "other", needs: str = "numpy", of: str = "theirs"
) -> metadata.EntryPoint:
    """The entry point of a package that is installed in a folder."""
    kept = folder / f"{of}-2.5.dist-info"
    kept.mkdir(parents=True)
    (folder / f"{of}_module.py").write_text(source, encoding="utf-8")
    about = f"Metadata-Version: 2.1\nName: {of}\nVersion: 2.5\nRequires-Dist: {needs}\n"
    (kept / "METADATA").write_text(about, encoding="utf-8")
    line = f"[{ENTRY_POINTS}]\n{name} = {of}_module:Other\n"
    (kept / "entry_points.txt").write_text(line, encoding="utf-8")
    (entry,) = metadata.Distribution.at(kept).entry_points
    return entry


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("theirs_module", "ours_module"):
        sys.modules.pop(name, None)


def test_a_sound_package_is_found(folder: Path) -> None:
    (found,) = load_all([offered(folder, needs="cnn-gallery>=0.0.1")])
    assert (found.name, found.about, found.templates()) == ("other", "", None)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("from typing", "import nowhere_at_all\nfrom typing", "ModuleNotFoundError: No module"),
        ("from typing", "raise SystemExit(3)\nfrom typing", "cannot be loaded: SystemExit: 3"),
        ("class Other(", "class Another(", "cannot be loaded: AttributeError: .*'Other'"),
        ("    def figures", "    def figure", "abstract method '?figures"),
        ("class Other(Visualization[Own])", "class Other", "is an Other, not a Visualization"),
        (
            'name, version, title, Options = "other", 1,',
            "name, Options = 'other', Own #",
            "'title'",
        ),
        ('"Others", Own', '"Others", dict', "not made from generator.visualizations.base.Options"),
        ('Literal["other"]', 'Literal["else"]', r"write kind: Literal\['other'\] in them"),
        ('= "other"', '= "Other"', "calls itself 'Other': both names have to be the same"),
        (' 1, "Others"', ' "1", "Others"', "has no 'version': its class has to say it"),
    ],
)
def test_a_broken_package_is_named(folder: Path, before: str, after: str, words: str) -> None:
    assert before in SOUND
    entry = offered(folder, SOUND.replace(before, after))
    with pytest.raises(ConfigError, match=words) as caught:
        list(load_all([entry]))
    assert "'other' of the package theirs 2.5 " in caught.value.message
    assert caught.value.hint.endswith("remove it: pip uninstall theirs")


def test_a_name_that_no_address_can_hold_is_refused(folder: Path) -> None:
    entry = offered(folder, SOUND.replace('"other"', '"../o"'), name="../o")
    with pytest.raises(ConfigError, match="other signs than small letters"):
        list(load_all([entry]))


def test_a_package_for_another_version_says_so(folder: Path) -> None:
    entry = offered(folder, "raise ImportError('not reached')", needs="cnn-gallery>=99")
    here = metadata.version("cnn-gallery")
    with pytest.raises(ConfigError, match=f"needs cnn-gallery>=99, and this is {here}"):
        list(load_all([entry]))


def test_two_packages_of_one_name_are_both_named(folder: Path) -> None:
    both = [offered(folder), offered(folder, of="ours")]
    words = "'other': the package theirs 2.5 and the package ours 2.5"
    with pytest.raises(ConfigError, match=words):
        list(load_all(both))
