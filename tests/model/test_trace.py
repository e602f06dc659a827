from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from small_networks import Small
from torch import Tensor, nn
from torch.nn import functional

from generator.errors import ModelError
from generator.model.layers import Convolution
from generator.model.tracing.trace import trace


def hooks_of(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in module.modules())


def test_layers_are_listed_in_the_order_in_which_they_ran() -> None:
    layers = trace(Small().eval(), (3, 16, 20)).layers
    assert [(each.name, each.type, each.ordinal, each.shape) for each in layers] == [
        ("features.0", "Conv2d", 1, (4, 16, 20)),
        ("features.1", "ReLU", None, (4, 16, 20)),
        ("features.2", "MaxPool2d", None, (4, 8, 10)),
        ("features.3", "Conv2d", 2, (6, 2, 3)),
        ("features.4", "ReLU", None, (6, 2, 3)),
        ("pool", "AdaptiveAvgPool2d", None, (6, 1, 1)),
        ("classifier", "Linear", None, (5,)),
    ]
    assert [each.index for each in layers] == list(range(7))
    assert [each.parameters for each in layers] == [112, 0, 0, 186, 0, 0, 35]
    assert layers[3].convolution == Convolution((3, 5), (2, 2), (0, 0), (2, 1), 2, 2)


def test_receptive_fields_grow_until_places_are_mixed() -> None:
    layers = trace(Small().eval(), (3, 16, 20)).layers
    # 3; pool adds 1 step of 1; the conv adds 2 * dilation 2 steps of 2, and 4 steps of 2.
    assert [each.receptive_field for each in layers] == [
        (3, 3),
        (3, 3),
        (4, 4),
        (12, 12),
        (12, 12),
        None,
        None,
    ]


def test_receptive_field_is_what_the_gradient_reaches() -> None:
    module = nn.Sequential(
        nn.Conv2d(1, 2, 5, stride=2), nn.Tanh(), nn.AvgPool2d(3, 2), nn.Conv2d(2, 1, 3, dilation=2)
    ).eval()
    field = trace(module, (1, 64, 64)).layers[-1].receptive_field
    picture = torch.rand(1, 1, 64, 64, requires_grad=True)
    answers = module(picture)
    answers[0, 0, 2, 2].backward()
    assert picture.grad is not None
    rows, columns = picture.grad[0, 0].nonzero().unbind(1)
    assert field == (
        int(rows.max() - rows.min()) + 1,
        int(columns.max() - columns.min()) + 1,
    )


@pytest.mark.parametrize("place", [(5, 6), (7, 8)])
def test_a_place_sees_the_picture_from_where_its_layer_says(place: tuple[int, int]) -> None:
    module = nn.Sequential(
        nn.Conv2d(1, 2, (5, 3), stride=2, padding=(2, 0)),
        nn.AvgPool2d(3, 2, padding=1),
        nn.Conv2d(2, 1, (3, 4), dilation=2, padding="same"),
    ).eval()
    layer = trace(module, (1, 64, 64)).layers[-1]
    picture = torch.rand(1, 1, 64, 64, requires_grad=True)
    module(picture)[0, 0, *place].backward()
    assert picture.grad is not None and layer.receptive_field is not None
    for axis, reached in enumerate(picture.grad[0, 0].nonzero().unbind(1)):
        start = layer.field_start[axis] + place[axis] * layer.field_step[axis]
        assert (int(reached.min()), int(reached.max()) + 1) == (
            start,
            start + layer.receptive_field[axis],
        )


def test_only_rectified_answers_are_unsigned() -> None:
    layers = trace(Small().eval(), (3, 16, 20)).layers
    assert [each.signed for each in layers] == [True, False, False, True, False, False, True]


class Branches(nn.Module):
    """Adds in place between two modules, and calls one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Conv2d(3, 3, 1)
        self.conv = nn.Conv2d(3, 3, 3, padding="same")
        self.relu = nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        first: Tensor = self.relu(self.conv(images))
        first += images
        second: Tensor = self.relu(first)
        return second.mean((2, 3))


def test_what_runs_twice_is_listed_once_and_what_never_runs_is_not() -> None:
    traced = trace(Branches().eval(), (3, 8, 8))
    assert [each.name for each in traced.layers] == ["conv", "relu"]
    assert traced.calls == ("", "conv", "relu")
    assert traced.layers[0].convolution == Convolution((3, 3), (1, 1), (1, 1), (1, 1), 1, 3)


class Between(Branches):
    """Does something to a map between two modules."""

    def __init__(self, does: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.does = does
        self.last = nn.Conv2d(3, 3, 3)

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.last(self.does(self.relu(self.conv(images)), images))
        return answer


class Summing(Branches):
    """The same, and ends there."""

    def __init__(self, does: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.does = does

    def forward(self, images: Tensor) -> Tensor:
        return self.does(self.relu(self.conv(images)), images)


def concatenated(one: Tensor, other: Tensor) -> Tensor:
    return torch.cat([one[:, :1], other[:, :2]], 1)


@pytest.mark.parametrize(
    "does",
    [
        Tensor.mul_,
        lambda one, other: one * other.mean((2, 3), keepdim=True),
        lambda one, other: one + other.mean((2, 3), keepdim=True),
        lambda one, other: functional.relu(one.flip(3)),
        lambda one, other: torch.cat([one, one], 2),
        lambda one, other: torch.add(one, other, alpha=-1),
        concatenated,
    ],
)
def test_a_receptive_field_is_unknown_after_what_is_not_understood(
    does: Callable[[Tensor, Tensor], Tensor],
) -> None:
    layers = trace(Between(does).eval(), (3, 8, 8)).layers
    assert [each.receptive_field for each in layers] == [(3, 3), (3, 3), None]


@pytest.mark.parametrize(
    "does",
    [
        Tensor.add_,
        lambda one, other: one + other,
        lambda one, other: functional.relu(one) + 1,
    ],
)
def test_a_receptive_field_is_known_after_sums_and_relus_without_modules(
    does: Callable[[Tensor, Tensor], Tensor],
) -> None:
    assert trace(Between(does).eval(), (3, 8, 8)).layers[-1].receptive_field == (5, 5)


class Joining(nn.Module):
    """Branches of unequal reach, added and side by side, as in residual and dense networks."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 2, 3, stride=2, padding=1)
        self.wide = nn.Conv2d(2, 2, (5, 3), padding=(2, 1))
        self.dense = nn.Conv2d(2, 3, 3, padding=(0, 2), dilation=(1, 2))
        self.low = nn.ZeroPad2d((0, 0, 2, 0))
        self.last = nn.Conv2d(5, 1, 3)

    def forward(self, images: Tensor) -> Tensor:
        came = self.stem(images)
        out = self.wide(came)
        out += came
        out = functional.relu(out)
        answer: Tensor = self.last(torch.cat([out, self.low(self.dense(out))], 1))
        return answer


