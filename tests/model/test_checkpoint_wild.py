"""Checkpoints as they are found: wrapped, renamed, in parts, in other numbers, hostile."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from saved_weights import same, saved
from small_networks import Small
from torch import Tensor, nn

from generator.errors import WeightsError
from generator.model.checkpoints.checkpoint import check_finite, fill, read, restore
from generator.model.checkpoints.names import renamed, state_in


@pytest.mark.parametrize(
    "keys",
    [
        ("model_ema",),
        ("state_dict_ema",),
        ("net",),
        ("model", "state_dict"),
        ("checkpoint", "weights", "model_state_dict"),  # the first is a name that nobody else has
    ],
    ids=".".join,
)
def test_the_state_dict_is_found_in_dictionaries_in_dictionaries(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    content: Any = Small(1).state_dict()
    for key in reversed(keys):
        content = {"epoch": 3, key: content, "optimizer": {"state": {}, "param_groups": []}}
    module = Small(0)
    restore(module, saved(tmp_path / "last.ckpt", content))
    assert same(module, Small(1))


def test_the_weights_themselves_come_before_their_average(tmp_path: Path) -> None:
    content = {"model_ema": Small(2).state_dict(), "model": Small(1).state_dict()}
    module = Small(0)
    restore(module, saved(tmp_path / "both.pth.tar", content))
    assert same(module, Small(1))


def test_of_two_unknown_state_dicts_none_is_taken(tmp_path: Path) -> None:
    content = {"student": Small(1).state_dict(), "teacher": Small(2).state_dict()}
    with pytest.raises(WeightsError, match="holds a dictionary of 'student', 'teacher', not a"):
        read(saved(tmp_path / "two.pt", content))


def test_numbers_beside_the_weights_are_left_aside() -> None:
    assert list(state_in({"epoch": 3, **Small(1).state_dict()})) == list(Small(1).state_dict())


PREFIXES = ["module.", "model.", "_orig_mod.", "model._orig_mod.", "module.model.net.", "encoder."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_stands_before_all_names_comes_off(prefix: str) -> None:
    state = {f"{prefix}{name}": tensor for name, tensor in Small(1).state_dict().items()}
    module = Small(0)
    fill(module, state, "w.pt")
    assert same(module, Small(1))


def test_what_tools_put_into_names_comes_out() -> None:
    def worn(name: str) -> str:
        return name.replace("features.", "features.module.").replace("er.", "er._orig_mod.")

    module = Small(0)
    fill(module, {worn(name): tensor for name, tensor in Small(1).state_dict().items()}, "w.pt")
    assert same(module, Small(1))


def test_names_of_a_network_inside_another_get_what_stands_before() -> None:
    class Wrapper(nn.Module):
        def __init__(self, seed: int) -> None:
            super().__init__()
            self.backbone = Small(seed)

    module = Wrapper(0)
    fill(module, Small(1).state_dict(), "w.pt")
    assert same(module, Wrapper(1))


parts = st.sampled_from(["module", "a", "b", "weight", "_orig_mod", "0"])
dotted = st.lists(parts, min_size=1, max_size=4).map(".".join)


@given(st.sets(dotted, min_size=1), st.sets(dotted, min_size=1))
def test_no_weight_is_lost_and_none_is_invented(given: set[str], expected: set[str]) -> None:
    state = {name: torch.tensor(number) for number, name in enumerate(sorted(given))}
    found = renamed(state, expected)
    assert sorted(int(each) for each in found.values()) == list(range(len(state)))


@given(st.sets(dotted, min_size=1))
def test_names_that_fit_stay_as_they_are(names: set[str]) -> None:
    state = {name: torch.zeros(1) for name in names}
    assert set(renamed(state, names)) == names


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precision_becomes_the_networks(tmp_path: Path, dtype: torch.dtype) -> None:
    state = {name: tensor.to(dtype) for name, tensor in Small(1).state_dict().items()}
    module = Small(0)
    restore(module, saved(tmp_path / "half.pt", state))
    weight = module.state_dict()["classifier.weight"]
    assert weight.dtype == torch.float32
    assert torch.equal(weight, state["classifier.weight"].float())


@pytest.mark.parametrize("dtype", [torch.int8, torch.int64, torch.complex64, torch.bool])
def test_other_kinds_of_number_are_refused(dtype: torch.dtype) -> None:
    state = Small(1).state_dict()
    state["features.0.weight"] = torch.ones(state["features.0.weight"].shape).to(dtype)
    name = str(dtype).removeprefix("torch.")
    words = rf"1 weight of another kind of number: features\.0\.weight \(the file has {name}, the "
    with pytest.raises(WeightsError, match=words):
        fill(Small(0), state, "w.pt")


def parts_of(folder: Path, suffix: str, changed: dict[str, str] | None = None) -> Path:
    state = Small(1).state_dict()
    places = {
        name: f"model-0000{number % 2 + 1}-of-00002{suffix}" for number, name in enumerate(state)
    }
    for file in set(places.values()):
        own = {name: tensor for name, tensor in state.items() if places[name] == file}
        if suffix == ".safetensors":
            safetensors.torch.save_file(own, folder / file)
        else:
            torch.save(own, folder / file)
    index = folder / f"model{suffix}.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places | (changed or {})}))
    return index


@pytest.mark.parametrize("suffix", [".safetensors", ".bin"])
def test_checkpoints_in_parts_are_put_together(tmp_path: Path, suffix: str) -> None:
    module = Small(0)
    restore(module, parts_of(tmp_path, suffix))
    assert same(module, Small(1))


def test_what_is_wrong_with_the_parts_is_said(tmp_path: Path) -> None:
    index = parts_of(tmp_path, ".bin", {"extra.weight": "model-00001-of-00002.bin"})
    with pytest.raises(WeightsError, match=r"'model-00001-of-00002\.bin' has the weight 'extra"):
        read(index)
    with pytest.raises(WeightsError, match=r"names '\.\./secret\.pt', which is no file beside"):
        read(parts_of(tmp_path, ".bin", {"extra.weight": "../secret.pt"}))
    with pytest.raises(WeightsError, match=r"names 'gone\.bin', which is missing"):
        read(parts_of(tmp_path, ".bin", {"extra.weight": "gone.bin"}))


NO_INDEX = ["", "[]", "{}", '{"weight_map": [1]}', '{"weight_map": {"a": 1}}']


@pytest.mark.parametrize("text", NO_INDEX)
def test_what_is_no_index_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.bin.index.json").write_text(text)
    with pytest.raises(WeightsError, match=r"'model\.bin\.index\.json' is no index of"):
        read(tmp_path / "model.bin.index.json")


def test_the_nearest_name_is_told() -> None:
    state: dict[str, Tensor] = dict(Small(1).state_dict())
    state["classifer.weight"] = state.pop("classifier.weight")
    with pytest.raises(WeightsError) as caught:
        fill(Small(0), state, "w.pt")
    assert caught.value.message.splitlines()[1:] == [
        "  1 weight that it lacks: classifier.weight (the nearest is classifer.weight)",
        "  1 weight that the network has no place for: classifer.weight",
    ]


def test_lengths_that_are_only_claimed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", 100 * 10**9) + b"{}" + b"0" * 90)
    words = (
        r"damaged, or is not a checkpoint at all \(it claims a header of 100.0 GB, and has 100 B"
    )
    with pytest.raises(WeightsError, match=words):
        read(path)
    entry = {"dtype": "F32", "shape": [25 * 10**9], "data_offsets": [0, 100 * 10**9]}
    header = json.dumps({"a.weight": entry}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"0" * 90)
    with pytest.raises(WeightsError, match=r"is damaged: it should have 100.0 GB, and has \d+ B"):
        read(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers_are_named(value: float) -> None:
    module = Small(0)
    with torch.no_grad():
        module.features[0].weight[1, 2, 0, 0] = value
        module.classifier.bias[1] = value
    with pytest.raises(WeightsError) as caught:
        check_finite(module)
    assert caught.value.message.splitlines() == [
        "The network's weights are broken:",
        "  2 weights with infinite values, or some that are no numbers (NaN): features.0.weight, "
        "classifier.bias",
    ]
    assert "earlier checkpoint" in caught.value.hint
    check_finite(Small(0))


def test_masks_may_be_infinite() -> None:
    module = Small(0)
    module.register_buffer("mask", torch.tensor([0.0, float("-inf")]))
    check_finite(module)
    module.register_buffer("mean", torch.tensor([0.0, float("nan")]))
    with pytest.raises(WeightsError, match="1 weight with infinite values"):
        check_finite(module)
