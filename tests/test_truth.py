"""On the real VGG16 weights: kernels are the weights, maps are the network's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from requests_for import request

from generator import model
from generator.model.network import Network
from generator.photos import images
from generator.visualizations.activations import Activations, ActivationsOptions
from generator.visualizations.kernels import Kernels, KernelsOptions

pytestmark = pytest.mark.weights

PHOTO = Path(__file__).parents[1] / "docs" / "images" / "chelsea.jpg"
LAYERS = ["features.0", "features.2", "features.11", "features.20", "features.28"]


@pytest.fixture(scope="module")
def vgg16() -> Network:
    return model.load("vgg16-hed")


def test_kernels_equal_the_weights(vgg16: Network) -> None:
    chosen = KernelsOptions(kind="kernels", layers=["conv:*"])
    asked = request(vgg16, "conv:*")
    tasks = list(Kernels().tasks(chosen, asked))
    assert len(tasks) == 13
    weights = vgg16.module.state_dict()
    for task, result in Kernels().compute(vgg16, tasks, {}):
        expected = weights[f"{task.layer}.weight"].numpy()
        span = np.ptp(expected)
        assert np.abs(result.tensors["kernels"] - expected).max() <= 1e-5 * span


def test_maps_equal_an_independently_hooked_forward(vgg16: Network) -> None:
    photo = images.describe(PHOTO)
    seen: dict[str, np.ndarray] = {}

    def keep(name: str):
        return lambda module, inputs, output: seen.update({name: output[0].numpy().copy()})

    pixels = images.resize(images.open_pixels(photo), (224, 224)).astype(np.float32)
    mean_rgb = np.array([123.68, 116.779, 103.939], dtype=np.float32)
    read = torch.from_numpy((pixels - mean_rgb).transpose(2, 0, 1)[None].copy())
    handles = [
        vgg16.module.get_submodule(name).register_forward_hook(keep(name)) for name in LAYERS
    ]
    try:
        with torch.no_grad():
            vgg16.module(read)
    finally:
        for handle in handles:
            handle.remove()
    chosen = ActivationsOptions(kind="activations", layers=LAYERS)
    tasks = list(Activations().tasks(chosen, request(vgg16, *LAYERS, pictures=[photo])))
    results = dict(Activations().compute(vgg16, tasks, {photo.name: photo}))
    assert len(results) == len(LAYERS)
    for task, result in results.items():
        expected = seen[task.layer]
        span = float(np.ptp(expected))
        assert span > 1, "a photo must move every layer"
        assert np.abs(result.tensors["maps"] - expected).max() <= 1e-5 * span
