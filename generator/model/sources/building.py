"""Building a network so that its random weights depend on the seed and on nothing else."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")


def seeded(build: Callable[[], T], seed: int) -> T:
    """What ``build()`` returns with torch's generator seeded; the caller's stays as it was.

    Warnings of the libraries that it calls are not shown: there is nothing a user could do.
    """
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        return build()
