"""The animation's numbers are the network's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from requests_for import request
from torch.nn import functional

from generator.errors import LayerError
from generator.photos import images
from generator.visualizations.convolution import Convolution, ConvolutionOptions, correlate


def options(**fields) -> ConvolutionOptions:
    return ConvolutionOptions(**{"kind": "convolution", "layers": ["conv:1"], **fields})


def test_the_plane_is_what_the_network_reads(network, photo) -> None:
    chosen = options(patch=5, at=(0, 0), input_channel=1)
    asked = request(network, "features.0", channels=(2,), pictures=[photo])
    tasks = list(Convolution().tasks(chosen, asked))
    ((_, result),) = Convolution().compute(network, tasks, {photo.name: photo})
    pixels = images.resize(images.open_pixels(photo), (16, 20))
    read = network.input(pixels)[0, 1, :5, :5].numpy()
    plane = result.tensors["input"]
    assert plane.shape == (7, 7)
    np.testing.assert_allclose(plane[1:-1, 1:-1], read, atol=1e-6)
    assert not plane[0].any() and not plane[:, -1].any(), "the padding is zero"
    weight = network.kernels("features.0")[2, 1]
    np.testing.assert_array_equal(result.tensors["kernel"], weight)
    expected = functional.conv2d(
        torch.from_numpy(read)[None, None], torch.from_numpy(weight)[None, None], padding=1
    )
    np.testing.assert_allclose(result.tensors["output"], expected[0, 0].numpy(), atol=1e-5)
    np.testing.assert_array_equal(result.tensors["patch"], pixels[:5, :5])


def test_every_corner_of_the_photo_can_be_chosen(network, photo) -> None:
    for at in ((0, 0), (1, 1), (0, 1), (1, 0)):
        asked = request(network, "features.0", channels=(0,), pictures=[photo])
        tasks = list(Convolution().tasks(options(at=at, patch=6), asked))
        ((_, result),) = Convolution().compute(network, tasks, {photo.name: photo})
        assert result.tensors["patch"].shape == (6, 6, 3)


def test_only_the_layer_that_reads_the_photo(network, photo) -> None:
    with pytest.raises(LayerError, match="slides a kernel over the photo itself") as caught:
        list(Convolution().tasks(options(), request(network, "features.3", pictures=[photo])))
    assert "conv:1" in caught.value.hint


@given(
    side=st.integers(3, 9),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_correlate_is_a_convolution_layer(side: int, kernel: int, stride: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    plane = draw.normal(size=(side, side)).astype(np.float32)
    weights = draw.normal(size=(kernel, kernel)).astype(np.float32)
    expected = functional.conv2d(
        torch.from_numpy(plane)[None, None], torch.from_numpy(weights)[None, None], stride=stride
    )[0, 0].numpy()
    np.testing.assert_allclose(correlate(plane, weights, (stride, stride)), expected, atol=1e-4)
