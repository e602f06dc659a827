"""Convolutions on a torus equal torch's own circular padding."""

from __future__ import annotations

import copy

import pytest
import torch
from branching_networks import Residual, Row
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from generator.model.convolutions.torus import on_a_torus, wrap


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 7),
    columns=st.integers(1, 7),
    height=st.integers(0, 7),
    width=st.integers(0, 7),
)
def test_wrap_is_circular_padding(rows: int, columns: int, height: int, width: int) -> None:
    height, width = min(height, rows), min(width, columns)
    generator = torch.Generator().manual_seed(rows * 8 + columns)
    one = torch.rand((2, 3, rows, columns), generator=generator).requires_grad_()
    other = one.detach().clone().requires_grad_()
    expected = functional.pad(one, (width, width, height, height), mode="circular")
    wrapped = wrap(other, height, width)
    assert torch.equal(wrapped, expected)
    weights = torch.rand(expected.shape, generator=generator)
    (wanted,) = torch.autograd.grad((expected * weights).sum(), one)
    (gradient,) = torch.autograd.grad((wrapped * weights).sum(), other)
    torch.testing.assert_close(gradient, wanted)


def test_the_gradient_of_wrap_is_its_derivative() -> None:
    maps = torch.rand((1, 2, 3, 4), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda values: wrap(values, 2, 1), (maps,))


@given(rows=st.integers(1, 4), columns=st.integers(1, 4), rim=st.integers(1, 9))
def test_a_rim_wider_than_the_map_goes_round_more_than_once(
    rows: int, columns: int, rim: int
) -> None:
    maps = torch.rand((2, 3, rows, columns), dtype=torch.float64, requires_grad=True)
    times = 2 * rim // min(rows, columns) + 3  # an odd number would do; so does any
    far = maps.repeat(1, 1, 2 * times + 1, 2 * times + 1)
    top, left = times * rows - rim, times * columns - rim
    expected = far[:, :, top : top + rows + 2 * rim, left : left + columns + 2 * rim]
    wrapped = wrap(maps, rim, rim)
    assert torch.equal(wrapped, expected)
    weights = torch.rand_like(expected)
    (wanted,) = torch.autograd.grad((expected * weights).sum(), maps)
    (gradient,) = torch.autograd.grad((wrapped * weights).sum(), maps)
    torch.testing.assert_close(gradient, wanted)


def test_large_kernels_run_on_small_maps() -> None:
    torch.manual_seed(0)
    depthwise = nn.Conv2d(4, 4, 7, padding=3, groups=4)
    same = nn.Conv2d(4, 4, 3, padding=6, dilation=6)
    maps = torch.rand(1, 4, 2, 2, requires_grad=True)
    for part in (depthwise, same):
        part.requires_grad_(False)
        with on_a_torus(part):
            found = part(maps)
        far = part(maps.repeat(1, 1, 15, 15))[:, :, 14:16, 14:16]
        torch.testing.assert_close(found, far)
        (gradient,) = torch.autograd.grad(found.square().sum(), maps)
        (wanted,) = torch.autograd.grad(far.square().sum(), maps)
        torch.testing.assert_close(gradient, wanted)


@pytest.mark.parametrize("make", [Row, Residual])
def test_within_the_block_zero_padding_is_circular(make: type[nn.Module]) -> None:
    torch.manual_seed(0)
    plain = make().eval()
    circular = copy.deepcopy(plain)
    for part in circular.modules():
        if isinstance(part, nn.Conv2d) and any(part.padding):
            part.padding_mode = "circular"
            part._reversed_padding_repeated_twice = [1, 1, 1, 1]
    images = torch.rand(2, 3, 8, 8)
    with torch.no_grad():
        before = plain(images)
        with on_a_torus(plain):
            torch.testing.assert_close(plain(images), circular(images))
        assert torch.equal(plain(images), before)


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(3, 4, 3, padding=1),
        nn.Conv2d(3, 4, (5, 3), padding=(4, 1), dilation=(2, 1)),
        nn.Conv2d(4, 4, 3, padding=1, groups=2),
        nn.Conv2d(3, 4, 3, padding=1, stride=2),
        nn.Conv2d(3, 4, 3, padding=2),
    ],
)
def test_gradients_are_those_of_circular_padding(convolution: nn.Conv2d) -> None:
    convolution.double().requires_grad_(False)
    rim = convolution.padding
    maps = torch.rand(2, convolution.in_channels, 8, 9, dtype=torch.float64, requires_grad=True)
    wrapped = functional.pad(maps, (rim[1], rim[1], rim[0], rim[0]), mode="circular")
    plain = functional.conv2d(
        wrapped,
        convolution.weight,
        convolution.bias,
        convolution.stride,
        0,
        convolution.dilation,
        convolution.groups,
    )
    with on_a_torus(convolution):
        endless = convolution(maps)
    torch.testing.assert_close(endless, plain)
    weights = torch.rand_like(plain)
    (wanted,) = torch.autograd.grad((plain * weights).sum(), maps)
    (gradient,) = torch.autograd.grad((endless * weights).sum(), maps)
    torch.testing.assert_close(gradient, wanted)
    assert "_conv_forward" not in vars(convolution)


def test_a_few_channels_of_a_convolution_have_weights_of_their_own() -> None:
    convolution = nn.Conv2d(3, 6, 3, padding=1).requires_grad_(False)
    maps = torch.rand(1, 3, 6, 6, requires_grad=True)
    few = torch.tensor([4, 1])
    with on_a_torus(convolution):
        (whole,) = torch.autograd.grad(convolution(maps)[:, few].sum(), maps)
        some = convolution._conv_forward(maps, convolution.weight[few], None)
        (part,) = torch.autograd.grad(some.sum(), maps)
    torch.testing.assert_close(part, whole)


def test_a_shifted_picture_gives_shifted_maps() -> None:
    torch.manual_seed(1)
    module = nn.Sequential(nn.Conv2d(3, 4, 5, padding=2), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
    images = torch.rand(1, 3, 9, 9)
    with torch.no_grad(), on_a_torus(module):
        shifted = module(images.roll((2, 3), (2, 3)))
        torch.testing.assert_close(shifted, module(images).roll((2, 3), (2, 3)))


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(3, 4, 3),
        nn.Conv2d(3, 4, 3, padding="same"),
        nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"),
    ],
)
def test_other_paddings_are_left_alone(convolution: nn.Conv2d) -> None:
    images = torch.rand(1, 3, 6, 6)
    with torch.no_grad():
        before = convolution(images)
        with on_a_torus(convolution):
            assert torch.equal(convolution(images), before)


def test_uneven_padding_by_a_module_of_its_own_goes_round_too() -> None:
    torch.manual_seed(2)
    module = nn.Sequential(
        nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(4, 4, 5, stride=2, groups=4), nn.ReLU6()
    ).requires_grad_(False)
    maps = torch.rand(2, 4, 8, 8, requires_grad=True)
    plain = module(maps)
    with on_a_torus(module):
        endless = module(maps)
        torch.testing.assert_close(module(maps.roll((2, 4), (2, 3))), endless.roll((1, 2), (2, 3)))
    assert not torch.equal(endless, plain)
    (gradient,) = torch.autograd.grad(endless.sum(), maps)
    assert gradient.any()
    assert torch.equal(module(maps), plain)
    assert "forward" not in vars(module[0])
