"""A unit's picture is its own: whatever it is made beside, and in whichever process."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from branching_networks import Classifier, Residual, as_network
from quick_pictures import graded, quick
from requests_for import small_network

from generator import model
from generator.model.network import Network
from generator.visualizations.maximization.presets import PRESETS, Settings

EVERY = pytest.mark.parametrize("preset", PRESETS)


def apart(network: Network, layer: str, eight: list[int], settings: Settings) -> int:
    """How far the pictures of units alone, in a batch and in another order lie apart, of 255."""
    together = graded(network, layer, eight, settings)
    turned = dict(zip(eight[::-1], graded(network, layer, eight[::-1], settings), strict=True))
    far = 0
    for channel, beside in zip(eight, together, strict=True):
        others = [turned[channel]]
        if channel == eight[0]:
            others += graded(network, layer, [channel], settings)
        for other in others:
            far = max(far, int(np.abs(beside.picture.astype(int) - other.picture).max()))
            np.testing.assert_array_equal(beside.noise, other.noise)
    return far


@EVERY
@pytest.mark.parametrize("layer", ["features.1", "features.3", "features.5"])
def test_alone_in_a_batch_and_in_another_order(preset: str, layer: str) -> None:
    network = small_network()
    channels = list(range(network.layer(layer).channels))
    eight = (channels * 2)[:8] if len(channels) < 8 else channels
    assert apart(network, layer, eight, quick(preset)) <= 2


@EVERY
def test_alone_in_a_batch_and_in_another_order_after_a_sum(preset: str) -> None:
    assert apart(as_network(Residual()), "after", list(range(8)), quick(preset)) <= 2


@pytest.fixture(scope="module")
def vgg16() -> Network:
    """The real one. It is tried at its own size, which is small here: its pictures are, too."""
    return model.load("vgg16-hed", size=(64, 64))


@pytest.mark.weights
@EVERY
def test_alone_in_a_batch_and_in_another_order_on_the_real_network(
    preset: str, vgg16: Network
) -> None:
    short = {"size": 48, "steps": 2}
    if preset != "classic":
        short |= {"sketch": 32, "sketch_steps": 3}
    eight = [40, 65, 165, 220, 0, 255, 17, 99]
    assert apart(vgg16, "features.15", eight, quick(preset, **short)) <= 2


@EVERY
def test_classes_have_pictures_too(preset: str) -> None:
    network = as_network(Classifier())
    assert apart(network, "classes", [0, 1, 2, 3, 4], quick(preset, size=24)) <= 2


def test_the_seed_changes_the_picture() -> None:
    network = small_network()
    (one,) = graded(network, "features.3", [2], quick("fourier"))
    (other,) = graded(network, "features.3", [2], quick("fourier", seed=1))
    assert (one.picture != other.picture).any()


def digest_of_pictures() -> str:
    digest = hashlib.sha256()
    for preset in ("classic", "fourier", "maco"):
        for one in graded(small_network(), "features.4", [1, 3], quick(preset)):
            digest.update(one.picture.tobytes() + one.steps.tobytes() + repr(one.scores).encode())
    return digest.hexdigest()


_CODE = """
import sys
sys.path[:0] = sys.argv[1:]
import torch, test_maximization_same
torch.set_num_threads(1)
print(test_maximization_same.digest_of_pictures())
"""


def test_a_process_of_its_own_gives_the_same_bytes() -> None:
    """As this one does, which has made other pictures before."""
    here = Path(__file__).parent
    command = [sys.executable, "-c", _CODE, str(here), str(here.parents[1])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert done.stdout.strip() == digest_of_pictures()
    finally:
        torch.set_num_threads(before)
