"""What a machine is asked about its devices and numbers."""

from __future__ import annotations

import pytest
import torch

from generator.model.arithmetic import best_device, best_precision


def test_a_gpu_is_used_where_torch_sees_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert best_device() == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_device() == "cpu"


@pytest.mark.parametrize(
    ("native", "precision"),
    [({"bf16"}, "bfloat16"), ({"amx"}, "bfloat16"), (set(), "float32")],
)
def test_a_processor_is_asked_what_it_multiplies(
    monkeypatch: pytest.MonkeyPatch, native: set[str], precision: str
) -> None:
    names = {"bf16": "_is_avx512_bf16_supported", "amx": "_is_amx_tile_supported"}
    for kind, name in names.items():
        monkeypatch.setattr(torch.cpu, name, lambda kind=kind: kind in native, raising=False)
    assert best_precision("cpu") == precision


def test_a_build_of_torch_that_cannot_say_counts_as_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    assert best_precision("cpu") == "float32"


@pytest.mark.parametrize(("native", "precision"), [(True, "bfloat16"), (False, "float32")])
def test_a_gpu_that_emulates_bfloat16_is_not_given_it(
    monkeypatch: pytest.MonkeyPatch, native: bool, precision: str
) -> None:
    def supported(including_emulation: bool = True) -> bool:
        return native or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert best_precision("cuda") == precision
