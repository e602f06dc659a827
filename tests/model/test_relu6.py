"""ReLU6 and depthwise filters: exact where pictures are graded, with a way out where they climb."""

from __future__ import annotations

import pytest
import torch
from small_networks import PREPROCESSING, network
from torch import nn

from generator.model.relu6 import loosened, overflowing
from generator.model.trunk import Trunk
from generator.visualizations.maximization.presets import CLASSIC, FOURIER
from generator.visualizations.maximization.suiting import suited


class Blocks(nn.Module):
    """0 conv, 1 norm, 2 ReLU6, 3 depthwise, 4 norm, 5 ReLU6: what 2 gives is zero at first."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.parts = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU6(inplace=True),
            nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU6(inplace=True),
        )
        for norm, bias in ((self.parts[1], -40.0), (self.parts[4], -1.0)):
            nn.init.constant_(norm.bias, bias)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.parts(images)


def gradient(trunk: Trunk, leak: float, overflow: float) -> torch.Tensor:
    pictures = torch.rand(2, 3, 16, 20, requires_grad=True)
    answers = trunk.units(pictures, [0, 1], leak, overflow)
    (found,) = torch.autograd.grad(answers.sum(), pictures)
    return found


def test_beyond_its_limits_some_gets_through() -> None:
    maps = torch.tensor([-10.0, -1.0, 0.0, 3.0, 6.0, 16.0])
    found = overflowing(maps, leak=0.1, overflow=0.2)
    torch.testing.assert_close(found, torch.tensor([-1.0, -0.1, 0.0, 3.0, 6.0, 8.0]))
    assert torch.equal(overflowing(maps, 0, 0), nn.functional.relu6(maps))


@pytest.mark.parametrize("layer", ["parts.3", "parts.4", "parts.5"])
def test_a_deaf_depthwise_filter_is_heard_while_it_climbs(layer: str) -> None:
    trunk = Trunk(network(Blocks()), layer)
    assert not gradient(trunk, 0.1, 0.0).any()  # silent on every way: nothing leads back
    assert gradient(trunk, 0.1, 0.1).any()
    assert not gradient(trunk, 0.0, 0.1).any()  # and not for longer than the leak lasts


def test_graded_answers_are_the_network_s_own() -> None:
    net = network(Blocks())
    pictures = torch.rand(2, 3, 16, 20)
    for layer in ("parts.2", "parts.5"):
        trunk = Trunk(net, layer)
        before = trunk.units(pictures, [0, 1])
        gradient(trunk, 0.1, 0.1)
        assert torch.equal(trunk.units(pictures, [0, 1]), before)
        assert all("forward" not in vars(part) for part in trunk.module.modules())


@pytest.mark.parametrize("sliced", [True, False])
def test_a_filter_at_its_limit_climbs_on(sliced: bool) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(3, 4, 3, padding=1)
    nn.init.constant_(convolution.bias, 30.0)
    between = [] if sliced else [nn.BatchNorm2d(4)]
    trunk = Trunk(network(nn.Sequential(convolution, *between, nn.ReLU6())), f"{1 + len(between)}")
    assert trunk.sliced == sliced
    assert not gradient(trunk, 0.1, 0.0).any()
    assert gradient(trunk, 0.0, 0.1).any()


def test_a_block_that_fails_leaves_the_module_as_it_was() -> None:
    module = nn.ReLU6()
    with pytest.raises(RuntimeError), loosened(module, 0.1):
        assert module(torch.tensor([16.0])) == 7
        raise RuntimeError
    assert module(torch.tensor([16.0])) == 6


def test_only_layers_with_limits_have_other_settings_and_keys() -> None:
    net = network(Blocks())
    size = PREPROCESSING.size
    overflow = {
        layer.name: suited(FOURIER, layer, size, 32).parameters().get("overflow")
        for layer in net.layers
    }
    limited = {"parts.2", "parts.3", "parts.5"}
    assert overflow == {layer.name: 0.1 if layer.name in limited else None for layer in net.layers}
    # The original's method has no way out, and keeps none.
    classic = suited(CLASSIC, net.layer("parts.2"), size, 32)
    assert classic.overflow == 0
