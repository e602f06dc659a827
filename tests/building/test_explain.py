"""Why tasks are missing, in words, for each thing that can change; and what layers depend on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_project
import torch
from PIL import Image
from torch import nn

from generator.building import explain as words
from generator.building.explain import counted_reasons, dependences, reasons_of
from generator.building.prepare import Prepared, prepare
from generator.cache.ledger import latest
from generator.config.load import load_config
from generator.pipeline import build
from generator.utils.report import Silent
from generator.visualizations import registry

CONFIG = """\
model: mymodel:Small
weights: w.pt
input: {size: 16}
images: photos/stripes.png
visualizations:
  - {kind: kernels, layers: "conv:*"}
  - {kind: activations, layers: "conv:*", filters: [0]}
  - {kind: convolution, layers: "conv:1", filters: 1}
"""

MODEL = """\
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 2, 3)
        self.second = nn.Conv2d(2, 2, 3)

    def forward(self, x):
        return self.second(self.first(x))
"""


def save_weights(folder: Path, changed: str = "") -> None:
    torch.manual_seed(0)
    layers = {"first": nn.Conv2d(3, 2, 3), "second": nn.Conv2d(2, 2, 3)}
    state = {
        f"{name}.{key}": value + (0.5 if name in changed else 0.0)
        for name, layer in layers.items()
        for key, value in layer.state_dict().items()
    }
    torch.save(state, folder / "w.pt")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tiny_project.write(tmp_path_factory.mktemp("explained"), CONFIG)
    (folder / "mymodel.py").write_text(MODEL)
    save_weights(folder)
    sys.modules.pop("mymodel", None)
    build(load_config(folder / "site_config.yml"), Silent())
    yield folder
    sys.modules.pop("mymodel", None)


@pytest.fixture
def project(finished: Path) -> Iterator[Path]:
    """A folder with a finished build; what a test does to it is undone."""
    before = tiny_project.tree(finished)
    yield finished
    for name, content in before.items():
        if not (finished / name).exists() or (finished / name).read_bytes() != content:
            (finished / name).write_bytes(content)


def prepared(project: Path) -> Prepared:
    sys.modules.pop("mymodel", None)
    return prepare(load_config(project / "site_config.yml"), Silent())


def reasons(project: Path) -> dict[str, str]:
    """Why tasks are missing, by visualization and layer; of several, all reasons together."""
    now = prepared(project)
    last = latest(project / ".cnn-gallery", project / "site_config.yml")
    missing = reasons_of(now, last)
    tasks = {item.key: item.task for item in now.plan.tasks}
    found: dict[str, dict[str, None]] = {}
    for key, why in missing.items():
        subject = f"{tasks[key].visualization} {tasks[key].layer}"
        found.setdefault(subject, {})[why] = None
    return {subject: " | ".join(whys) for subject, whys in found.items()}


def edit(project: Path, old: str, new: str, name: str = "site_config.yml") -> None:
    text = (project / name).read_text()
    assert old in text
    (project / name).write_text(text.replace(old, new))


def records(project: Path) -> list[Path]:
    return sorted((project / ".cnn-gallery" / "records").iterdir())


def test_nothing_is_missing(project: Path) -> None:
    assert reasons(project) == {}


def test_parameters_that_changed_are_named_with_their_values(project: Path) -> None:
    edit(project, "filters: 1}", "filters: 1, at: [0.25, 0.5]}")
    (why,) = reasons(project).values()
    assert why.startswith("parameters changed: ")
    assert "at " in why
    assert "0.25" in why


def test_of_a_number_that_something_was_added_to_the_config_s_own_is_told(tmp_path: Path) -> None:
    """A network too small for a sketch takes its steps on the whole picture."""
    config = (
        CONFIG.split("  - ")[0] + "  - {kind: maximization, layers: first, filters: 1, steps: 2}"
    )
    tiny_project.write(tmp_path, config)
    (tmp_path / "docs" / "mine.md").unlink()  # it links to the filters, which are not shown now
    (tmp_path / "mymodel.py").write_text(MODEL)
    save_weights(tmp_path)
    sys.modules.pop("mymodel", None)
    build(load_config(tmp_path / "site_config.yml"), Silent())
    edit(tmp_path, "steps: 2", "steps: 40")
    why = {"parameters changed: steps 77 -> 115 (40 in the config)"}
    assert set(reasons(tmp_path).values()) == why
    edit(tmp_path, "steps: 40", "steps: 2, seed: 3")
    assert set(reasons(tmp_path).values()) == {"parameters changed: seed 0 -> 3"}


def test_the_first_changed_layer_is_named_where_weights_changed(project: Path) -> None:
    save_weights(project, changed="second")
    changed = "weights changed, first changed layer: second"
    assert reasons(project) == {"kernels second": changed, "activations second": changed}
    save_weights(project, changed="first")
    changed = "weights changed, first changed layer: first"
    found = reasons(project)
    assert found.pop("kernels first") == changed
    assert found == dict.fromkeys(found, changed)
    assert {"activations first", "activations second"} <= found.keys()
    assert "kernels second" not in found
    save_weights(project, changed="first, second")
    found = reasons(project)
    assert found["activations second"] == changed
    assert found["kernels second"] == "weights changed, first changed layer: second"


def test_the_network_s_own_code_is_told_from_its_weights(project: Path) -> None:
    edit(project, "self.first(x))", "self.first(x) * 2)", "mymodel.py")
    found = reasons(project)
    assert found["activations second"] == words.NETWORK
    assert "kernels second" not in found


def test_a_picture_that_changed(project: Path) -> None:
    Image.new("RGB", (20, 20), "red").save(project / "photos" / "stripes.png")
    found = reasons(project)
    assert set(found.values()) == {"picture changed"}
    assert {"activations first", "activations second"} <= found.keys()


def test_the_input_and_more_than_one_change_at_once(project: Path) -> None:
    edit(project, "{size: 16}", "{size: [16, 20]}")
    found = reasons(project)
    assert found["activations first"] == "input changed: size [16, 16] -> [16, 20]"
    Image.new("RGB", (20, 20), "red").save(project / "photos" / "stripes.png")
    both = reasons(project)["activations first"].split("; ")
    assert sorted(both) == ["input changed: size [16, 16] -> [16, 20]", "picture changed"]


def test_a_visualization_s_version(project: Path, monkeypatch) -> None:
    kind = type(registry()["kernels"])
    old = kind.version
    monkeypatch.setattr(kind, "version", old + 1)
    why = f"version changed: {old} -> {old + 1}"
    assert reasons(project) == {"kernels first": why, "kernels second": why}


def test_damage(project: Path) -> None:
    for path in (project / ".cnn-gallery" / "objects").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-1])
    found = reasons(project)
    assert "kernels second" in found
    assert set(found.values()) == {words.DAMAGED}


def test_what_another_version_wrote(project: Path) -> None:
    for path in records(project):
        path.rename(path.with_name(path.name.replace(".2.json", ".99.json")))
    assert set(reasons(project).values()) == {words.SET_ASIDE}
    for path in records(project):
        path.unlink()


def test_what_was_removed(project: Path) -> None:
    for path in records(project):
        path.unlink()
    assert set(reasons(project).values()) == {words.REMOVED}


def test_what_is_new_beside_what_is_still_there(project: Path) -> None:
    edit(project, "filters: 1}", "filters: [0, 1]}")
    other = "{kind: convolution, layers: first, filters: 1, at: [0.25, 0.5]}"  # of the same filter
    edit(project, "visualizations:\n", f"visualizations:\n  - {other}\n")
    Image.new("RGB", (20, 20), "red").save(project / "photos" / "more.png")
    edit(project, "photos/stripes.png", "[photos/stripes.png, photos/more.png]")
    found = reasons(project)
    (project / "photos" / "more.png").unlink()
    assert set(found.values()) == {words.NEW}
    assert "kernels second" not in found


def test_what_was_forgotten(project: Path) -> None:
    edit(project, "filters: 1}", "filters: 1, at: [0.25, 0.5]}")
    for path in records(project):
        path.unlink()
    assert words.FORGOTTEN in reasons(project).values()


def test_without_an_earlier_build_all_is_new(project: Path) -> None:
    missing = reasons_of(prepared(project), None)
    assert missing == {}  # it is cached, whoever made it
    for path in records(project):
        path.unlink()
    assert set(reasons_of(prepared(project), None).values()) == {words.NEW}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, ["a 1 -> 2"]),
        ({"a": 1}, {}, ["a 1 -> none"]),
        ({}, {"a": "x"}, ["a none -> x"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": True}}, ["a.c 2 -> true"]),
        ({"a": [0.5] * 99}, {"a": []}, [f"a {str([0.5] * 99)[:39]}… -> []"]),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, ["a 1 -> none", "b 2 -> 3", "c none -> 4"]),
    ],
)
def test_values_that_differ(old: dict, new: dict, expected: list[str]) -> None:
    assert list(words._changes(old, new)) == expected


def test_reasons_are_counted_the_commonest_first() -> None:
    assert counted_reasons(["b", "c", "a", "c"]) == [("c", 2), ("a", 1), ("b", 1)]


def test_what_layers_depend_on_is_said_of_each(project: Path) -> None:
    assert list(dependences(prepared(project))) == [
        "Layer first depends on 2 modules, traced back from its output",
        "Layer second depends on 3 modules, traced back from its output",
    ]
    edit(project, "self.first(x))", "self.first(x) * float(x.mean()))", "mymodel.py")
    _, second = dependences(prepared(project))
    assert second.startswith("Layer second depends on the whole network, because ")
