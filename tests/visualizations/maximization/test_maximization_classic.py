"""The preset ``classic`` is the original's method, step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from quick_pictures import graded, quick
from requests_for import request, small_network
from torch import nn

from generator.model.network import Network
from generator.photos.images import Picture
from generator.visualizations.maximization import Maximization, MaximizationOptions
from generator.visualizations.maximization.parametrisation import unit_seed
from generator.visualizations.maximization.presets import PRESETS

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def original(network: Network, layer: int, channel: int, noise: np.ndarray, steps: int):
    """The original's loop, with torch's own Adam: 0..255 pictures after each step."""
    values = torch.from_numpy(noise).permute(2, 0, 1)[None].float() / 255
    pixels = ((values - MEAN) / STD).requires_grad_()
    adam = torch.optim.Adam([pixels], lr=0.1, weight_decay=1e-6)
    frames = []
    for _ in range(steps):
        adam.zero_grad()
        maps = network.module.features[: layer + 1](network.normalise(pixels * STD + MEAN))
        (-maps[0, channel].mean()).backward()
        adam.step()
        shown = (pixels.detach() * STD + MEAN).clamp(0, 1) * 255
        frames.append(shown[0].permute(1, 2, 0).round().numpy())
    return frames


def test_the_preset_is_the_original() -> None:
    classic = PRESETS["classic"]
    assert (classic.size, classic.steps, classic.keep_every) == (224, 50, 5)
    assert (classic.learning_rate, classic.weight_decay) == (0.1, 1e-6)
    assert (classic.momentum, classic.decay, classic.warm_up) == ("adam", "none", 0)
    assert classic.parametrisation == "pixels" and classic.noise == (125, 190)
    assert classic.sketch is None and classic.crop is None and classic.redirect == 0
    assert (classic.jitter, classic.rotate, classic.rescale) == (0, 0, 0)
    assert classic.retries == 0 and not classic.second_seed


@pytest.mark.parametrize(("layer", "channel"), [(0, 1), (1, 2), (4, 3), (5, 6)])
def test_each_kept_picture_is_torchs_adams(layer: int, channel: int) -> None:
    network = small_network()
    (found,) = graded(
        network, f"features.{layer}", [channel], quick("classic", steps=20, keep_every=5)
    )
    frames = original(network, layer, channel, found.noise, 20)
    assert found.iterations == (5, 10, 15, 20)
    apart = [
        np.abs(shown.astype(float) - frames[iteration - 1])
        for shown, iteration in zip(found.steps, found.iterations, strict=True)
    ]
    # A pixel whose gradient is almost nothing may go either way, as Adam divides by it; what it
    # does then grows.
    assert (apart[0] <= 1).mean() > 0.99
    assert (apart[-1] <= 1).mean() > 0.9


def test_the_noise_is_uniform_from_125_up_to_but_without_190() -> None:
    network = small_network()
    (found,) = graded(network, "features.0", [1], quick("classic", size=96, steps=1))
    assert found.noise.dtype == np.uint8 and found.noise.shape == (96, 96, 3)
    assert set(np.unique(found.noise)) == set(range(125, 190))
    settings = quick("classic")
    drawn = np.random.default_rng(unit_seed(settings, "features.0:1"))
    np.testing.assert_array_equal(
        found.noise, drawn.integers(125, 190, (96, 96, 3), dtype=np.uint8)
    )


def test_every_fifth_picture_is_kept_and_the_last() -> None:
    (found,) = graded(small_network(), "features.0", [0], quick("classic", steps=12, keep_every=5))
    assert found.iterations == (5, 10, 12)
    assert found.steps.shape == (3, 24, 24, 3)
    np.testing.assert_array_equal(found.steps[-1], found.picture)


def test_weight_decay_pulls_towards_imagenets_mean() -> None:
    network = small_network()
    network.module.features[0] = nn.Conv2d(3, 4, 3, padding=1)
    network.module.features[0].weight.data.zero_()
    settings = quick("classic", steps=30, weight_decay=0.5)
    (found,) = graded(network, "features.0", [0], settings)
    middle = MEAN.flatten().numpy() * 255
    before, after = (np.abs(shown - middle).mean() for shown in (found.noise, found.picture))
    assert after < before / 4


def test_the_visualization_gives_the_tasks_their_results(photo: Picture) -> None:
    network = small_network()
    options = MaximizationOptions(
        kind="maximization",
        layers=["features.3"],
        preset="classic",
        size=24,
        steps=6,
        device="cpu",
        precision="float32",
    )
    visualization = Maximization()
    tasks = list(visualization.tasks(options, request(network, "features.3", channels=[5, 4, 0])))
    assert [task.channel for task in tasks] == [5, 4, 0]
    assert all(task.scope == "prefix" for task in tasks)
    results = {
        task.channel: result
        for batch in visualization.batches(tasks)
        for task, result in visualization.compute(network, batch, {})
    }
    assert list(results) == [5, 4, 0]
    assert set(results[4].tensors) == {"picture", "noise", "steps"}
    assert results[4].facts["iterations"] == [5, 6]
    (alone,) = graded(network, "features.3", [4], quick("classic", keep_every=5))
    np.testing.assert_array_equal(results[4].tensors["picture"], alone.picture)
    assert results[4].facts["activation"] == pytest.approx(alone.scores.activation, rel=1e-4)


def test_the_weights_are_left_alone() -> None:
    network = small_network()
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    graded(network, "features.4", [1], quick("classic"))
    for name, value in network.module.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(parameter.grad is None for parameter in network.module.parameters())
    assert not any(parameter.requires_grad for parameter in network.module.parameters())
