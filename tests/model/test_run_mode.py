"""Networks whose own code minds how their maps lie in memory, or how many pictures there are."""

from __future__ import annotations

import pytest
import torch
from small_networks import Small, network
from torch import Tensor, nn

from generator.errors import ModelError
from generator.model.run_mode import quickest_mode, rounds_alone, takes_several
from generator.model.trunk import Trunk


class Viewing(Small):
    """Flattens its maps as tutorials do, which is not possible where channels are last."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = nn.Linear(36, 5)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.features(images)
        answer: Tensor = self.classifier(maps.view(len(maps), -1))
        return answer


class One(Viewing):
    """Counts on a batch of one, as exported programs may."""

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.classifier(self.features(images).reshape(1, 36))
        return answer


@pytest.mark.parametrize("make", [Small, Viewing, One])
def test_units_are_those_of_the_network(make: type[nn.Module]) -> None:
    net = network(make())
    pictures = torch.rand(3, 3, 16, 20)
    for name, width in (("features.3", 6), ("features.4", 6), ("classifier", 5)):
        trunk = Trunk(net, name)
        variable = pictures.clone().requires_grad_()
        found = trunk.units(variable, [0, 3, 4])
        part = net.module.get_submodule(name)
        heard: list[Tensor] = []
        handle = part.register_forward_hook(
            lambda _, __, gave, heard=heard: heard.append(gave.clone())
        )
        for picture in pictures:
            net.module(net.normalise(picture[None]))
        handle.remove()
        expected = torch.stack([heard[n][0, unit] for n, unit in enumerate([0, 3, 4])])
        torch.testing.assert_close(found, expected)
        assert trunk.maps(pictures).shape[:2] == (3, width)
        (gradient,) = torch.autograd.grad(found.square().sum(), variable)
        assert bool((gradient != 0).any())


def test_the_quickest_mode_is_taken() -> None:
    zeros = torch.zeros(1, 3, 16, 20)
    found = [quickest_mode(make(), zeros)[0] for make in (Small, Viewing, One)]
    assert [mode.one_at_a_time for mode in found] == [False, False, True]
    assert [mode.memory for mode in found] == [
        torch.channels_last,
        torch.contiguous_format,
        torch.channels_last,
    ]


def test_a_network_that_runs_in_no_mode_is_told() -> None:
    with pytest.raises(ModelError, match="does not run in float32 on cpu: RuntimeError: ") as found:
        quickest_mode(Small(), torch.zeros(1, 4, 16, 20))
    assert "precision: float32" in found.value.hint


def test_whether_several_pictures_go_in_at_once() -> None:
    assert takes_several(Small().eval(), (3, 16, 20))
    assert not takes_several(One().eval(), (3, 16, 20))


def test_whether_a_picture_alone_is_rounded_in_another_way() -> None:
    """A sum over the batch stands for a library that chooses its arithmetic by the batch's size."""
    shape = torch.Size((1, 3, 8, 8))
    assert not rounds_alone(lambda pictures: pictures * 2, shape)
    assert rounds_alone(lambda pictures: pictures * (1 + 1e-6 * len(pictures)), shape)
    with torch.inference_mode():
        assert not rounds_alone(lambda pictures: pictures.sin(), shape)


def test_a_gradient_that_is_rounded_in_another_way_counts() -> None:
    class Back(torch.autograd.Function):
        @staticmethod
        def forward(context, pictures: Tensor) -> Tensor:
            return pictures.clone()

        @staticmethod
        def backward(context, gradient: Tensor) -> Tensor:
            return gradient * (1 + 1e-6 * len(gradient))

    assert rounds_alone(Back.apply, torch.Size((1, 3, 8, 8)))
