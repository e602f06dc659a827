"""Weights in files, and whether two networks have the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn


def same(one: nn.Module, other: nn.Module) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in one.state_dict().items())


def saved(path: Path, content: Any) -> Path:
    torch.save(content, path)
    return path