def test_a_place_sees_what_any_branch_sees() -> None:
    module = Joining().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.abs_()  # so that no ReLU hides a part of what a place sees
    layer = trace(module, (1, 64, 64)).layers[-1]
    picture = torch.rand(1, 1, 64, 64, requires_grad=True)
    module(picture)[0, 0, 10, 9].backward()
    assert picture.grad is not None and layer.receptive_field is not None
    for axis, reached in enumerate(picture.grad[0, 0].nonzero().unbind(1)):
        start = layer.field_start[axis] + (10, 9)[axis] * layer.field_step[axis]
        end = start + layer.receptive_field[axis]
        assert (int(reached.min()), int(reached.max()) + 1) == (start, end)


def test_a_sum_is_below_zero_only_where_a_term_may_be() -> None:
    def signed(does: Callable[[Tensor, Tensor], Tensor]) -> bool:
        network = nn.Sequential(Summing(does), nn.MaxPool2d(2))
        return trace(network.eval(), (3, 8, 8)).layers[-1].signed

    assert not signed(lambda one, other: one + one)
    assert signed(lambda one, other: one + other)
    assert signed(lambda one, other: one + -3.0)
    assert not signed(lambda one, other: functional.relu(one + other))


def test_the_output_is_not_the_layer_that_was_written_to_since() -> None:
    module = Summing(Tensor.add_)
    assert trace(module.eval(), (3, 8, 8)).output != trace(module, (3, 8, 8)).layers[-1]


def test_parametrized_layers_are_layers() -> None:
    module = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 2, 3)), nn.ReLU())
    layers = trace(module.eval(), (3, 8, 8)).layers
    assert [(each.name, each.ordinal, each.receptive_field) for each in layers] == [
        ("0", 1, (3, 3)),
        ("1", None, (3, 3)),
    ]


def test_a_network_that_does_not_run_is_an_error_with_its_reason() -> None:
    module = Small().eval()
    with pytest.raises(ModelError, match="does not run on an input of 1x1x16x20") as caught:
        trace(module, (1, 16, 20))
    assert "reads 3 channels, and pictures have 1" in caught.value.hint
    assert hooks_of(module) == 0


def test_a_size_that_is_too_small_is_an_error() -> None:
    with pytest.raises(ModelError, match="1x3x2x2") as caught:
        trace(Small().eval(), (3, 2, 2))
    assert "input: {size: [height, width]}" in caught.value.hint


def test_what_no_size_can_mend_is_not_said_to_be_one() -> None:
    class Broken(nn.Conv2d):
        def forward(self, images: Tensor) -> Tensor:
            return images.no_such_thing

    with pytest.raises(ModelError, match="AttributeError") as caught:
        trace(Broken(3, 4, 3), (3, 8, 8))
    assert "run it by itself first, on torch.zeros(1, 3, 8, 8)" in caught.value.hint
    assert "size" not in caught.value.hint


def test_a_network_without_layers_is_an_error() -> None:
    class Functions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.unused = nn.ReLU()

        def forward(self, images: Tensor) -> Tensor:
            return torch.relu(images)

    with pytest.raises(ModelError, match="there is no layer to show"):
        trace(Functions().eval(), (3, 8, 8))


def test_no_hook_and_no_random_number_is_left_behind() -> None:
    module = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Dropout()).train()
    before = torch.random.get_rng_state()
    trace(module, (3, 8, 8))
    assert hooks_of(module) == 0
    assert torch.equal(before, torch.random.get_rng_state())


def test_layers_whose_names_differ_in_case_alone_know_of_each_other() -> None:
    module = nn.Sequential()
    for name in ("Conv1", "conv1", "relu"):
        module.add_module(name, nn.ReLU() if name == "relu" else nn.Conv2d(3, 3, 1))
    found = trace(module.eval(), (3, 8, 8))
    assert [each.namesakes for each in found.layers] == [True, True, False]
    assert found.output is found.layers[-1]
