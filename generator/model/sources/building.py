"""Building a network: seeded, so that random weights are the same each time, and not compiled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

T = TypeVar("T")


def seeded(build: Callable[[], T], seed: int) -> T:
    """What ``build()`` returns with torch's generator seeded; the caller's stays as it was.

    Warnings of the libraries that it calls are not shown: there is nothing a user could do.
    """
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        return build()


def uncompiled(module: nn.Module) -> nn.Module:
    """A network as it was before `torch.compile`, which hides layers, compiled all of it or parts.

    The module itself is changed, where it or parts of it were compiled.
    """
    inner = getattr(module, "_orig_mod", None)
    whole = inner if isinstance(inner, nn.Module) else module
    whole.__dict__.pop("_compiled_call_impl", None)  # what ``module.compile()`` leaves
    for name, child in list(whole._modules.items()):  # one registered twice, under both names
        if child is not None:
            whole._modules[name] = uncompiled(child)
    return whole
