from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from saved_weights import same, saved
from small_networks import Small
from torch import Tensor, nn

from generator.errors import WeightsError
from generator.model.checkpoints.checkpoint import read, restore
from generator.model.sources.request import Request


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".safetensors"])
def test_each_kind_of_file_is_restored(tmp_path: Path, suffix: str) -> None:
    path, state = tmp_path / f"weights{suffix}", Small(1).state_dict()
    if suffix == ".safetensors":
        safetensors.torch.save_file(state, path)
    else:
        torch.save(state, path)
    module = Small(0)
    restore(module, path)
    assert same(module, Small(1))


def test_weights_that_are_saved_sparse_are_restored_and_those_without_values_named(
    tmp_path: Path,
) -> None:
    state = Small(1).state_dict()
    sparse = {name: each.to_sparse() if each.dim() else each for name, each in state.items()}
    module = Small(0)
    restore(module, saved(tmp_path / "sparse.pt", sparse))
    assert same(module, Small(1))
    away = {**state, "classifier.bias": state["classifier.bias"].to("meta")}
    with pytest.raises(WeightsError, match=r"the shape was saved: classifier\.bias"):
        restore(Small(0), saved(tmp_path / "away.pt", away))


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict"])
def test_wrapping_and_prefixes_come_off(tmp_path: Path, key: str) -> None:
    state = {f"module.{name}": tensor for name, tensor in Small(1).state_dict().items()}
    module = Small(0)
    restore(module, saved(tmp_path / "w.pt", {key: state, "epoch": 3}))
    assert same(module, Small(1))


def test_a_submodule_called_module_keeps_its_name(tmp_path: Path) -> None:
    state = {"module.weight": torch.ones(1), "bias": torch.ones(1)}
    assert sorted(read(saved(tmp_path / "w.pt", state))) == ["bias", "module.weight"]


def test_weights_for_another_network_are_counted_and_named(tmp_path: Path) -> None:
    state: dict[str, Tensor] = dict(Small(1).state_dict())
    del state["features.0.weight"], state["features.0.bias"]
    state |= {f"head.{number}": torch.zeros(1) for number in range(5)}
    state["classifier.weight"] = torch.zeros(9, 6)
    module = Small(0)
    with pytest.raises(WeightsError) as caught:
        restore(module, saved(tmp_path / "other.pt", state))
    assert caught.value.message.splitlines() == [
        "'other.pt' is for another network:",
        "  2 weights that it lacks: features.0.weight, features.0.bias",
        "  5 weights that the network has no place for: head.0, head.1, head.2 and 2 more",
        "  1 weight of another shape: classifier.weight (the file has 9x6, the network 5x6)",
    ]
    assert "package.module:factory" in caught.value.hint
    assert same(module, Small(0))


def test_old_files_without_batch_counts_are_taken(tmp_path: Path) -> None:
    state = nn.BatchNorm2d(3).state_dict()
    del state["num_batches_tracked"]
    state["weight"] = torch.full((3,), 7.0)
    norm = nn.BatchNorm2d(3)
    restore(norm, saved(tmp_path / "old.pt", state))
    assert norm.weight.tolist() == [7.0, 7.0, 7.0]


class Payload:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.marker),))


@pytest.mark.parametrize("how", ["zip", "pickle", "legacy"])
def test_a_pickle_payload_is_named_and_never_run(tmp_path: Path, how: str) -> None:
    path, content = tmp_path / "evil.pt", {"state_dict": Payload(tmp_path / "ran")}
    if how == "pickle":
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=how == "zip")
    with pytest.raises(WeightsError, match=r"'evil\.pt' holds more than weights") as caught:
        read(path)
    assert "posix.mkdir" in caught.value.message
    assert "torch.save(model.state_dict()" in caught.value.hint
    assert not (tmp_path / "ran").exists()


def test_a_whole_pickled_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds more than weights: opening it would call"):
        read(saved(tmp_path / "whole.pt", Small()))


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" + b"0" * 99, b"hello", b"PK\x03\x04" + b"0" * 99]
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"photo{suffix}"
    path.write_bytes(content)
    what = "is damaged, or is not a checkpoint" if content else "is empty"
    with pytest.raises(WeightsError, match=f"'photo{suffix}' {what}"):
        read(path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_truncated_checkpoint_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut{suffix}"
    if suffix == ".pt":
        torch.save(Small().state_dict(), path)
    else:
        safetensors.torch.save_file(Small().state_dict(), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(WeightsError, match="is damaged"):
        read(path)


@pytest.mark.parametrize(
    ("content", "described"),
    [
        (torch.ones(2), "a Tensor"),
        ({}, "an empty dictionary"),
        ({"epoch": 3, "loss": 0.5}, "a dictionary of 'epoch', 'loss'"),
        ({"state_dict": {}}, "a dictionary of 'state_dict'"),
        ([torch.ones(1)], "a list"),
    ],
)
def test_what_is_no_state_dict_is_described(tmp_path: Path, content: Any, described: str) -> None:
    with pytest.raises(WeightsError, match=f"'w.pt' holds {described}, not a state dict"):
        read(saved(tmp_path / "w.pt", content))


def test_missing_files_folders_and_other_kinds_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.pt' does not exist"):
        read(tmp_path / "gone.pt")
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(WeightsError, match=r"folder\.pt' is a folder"):
        read(tmp_path / "folder.pt")
    (tmp_path / "weights.h5").write_bytes(b"x")
    with pytest.raises(WeightsError, match=r"'weights\.h5' is not a kind of weights file"):
        read(tmp_path / "weights.h5")


@pytest.mark.parametrize(
    ("weights", "file"),
    [
        ("default", None),
        ("none", None),
        ("IMAGENET1K_V1", None),
        ("gone.pt", "gone.pt"),
        ("runs/last", "runs/last"),
        ("there", "there"),
        ("/elsewhere/w.pth", "/elsewhere/w.pth"),
        ("~/w.pth", "/home/someone/w.pth"),
    ],
)
def test_weights_are_words_or_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: str, file: str | None
) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    for name in ("default", "none", "there"):
        (tmp_path / name).touch()
    request = Request("vgg16-hed", weights, 0, tmp_path, print)
    assert request.weights_file == (None if file is None else tmp_path / file)
