"""A network cut off at a layer: what it computes, what it leaves out, what it leaves behind."""

from __future__ import annotations

import pytest
import torch
from branching_networks import (
    Choosing,
    Classifier,
    Functional,
    Residual,
    Row,
    Twice,
    as_network,
)
from requests_for import small_network
from torch import Tensor, nn

from generator.errors import LayerError
from generator.model.network import Network
from generator.model.trunk import Trunk

CHANNELS = (3, 0, 4, 3)


def pictures(side: int = 24, count: int = len(CHANNELS), bright: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(11)
    return torch.rand((count, 3, side, side), generator=generator) * bright


def heard(network: Network, layer: str, values: Tensor, call: int = 0) -> Tensor:
    """What a plain hook hears in a plain forward of the whole network; gradients flow."""
    answers: list[Tensor] = []
    module = network.module.get_submodule(layer)
    handle = module.register_forward_hook(lambda _, __, output: answers.append(output.clone()))
    try:
        network.module(network.normalise(values))
    finally:
        handle.remove()
    return answers[call]


def check(network: Network, layer: str, *, sliced: bool, values: Tensor | None = None) -> None:
    """A trunk's units equal the plain forward's channels, in values and in gradients."""
    values = pictures() if values is None else values
    trunk = Trunk(network, layer)
    assert trunk.sliced is sliced
    one, other = values.clone().requires_grad_(), values.clone().requires_grad_()
    own = torch.arange(len(CHANNELS))
    expected = heard(network, layer, one)[own, torch.tensor(CHANNELS)]
    given = trunk.units(other, CHANNELS)
    torch.testing.assert_close(given, expected, rtol=1e-4, atol=1e-5)
    weights = torch.rand(given.shape, generator=torch.Generator().manual_seed(5))
    (wanted,) = torch.autograd.grad((expected * weights).sum(), one)
    (gradient,) = torch.autograd.grad((given * weights).sum(), other)
    torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        torch.testing.assert_close(trunk.maps(values), heard(network, layer, values))


@pytest.mark.parametrize(
    ("layer", "sliced"),
    [
        ("features.0", True),
        ("features.1", True),
        ("features.2", True),
        ("features.3", True),
        ("features.4", True),
    ],
)
def test_a_row_of_modules_is_sliced(layer: str, sliced: bool) -> None:
    check(as_network(Row()), layer, sliced=sliced)


@pytest.mark.parametrize("layer", ["features.3", "features.4"])
def test_a_grouped_convolution_is_computed_whole(layer: str) -> None:
    check(small_network(), layer, sliced=False)


def test_after_a_grouped_convolution_slicing_goes_on() -> None:
    check(small_network(), "features.5", sliced=True)


@pytest.mark.parametrize(
    ("layer", "sliced"),
    [("first", True), ("relu", True), ("second", True), ("after", False), ("head", True)],
)
def test_what_was_added_to_is_not_sliced(layer: str, sliced: bool) -> None:
    """The ReLU after the sum reads the very tensor that the convolution gave, since added to."""
    check(as_network(Residual()), layer, sliced=sliced)


@pytest.mark.parametrize(
    ("layer", "sliced"), [("first", True), ("pool", False), ("second", True), ("gate", False)]
)
def test_a_relu_of_no_module_between_is_seen(layer: str, sliced: bool) -> None:
    check(as_network(Functional()), layer, sliced=sliced)


@pytest.mark.parametrize("layer", ["shared", "relu"])
def test_a_module_used_twice_is_heard_the_first_time(layer: str) -> None:
    check(as_network(Twice()), layer, sliced=True)


def test_a_forward_that_chooses_by_the_picture_runs_as_on_that_picture() -> None:
    network = as_network(Choosing())
    check(network, "dark", sliced=True, values=pictures(bright=0.4))
    check(network, "stem", sliced=True)


def test_a_layer_that_the_picture_avoids_is_an_error_in_words() -> None:
    trunk = Trunk(as_network(Choosing()), "dark")
    with pytest.raises(LayerError, match="ended without running layer 'dark'"):
        trunk.units(torch.ones(1, 3, 24, 24), [0])


def test_classes_are_units_without_a_map() -> None:
    network = as_network(Classifier())
    check(network, "classes", sliced=False)
    trunk = Trunk(network, "classes")
    assert trunk.units(pictures(), CHANNELS).shape == (4,)
    assert trunk.means(pictures(count=1)).shape == (5,)
    assert (trunk.stride, trunk.takes_any_size) == (1, False)


def test_means_are_of_each_map() -> None:
    network = as_network(Row())
    trunk = Trunk(network, "features.3")
    expected = heard(network, "features.3", pictures(count=1))[0].mean(dim=(1, 2))
    torch.testing.assert_close(torch.from_numpy(trunk.means(pictures(count=1))), expected)


def test_a_network_of_gray_pictures_reads_colours_by_their_luminance() -> None:
    network = as_network(Classifier(colours=1), colours=1)
    values = pictures()
    trunk = Trunk(network, "features.0")
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    gray = (values * weights).sum(dim=1, keepdim=True)
    expected = heard(network, "features.0", gray)
    torch.testing.assert_close(trunk.maps(values), expected)


def test_a_leak_lets_gradient_through_a_silent_relu() -> None:
    network = as_network(Row())
    network.module.features[3].bias[:] = -100
    trunk = Trunk(network, "features.4")
    values = pictures().requires_grad_()
    (silent,) = torch.autograd.grad(trunk.units(values, CHANNELS).sum(), values)
    (woken,) = torch.autograd.grad(trunk.units(values, CHANNELS, leak=0.1).sum(), values)
    assert silent.abs().max() == 0
    assert woken.abs().max() > 0


class Tripwire(nn.Module):
    """Fails the test if it runs, once it is armed."""

    def __init__(self) -> None:
        super().__init__()
        self.armed = False

    def forward(self, images: Tensor) -> Tensor:
        assert not self.armed, "a module after the layer ran"
        return images


@pytest.mark.parametrize("side", [16, 48])
@pytest.mark.parametrize("layer", ["0", "3", "4"])
def test_one_picture_is_answered_to_bit_for_bit_as_in_company(layer: str, side: int) -> None:
    """What is missing after a kill makes other batches, and must not make other pictures."""
    torch.manual_seed(3)
    parts = [nn.Conv2d(3, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 5, 3), nn.ReLU()]
    trunk = Trunk(as_network(nn.Sequential(*parts)), layer)
    answers, gradients = [], []
    for count in (1, 2, 3, 4):
        values = pictures(side)[:count].requires_grad_()
        answers.append(trunk.units(values, CHANNELS[:count]))
        (gradient,) = torch.autograd.grad(answers[-1].square().sum(), values)
        gradients.append(gradient)
    for count in (1, 2, 3):
        assert torch.equal(answers[count - 1], answers[3][:count])
        assert torch.equal(gradients[count - 1], gradients[3][:count])


@pytest.mark.parametrize("layer", ["features.0", "features.1", "features.2", "features.3"])
def test_nothing_after_the_layer_runs(layer: str) -> None:
    module = Row()
    for place in reversed(range(int(layer[-1]) + 1, 5)):
        module.features.insert(place, Tripwire())
    trunk = Trunk(as_network(module), layer)
    for part in trunk.module.modules():
        if isinstance(part, Tripwire):
            part.armed = True
    trunk.units(pictures(), CHANNELS)
    trunk.maps(pictures())


def test_an_unwanted_part_of_the_convolution_is_not_computed() -> None:
    """Weights that nobody asked for may be anything: they are never read."""
    network = as_network(Row())
    plain = Trunk(network, "features.3").units(pictures(), CHANNELS)
    for channel in set(range(12)) - set(CHANNELS):
        network.module.features[3].weight[channel] = torch.nan
    assert torch.equal(Trunk(network, "features.3").units(pictures(), CHANNELS), plain)


def test_an_except_clause_of_the_network_does_not_catch_the_stop() -> None:
    class Careful(Row):
        def forward(self, images: Tensor) -> Tensor:
            try:
                return super().forward(images)
            except Exception:
                raise AssertionError("the network saw the stop") from None

    trunk = Trunk(as_network(Careful()), "features.1")
    assert trunk.units(pictures(), CHANNELS).shape == (4, 24, 24)


def test_a_sketch_on_which_nothing_is_left_is_told() -> None:
    row = nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), nn.ReLU(), nn.Conv2d(4, 4, 5, stride=2))
    trunk = Trunk(as_network(row), "2")
    trunk.check_sketch(16)
    with pytest.raises(
        LayerError, match=r"'2' gives nothing for a sketch of 8x8 pixels: "
    ) as found:
        trunk.check_sketch(8)
    assert "Write a larger 'sketch'" in found.value.hint


