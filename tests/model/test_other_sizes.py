"""Which layers run on pictures of another size."""

from __future__ import annotations

from token_networks import SIZE, ChannelsLast, Transformer, seeded
from torch import Tensor, nn

from generator.model.layers import Layer
from generator.model.tracing.trace import trace


def fixed(module: nn.Module, shape: tuple[int, int, int]) -> list[str]:
    return [layer.name for layer in trace(module.eval(), shape).layers if not layer.any_size]


def test_convolutions_run_on_any_size_and_what_is_fully_connected_does_not() -> None:
    lenet = nn.Sequential(
        nn.Conv2d(1, 3, 5), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3 * 144, 5), nn.ReLU()
    )
    assert fixed(lenet, (1, 28, 28)) == ["2", "3", "4"]


def test_pooling_to_a_size_makes_the_rest_run_on_any() -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
    assert fixed(module, (3, 20, 20)) == []


def test_a_network_that_asserts_its_size_runs_on_no_other() -> None:
    module = seeded(Transformer)
    assert fixed(module, (3, *SIZE)) == [layer.name for layer in trace(module, (3, *SIZE)).layers]


def test_channels_last_take_any_size_and_are_scalable() -> None:
    layers = {x.name: x for x in trace(seeded(ChannelsLast), (3, 64, 64)).layers}
    assert layers["act"].any_size and layers["act"].scalable
    assert not Layer("v", "Linear", 0, None, (5,), 0).scalable


class Counting(nn.Module):
    """Remembers how often it ran, and fails when that is not on its own size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.conv(images)
        if images.shape[-1] != 32:
            raise SystemError("no other size")
        return answer


def test_no_hook_is_left_where_the_second_pass_fails() -> None:
    module = Counting().eval()
    assert fixed(module, (3, 32, 32)) == []
    assert not module.conv._forward_hooks and not module.conv._forward_pre_hooks
