"""Kernels: the weights, and nothing but the weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from requests_for import request
from torch import nn

from generator.errors import LayerError
from generator.visualizations.kernels import Kernels, KernelsOptions


def options(**fields) -> KernelsOptions:
    return KernelsOptions(**{"kind": "kernels", "layers": ["conv:1"], **fields})


def test_kernels_equal_the_weights(network) -> None:
    kernels = Kernels()
    (task,) = kernels.tasks(options(), request(network, "features.3"))
    ((_, result),) = kernels.compute(network, [task], {})
    weight = network.module.get_submodule("features.3").weight.detach().numpy()
    np.testing.assert_array_equal(result.tensors["kernels"], weight)
    assert result.tensors["kernels"].dtype == np.float32


def test_signed_kernels_share_a_scale_and_gray_ones_do_not(network) -> None:
    signed, gray = (
        next(iter(Kernels().figures(options(draw=draw), request(network, "features.0"))))
        for draw in ("signed", "gray")
    )
    assert (signed.drawing.scale, gray.drawing.scale) == ("layer", "each")
    assert signed.index == (None, 0)


def test_chosen_kernels_only(network) -> None:
    asked = request(network, "features.0", channels=(1, 3))
    (figure,) = Kernels().figures(options(input_channel=2), asked)
    assert figure.index == ((1, 3), 2)


def test_a_layer_without_kernels_is_refused(network) -> None:
    with pytest.raises(LayerError, match=r"'features.1' is a ReLU: it has no kernels") as caught:
        list(Kernels().tasks(options(), request(network, "features.1")))
    assert "conv:1" in caught.value.hint


def test_colour_needs_depth_3(network) -> None:
    with pytest.raises(LayerError, match="reads 2 channels: only kernels of depth 3"):
        list(Kernels().tasks(options(draw="rgb"), request(network, "features.3")))


def test_an_input_channel_that_is_not_there(network) -> None:
    with pytest.raises(LayerError, match="no input channel 2: its kernels are 2 deep"):
        list(Kernels().tasks(options(input_channel=2), request(network, "features.3")))


def test_compute_copies(network) -> None:
    (task,) = Kernels().tasks(options(), request(network, "features.0"))
    ((_, result),) = Kernels().compute(network, [task], {})
    before = result.tensors["kernels"].copy()
    with torch.no_grad():
        module = network.module.get_submodule("features.0")
        assert isinstance(module, nn.Conv2d)
        module.weight.add_(1)
    np.testing.assert_array_equal(result.tensors["kernels"], before)
