"""EfficientNet-Lite0: its layers, and what its parts must be."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from generator.model import load
from generator.model.layers import Layer
from generator.model.network import Network
from generator.model.sources.efficientnet_lite import Block, EfficientNetLite0, Stage


@pytest.fixture(scope="module")
def lite() -> Network:
    return load("efficientnet-lite0", weights="none", seed=5, size=(64, 96))


def test_its_layers_are_listed_with_what_they_are(lite: Network) -> None:
    assert sum(layer.parameters for layer in lite.layers) == 4_652_008  # as published: 4.7 million
    assert lite.layer("stem").shape == (32, 32, 48)
    assert lite.layer("head_act").shape == (1280, 2, 3)
    assert [lite.layer(f"blocks.{n}.project").channels for n in (0, 2, 4, 7, 10, 14, 15)] == [
        *(16, 24, 40, 80, 112, 192, 320)
    ]
    assert lite.output == lite.layer("classifier")
    assert lite.outputs == len(lite.classes) == 1000
    assert lite.classes[285] == "Egyptian cat"


def test_a_depthwise_kernel_reads_one_channel(lite: Network) -> None:
    depthwise = [layer for layer in lite.layers if layer.name.endswith(".depthwise")]
    assert len(depthwise) == 16
    for layer in depthwise:
        found = layer.convolution
        assert found is not None
        assert (found.depth, found.groups) == (1, layer.channels)
        assert lite.kernels(layer.name).shape == (layer.channels, 1, *found.kernel)


def test_values_are_signed_where_no_relu6_follows(lite: Network) -> None:
    def signed(end: str) -> set[bool]:
        return {layer.signed for layer in lite.layers if layer.name.endswith(end)}

    assert signed("_act") == {False}
    assert signed("project_norm") == signed("depthwise_norm") == {True}
    assert not lite.layer("pool").signed
    assert lite.layer("classifier").signed


def test_the_first_layers_know_what_they_see(lite: Network) -> None:
    def sees(layer: Layer) -> tuple[object, ...]:
        return (layer.receptive_field, layer.field_step, layer.field_start)

    assert sees(lite.layer("stem")) == ((3, 3), (2, 2), (0, 0))  # nothing is padded above
    assert sees(lite.layer("blocks.0.depthwise")) == ((7, 7), (2, 2), (-2, -2))
    assert sees(lite.layer("blocks.1.depthwise")) == ((11, 11), (4, 4), (-2, -2))


@pytest.mark.parametrize(("kernel", "side"), [(3, 8), (5, 8), (3, 14), (5, 28)])
def test_before_a_stride_it_pads_as_tensorflow_does(kernel: int, side: int) -> None:
    """SAME: the output has half the side, and the odd row of padding comes last."""
    torch.manual_seed(0)
    block = Block(2, Stage(1, kernel, 2, 1, 3), 2).eval()
    maps = torch.rand(1, 2, side, side)
    total = (side // 2 - 1) * 2 + kernel - side
    around = (total // 2, total - total // 2) * 2
    weight = block.get_submodule("depthwise").weight
    wanted = functional.conv2d(functional.pad(maps, around), weight, stride=2, groups=2)
    found = nn.Sequential(*list(block)[:2])(maps)
    assert found.shape[-1] == side // 2
    torch.testing.assert_close(found, wanted)


def test_a_block_adds_its_input_where_the_shape_stays() -> None:
    torch.manual_seed(0)
    block = Block(4, Stage(1, 3, 1, 6, 4), 1).eval()
    maps = torch.rand(1, 4, 6, 6)
    torch.testing.assert_close(block(maps) - maps, nn.Sequential(*block)(maps))
    assert not Block(4, Stage(1, 3, 1, 6, 5), 1).residual
    assert not Block(4, Stage(1, 3, 2, 6, 4), 2).residual


def test_batch_normalisation_has_tensorflow_s_epsilon() -> None:
    with torch.device("meta"):
        norms = [m for m in EfficientNetLite0().modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 49
    assert {norm.eps for norm in norms} == {1e-3}
