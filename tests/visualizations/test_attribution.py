"""Attribution maps: each method's own formula on a small classifier, and what is asked of each."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from requests_for import request, small_network
from small_classifier import NAMES, small_classifier
from torch import nn

from generator import model
from generator.errors import ClassError, ConfigError, LayerError
from generator.model.network import Network
from generator.model.tracing.trace import trace
from generator.photos import images
from generator.visualizations.attribution import Attribution, AttributionOptions


def options(**fields) -> AttributionOptions:
    return AttributionOptions(**{"kind": "attribution", **fields})


def run(network: Network, photo, output: str = "classifier", **fields):
    """All maps of the entry, each with its facts and name."""
    asked = request(network, output, pictures=[photo])
    asked = dataclasses.replace(asked, classes=network.classes)
    kind, chosen = Attribution(), options(**fields)
    tasks = list(kind.tasks(chosen, asked))
    assert [figure.task for figure in kind.figures(chosen, asked)] == tasks
    (batch,) = kind.batches(tasks)
    results = dict(kind.compute(network, batch, {photo.name: photo}))
    facts = {task: result.facts for task, result in results.items()}
    more = kind.together(chosen, asked, facts)
    return [(results[t].tensors["map"], {**facts[t], **more[t]}, t) for t in tasks]


def seen(network: Network, photo) -> torch.Tensor:
    pixels = images.resize(images.open_pixels(photo), network.preprocessing.size)
    return network.input(pixels)


def test_grad_cam_weighs_the_last_maps_by_the_class_s_gradient(photo) -> None:
    network = small_classifier()
    ((found, facts, _),) = run(network, photo, methods="grad-cam", classes="espresso")
    maps = network.module.features(seen(network, photo))
    weights = network.module.classifier.weight[2] / maps[0, 0].numel()  # through the mean
    small = torch.relu((maps * weights[None, :, None, None]).sum(dim=1, keepdim=True))
    large = nn.functional.interpolate(small, (16, 20), mode="bilinear")
    np.testing.assert_allclose(found, large[0, 0].numpy(), rtol=1e-4, atol=1e-6)
    assert (facts["at"], facts["places"]) == ("pool", [8, 10])
    assert (facts["class"], facts["name"]) == (2, "espresso")


def test_grad_cam_looks_at_a_layer_that_is_named(photo) -> None:
    network = small_classifier()
    fields = {"methods": "grad-cam", "classes": "0"}
    ((at_relu, facts, _),) = run(network, photo, at="features.3", **fields)
    ((default, _, _),) = run(network, photo, **fields)
    assert facts["at"] == "features.3"
    np.testing.assert_allclose(at_relu, default, rtol=1e-5)
    with pytest.raises(LayerError, match="Layer 'flatten' gives no maps"):
        run(network, photo, at="flatten", **fields)
    with pytest.raises(LayerError, match=r"No layer is called 'features\.9'"):
        run(network, photo, at="features.9", **fields)


def test_integrated_gradients_add_up_to_the_answer_less_that_of_gray(photo) -> None:
    network = small_classifier()
    ((found, facts, _),) = run(
        network, photo, methods="integrated-gradients", classes="cup", steps=200
    )
    inputs = seen(network, photo)
    with torch.no_grad():
        answers = network.module(torch.cat([inputs, torch.zeros_like(inputs)]))[:, 3]
    assert found.shape == (4, 5)
    assert found.sum() == pytest.approx(float(answers[0] - answers[1]), abs=0.01)
    assert abs(facts["gap"]) < 0.01


def test_occlusion_is_how_far_the_share_falls(photo) -> None:
    network = small_classifier()
    ((found, _, task),) = run(network, photo, methods="occlusion", classes="0", window=8, stride=8)
    inputs = seen(network, photo)
    covered = inputs.clone()
    covered[:, :, 8:16, 0:8] = 0
    with torch.no_grad():
        shares = network.module(torch.cat([inputs, covered])).softmax(dim=1)[:, 0]
    np.testing.assert_allclose(found[8:, :8], float(shares[0] - shares[1]), atol=1e-6)
    assert task.parameters == {"method": "occlusion", "rank": None, "window": 8, "stride": 8}


def test_the_gray_square_follows_the_input_s_size() -> None:
    assert options().square((224, 224)) == (56, 28)
    assert options().square((28, 28)) == (7, 3)
    assert options(window=900).square((32, 48)) == (32, 16)
    assert options(window=8, stride=20).square((32, 32)) == (8, 8)


def test_classes_go_by_rank_number_or_name(photo) -> None:
    network = small_classifier()
    logits = network.logits(seen(network, photo))[0]
    second = int(logits.argsort(descending=True)[1])
    found = run(network, photo, methods="grad-cam", classes=["top-2", "4", "rocket", "tabby"])
    assert [facts["class"] for _, facts, _ in found] == [second, 4, 0]  # 4 is the rocket
    assert [facts.get("rank") for _, facts, _ in found] == [2, None, None]
    assert found[0][1]["name"] == NAMES[second]
    share = float(logits.softmax(0)[second])
    assert found[0][1]["share"] == pytest.approx(share, rel=1e-4)


def test_an_unknown_class_is_refused_before_any_work(photo) -> None:
    with pytest.raises(ClassError, match="No class is called 'expresso'") as caught:
        run(small_classifier(), photo, classes="expresso")
    assert "espresso" in caught.value.hint
    with pytest.raises(ClassError, match="tells no classes apart"):
        run(small_network(), photo, output="features.5")


def test_without_captum_the_hint_says_how_to_install_it(photo, monkeypatch) -> None:
    def missing(name: str) -> None:
        assert name == "captum"

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    with pytest.raises(ConfigError, match="needs the package captum") as caught:
        run(small_classifier(), photo)
    assert "pip install 'cnn-gallery[attribution]'" in caught.value.hint


def test_the_network_is_left_as_it_was(photo) -> None:
    network = small_classifier()
    before = network.weights_digest
    run(network, photo)
    assert network.weights_digest == before
    for part in network.module.modules():
        assert not (part._forward_hooks or part._forward_pre_hooks or part._backward_hooks)
    assert network.module.features[1].inplace


def test_a_network_without_maps_has_no_grad_cam(photo) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(960, 4)).eval().requires_grad_(False)
    small = small_classifier()
    traced = trace(module, (3, 16, 20))
    flat = Network(module, small.card, small.preprocessing, traced)
    with pytest.raises(LayerError, match="No layer of the network gives maps") as caught:
        run(flat, photo, output="1")
    assert "occlusion" in caught.value.hint
    ((found, _, _),) = run(flat, photo, output="1", methods="occlusion")
    assert found.shape == (16, 20)


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
def test_a_network_that_switches_gradients_off_is_told_in_words(photo, method: str) -> None:
    class Quiet(nn.Sequential):
        @torch.no_grad()
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return super().forward(pictures)

    layers = (nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 4))
    quiet = model.wrap(Quiet(*layers), size=(16, 20))
    with pytest.raises(LayerError, match="from the network's answer back to the picture"):
        run(quiet, photo, output="3", methods=method)


@pytest.mark.weights
def test_on_the_real_classifier_the_cup_lights_up() -> None:
    """The cup's rim fills the upper middle of the photo; its corners are table."""
    photo = images.describe(Path(__file__).parents[2] / "docs" / "images" / "coffee.jpg")
    network = model.load("efficientnet-lite0")
    found = run(network, photo, methods=["grad-cam", "occlusion"], window=56, stride=56)
    for values, facts, _ in found:
        assert facts["name"] in {"espresso", "cup"}
        corners = np.mean([values[:40, :40], values[-40:, :40], values[-40:, -40:]])
        assert values[30:110, 70:150].mean() > 2 * max(float(corners), 0.01)
