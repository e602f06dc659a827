from __future__ import annotations

import socket
import sys
import urllib.request
from pathlib import Path

import pytest
import torch

from generator.errors import FetchError, ModelError, WeightsError
from generator.model import load


@pytest.fixture
def unplugged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The Hugging Face Hub out of reach, with nothing fetched before."""
    import huggingface_hub.constants as hub

    def refused(*_: object, **__: object) -> None:
        raise OSError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(urllib.request, "getproxies", dict)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


def test_size_mean_and_deviation_are_those_of_timms_data_config() -> None:
    net = load("timm:mobilenetv3_small_050", weights="none", seed=3, size=(64, 64))
    assert net.preprocessing.size == (64, 64)
    assert net.preprocessing.mean == (0.485, 0.456, 0.406)
    assert net.card.weights == "random, seed 3"
    small = load("timm:tf_mobilenetv3_small_minimal_100", weights="none")
    assert small.preprocessing.size == (224, 224)
    assert small.preprocessing.mean == (0.5, 0.5, 0.5)


def test_random_weights_depend_on_the_seed() -> None:
    one, same, other = (
        load("timm:test_resnet", weights="none", seed=seed, size=(64, 64)) for seed in (3, 3, 4)
    )
    assert one.weights_digest == same.weights_digest != other.weights_digest


@pytest.mark.parametrize(
    ("channels", "mean"), [(1, (0.5,)), (4, (0.5, 0.5, 0.5, 0.5))], ids=["gray", "four"]
)
def test_arguments_reach_timm_and_say_what_is_read(channels: int, mean: tuple[float, ...]) -> None:
    args = {"in_chans": channels, "num_classes": 7}
    net = load("timm:test_resnet", args=args, weights="none")
    assert net.preprocessing.channels == channels
    assert net.preprocessing.mean == mean
    assert net.layers[-1].shape == (7,)


def test_weights_of_a_file(tmp_path: Path) -> None:
    import timm

    module = timm.create_model("test_resnet")
    torch.save(module.state_dict(), tmp_path / "mine.pt")
    net = load("timm:test_resnet", weights="mine.pt", folder=tmp_path)
    assert torch.equal(net.module.state_dict()["fc.weight"], module.state_dict()["fc.weight"])
    assert net.card.weights == "from the file mine.pt"


def test_an_unknown_name_is_answered_with_a_near_one() -> None:
    with pytest.raises(ModelError, match="timm has no network called 'resnet50e'") as caught:
        load("timm:resnet50e")
    assert "resnet50" in caught.value.hint


def test_unknown_weights_list_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="resnet50d has no weights called 'a9'") as caught:
        load("timm:resnet50d", weights="a9")
    assert "ra2_in1k" in caught.value.hint
    with pytest.raises(WeightsError, match="has no weights called 'a9'"):
        load("timm:resnet50d.a9")


def test_arguments_that_it_does_not_take_are_told() -> None:
    with pytest.raises(ModelError, match=r"timm cannot make 'test_resnet' like that.*colour"):
        load("timm:test_resnet", args={"colour": "blue"}, weights="none")


@pytest.mark.parametrize("source", ["timm:test_resnet", "timm:hf-hub:timm/test_resnet.r160_in1k"])
def test_without_a_network_the_error_says_what_to_do(
    unplugged: None, source: str, capfd: pytest.CaptureFixture[str]
) -> None:
    import huggingface_hub.constants as hub

    words = r"from the Hugging Face Hub: huggingface\.co cannot be reached \(Connection refused\)"
    with pytest.raises(FetchError, match=words) as caught:
        load(source)
    assert capfd.readouterr() == ("", "")
    assert not hub.HF_HUB_OFFLINE  # as it was
    assert "save its state dict, and name that file as 'weights'" in caught.value.hint


def test_without_timm_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ModelError, match="need the package timm, which cannot be") as caught:
        load("timm:resnet50d")
    assert caught.value.hint == "Install it: python -m pip install 'cnn-gallery[timm]'"
