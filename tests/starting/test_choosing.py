"""Which layers a new gallery shows: of networks of many shapes, traced for real."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from token_networks import SIZE, ChannelsLast, Mixer, Transformer, seeded
from torch import Tensor, nn

from generator.model.layers import Convolution, Layer
from generator.model.tracing.trace import trace
from generator.starting.choosing import MOST, choose, spread, stage_ends


def chosen(module: nn.Module, shape: tuple[int, int, int] = (3, 64, 64)) -> list[str]:
    layers = trace(module.eval(), shape).layers
    return [layer.name for layer in choose(layers).maps]


def block(depth: int, filters: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(depth, filters, 3, stride, padding=1), nn.ReLU())


def test_the_last_convolution_before_each_reduction_is_chosen() -> None:
    module = nn.Sequential(
        *(block(3, 4), block(4, 4), nn.MaxPool2d(2)),
        *(block(4, 4), nn.MaxPool2d(2)),
        *(block(4, 4), block(4, 4), block(4, 4)),
    )
    assert chosen(module) == ["1.0", "3.0", "7.0"]
    choice = choose(trace(module, (3, 64, 64)).layers)
    assert choice.kernels is not None and choice.kernels.name == "0.0"
    assert [layer.name for layer in choice.shown] == ["0.0", "1.0", "3.0", "7.0"]
    assert "before its maps shrink" in choice.why


class Residual(nn.Module):
    """As a ResNet: the way around a block is a convolution too, and runs after those inside it."""

    def __init__(self, depth: int, filters: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(depth, filters, 3, 2, padding=1)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.downsample = nn.Conv2d(depth, filters, 1, 2)

    def forward(self, maps: Tensor) -> Tensor:
        inside = self.conv2(self.conv1(maps))
        return inside + self.downsample(maps)


class Squeezed(nn.Module):
    """Squeeze and excitation, whose convolutions work on maps of one value."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(filters, filters, 3, padding=1)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(filters, filters, 1))

    def forward(self, maps: Tensor) -> Tensor:
        found = self.conv(maps)
        return found * self.squeeze(found).sigmoid()


def test_branches_do_not_tear_a_stage_apart() -> None:
    module = nn.Sequential(Residual(3, 4), Residual(4, 8), Residual(8, 8), Squeezed(8))
    assert chosen(module) == ["0.downsample", "1.downsample", "3.conv"]


def test_maps_that_lose_a_rim_are_no_stages_of_their_own() -> None:
    module = nn.Sequential(
        *(nn.Conv2d(3, 4, 3, stride=2), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3)),
        *(nn.Conv2d(4, 4, 3, stride=2), nn.Conv2d(4, 4, 3)),
        *(nn.Conv2d(4, 4, 3, stride=2), nn.Conv2d(4, 4, 3)),
    )
    assert chosen(module, (3, 149, 149)) == ["2", "4", "6"]


def test_a_network_of_one_stage_shows_layers_from_its_way() -> None:
    flat = nn.Sequential(*(nn.Conv2d(3, 3, 3, padding=1) for _ in range(9)))
    assert chosen(flat) == ["2", "5", "8"]


def test_one_convolution_is_enough() -> None:
    choice = choose(trace(nn.Sequential(nn.Conv2d(1, 2, 3)), (1, 8, 9)).layers)
    assert [layer.name for layer in choice.shown] == ["0"]
    assert choice.why == "Shown is the network's one convolution."


def test_a_network_without_maps_shows_its_fully_connected_units() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(192, 8), nn.ReLU(), nn.Linear(8, 4))
    choice = choose(trace(module, (3, 8, 8)).layers)
    assert (choice.kernels, choice.maps) == (None, ())
    assert [layer.name for layer in choice.units] == ["1", "3"]
    assert "no convolutions" in choice.why and "no activation maps" in choice.why


def test_a_network_of_which_nothing_can_be_shown_says_so() -> None:
    choice = choose(trace(nn.Sequential(nn.Flatten()), (3, 8, 8)).layers)
    assert choice.shown == () and "nothing to show" in choice.why


