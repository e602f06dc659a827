"""A unit that answers by no number has no picture; those beside it have theirs."""

from __future__ import annotations

import torch
from quick_pictures import quick
from torch import nn

from generator.machines.batches import run_batch
from generator.model import wrap
from generator.visualizations.base import Task
from generator.visualizations.maximization import Maximization


def test_a_unit_without_a_number_fails_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3))
    with torch.no_grad():
        module[0].weight[2] = 3e38  # times a bright pixel it is infinite
        module[0].weight[2, :, 1] = -3e38  # and infinite less infinite is no number
    settings = quick("classic").model_dump(mode="json")
    tasks = [Task("maximization", "0", "prefix", unit, parameters=settings) for unit in (1, 2, 3)]
    outcomes = run_batch(Maximization(), wrap(module, size=(32, 32)), tasks, {})
    told = {outcome.place: outcome.failure for outcome in outcomes}
    words = "The answer of filter 2 of layer '0' is not a number, so no picture can raise it."
    assert told == {0: "", 1: words, 2: ""}
