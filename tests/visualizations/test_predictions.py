"""Predictions are the softmax of what the network answers, named without a key's knowing it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import ValidationError
from requests_for import request, small_network
from small_classifier import NAMES, small_classifier

from generator.errors import ClassError
from generator.photos import images
from generator.visualizations.predictions import Predictions, PredictionsOptions, shares


def options(**fields) -> PredictionsOptions:
    return PredictionsOptions(**{"kind": "predictions", **fields})


def run(network, photo, **fields):
    asked = request(network, "classifier", pictures=[photo])
    asked = dataclasses.replace(asked, classes=network.classes)
    kind, chosen = Predictions(), options(**fields)
    (task,) = kind.tasks(chosen, asked)
    ((done, result),) = kind.compute(network, [task], {photo.name: photo})
    assert done == task
    facts = kind.together(chosen, asked, {task: result.facts})[task]
    return task, result, {**result.facts, **facts}


def test_the_strongest_classes_come_first_with_their_shares(photo) -> None:
    network = small_classifier()
    task, result, facts = run(network, photo, top=3)
    pixels = images.resize(images.open_pixels(photo), (16, 20))
    with torch.no_grad():
        expected = network.module(network.input(pixels))[0]
    np.testing.assert_array_equal(result.tensors["logits"], expected.numpy())
    probabilities, numbers = expected.softmax(0).topk(3)
    assert [each["class"] for each in facts["top"]] == numbers.tolist()
    assert [each["name"] for each in facts["top"]] == [NAMES[n] for n in numbers.tolist()]
    found = [each["share"] for each in facts["top"]]
    np.testing.assert_allclose(found, probabilities.numpy(), rtol=1e-4)
    assert facts["softmax"] == "added"
    assert (task.layer, task.scope, task.parameters) == ("classifier", "prefix", {"top": 3})


def test_names_are_no_part_of_a_task(photo) -> None:
    named, bare = small_classifier(), small_classifier(names=())
    assert run(named, photo)[0] == run(bare, photo)[0]
    assert run(bare, photo)[2]["top"][0]["name"].startswith("class ")
    assert "name" not in run(named, photo)[1].facts["top"][0]


def test_of_few_classes_all_are_told(photo) -> None:
    facts = run(small_classifier(), photo, top=20)[2]
    assert len(facts["top"]) == len(NAMES)
    assert sum(each["share"] for each in facts["top"]) == pytest.approx(1, abs=1e-4)


def test_a_network_s_own_softmax_is_not_flattened_by_another() -> None:
    own = np.array([0.1, 0.7, 0.2], dtype=np.float32)
    found, whose = shares(own)
    assert whose == "own"
    np.testing.assert_array_equal(found, own)


@given(arrays.arrays(np.float32, st.integers(2, 9), elements=st.floats(-1e4, 1e4, width=32)))
def test_shares_are_shares_of_one(logits: np.ndarray) -> None:
    found, _ = shares(logits)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1, abs=1e-3)
    assert found[logits.argmax()] == found.max()


def test_a_network_without_a_classifier_is_refused(photo) -> None:
    asked = request(small_network(), "features.5", pictures=[photo])
    with pytest.raises(ClassError, match=r"tells no classes apart: .* answers 8x4x5") as caught:
        list(Predictions().tasks(options(), asked))
    assert "efficientnet-lite0" in caught.value.hint


@pytest.mark.parametrize("fields", [{"layers": "conv:1"}, {"filters": [1]}])
def test_layers_and_filters_are_not_for_it(fields) -> None:
    with pytest.raises(ValidationError, match="leave 'layers' and 'filters' out"):
        options(**fields)
    assert options().layers == ("output",)