@pytest.mark.parametrize(("side", "wanted"), [(96, False), (24, True)])
def test_a_picture_alone_has_company_only_where_it_is_rounded_otherwise(
    side: int, wanted: bool
) -> None:
    """By PyTorch's rule: a convolution of up to 20,480 values, alone, is computed by other code."""
    trunk = Trunk(small_network(), "features.0")
    seen: list[int] = []
    trunk.module.features[0].register_forward_pre_hook(lambda _, read: seen.append(len(read[0])))
    values = pictures(side)
    alone = values[:1].clone().requires_grad_()
    together = values.clone().requires_grad_()
    one = trunk.units(alone, [2])
    if not wanted:
        assert seen[-1] == 1
        trunk.units(alone, [2])
        assert seen == [1, 2, 1, 1]  # tried once: alone and in company
    four = trunk.units(together, [2, 0, 1, 3])
    assert torch.equal(one[0], four[0])
    (here,) = torch.autograd.grad(one.square().sum(), alone)
    (there,) = torch.autograd.grad(four.square().sum(), together)
    assert torch.equal(here[0], there[0])


def test_the_trial_ends_at_the_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after a layer may be most of the network, and need not even run."""
    network = small_network()
    ran: list[str] = []
    for name, part in network.module.named_modules():
        if name.startswith("features."):
            part.register_forward_hook(lambda *_, name=name: ran.append(name))
    Trunk(network, "features.1")
    assert ran == ["features.0", "features.1"]
