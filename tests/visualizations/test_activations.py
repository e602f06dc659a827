"""Activation maps equal an independently hooked forward pass, and the chain is the original's."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest
import torch
from requests_for import request, small_network
from torch.nn import functional

from generator.errors import LayerError
from generator.photos import images
from generator.visualizations.activations import Activations, ActivationsOptions, means_task


def options(**fields) -> ActivationsOptions:
    return ActivationsOptions(**{"kind": "activations", "layers": ["conv:1"], **fields})


def run(network, photo, layers, **fields):
    chosen = options(**fields)
    asked = request(network, *layers, pictures=[photo], channels=fields.pop("channels", None))
    tasks = list(Activations().tasks(chosen, asked))
    return dict(Activations().compute(network, tasks, {photo.name: photo}))


def by_hand(network, photo):
    """Every step of the small network's forward, written out."""
    pixels = images.resize(images.open_pixels(photo), (16, 20)).astype(np.float64) / 255
    values = (pixels - network.preprocessing.mean) / network.preprocessing.std
    first = torch.from_numpy(values.transpose(2, 0, 1)[None]).float()
    conv1, conv2, conv3 = (network.module.get_submodule(f"features.{i}") for i in (0, 3, 5))
    outputs = {"features.0": functional.conv2d(first, conv1.weight, conv1.bias, padding=1)}
    outputs["features.1"] = outputs["features.0"].clamp(min=0)
    pooled = functional.max_pool2d(outputs["features.1"], 2)
    outputs["features.3"] = functional.conv2d(pooled, conv2.weight, conv2.bias, padding=1, groups=2)
    last = outputs["features.3"].clamp(min=0)
    outputs["features.5"] = functional.conv2d(last, conv3.weight, conv3.bias, padding=1, stride=2)
    return {name: output[0].numpy() for name, output in outputs.items()}


def test_maps_equal_a_forward_by_hand_before_the_in_place_relu(network, photo) -> None:
    expected = by_hand(network, photo)
    results = run(network, photo, list(expected))
    assert expected["features.0"].min() < 0, "the in-place ReLU must have something to overwrite"
    for task, result in results.items():
        np.testing.assert_allclose(result.tensors["maps"], expected[task.layer], atol=1e-5)


def test_one_filter_keeps_one_map(network, photo) -> None:
    whole = run(network, photo, ["features.3"])
    asked = request(network, "features.3", pictures=[photo], channels=(4,))
    tasks = list(Activations().tasks(options(show="filter"), asked))
    ((task, result),) = Activations().compute(network, tasks, {photo.name: photo})
    assert task.channel == 4
    ((_, all_maps),) = whole.items()
    np.testing.assert_array_equal(result.tensors["maps"], all_maps.tensors["maps"][4:5])


def test_the_peak_of_each_map_that_is_kept_is_a_fact(network, photo) -> None:
    ((_, whole),) = run(network, photo, ["features.3"]).items()
    expected = whole.tensors["maps"].max(axis=(1, 2))
    np.testing.assert_allclose(whole.facts["peaks"], expected, rtol=1e-5)
    asked = request(network, "features.3", pictures=[photo], channels=(4,))
    tasks = list(Activations().tasks(options(show="filter"), asked))
    ((_, alone),) = Activations().compute(network, tasks, {photo.name: photo})
    np.testing.assert_allclose(alone.facts["peaks"], expected[4:5], rtol=1e-5)


def test_no_hook_is_left(network, photo) -> None:
    run(network, photo, ["features.0", "features.5"])
    assert not any(module._forward_hooks for module in network.module.modules())


def chain_network(std):
    network = small_network(std=std)
    network.module.features[5] = torch.nn.Conv2d(6, 8, 3, padding=1).requires_grad_(False)
    return network


@pytest.mark.parametrize(
    ("std", "white"), [((0.2, 0.25, 0.5), 1), ((1 / 255,) * 3, 255)], ids=["unit", "bytes"]
)
def test_the_chain_has_no_relu_no_pool_and_no_normalisation(photo, std, white) -> None:
    network = chain_network(std)
    results = run(network, photo, ["features.3", "features.5"], mode="convolutions")
    pixels = images.resize(images.open_pixels(photo), (16, 20)).astype(np.float32) / 255
    values = torch.from_numpy(pixels.transpose(2, 0, 1)[None]) * white
    for index in (0, 3, 5):
        module = network.module.features[index]
        values = functional.conv2d(
            values, module.weight, module.bias, padding=1, groups=module.groups
        )
    (last,) = [result for task, result in results.items() if task.layer == "features.5"]
    assert last.tensors["maps"].shape == (8, 16, 20)
    np.testing.assert_allclose(last.tensors["maps"], values[0].numpy(), rtol=1e-4, atol=1e-4)


def test_a_chain_that_breaks_says_where(network, photo) -> None:
    network.module.features[5] = torch.nn.Conv2d(3, 8, 3)
    with pytest.raises(LayerError, match=r"breaks at 'features\.5': it reads 3 channels, and is"):
        run(network, photo, ["features.5"], mode="convolutions")


def test_the_chain_takes_convolutions_only(network, photo) -> None:
    with pytest.raises(LayerError, match=r"'features\.1' is a ReLU"):
        run(network, photo, ["features.1"], mode="convolutions")


def test_one_forward_pass_a_picture_and_mode(network, photo) -> None:
    visualization = Activations()
    asked = request(network, "features.0", "features.3", pictures=[photo])
    tasks = [
        *visualization.tasks(options(), asked),
        *visualization.tasks(options(mode="convolutions"), asked),
    ]
    assert [len(batch) for batch in visualization.batches(tasks)] == [2, 2]


def test_signed_layers_are_drawn_signed_and_relus_as_heat(network, photo) -> None:
    asked = request(network, "features.0", "features.1", pictures=[photo])
    styles = [figure.drawing.style for figure in Activations().figures(options(), asked)]
    assert styles == ["signed", "heat"]


def test_the_kernels_beside_a_grid_come_once(network, photo) -> None:
    asked = request(network, "features.0", pictures=[photo, photo])
    figures = list(Activations().figures(options(kernels=True), asked))
    assert [figure.role for figure in figures] == ["maps", "maps", "kernels"]
    wanted = {figure.task for figure in figures}
    assert wanted <= set(Activations().tasks(options(kernels=True), asked))


def test_what_is_no_number_is_told_and_counted(network, photo) -> None:
    broken = copy.deepcopy(network)
    with torch.no_grad():
        broken.module.features[0].weight[1] = 3e38
        broken.module.features[0].weight[1, 0] = -3e38
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ((_, result),) = run(broken, photo, ["features.0"]).items()
        task = means_task(broken.layer("features.0"), photo)
        ((_, means),) = Activations().compute(broken, [task], {photo.name: photo})
    maps = result.tensors["maps"]
    count = int((~np.isfinite(maps)).sum())
    assert 0 < count <= maps[1].size
    assert result.facts["not_numbers"] == count
    assert result.facts["peaks"][1] is None and result.facts["peaks"][0] is not None
    assert result.facts["strongest"] != 1
    assert means.facts["means"][1] is None
    assert "not_numbers" not in next(iter(run(network, photo, ["features.0"]).values())).facts
