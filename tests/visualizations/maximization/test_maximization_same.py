"""A unit's picture is its own: whatever it is made beside, and in whichever process."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
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


@pytest.mark.weights
@EVERY
def test_alone_in_a_batch_and_in_another_order_on_the_real_network(preset: str) -> None:
    network = model.load("vgg16-hed")
    short = {"size": 48, "steps": 2}
    if preset != "classic":
        short |= {"sketch": 32, "sketch_steps": 3}
    eight = [40, 65, 165, 220, 0, 255, 17, 99]
    assert apart(network, "features.15", eight, quick(preset, **short)) <= 2


@EVERY
def test_classes_have_pictures_too(preset: str) -> None:
    network = as_network(Classifier())
    assert apart(network, "classes", [0, 1, 2, 3, 4], quick(preset, size=24)) <= 2


def test_the_seed_changes_the_picture() -> None:
    network = small_network()
    (one,) = graded(network, "features.3", [2], quick("fourier"))
    (other,) = graded(network, "features.3", [2], quick("fourier", seed=1))
    assert (one.picture != other.picture).any()


_CODE = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from quick_pictures import graded, quick
from requests_for import small_network
digest = hashlib.sha256()
for preset in ("classic", "fourier", "maco"):
    for one in graded(small_network(), "features.4", [1, 3], quick(preset)):
        digest.update(one.picture.tobytes() + one.steps.tobytes() + repr(one.scores).encode())
print(digest.hexdigest())
"""


def test_two_processes_give_the_same_bytes() -> None:
    command = [sys.executable, "-c", _CODE, str(Path(__file__).parents[2])]
    digests = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert len(digests[0]) == len(hashlib.sha256().hexdigest())
    assert digests[0] == digests[1]
