"""Hooks on modules: heard in one thread, and gone at the end of the block."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from generator.model.hooks import hooked

CHAIN = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())
INPUT = torch.zeros(1, 3, 4, 4)


def hooks_of(module: nn.Module) -> int:
    parts = list(module.modules())
    return sum(len(each._forward_hooks) + len(each._forward_pre_hooks) for each in parts)


def test_calls_are_heard_by_name_in_their_order() -> None:
    heard: list[str] = []
    with hooked(
        CHAIN.named_children(),
        enter=lambda name, inputs: heard.append(f"{name} reads {tuple(inputs[0].shape)}"),
        leave=lambda name, _, output: heard.append(f"{name} gives {tuple(output.shape)}"),
    ):
        CHAIN(INPUT)
    assert heard == [
        "0 reads (1, 3, 4, 4)",
        "0 gives (1, 2, 4, 4)",
        "1 reads (1, 2, 4, 4)",
        "1 gives (1, 2, 4, 4)",
    ]


def test_calls_of_other_threads_are_not_heard() -> None:
    heard: list[str] = []
    with hooked(CHAIN.named_children(), enter=lambda name, _: heard.append(name)):
        other = threading.Thread(target=CHAIN, args=(INPUT,))
        other.start()
        other.join()
    assert heard == []


def test_no_hook_is_left_behind_by_an_error() -> None:
    def fail(name: str, _: object) -> None:
        raise ValueError(name)

    with pytest.raises(ValueError, match="0"), hooked(CHAIN.named_children(), enter=fail):
        assert hooks_of(CHAIN) == 2
        CHAIN(INPUT)
    assert hooks_of(CHAIN) == 0
