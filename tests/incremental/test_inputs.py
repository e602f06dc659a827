"""What a build reads is listed before: weights that compiled code opens, and other packages'."""

from __future__ import annotations

import importlib
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from generator.config.load import load_config
from generator.incremental import inputs
from generator.incremental.inputs import gather, with_network
from generator.utils.stamps import Stamp, bare_stamp, stamp


def configured(folder: Path, text: str):
    (folder / "site_config.yml").write_text(text)
    return load_config(folder / "site_config.yml")


@pytest.mark.parametrize("written", ["w.safetensors", "{absolute}", "deep/../w.safetensors"])
def test_weights_count_wherever_they_are(tmp_path: Path, written: str) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"weights")
    (tmp_path / "deep").mkdir()
    config = configured(tmp_path, f"weights: {written.format(absolute=file)}")
    assert gather(config).files[str(file)] == stamp(file)


def test_a_config_that_is_no_longer_what_was_read_never_holds(tmp_path: Path) -> None:
    config = configured(tmp_path, "seed: 1")
    path = str(tmp_path / "site_config.yml")
    assert gather(config).files[path] == stamp(path)
    (tmp_path / "site_config.yml").write_text("seed: 2")
    assert gather(config).files[path].size < 0


def test_another_package_s_visualization_counts(tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "elsewhere" / "their_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "helper.py").write_text("")
    (package / "kind.py").write_text("import their_package.helper\nclass Kind: pass\n")
    (tmp_path / "elsewhere" / "unrelated.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    kind = importlib.import_module("their_package.kind").Kind()
    importlib.import_module("unrelated")
    monkeypatch.setattr(inputs, "registry", lambda: {"kind": kind})
    project = tmp_path / "project"
    project.mkdir()
    config = configured(project, "seed: 1")
    looked = time.time_ns() + 1_000_000_000
    known = inputs.Inputs(looked, {}, (), {})
    files = with_network(known, config, {}).files
    names = ("__init__.py", "helper.py", "kind.py")
    assert files == {str(package / name): stamp(package / name) for name in names}
    edited = replace(known, looked=looked - 3_600_000_000_000)  # after it was imported, perhaps
    assert set(with_network(edited, config, {}).files.values()) == {Stamp(-1, 0)}
    for name in ("their_package", "their_package.kind", "their_package.helper", "unrelated"):
        sys.modules.pop(name, None)


def test_of_what_was_opened_only_what_a_site_can_depend_on_counts(tmp_path: Path) -> None:
    config = configured(tmp_path, "seed: 1")
    for name in ("own.pt", "gone.pt", ".cnn-gallery/records/a.json", "written.pt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    paths = [*tmp_path.rglob("*.*"), Path(pytest.__file__), Path("/proc/cpuinfo")]
    opened = {str(path): bare_stamp(path) for path in paths if path.is_file()}
    (tmp_path / "gone.pt").unlink()
    (tmp_path / "written.pt").write_text("and again")
    known = gather(config)
    files = with_network(known, config, opened).files
    found = {path: files[path] for path in files.keys() - known.files.keys()}
    unknown = Stamp(-1, 0)
    assert found.pop(str(tmp_path / "own.pt")) == stamp(tmp_path / "own.pt")
    assert found.pop(str(tmp_path / "gone.pt")) == unknown
    assert found.pop(str(tmp_path / "written.pt")) == unknown
    assert not [path for path in found if not path.endswith(".py")]
