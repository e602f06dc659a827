"""``cnn-gallery doctor``: what it finds here, and what it says where something is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import tiny_project
import torch
from click.testing import CliRunner

import generator
from generator.cache.store import Cache
from generator.cli.main import cli
from generator.doctor import Finding, diagnose, gallery, machine
from generator.errors import ConfigError
from generator.model import arithmetic
from generator.visualizations.base import Result


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.write(tmp_path / "project") / "site_config.yml"


def findings(path: Path, *, asked: bool = True) -> dict[str, Finding]:
    return {f"{each.group} {each.name}": each for each in diagnose(path, asked=asked)}


def stops(found: dict[str, Finding]) -> list[str]:
    return [name for name, finding in found.items() if finding.state == "stop"]


def test_a_sound_gallery_has_nothing_that_would_stop_it(project: Path) -> None:
    found = findings(project)
    assert stops(found) == []
    assert found["Program cnn-gallery"].value == generator.__version__
    assert found["Packages torch"].value == torch.__version__
    assert "is sound, and asks for 3 visualizations" in found["Gallery config"].value
    assert found["Gallery photos"].value == "1"
    assert found["Gallery model"].value == "mymodel:factory"
    assert found["Cache holds"].value == "nothing yet"
    assert found["Disk room"].value.endswith("B free")
    assert found["Visualizations kernels"].value == "built in, version 1"


def test_a_cache_folder_in_use_would_stop_a_build(project: Path) -> None:
    with project.open("a", encoding="utf-8") as file:
        file.write("output: {cache: photos}\n")
    found = findings(project)
    assert stops(found) == ["Cache folder"]
    assert "is not empty and holds no cache" in found["Cache folder"].value


def test_the_command_says_the_same_and_its_status_tells(project: Path) -> None:
    done = CliRunner().invoke(cli, ["doctor", "-c", str(project)], standalone_mode=False)
    assert done.return_value == 0
    assert "Nothing found that would stop a build." in done.output
    assert f"  torch: {torch.__version__}\n" in done.output
    project.write_text("modle: x\nvisualizations: [{kind: kernel}]\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["doctor", "-c", str(project)], standalone_mode=False)
    assert done.return_value == 1
    assert "1 finding would stop a build." in done.output
    assert "did you mean 'model'" in done.output and "no such kind 'kernel'" in done.output


def test_json_is_for_programs(project: Path) -> None:
    command = ["doctor", "--json", "-c", str(project)]
    done = CliRunner().invoke(cli, command, standalone_mode=False)
    told = json.loads(done.output)
    assert told["sound"] is True
    assert {"group", "name", "value", "state", "hint"} == set(told["findings"][0])


def test_the_exit_status_reaches_the_shell(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generator", "doctor", "-c", "nowhere.yml"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "STOP: There is no config file nowhere.yml." in done.stdout


def test_without_a_config_it_tells_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = findings(Path("site_config.yml"), asked=False)
    assert stops(found) == []
    assert "cnn-gallery init" in found["Gallery config"].hint
    assert "Disk room" in found


def test_extras_that_are_not_there_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name in ("timm", "h5py"):
            raise metadata.PackageNotFoundError(name)
        return "0.1" if name == "numpy" else real(name)

    needs = [
        "numpy>=1.26",
        "h5py>=3.11",
        "timm>=1.0; extra == 'timm'",
        "zensical>=0.0.1; extra == 'zensical'",
    ]
    monkeypatch.setattr(machine.metadata, "requires", lambda name: needs)
    monkeypatch.setattr(machine.metadata, "version", version)
    found = {each.name: each for each in machine.packages()}
    assert found["timm"].value == "not installed"
    assert found["timm"].state == "well"
    assert found["timm"].hint == "pip install 'cnn-gallery[timm]'"
    assert (found["h5py"].state, found["h5py"].hint) == ("stop", "pip install 'h5py>=3.11'")
    assert (found["numpy"].state, found["numpy"].value) == ("stop", "0.1; needed is >=1.26")
    assert found["zensical"].group == "Extras"


def test_every_extra_is_known() -> None:
    """Those of pyproject.toml, each with a package that it really brings."""
    import tomllib

    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    assert set(machine.EXTRAS) == set(extras)
    for extra, package in machine.EXTRAS.items():
        assert any(need.startswith(package) for need in extras[extra])


def test_a_torch_that_cannot_be_imported_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    (found,) = machine.computing()
    assert found.state == "stop" and found.value.startswith("cannot be imported: ")


@pytest.mark.parametrize(
    ("device", "precision", "words"),
    [
        ("cuda", "bfloat16", "bfloat16: this GPU multiplies bfloat16"),
        ("cuda", "float32", "float32: this GPU does not multiply bfloat16"),
        ("cpu", "bfloat16", "bfloat16: this processor multiplies bfloat16"),
        ("cpu", "float32", "float32: this processor has neither AVX-512 BF16 nor AMX"),
    ],
)
def test_device_and_numbers_are_explained(
    monkeypatch: pytest.MonkeyPatch, device: Any, precision: Any, words: str
) -> None:
    monkeypatch.setattr(arithmetic, "best_device", lambda: device)
    monkeypatch.setattr(arithmetic, "best_precision", lambda device: precision)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "A card")
    found = {each.name: each for each in machine.computing()}
    assert found["numbers"].value.startswith(words)
    assert found["device"].value.startswith(device)
    if device == "cuda":
        assert "(A card)" in found["device"].value


def test_threads_say_who_set_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = {each.name: each.value for each in machine.computing()}
    assert found["threads"] == f"{torch.get_num_threads()}, set by OMP_NUM_THREADS=3"


@pytest.mark.parametrize(
    ("line", "finding", "words"),
    [
        ("images: [nowhere.jpg]", "Gallery photos", "No picture matches 'nowhere.jpg'"),
        ("weights: last.pt", "Gallery weights file", "there is no last.pt"),
        ("weights: a.safetensors.index.json", "Gallery weights file", "there is no a.safe"),
        ("model: net.pt2", "Gallery model file", "there is no net.pt2"),
        ("output: {site: docs/mine.md}", "Gallery config", "overlaps with 'docs'"),
        ("output: {site: mymodel.py}", "Gallery site", "is a file, not a folder"),
    ],
)
def test_what_would_stop_a_build_is_found(
    project: Path, line: str, finding: str, words: str
) -> None:
    key = line.partition(":")[0]
    kept = tiny_project.CONFIG.split("images:")[0].replace("weights: none\n", "")
    kept = "\n".join(each for each in kept.splitlines() if not each.startswith(key)) + "\n"
    entries = "visualizations: [{kind: kernels, layers: conv:1}]\n"
    project.write_text(f"{kept}{line}\n{entries}", encoding="utf-8")
    assert key in project.read_text(encoding="utf-8")
    found = findings(project)
    assert stops(found) == [finding]
    assert words in found[finding].value


@pytest.mark.parametrize(
    ("config", "extra", "asks"),
    [
        ("model: timm:resnet50d", "timm", "timm:resnet50d"),
        ("visualizations: [{kind: attribution}]", "attribution", "kind: attribution"),
        ("compute: {executor: dask}", "dask", "executor: dask"),
    ],
)
def test_what_needs_an_extra_that_is_not_there_stops(
    project: Path, monkeypatch: pytest.MonkeyPatch, config: str, extra: str, asks: str
) -> None:
    project.write_text(f"{config}\n", encoding="utf-8")
    assert stops(findings(project)) == []
    monkeypatch.setitem(machine.EXTRAS, extra, "no_such_package")
    found = findings(project)
    assert stops(found) == ["Gallery extra"]
    assert found["Gallery extra"].value == f"{asks} needs no_such_package"
    assert found["Gallery extra"].hint == f"pip install 'cnn-gallery[{extra}]'"


def test_a_broken_visualization_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    from generator import visualizations
    from generator.doctor import plugins

    def broken() -> None:
        raise ConfigError("The visualization 'x' cannot be loaded.", hint="Remove the package.")

    monkeypatch.setattr(visualizations, "registry", broken)
    (found,) = plugins.visualizations()
    assert (found.state, found.hint) == ("stop", "Remove the package.")


def test_the_cache_is_told(project: Path) -> None:
    cache = Cache(project.parent / ".cnn-gallery", None)
    identity = {"visualization": "kernels"}
    cache.store("ab" * 32, identity, Result({"kernels": torch.zeros(2).numpy()}), 0.1)
    record = next((project.parent / ".cnn-gallery" / "records").iterdir())
    assert findings(project)["Cache holds"].value.startswith("1 result, ")
    record.write_bytes(record.read_bytes()[:-20])
    found = findings(project)
    assert found["Cache damaged"].value == "1 record" and stops(found) == []


@pytest.mark.parametrize(("free", "state"), [(10**6, "stop"), (10**8, "note"), (10**10, "well")])
def test_room_on_the_disk(
    project: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(gallery.shutil, "disk_usage", lambda folder: usage)
    assert findings(project)["Disk room"].state == state


def test_no_name_of_a_user_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(project.parent.parent))
    told = [finding.value for finding in findings(project).values()]
    assert not [value for value in told if str(project.parent.parent) in value]
    assert "~/project/site_config.yml is sound" in " ".join(told)
