"""Part of a network is trained on: the tasks that depend on it get new keys, and no others.

What must change is found here by other means: by running both networks on noise and comparing
what each layer answers, and by comparing the weights themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from branching_networks import Forked, as_network

from generator import model
from generator.building.pool import find_pool
from generator.building.prepare import find_photos
from generator.config.load import load_config
from generator.model.capture import capture
from generator.model.network import Network
from generator.planning.identity import Planned
from generator.planning.plan import make_plan
from generator.utils.report import Silent
from generator.visualizations import registry
from generator.visualizations.base import Task

ROOT = Path(__file__).parents[1]
EVERYTHING = """\
model: mymodel:factory
images: [{photo}]
visualizations:
  - {{kind: kernels, layers: "conv:*"}}
  - {{kind: activations, layers: "{maps}"}}
  - {{kind: maximization, layers: "{maps}", filters: [0, 1]}}
"""


def plan(config_file: Path, network: Network) -> list[Planned]:
    config = load_config(config_file)
    # The first filters are as good as the strongest: both networks are to be asked for the same.
    photos = find_photos(config)
    made = make_plan(
        config,
        network,
        photos,
        registry(),
        lambda layer, _: range(layer.channels, 0, -1),
        find_pool(config, photos, Silent()),
    )
    return list(made.tasks)


def config_file(folder: Path, maps: str) -> Path:
    file = folder / "site_config.yml"
    photo = ROOT / "docs" / "images" / "chelsea.jpg"
    file.write_text(EVERYTHING.format(photo=photo.as_posix(), maps=maps), encoding="utf-8")
    return file


def recomputed(old: Network, new: Network) -> Callable[[Task], bool]:
    """Whether a task's result may differ between two networks, without a look at any digest."""
    names = [layer.name for layer in old.layers]
    size = (1, old.preprocessing.channels, *old.preprocessing.size)
    noise = torch.randn(size, generator=torch.Generator().manual_seed(1))
    before, after = (capture(network.module, noise, names) for network in (old, new))
    answers = {name for name in names if not torch.equal(before[name], after[name])}
    states = (old.module.state_dict(), new.module.state_dict())
    weights = {
        name
        for name in names
        for key, values in states[0].items()
        if key.rpartition(".")[0] == name and not torch.equal(values, states[1][key])
    }

    def differs(task: Task) -> bool:
        if task.scope == "layer":
            return task.layer in weights
        if task.scope == "executed":
            return not weights.isdisjoint(names[: names.index(task.layer) + 1])
        return task.layer in answers

    return differs


def compare(file: Path, old: Network, new: Network) -> tuple[list[Task], list[Task]]:
    """The tasks to do again and those to keep, after checking each key against a recomputation."""
    differs = recomputed(old, new)
    again: list[Task] = []
    kept: list[Task] = []
    for before, after in zip(plan(file, old), plan(file, new), strict=True):
        assert before.task == after.task
        changed = before.key != after.key
        assert changed == differs(after.task), after.task
        (again if changed else kept).append(after.task)
    return again, kept


def add_noise(network: Network, prefixes: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """The network's state dict, with noise on the weights whose names begin like that."""
    generator = torch.Generator().manual_seed(5)
    return {
        name: values + 0.01 * torch.randn(values.shape, generator=generator)
        if name.startswith(prefixes) and values.is_floating_point()
        else values
        for name, values in network.module.state_dict().items()
    }


@pytest.mark.weights
def test_vgg16_trained_on_from_features_24(tmp_path: Path) -> None:
    old = model.load("vgg16-hed")
    last = tuple(f"features.{number}." for number in range(24, 31))
    safetensors.torch.save_file(add_noise(old, last), tmp_path / "tuned.safetensors")
    new = model.load("vgg16-hed", weights="tuned.safetensors", folder=tmp_path)
    again, kept = compare(ROOT / "site_config.yml", old, new)
    assert {old.dependence(layer.name).kind for layer in old.layers} == {"traced"}
    assert min(old.layer(task.layer).index for task in again) >= 24
    assert max(old.layer(task.layer).index for task in kept) < 24
    everywhere = compare(config_file(tmp_path, "*"), old, new)
    assert {task.layer for task in everywhere[1]} == {f"features.{index}" for index in range(24)}


def test_resnet18_with_another_last_block(tmp_path: Path) -> None:
    old = model.load("torchvision:resnet18", weights="none", size=(96, 96))
    safetensors.torch.save_file(add_noise(old, ("layer4.1.", "fc.")), tmp_path / "new.safetensors")
    new = model.load(
        "torchvision:resnet18", weights="new.safetensors", size=(96, 96), folder=tmp_path
    )
    again, kept = compare(config_file(tmp_path, "layer*"), old, new)
    assert {task.layer.rsplit(".", 1)[0] for task in again} == {"layer4.1"}
    assert {"layer4.0.relu", "layer4.0.downsample.1"} <= {task.layer for task in kept}
    assert {old.dependence(layer.name).kind for layer in old.layers} == {"traced"}


@pytest.mark.parametrize(
    ("branch", "others"),
    [("left", {"stem", "right.0", "right.1"}), ("right", {"stem", "left.0", "left.1"})],
)
def test_one_of_two_branches(tmp_path: Path, branch: str, others: set[str]) -> None:
    old, changed = as_network(Forked()), Forked()
    changed.load_state_dict(add_noise(old, (f"{branch}.",)))
    new = as_network(changed, initialise=False)
    again, kept = compare(config_file(tmp_path, "*"), old, new)
    assert {task.layer for task in kept} - {"head"} == others
    # The head's kernels are its own weights; what it answers comes from both branches.
    assert {task.scope for task in kept if task.layer == "head"} == {"layer"}
    assert {f"{branch}.0", f"{branch}.1", "head"} == {task.layer for task in again}
