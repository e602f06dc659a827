"""The original's method, and that a unit's picture is its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from requests_for import request, small_network

from generator.visualizations.maximization import Maximization, MaximizationOptions
from generator.visualizations.maximization.presets import PRESETS


def run(network, layer, channels, **fields):
    chosen = MaximizationOptions(
        **{
            "kind": "maximization",
            "layers": [layer],
            "preset": "classic",
            "size": 24,
            "steps": 12,
            **fields,
        }
    )
    visualization = Maximization()
    tasks = list(visualization.tasks(chosen, request(network, layer, channels=channels)))
    return {
        task.channel: result
        for batch in visualization.batches(tasks)
        for task, result in visualization.compute(network, batch, {})
    }


def mean_activation(network, layer: int, channel: int, picture: np.ndarray) -> float:
    values = (picture.astype(np.float64) / 255 - network.preprocessing.mean) / np.array(
        network.preprocessing.std
    )
    read = torch.from_numpy(values.transpose(2, 0, 1)[None]).float()
    with torch.no_grad():
        return float(network.module.features[: layer + 1](read)[0, channel].mean())


def test_the_preset_is_the_original() -> None:
    classic = PRESETS["classic"]
    assert (classic.size, classic.steps, classic.keep_every) == (224, 50, 5)
    assert (classic.learning_rate, classic.weight_decay) == (0.1, 1e-6)
    assert classic.noise == (125, 190)


def test_it_climbs_and_says_how_far(network) -> None:
    (result,) = run(network, "features.3", [2]).values()
    picture, noise = result.tensors["picture"], result.tensors["noise"]
    assert picture.shape == noise.shape == (24, 24, 3)
    assert noise.min() >= 125 and noise.max() < 190
    after, before = (mean_activation(network, 3, 2, values) for values in (picture, noise))
    assert after > before
    assert result.facts["activation"] == pytest.approx(after, rel=1e-3)
    assert result.facts["start"] == pytest.approx(before, rel=1e-3)


def test_every_fifth_picture_is_kept_and_the_last(network) -> None:
    (result,) = run(network, "features.0", [0]).values()
    assert result.facts["iterations"] == [5, 10, 12]
    assert result.tensors["steps"].shape == (3, 24, 24, 3)
    np.testing.assert_array_equal(result.tensors["steps"][-1], result.tensors["picture"])


def test_the_first_step_is_adams(network) -> None:
    """Adam's first step is the learning rate in the direction of the gradient's sign."""
    (result,) = run(network, "features.0", [1], steps=1).values()
    moved = result.tensors["picture"].astype(int) - result.tensors["noise"]
    expected = 0.1 * np.array([0.229, 0.224, 0.225]) * 255
    inside = np.abs(moved[2:-2, 2:-2])
    assert (np.abs(inside - expected) <= 1).mean() > 0.95


def test_a_unit_alone_or_beside_others_gives_the_same_picture(network) -> None:
    alone = run(network, "features.3", [4])[4]
    beside = run(network, "features.3", [5, 4, 0])[4]
    np.testing.assert_array_equal(alone.tensors["picture"], beside.tensors["picture"])


def test_units_start_from_noise_of_their_own_and_the_seed_changes_it(network) -> None:
    results = run(network, "features.0", [0, 1])
    assert (results[0].tensors["noise"] != results[1].tensors["noise"]).any()
    reseeded = run(network, "features.0", [0], seed=1)
    assert (results[0].tensors["noise"] != reseeded[0].tensors["noise"]).any()


def test_the_weights_are_left_alone_and_no_hook_stays() -> None:
    network = small_network()
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    run(network, "features.4", [1])
    for name, value in network.module.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(parameter.grad is None for parameter in network.module.parameters())
    assert not any(module._forward_hooks for module in network.module.modules())
