"""Convolutions by Winograd's tiles give what torch's give, and the same bits in any company."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from generator.model.convolutions.fast import FastConvolution, convolve_fast, keeps_size, speed_up
from generator.model.convolutions.torus import on_a_torus, rimmed
from generator.model.convolutions.winograd import Winograd, suits

READ, GIVEN = 64, 128


def convolution(read: int = READ, given: int = GIVEN, **own) -> nn.Conv2d:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(read + given)
        return nn.Conv2d(read, given, 3, **{"padding": 1, **own}).requires_grad_(False)


def maps(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=generator).contiguous(memory_format=torch.channels_last)


def near(one: Tensor, other: Tensor) -> bool:
    one, other = one.detach(), other.detach()
    return float((one - other).abs().max()) < 5e-5 * float(other.abs().max())


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 3),
    height=st.integers(1, 19),
    width=st.integers(1, 19),
    read=st.integers(1, 9),
    outputs=st.integers(1, 9),
    bias=st.booleans(),
)
def test_it_is_the_convolution(
    count: int, height: int, width: int, read: int, outputs: int, bias: bool
) -> None:
    part = convolution(read, outputs, padding=0, bias=bias)
    values = maps(count, read, height + 2, width + 2)
    found = Winograd(part.weight, part.bias)(values)
    assert found.shape == (count, outputs, height, width)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, part(values), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("side", [5, 12, 30])
def test_many_tiles_are_transformed_in_pieces(monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    monkeypatch.setattr("generator.model.convolutions.winograd._AT_ONCE", 36 * GIVEN * 20)
    part, values = convolution(padding=0), maps(5, READ, side + 2, side + 2)
    assert near(Winograd(part.weight, part.bias)(values), part(values))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_picture_has_the_same_bits_alone_and_in_company(threads: int) -> None:
    """To the bit, however few tiles it has: 9 of a map of 12 by 12, and 1 of a map of 4 by 4."""
    torch.set_num_threads(threads)
    try:
        quick = Winograd(convolution().weight, None)
        for side in (4, 12, 28):
            values = maps(5, READ, side + 2, side + 2)
            together = quick(values)
            for first, last in ((0, 1), (3, 4), (1, 3)):
                assert torch.equal(quick(values[first:last]), together[first:last])
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize("endless", [False, True])
def test_there_and_back_are_those_of_a_plain_convolution(endless: bool) -> None:
    part = convolution()
    plain = convolution().double()
    speed_up(part)
    assert "_conv_forward" in vars(part)
    values = maps(2, READ, 9, 12)
    one, other = values.clone().requires_grad_(), values.double().requires_grad_()
    if endless:
        with on_a_torus(part):
            found = part(one)
        wanted = functional.conv2d(
            functional.pad(other, (1, 1, 1, 1), mode="circular"), plain.weight, plain.bias
        )
    else:
        found, wanted = part(one), plain(other)
    assert near(found, wanted)
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1))
    (gradient,) = torch.autograd.grad((found * weights).sum(), one)
    (right,) = torch.autograd.grad((wanted * weights).sum(), other)
    assert near(gradient, right)


def test_after_a_torus_a_convolution_that_was_sped_up_still_is() -> None:
    part = convolution()
    speed_up(part)
    quick = part._conv_forward
    with on_a_torus(part):
        assert part._conv_forward is not quick
    assert part._conv_forward is quick


def test_tiny_maps_and_a_few_of_the_filters_are_computed_directly() -> None:
    part = convolution()
    tiny, values = maps(1, READ, 4, 4), maps(1, READ, 8, 8)
    expected = part(tiny)
    few = torch.tensor([3, 5])
    some = part(values)[:, few]
    speed_up(part)
    assert torch.equal(part(tiny), expected)
    found = part._conv_forward(values, part.weight[few], part.bias[few])
    torch.testing.assert_close(found, some, rtol=1e-5, atol=1e-5)
    fast = FastConvolution(part, part.weight[few], None)
    assert fast.convolve(values, rimmed).shape == (1, 2, 8, 8)


@pytest.mark.parametrize(
    ("part", "quick"),
    [
        (convolution(), torch.backends.mkl.is_available()),
        (convolution(8, 8), False),
        (convolution(stride=2), False),
        (convolution(dilation=2, padding=2), False),
        (convolution(groups=2), False),
        (nn.Conv2d(READ, GIVEN, 5, padding=2), False),
        (convolution().double(), False),
        (convolution().to(torch.bfloat16), False),
        (nn.Linear(READ, GIVEN), False),
    ],
)
def test_which_convolutions_it_is_for(part: nn.Module, quick: bool) -> None:
    assert suits(part) is quick


def test_only_what_keeps_its_size_is_sped_up() -> None:
    part = convolution(padding=0)
    assert suits(part) and not keeps_size(part)
    speed_up(part)
    assert "_conv_forward" not in vars(part)


@pytest.mark.parametrize("part", [convolution(), convolution(8, 8), convolution(padding=0)])
def test_once_and_quickly_is_the_convolution(part: nn.Conv2d) -> None:
    for side in (3, 12):
        values = maps(1, part.in_channels, side, side)
        with torch.inference_mode():
            assert near(convolve_fast(part, values), part(values))
        assert "_conv_forward" not in vars(part)
