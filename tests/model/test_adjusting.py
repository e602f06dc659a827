"""What a config's ``input`` puts in place of a source's own preprocessing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import network
from torch import nn

from generator.model.adjusting import Adjustment
from generator.model.network import Preprocessing

COLOUR = Preprocessing(size=(16, 20), mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.5))


def test_what_is_left_out_is_as_the_source_has_it() -> None:
    assert Adjustment().of(COLOUR) == COLOUR
    assert Adjustment(size=(8, 9)).of(COLOUR) == Preprocessing((8, 9), COLOUR.mean, COLOUR.std)
    assert Adjustment(mean=(0.1, 0.2, 0.3)).of(COLOUR).std == COLOUR.std


def test_one_number_is_for_all_channels() -> None:
    assert Adjustment(mean=(0.5,)).of(COLOUR).mean == (0.5, 0.5, 0.5)
    assert Adjustment(mean=(0.5,), std=(2.0,), channels=4).of(COLOUR).std == (2.0,) * 4


def test_channels_that_nobody_knows_are_read_as_they_are() -> None:
    found = Adjustment(channels=4).of(COLOUR)
    assert (found.mean, found.std) == ((0.0,) * 4, (1.0,) * 4)
    gray = Adjustment(channels=1, mean=(0.5,)).of(COLOUR)
    assert (gray.mean, gray.std) == ((0.5,), (1.0,))


def test_a_range_alone_leaves_the_channels_as_they_are() -> None:
    found = Adjustment(span=(-1.0, 1.0)).of(COLOUR)
    assert (found.mean, found.std) == ((0.5,) * 3, (0.5,) * 3)


def test_one_mean_and_deviation_make_a_gray_network() -> None:
    one = Preprocessing((16, 20), mean=(0.5,), std=(0.5,))
    assert Adjustment(channels=1).of(one) == one
    assert Adjustment(mean=(0.5,), std=(0.5,), channels=1).of(COLOUR) == one


@given(st.floats(-300, 300), st.floats(0.1, 600), st.floats(-200, 200), st.floats(0.01, 100))
def test_a_range_is_where_black_and_white_lie(
    low: float, width: float, mean: float, std: float
) -> None:
    made = Adjustment(mean=(mean,), std=(std,), channels=3, span=(low, low + width)).of(COLOUR)
    net = network(nn.Conv2d(3, 2, 1), made)
    pixels = np.stack([np.zeros((16, 20, 3)), np.full((16, 20, 3), 255)]).astype(np.uint8)
    black, white = (net.input(each) for each in pixels)
    tolerance = {"rtol": 1e-4, "atol": 1e-4 * (abs(mean) + abs(low) + width) / std}
    torch.testing.assert_close(black, torch.full_like(black, (low - mean) / std), **tolerance)
    torch.testing.assert_close(
        white, torch.full_like(white, (low + width - mean) / std), **tolerance
    )


@pytest.mark.parametrize(
    ("channels", "bands", "shown"),
    [
        (3, (), (0, 1, 2)),
        (1, (), (0, 0, 0)),
        (2, (), (0, 0, 0)),
        (7, (), (0, 1, 2)),
        (7, (4, 3, 2), (3, 2, 1)),
        (7, (5,), (4, 4, 4)),
    ],
)
def test_bands_are_shown_as_red_green_and_blue(
    channels: int, bands: tuple[int, ...], shown: tuple[int, int, int]
) -> None:
    made = Adjustment(channels=channels, bands=bands or None).of(COLOUR)
    assert made.shown == shown