@example([0] * 29, 7)
@given(st.lists(st.integers(), max_size=30), st.integers(1, 8))
def test_a_spread_is_even_and_ends_at_the_end(numbers: list[int], count: int) -> None:
    layers = [Layer(str(n), "Linear", at, None, (1,), 0) for at, n in enumerate(numbers)]
    found = [layer.index for layer in spread(layers, count)]
    assert len(found) == min(count, len(layers))
    assert found == sorted(set(found)) and found[-1:] == [len(layers) - 1][: len(layers)]
    steps = [after - before for before, after in pairwise([-1, *found])]
    assert not steps or max(steps) - min(steps) <= 1


SQUARE = Convolution((3, 3), (1, 1), (1, 1), (1, 1), 1, 3)


@given(st.lists(st.tuples(st.integers(1, 512), st.integers(1, 512)), min_size=1, max_size=40))
def test_any_row_of_maps_has_stage_ends(sizes: list[tuple[int, int]]) -> None:
    layers = [
        Layer(f"c{at}", "Conv2d", at, at + 1, (4, *size), 0, convolution=SQUARE)
        for at, size in enumerate(sizes)
    ]
    ends = stage_ends(layers)
    assert 1 <= len(ends) <= MOST
    assert [layer.index for layer in ends] == sorted({layer.index for layer in ends})


@pytest.mark.parametrize("count", [1, 6, 60])
def test_deep_networks_stay_modest(count: int) -> None:
    deep = nn.Sequential(*(nn.Conv2d(3, 3, 3, 2, padding=1) for _ in range(count)))
    layers = trace(deep.eval(), (3, 64, 64)).layers
    assert len(choose(layers).maps) <= MOST


@pytest.mark.parametrize(
    ("kind", "kernels", "chosen", "words"),
    [
        (Transformer, "patches", ["blocks.0.mlp.1", "blocks.1.mlp.1"], "one convolution cuts"),
        (Mixer, None, ["mlp.1"], "no convolutions, so there are no kernels"),
    ],
)
def test_a_transformer_shows_channels_inside_its_perceptrons(
    kind: type[nn.Module], kernels: str | None, chosen: list[str], words: str
) -> None:
    layers = trace(seeded(kind), (3, *SIZE)).layers
    choice = choose(layers)
    assert (choice.kernels.name if choice.kernels else None) == kernels
    assert [layer.name for layer in choice.maps] == chosen
    assert words in choice.why and "one for each patch of the picture" in choice.why


class Stock(nn.Module):
    """Of torch's own transformer layers, whose bending is a function and no module."""

    def __init__(self, depth: int, patches: nn.Module | None = None) -> None:
        super().__init__()
        self.patches = patches or nn.Conv2d(3, 16, 8, 8)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)

    def forward(self, images: Tensor) -> Tensor:
        tokens: Tensor = self.encoder(self.patches(images).flatten(2).transpose(1, 2))
        return tokens.mean(dim=1)


@pytest.mark.parametrize(("depth", "shown"), [(2, [0, 1]), (5, [1, 2, 3, 4])])
def test_where_nothing_is_seen_to_bend_the_widest_layers_with_weights_are_chosen(
    depth: int, shown: list[int]
) -> None:
    choice = choose(trace(seeded(lambda: Stock(depth)), (3, *SIZE)).layers)
    assert [layer.name for layer in choice.maps] == [f"encoder.layers.{n}.linear1" for n in shown]
    assert "inside its blocks, where these are widest" in choice.why


def test_of_convolutions_before_a_transformer_the_last_one_is_shown() -> None:
    stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 4, 4))
    choice = choose(trace(seeded(lambda: Stock(5, stem)), (3, *SIZE)).layers)
    names = [layer.name for layer in choice.shown]
    assert names == ["patches.0", "patches.2"] + [f"encoder.layers.{n}.linear1" for n in (1, 3, 4)]
    assert "the first one's kernels and one's maps are shown" in choice.why


def test_a_convolutional_network_with_channels_last_inside_keeps_its_stages() -> None:
    choice = choose(trace(seeded(ChannelsLast), (3, *SIZE)).layers)
    assert [layer.type for layer in choice.maps] == ["Conv2d", "Conv2d"]
