"""A picture beside the photos: what it reaches, against the best of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from quick_pictures import quick
from requests_for import request, small_network

from generator.photos import images
from generator.photos.images import Picture
from generator.visualizations.activations import Activations
from generator.visualizations.maximization import Maximization, MaximizationOptions

LAYER = "features.3"
CHANNELS = [4, 1]


@pytest.fixture
def photos(tmp_path: Path) -> list[Picture]:
    for name, seed in (("one", 1), ("two", 2), ("three", 3)):
        pixels = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels // seed).save(tmp_path / f"{name}.png")
    return [images.describe(tmp_path / f"{name}.png") for name in ("one", "two", "three")]


def options(**fields: object) -> MaximizationOptions:
    return MaximizationOptions(kind="maximization", layers=[LAYER], device="cpu", **fields)


def by_hand(photos: list[Picture], channel: int) -> float:
    network = small_network()
    best = -np.inf
    for photo in photos:
        pixels = images.resize(images.open_pixels(photo), network.preprocessing.size)
        with torch.no_grad():
            maps = network.module.features[:4](network.input(pixels))
        best = max(best, float(maps[0, channel].mean()))
    return best


def test_each_picture_is_compared_with_the_best_photo(photos: list[Picture]) -> None:
    network = small_network()
    asked = request(network, LAYER, channels=CHANNELS, pictures=photos)
    visualization, chosen = Maximization(), options()
    tasks = list(visualization.tasks(chosen, asked))
    means = [task for task in tasks if task.visualization != "maximization"]
    assert len(means) == len(photos) and len(tasks) == len(means) + len(CHANNELS)
    by_name = {photo.name: photo for photo in photos}
    facts = {task: {} for task in tasks}
    for batch in Activations().batches(means):
        results = Activations().compute(network, batch, by_name)
        facts |= {task: dict(result.facts) for task, result in results}
    together = visualization.together(chosen, asked, facts)
    assert [task.channel for task in together] == CHANNELS
    for task, more in together.items():
        assert more["photos"] == len(photos)
        assert more["photo"] == pytest.approx(by_hand(photos, task.channel), rel=1e-4)


def test_without_photos_there_is_nothing_to_compare_with() -> None:
    asked = request(small_network(), LAYER, channels=CHANNELS)
    visualization, chosen = Maximization(), options()
    tasks = list(visualization.tasks(chosen, asked))
    assert [task.visualization for task in tasks] == ["maximization"] * 2
    assert visualization.together(chosen, asked, {task: {} for task in tasks}) == {}


def test_photos_are_in_no_key_of_a_picture(photos: list[Picture]) -> None:
    network, chosen = small_network(), options()
    bare = Maximization().tasks(chosen, request(network, LAYER, channels=CHANNELS))
    beside = Maximization().tasks(
        chosen, request(network, LAYER, channels=CHANNELS, pictures=photos)
    )
    assert list(bare) == [task for task in beside if task.visualization == "maximization"]


def test_units_of_one_layer_and_one_preset_are_computed_together() -> None:
    network = small_network()
    asked = request(network, LAYER, "features.5")
    visualization = Maximization()
    tasks = [
        task
        for preset in ("classic", "fourier")
        for task in visualization.tasks(options(preset=preset), asked)
    ]
    groups = list(visualization.batches(tasks[::2] + tasks[1::2]))
    assert sorted(map(id, (task for group in groups for task in group))) == sorted(map(id, tasks))
    assert max(map(len, groups)) == 4
    for group in groups:
        assert len({(task.layer, str(task.parameters)) for task in group}) == 1


def test_what_a_task_asks_for_is_what_its_preset_says() -> None:
    chosen = options(preset="maco", steps=3, size=48, precision="float32", seed=5)
    (task, *_) = Maximization().tasks(chosen, request(small_network(), LAYER, channels=[0]))
    expected = quick("maco", size=48, sketch=80, sketch_steps=48, steps=3)
    for name in ("parametrisation", "size", "steps", "learning_rate", "momentum", "redirect"):
        assert task.parameters[name] == getattr(expected, name), name
    assert (task.parameters["seed"], task.parameters["device"]) == (5, "cpu")
