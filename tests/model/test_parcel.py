"""Networks that travel: what arrives is what was sent, or a clear word that it is not."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from generator.errors import ModelError
from generator.model import load, wrap
from generator.model.parcel import Parcel, pack, unpack

CODE = """
import torch
from torch import nn

class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 3, 3, padding=1, bias=False)
        self.second = nn.Conv2d(3, 3, 3, padding=1, bias=False)
        self.second.weight = self.first.weight
        self.norm = nn.BatchNorm2d(3)
        self.scale = SCALE

    def forward(self, x):
        return self.norm(self.second(self.first(x))) * self.scale
"""


def travelled(parcel: Parcel) -> Parcel:
    """As an executor sends it."""
    sent: Parcel = pickle.loads(pickle.dumps(parcel))
    return sent


def project(folder: Path, module: str, scale: float = 2.0) -> str:
    (folder / f"{module}.py").write_text(CODE.replace("SCALE", str(scale)), encoding="utf-8")
    return f"{module}:Tied"


@pytest.mark.parametrize("source", ["vgg16-hed", "torchvision:resnet18"])
def test_a_network_arrives_as_it_was_sent(source: str, tmp_path: Path) -> None:
    """Without the file that its weights came from, and whatever its input is like."""
    size, mean, std = (64, 48), (0.1,) * 3, (0.5,) * 3
    trained = load(source, weights="none", seed=5, size=size).module.state_dict()
    torch.save({name: 1.5 * tensor for name, tensor in trained.items()}, tmp_path / "w.pt")
    network = load(source, weights="w.pt", folder=tmp_path, size=size, mean=mean, std=std)
    parcel = travelled(pack(network))
    (tmp_path / "w.pt").unlink()
    arrived = unpack(parcel)
    assert arrived.weights_digest == network.weights_digest
    assert arrived.preprocessing == network.preprocessing
    last = network.layers[-1].name
    assert arrived.digest(last, "prefix") == network.digest(last, "prefix")


def test_shared_weights_are_shared_again_and_a_batch_norms_counts_arrive(tmp_path: Path) -> None:
    network = load(project(tmp_path, "tied_net"), folder=tmp_path, size=(16, 16), seed=3)
    arrived = unpack(travelled(pack(network)))
    assert arrived.module.first.weight is arrived.module.second.weight
    assert arrived.digest("", "layer") == network.digest("", "layer")


def test_other_code_where_it_arrives_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = load(project(tmp_path, "other_net"), folder=tmp_path, size=(16, 16))
    parcel = travelled(pack(network))
    there = tmp_path / "there"
    there.mkdir()
    source = project(there, "changed_net", scale=3.0)
    moved = replace(parcel, request=replace(parcel.request, source=source, folder=there))
    with pytest.raises(ModelError, match="A worker built another network from 'changed_net:Tied'"):
        unpack(moved)


def test_a_module_that_is_not_there_is_named(tmp_path: Path) -> None:
    network = load(project(tmp_path, "lonely_net"), folder=tmp_path, size=(16, 16))
    parcel = pack(network)
    gone = replace(parcel.request, source="not_there:Tied", folder=tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="there is no module 'not_there'"):
        unpack(replace(parcel, request=gone))


def test_a_module_at_hand_has_no_source_to_send() -> None:
    network = wrap(nn.Sequential(nn.Conv2d(3, 2, 3)), size=(16, 16))
    with pytest.raises(ModelError, match="no other process can build it"):
        pack(network)
