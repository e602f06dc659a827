from __future__ import annotations

import subprocess
import sys
import urllib.error
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from generator.errors import FetchError, ModelError, WeightsError
from generator.model import load
from generator.model.sources import timm_models, torchvision_import
from generator.model.sources.torchvision_import import import_torchvision


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torch.hub with an empty folder of its own and without a network."""

    def unplugged(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(torch.hub, "download_url_to_file", unplugged)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    return tmp_path / "hub" / "checkpoints"


def test_torchvision_is_imported_whatever_torch_it_was_built_for() -> None:
    code = (
        "from generator.model.sources.torchvision_import import import_torchvision as again;"
        "models = again(); import torchvision;"
        "print(again() is models is torchvision.models, 'vgg16' in models.list_models())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True True"


def test_another_fault_of_torchvision_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(ModelError, match="torchvision cannot be imported"):
        import_torchvision()


@pytest.mark.parametrize(
    ("module", "attempt"),
    [(torchvision_import, import_torchvision), (timm_models, timm_models._timm)],
)
def test_an_import_that_fails_without_a_word_is_told_all_the_same(
    module: ModuleType, attempt: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_: str) -> None:
        raise ModuleNotFoundError

    monkeypatch.setattr(timm_models, "import_torchvision", lambda: None)
    monkeypatch.setattr(module, "importlib", SimpleNamespace(import_module=silent))
    with pytest.raises(ModelError, match=r"cannot be imported: ModuleNotFoundError\."):
        attempt()


def test_random_weights_depend_on_the_seed() -> None:
    one, same, other = (
        load("torchvision:squeezenet1_1", weights="none", seed=seed, size=(64, 64))
        for seed in (3, 3, 4)
    )
    assert one.weights_digest == same.weights_digest != other.weights_digest
    assert one.card.weights == "random, seed 3"
    assert one.layers[0].shape == (64, 31, 31)
    assert one.preprocessing.mean == (0.485, 0.456, 0.406)


def test_all_is_well_with_a_file_of_weights(tmp_path: Path) -> None:
    models = import_torchvision()
    torch.manual_seed(9)
    module = models.squeezenet1_1(weights=None)
    torch.save(module.state_dict(), tmp_path / "mine.pth")
    net = load("torchvision:squeezenet1_1", weights="mine.pth", folder=tmp_path, size=(64, 64))
    assert (net.kernels("features.0") == module.features[0].weight.detach().numpy()).all()
    assert net.card.weights == "from the file mine.pth"


def test_a_file_for_another_classifier_is_refused(tmp_path: Path) -> None:
    torch.save(import_torchvision().resnet18(weights=None).state_dict(), tmp_path / "r.pth")
    with pytest.raises(WeightsError, match=r"'r\.pth' is for another network"):
        load("torchvision:squeezenet1_1", weights="r.pth", folder=tmp_path)


def test_an_unknown_name_is_answered_with_a_near_one() -> None:
    with pytest.raises(ModelError, match="no classifier called 'resnet81'") as caught:
        load("torchvision:resnet81")
    assert "resnet18" in caught.value.hint
    with pytest.raises(ModelError, match="no classifier called 'fcn_resnet50'"):
        load("torchvision:fcn_resnet50")


def test_unknown_weights_list_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="no weights called 'IMAGENET'") as caught:
        load("torchvision:resnet50", weights="IMAGENET")
    assert "IMAGENET1K_V1, IMAGENET1K_V2, default, none" in caught.value.hint


@pytest.mark.parametrize("weights", ["default", "IMAGENET1K_V1"])
def test_without_a_network_the_error_says_where_the_file_goes(
    hub: Path, weights: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    with pytest.raises(FetchError, match=r"could not be fetched: .*no network") as caught:
        load("torchvision:squeezenet1_1", weights=weights, report=told.append)
    assert told == ["Fetching torchvision's squeezenet1_1, IMAGENET1K_V1 (5 MB)"]
    assert "squeezenet1_1-b8a52dc0.pth into" in caught.value.hint
    assert str(hub) in caught.value.hint
    assert capfd.readouterr() == ("", "")


def test_weights_in_torch_hubs_folder_are_used(hub: Path) -> None:
    hub.mkdir(parents=True)
    module = import_torchvision().squeezenet1_1(weights=None)
    torch.save(module.state_dict(), hub / "squeezenet1_1-b8a52dc0.pth")
    told: list[str] = []
    net = load("torchvision:squeezenet1_1", report=told.append)
    assert told == []
    assert (net.kernels("features.0") == module.features[0].weight.detach().numpy()).all()
    assert net.preprocessing.size == (224, 224)
    assert net.card.weights == "torchvision's IMAGENET1K_V1"


def test_a_damaged_download_says_which_file_to_delete(hub: Path) -> None:
    hub.mkdir(parents=True)
    (hub / "squeezenet1_1-b8a52dc0.pth").write_bytes(b"half of it")
    with pytest.raises(WeightsError, match=r"b8a52dc0\.pth cannot be read") as caught:
        load("torchvision:squeezenet1_1")
    assert "Delete the file" in caught.value.hint


def test_heads_that_helped_training_may_be_in_a_file_or_not(tmp_path: Path) -> None:
    models = import_torchvision()
    module = models.googlenet(weights=None, aux_logits=True, init_weights=False)
    for name, state in (
        ("whole.pt", module.state_dict()),
        ("bare.pt", {k: v for k, v in module.state_dict().items() if not k.startswith("aux")}),
    ):
        torch.save(state, tmp_path / name)
        net = load("torchvision:googlenet", weights=name, folder=tmp_path, size=(64, 64))
        assert (net.kernels("conv1.conv") == module.conv1.conv.weight.detach().numpy()).all()
        assert not [layer.name for layer in net.layers if layer.name.startswith("aux")]
        assert net.classes[281] == "tabby"
    random = load("torchvision:googlenet", weights="none", size=(64, 64))
    assert random.classes == ()
    assert not [name for name, _ in random.module.named_modules() if name.startswith("aux")]


def test_arguments_reach_torchvision() -> None:
    args = {"image_size": 32, "num_classes": 7}
    net = load("torchvision:vit_b_32", args=args, weights="none")
    assert net.preprocessing.size == (32, 32)
    assert net.layers[-1].shape == (7,)
    with pytest.raises(ModelError, match=r"torchvision cannot make .resnet18. like that.*colour"):
        load("torchvision:resnet18", args={"colour": "blue"}, weights="none")


def test_another_number_of_classes_does_not_go_with_pretrained_weights(hub: Path) -> None:
    with pytest.raises(ModelError, match="torchvision cannot make 'resnet18' like that") as caught:
        load("torchvision:resnet18", args={"num_classes": 7})
    assert "Look at 'args' under 'model'" in caught.value.hint


def test_random_weights_read_what_the_network_was_made_for() -> None:
    from generator.model.sources.torchvision_models import _made_for

    known = import_torchvision().get_model_weights("inception_v3")
    assert _made_for(known, torch.nn.Identity()).size == (299, 299)
