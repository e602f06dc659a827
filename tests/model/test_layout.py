"""Tokens and channels that come last, found in a trace and turned into maps."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from token_networks import SIZE, ChannelsLast, Mixer, Registers, Transformer, seeded
from torch import Tensor, nn

from generator.model.capture import capture
from generator.model.layers import Layer, Layout, find
from generator.model.sources.torchvision_import import import_torchvision
from generator.model.tracing.trace import trace


def layers_of(module: nn.Module, size: tuple[int, int] = SIZE) -> dict[str, Layer]:
    return {layer.name: layer for layer in trace(module.eval(), (3, *size)).layers}


def told(layers: dict[str, Layer]) -> dict[str, tuple[tuple[int, ...], str]]:
    return {
        name: (layer.shape, layer.layout.words if layer.layout else "")
        for name, layer in layers.items()
    }


def test_tokens_of_a_transformer_are_maps_of_its_channels() -> None:
    found = told(layers_of(seeded(Transformer)))
    assert found["patches"] == ((10, 3, 3), "")
    for name in ("drop", "blocks.0.norm", "blocks.1.mlp.2"):
        assert found[name] == ((10, 3, 3), "tokens 3x3 after 1")
    assert found["blocks.0.mlp.1"] == ((20, 3, 3), "tokens 3x3 after 1")
    assert found["head"] == ((4,), "")


def test_tokens_that_belong_to_no_patch_are_counted() -> None:
    found = told(layers_of(seeded(Registers)))
    assert found["blocks.1.mlp.0"] == ((20, 3, 3), "tokens 3x3 after 5")


def test_a_mixer_turns_its_tokens_over_and_back() -> None:
    found = told(layers_of(seeded(Mixer)))
    assert found["patches"] == ((12, 3, 3), "tokens 3x3")  # known by being a square
    assert found["mix.0"] == ((12, 7), "")  # mixed tokens have no place
    assert found["mix.2"] == ((12, 3, 3), "channels first 3x3")
    assert found["mlp.1"] == ((20, 3, 3), "tokens 3x3")


def test_channels_that_come_last_are_put_first() -> None:
    found = told(layers_of(seeded(ChannelsLast)))
    assert found["stem"] == ((6, 6, 6), "")  # as many channels as rows: a convolution is known
    assert found["norm"] == ((6, 6, 6), "channels last")
    assert found["act"] == ((8, 6, 6), "channels last")
    assert found["last"] == ((5, 6, 6), "")
    assert found["windows"] == ((4, 8), "")  # nine windows are no batch of pictures


class Wide(nn.Module):
    """Tokens of a picture that is wider than high, without a convolution that would say so."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Linear(3 * 64, 5)

    def forward(self, images: Tensor) -> Tensor:
        cut = images.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5)
        answer: Tensor = self.patches(cut.flatten(3).flatten(1, 2))
        return answer


def test_a_grid_has_the_pictures_proportions() -> None:
    found = told(layers_of(Wide(), (16, 48)))
    assert found["patches"] == ((5, 2, 6), "tokens 2x6")


def test_a_map_holds_each_token_in_its_place() -> None:
    """A bright patch alone lights the place of that patch, in every order of the axes."""
    for kind, name in ((Mixer, "patches"), (Transformer, "drop"), (ChannelsLast, "up")):
        module = seeded(kind)
        layer = layers_of(module)[name]
        rows = layer.shape[1]
        pixels = SIZE[0] // rows
        dark, bright = torch.zeros(1, 3, *SIZE), torch.zeros(1, 3, *SIZE)
        bright[:, :, pixels : 2 * pixels, (rows - 1) * pixels :] = 1  # second row, last column
        both = capture(module, torch.cat([dark, bright]), [name])[name]
        maps = layer.maps(both)
        assert maps.shape == (2, *layer.shape)
        changed = (maps[0] - maps[1]).abs().sum(dim=0)
        assert changed.nonzero().tolist() == [[1, rows - 1]]


@given(
    st.integers(1, 40),
    st.tuples(st.integers(8, 40), st.integers(8, 40)),
    st.sampled_from([nn.ReLU, nn.Tanh, nn.Identity, nn.Softplus]),
)
def test_a_convolutional_network_has_maps_as_they_are(
    filters: int, size: tuple[int, int], kind: type[nn.Module]
) -> None:
    module = nn.Sequential(
        nn.Conv2d(3, filters, 3, 2, 1), kind(), nn.BatchNorm2d(filters), nn.MaxPool2d(2), kind()
    )
    assert all(layer.layout is None for layer in layers_of(module, size).values())


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        (Layout("tokens", (2, 3), 2), (4, 8, 5)),
        (Layout("channels first", (2, 3)), (4, 5, 6)),
        (Layout("channels last"), (4, 2, 3, 5)),
    ],
)
def test_gradients_flow_through_every_layout(layout: Layout, shape: tuple[int, ...]) -> None:
    answer = torch.randn(shape, requires_grad=True)
    maps = layout.maps(answer)
    assert maps.shape == (4, 5, 2, 3)
    maps.sum().backward()
    assert answer.grad is not None and int(answer.grad.sum()) == maps.numel()


def test_vit_b_16_has_a_map_for_each_of_its_channels() -> None:
    with torch.device("meta"):  # 86 million numbers that need no values here
        module = import_torchvision().get_model("vit_b_16", weights=None)
    layers = trace(module.to_empty(device="cpu").eval(), (3, 224, 224)).layers
    hidden = find(layers, "encoder.layers.encoder_layer_11.mlp.1")
    assert (hidden.shape, hidden.any_size) == ((3072, 14, 14), False)
    assert hidden.layout == Layout("tokens", (14, 14), 1)
    kernels = find(layers, "conv_proj").convolution
    assert kernels is not None and kernels.kernel == (16, 16)
