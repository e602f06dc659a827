"""The rules of the house: who may import whom, who may print, and that lint and types are clean."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "generator"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "default" not in path.parts)

# Rooms, and the modules beside them, from left to right: one knows those of the lines above its
# own, and nothing of others.
LINE = """
    errors
    utils
    photos
    model
    visualizations
    config cache
    planning housekeeping
    machines api
    render
    starting single_pictures
    building
    incremental doctor proof
    publishing
    pipeline
    cli
    __main__
"""
# Within render/, likewise.
RENDER_LINE = """
    gallery
    wording
    drawing
    arranging
    assemble
    data_files
    comparing
    pages
    site
"""


def places_in(lines: str) -> dict[str, int]:
    """Each name by the number of its line."""
    return {name: place for place, line in enumerate(lines.split("\n")) for name in line.split()}


PLACES = places_in(LINE)
RENDER_PLACES = places_in(RENDER_LINE)
WITHOUT_TORCH = ("render", "cache", "photos")
LIGHT = (
    "generator.config.load",
    "generator.planning.plan",
    "generator.photos.images",
    "generator.model.layers",
)
HEAVY = ("torch", "torchvision", "mkdocs", "material", "h5py")


def imports(source: str, module: str, *, types: bool = True) -> set[str]:
    """Every module that a source imports, wherever in it, by its full name.

    ``module`` is the source's own dotted name, from which relative imports start. With ``types``,
    what only a type checker imports is among them.
    """
    found: set[str] = set()
    tree = ast.parse(source)
    aside = [node for node in ast.walk(tree) if is_for_types(node) and not types]
    hidden = {inner for node in aside for inner in ast.walk(node)}
    for node in set(ast.walk(tree)) - hidden:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*start, *filter(None, [node.module])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def imported_by(path: Path, *, types: bool = True) -> list[str]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return sorted(imports(path.read_text(encoding="utf-8"), module, types=types))


def room_of(path: Path, package: Path = PACKAGE) -> str:
    return path.relative_to(package).with_suffix("").parts[0]


def imports_to_the_right(room: str, places: dict[str, int], package: Path) -> list[str]:
    """What a room of a package imports of those of its line or of later ones, as sentences."""
    others = {other for other in places if places[other] >= places[room]} - {room}
    dotted = ".".join(package.relative_to(ROOT).parts)
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        if path.is_relative_to(package) and room_of(path, package) == room
        for name in imported_by(path)
        if any(within(name, f"{dotted}.{other}") for other in others)
    ]


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def test_every_room_has_its_place_in_the_line() -> None:
    assert {room_of(path) for path in MODULES} - {"__init__"} == set(PLACES)
    render = PACKAGE / "render"
    within_render = {room_of(path, render) for path in MODULES if path.is_relative_to(render)}
    assert within_render - {"__init__"} == set(RENDER_PLACES)


@pytest.mark.parametrize("room", PLACES)
def test_a_room_knows_nothing_of_the_rooms_to_its_right(room: str) -> None:
    assert not imports_to_the_right(room, PLACES, PACKAGE)


@pytest.mark.parametrize("room", RENDER_PLACES)
def test_nor_does_a_room_within_render(room: str) -> None:
    assert not imports_to_the_right(room, RENDER_PLACES, PACKAGE / "render")


def test_the_reference_lists_the_rooms_in_this_order() -> None:
    table = (ROOT / "docs" / "reference" / "code.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE)
    assert set(told) == {room for room in PLACES if (PACKAGE / room).is_dir()}
    assert told == sorted(told, key=PLACES.__getitem__)


@pytest.mark.parametrize("room", WITHOUT_TORCH)
def test_some_rooms_do_without_torch(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        if room_of(path) == room
        for name in imported_by(path, types=False)
        if within(name, "torch") or within(name, "torchvision")
    ]
    assert not wrong


def test_only_the_command_line_prints() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} prints"
        for path in MODULES
        if PACKAGE / "cli" not in path.parents
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "sys.stdout.write"}
        if not in_main_block(path, node)
    ]
    assert not wrong


def in_main_block(path: Path, call: ast.Call) -> bool:
    """Whether a call stands under ``if __name__ == "__main__"``: a small program of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    return any(
        "__main__" in ast.unparse(block.test) and block.lineno <= call.lineno <= block.end_lineno
        for block in blocks
        if block.end_lineno
    )


def test_the_import_rules_see_every_spelling() -> None:
    source = """
from generator.planning import plan
import torch.nn as nn
from .. import config
from .gallery import Gallery
def late():
    import mkdocs
if TYPE_CHECKING:
    import torchvision
"""
    found = imports(source, "generator.render.made_up")
    assert {"generator.planning.plan", "torch.nn", "generator.config", "mkdocs"} <= found
    assert {"generator.render.gallery", "torchvision"} <= found
    assert "torchvision" not in imports(source, "generator.render.made_up", types=False)


def test_what_benchmarks_import_is_there() -> None:
    """They are run by hand, and no type checker reads them: a moved module would go unseen."""
    for path in sorted((ROOT / "tests" / "benchmarks").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and within(node.module or "", "generator"):
                module = importlib.import_module(node.module)
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    assert hasattr(module, alias.name) or importlib.util.find_spec(inner), path


READ_THE_CONFIG = """
from pathlib import Path
from generator.config.load import load_config
load_config(Path("site_config.yml"))
"""


@pytest.mark.parametrize("light", [*(f"import {module}" for module in LIGHT), READ_THE_CONFIG])
def test_what_is_light_loads_nothing_heavy(light: str) -> None:
    code = f"import sys\n{light}\nprint(*[n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--quiet", "generator", "tests"),
        ("ruff", "format", "--check", "--quiet", "generator", "tests"),
        ("mypy", "--strict", "generator", "tests/known_types.py"),
    ],
    ids=["ruff check", "ruff format", "mypy --strict"],
)
def test_lint_format_and_types_are_clean(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\nIn short: {' '.join(command)}"
