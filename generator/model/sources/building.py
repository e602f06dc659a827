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
    """A network as it was before `torch.compile`, all of it or parts, which hides its layers.

    The module itself is changed, where parts of it were compiled.
    """
    inner = getattr(module, "_orig_mod", None)
    whole = inner if isinstance(inner, nn.Module) else module
    for name, child in whole.named_children():
        plain = uncompiled(child)
        if plain is not child:
            setattr(whole, name, plain)
    return whole
