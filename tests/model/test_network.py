from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from small_networks import PREPROCESSING, network
from torch import nn

from generator.errors import LayerError
from generator.model.network import Preprocessing


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)


def test_input_is_normalised_channels_first(pixels: np.ndarray) -> None:
    tensor = network().input(pixels)
    assert tensor.shape == (1, 3, 16, 20)
    assert tensor.dtype == torch.float32
    for channel in range(3):
        expected = (pixels[:, :, channel] / 255 - PREPROCESSING.mean[channel]) / PREPROCESSING.std[
            channel
        ]
        np.testing.assert_allclose(tensor[0, channel].numpy(), expected, rtol=1e-6, atol=1e-6)


def test_a_network_for_gray_pictures_is_given_the_luminance(pixels: np.ndarray) -> None:
    gray = Preprocessing(size=(16, 20), mean=(0.0,), std=(1 / 255,))
    tensor = network(nn.Sequential(nn.Conv2d(1, 2, 3)), gray).input(pixels)
    assert tensor.shape == (1, 1, 16, 20)
    pillow = np.asarray(Image.fromarray(pixels).convert("L"), dtype=float)
    assert np.abs(tensor[0, 0].numpy() - pillow).max() <= 0.51


@pytest.mark.parametrize(
    "wrong", [np.zeros((20, 16, 3), np.uint8), np.zeros((16, 20, 3)), np.zeros((16, 20), np.uint8)]
)
def test_other_pixels_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 or float32 pixels \(16, 20, 3\)"):
        network().input(wrong)


def test_kernels_are_a_copy_of_the_weights() -> None:
    net = network()
    kernels = net.kernels("features.3")
    assert kernels.shape == (6, 2, 3, 5)
    assert kernels.dtype == np.float32
    weights = net.submodule("features.3").weight.numpy()
    np.testing.assert_array_equal(kernels, weights)
    kernels[:] = 0
    assert weights.any()


def test_a_layer_without_kernels_is_an_error() -> None:
    with pytest.raises(LayerError, match=r"'features\.1' has no kernels: it is a ReLU") as caught:
        network().kernels("features.1")
    assert "conv:*" in caught.value.hint


def test_unknown_names_are_errors_with_the_nearest() -> None:
    net = network()
    assert net.layer("features.0").ordinal == 1
    assert isinstance(net.submodule("features"), nn.Sequential)
    for ask in (net.layer, net.submodule, net.kernels):
        with pytest.raises(LayerError, match=r"No layer is called 'feature\.0'") as caught:
            ask("feature.0")
        assert "features.0" in caught.value.hint


def test_importing_the_contract_does_not_import_torch() -> None:
    code = (
        "import sys; import generator.model, generator.model.network, generator.model.layers;"
        "print([name for name in ('torch', 'torchvision', 'h5py') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
