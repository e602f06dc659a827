"""What pictures are worth, against sums done by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from branching_networks import Classifier, as_network
from quick_pictures import graded, quick
from requests_for import small_network

from generator.model.trunk import Trunk
from generator.visualizations.maximization.engine import sketch_responses
from generator.visualizations.maximization.natural import high_frequency, natural_high_frequency
from generator.visualizations.maximization.scores import Scores, score
from generator.visualizations.maximization.transforms import held_out, look

SIZE = 24


def some_pictures(count: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)


def answer(layer: int, values: torch.Tensor) -> np.ndarray:
    """Mean maps ``(N, C)`` of the small network for pictures in 0..1, by torch alone."""
    network = small_network()
    mean = torch.tensor(network.preprocessing.mean).view(1, 3, 1, 1)
    std = torch.tensor(network.preprocessing.std).view(1, 3, 1, 1)
    with torch.no_grad():
        maps = network.module.features[: layer + 1]((values - mean) / std)
    return maps.mean(dim=(2, 3)).numpy()


def as_values(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255)


@pytest.mark.parametrize("layer", [1, 3, 5])
def test_activations_ranks_and_starts_are_the_networks(layer: int) -> None:
    channels = [2, 0, 2, 3]
    pictures, noise = some_pictures(4), some_pictures(4, seed=9)
    scores = score(Trunk(small_network(), f"features.{layer}"), channels, pictures, noise)
    means, begun = answer(layer, as_values(pictures)), answer(layer, as_values(noise))
    for place, (channel, found) in enumerate(zip(channels, scores, strict=True)):
        own = means[place]
        assert found.activation == pytest.approx(own[channel], rel=1e-4, abs=1e-6)
        assert found.start == pytest.approx(begun[place, channel], rel=1e-4, abs=1e-6)
        assert found.rank == 1 + int((own > own[channel]).sum())
        assert found.agreement is None


def test_robust_is_the_mean_over_the_held_out_views() -> None:
    pictures = some_pictures(2)
    scores = score(Trunk(small_network(), "features.3"), [1, 4], pictures, pictures)
    seen = [answer(3, look(as_values(pictures), view)) for view in held_out(SIZE)]
    expected = np.mean(seen, axis=0)
    assert len(seen) >= 4
    assert scores[0].robust == pytest.approx(expected[0, 1], rel=1e-4)
    assert scores[1].robust == pytest.approx(expected[1, 4], rel=1e-4)


def test_saturated_is_the_share_of_black_and_white() -> None:
    pictures = np.full((1, SIZE, SIZE, 3), 128, dtype=np.uint8)
    pictures[0, : SIZE // 4] = 0
    pictures[0, SIZE // 2 :, :, 0] = 255
    (found,) = score(Trunk(small_network(), "features.0"), [0], pictures, pictures)
    assert found.saturated == pytest.approx(1 / 4 + 1 / 2 / 3)


def test_fine_is_relative_to_photos() -> None:
    pictures = some_pictures(1)
    (found,) = score(Trunk(small_network(), "features.0"), [0], pictures, pictures)
    assert found.fine == pytest.approx(high_frequency(pictures[0]) / natural_high_frequency(SIZE))
    assert found.fine > 1


def test_agreement_is_the_cosine_of_the_layers_answers() -> None:
    pictures = some_pictures(3)
    means = answer(3, as_values(pictures))
    others = [means[0] * 3, -means[1], np.zeros(6, dtype=np.float32)]
    scores = score(Trunk(small_network(), "features.3"), [0, 1, 2], pictures, pictures, others)
    agreements = [found.agreement for found in scores]
    assert agreements == pytest.approx([1, -1, 0], abs=1e-5)


def test_another_sketch_answers_with_every_channel() -> None:
    trunk = Trunk(small_network(), "features.3")
    responses = sketch_responses(trunk, [1, 2], quick("fourier"))
    assert [response.shape for response in responses] == [(6,), (6,)]
    again = sketch_responses(trunk, [1, 2], quick("fourier"))
    np.testing.assert_array_equal(responses, again)
    assert (responses[0] != sketch_responses(trunk, [1], quick("fourier", seed=1))[0]).any()
    assert sketch_responses(trunk, [1], quick("classic")) == []


def test_classes_are_scored_by_their_number() -> None:
    network = as_network(Classifier())
    pictures = some_pictures(1)
    (found,) = score(Trunk(network, "classes"), [3], pictures, pictures)
    with torch.no_grad():
        classes = network.module(network.normalise(as_values(pictures)))[0]
    assert found.activation == pytest.approx(float(classes[3]), rel=1e-4)
    assert found.rank == 1 + int((classes > classes[3]).sum())


GOOD = Scores(
    activation=10.0,
    robust=9.0,
    rank=1,
    fine=1.0,
    saturated=0.01,
    start=1.0,
    peak=20.0,
    agreement=0.9,
)


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, ()),
        ({"activation": 0.0, "robust": 0.0, "saturated": 1.0, "peak": 0.0}, ("dead",)),
        ({"activation": -1.0, "peak": -0.5}, ("dead",)),
        ({"activation": -1.0, "peak": 3.0}, ("weak",)),
        ({"robust": 1.0}, ("fragile",)),
        ({"saturated": 0.9}, ("saturated",)),
        ({"fine": 40.0, "robust": 6.0}, ("noisy",)),
        ({"fine": 40.0, "robust": 9.5}, ()),  # fine, but steady: the filter's own taste
        ({"fine": 40.0, "robust": 1.0, "saturated": 0.9}, ("fragile", "noisy", "saturated")),
    ],
)
def test_flags_name_what_is_wrong(changes: dict[str, float], flags: tuple[str, ...]) -> None:
    assert dataclasses.replace(GOOD, **changes).flags == flags


def test_facts_are_short_numbers_and_flags() -> None:
    found = dataclasses.replace(GOOD, activation=1.23456789, agreement=None).facts()
    assert found == {
        "activation": 1.23457,
        "robust": 9.0,
        "rank": 1,
        "fine": 1.0,
        "saturated": 0.01,
        "start": 1.0,
        "peak": 20.0,
        "agreement": None,
        "flags": [],
    }


def test_scores_are_of_the_saved_picture() -> None:
    (found,) = graded(small_network(), "features.5", [3], quick("fourier", second_seed=True))
    own = answer(5, as_values(found.picture[None]))[0]
    assert found.scores.activation == pytest.approx(own[3], rel=1e-4)
    assert found.scores.activation > found.scores.start
    assert found.scores.agreement is not None and -1 <= found.scores.agreement <= 1
    assert found.facts()["attempts"] == 1
