"""The wheel stands alone: in a fresh environment it builds a site outside the checkout."""

from __future__ import annotations

import json
import os
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest
import tiny_project

ROOT = Path(__file__).resolve().parent.parent


def run(command: Sequence[str | Path], folder: Path) -> str:
    return tiny_project.run(command, folder, clean_environment())


def clean_environment() -> dict[str, str]:
    """This environment without what could lead Python back to the checkout."""
    ways_back = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in ways_back}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, ROOT], folder)
    (built,) = folder.glob("cnn_gallery-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a fresh environment that has the wheel."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / "bin" / "python"
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], folder)
    # A plain path in a .pth makes torch and the rest importable, but the .pth files that lie there
    # are not followed: the editable install's own would lead back to the checkout.
    packages = run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder
    ).strip()
    here = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (Path(packages) / "dependencies.pth").write_text("\n".join(here) + "\n", encoding="utf-8")
    return folder / "bin"


def test_the_package_comes_from_the_wheel_with_its_defaults(
    installed: Path, tmp_path: Path
) -> None:
    code = (
        "import generator, generator.utils.resources as r; print(generator.__file__); "
        "print(r.templates_folder()); print(r.docs_folder()); print(r.default_config())"
    )
    places = run([installed / "python", "-c", code], tmp_path).split()
    assert len(places) == 4
    assert all(place.startswith(str(installed.parent)) for place in places), places


def test_the_console_script_builds_a_site_outside_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    project = tiny_project.write(tmp_path / "project")
    said = tiny_project.build(project, [str(installed / "cnn-gallery")], clean_environment())
    assert "site" in said
    manifest = json.loads((project / "site" / "manifest.json").read_text(encoding="utf-8"))
    shown = {picture["visualization"] for picture in manifest["pictures"]}
    assert {"kernels", "activations", "maximization"} <= shown
    assert (project / "site" / "mine.html").is_file()
    assert (project / "site" / "assets" / "cnn-gallery.css").is_file()


def test_python_m_generator_is_the_same_program(installed: Path, tmp_path: Path) -> None:
    script = run([installed / "cnn-gallery", "--help"], tmp_path)
    module = run([installed / "python", "-m", "generator", "--help"], tmp_path)
    assert script == module
    assert "build" in module
