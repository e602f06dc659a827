"""Networks put together at random: a digest changes with the numbers, and with nothing else.

A network here is a program: each step makes a new value from earlier ones, or writes into one.
Which convolutions a value depends on is kept track of by the test itself, step by step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import network
from torch import Tensor, nn
from torch.nn import functional

from generator.model.capture import capture

# What a step does, with two earlier values.
KINDS = ("conv", "relu", "norm", "direct", "add", "subtract", "join", "view", "add_", "rectify_")
Step = tuple[str, int, int]
programs = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 30), st.integers(0, 30)),
    min_size=2,
    max_size=14,
)


class Program(nn.Module):
    """Runs a program; each step has a module of its own where it needs one."""

    def __init__(self, program: Sequence[Step]) -> None:
        super().__init__()
        self.program = [("conv", 0, 0), *program, ("conv", 30, 30)]
        self.parts = nn.ModuleList(part(kind) for kind, _, _ in self.program)

    def forward(self, images: Tensor) -> Tensor:
        values = [images * 1]
        for (kind, first, second), module in zip(self.program, self.parts, strict=True):
            one, other = values[first % len(values)], values[second % len(values)]
            values.append(step(kind, module, one, other))
        return values[-1]


def part(kind: str) -> nn.Module:
    if kind in ("conv", "direct"):
        return nn.Conv2d(3, 3, 1)
    made = {"relu": nn.LeakyReLU(0.5, inplace=True), "norm": nn.BatchNorm2d(3)}
    return made.get(kind, nn.Identity())


def step(kind: str, module: nn.Module, one: Tensor, other: Tensor) -> Tensor:
    if kind in ("conv", "relu", "norm"):
        answer: Tensor = module(one)
        return answer
    if kind == "direct":
        return functional.conv2d(one, module.weight)  # type: ignore[arg-type]
    if kind == "join":
        return torch.cat([one[:, :1], other[:, 1:]], 1)
    if kind == "view":
        return one.transpose(2, 3).contiguous().transpose(2, 3)[:, :3]
    if kind == "add_":
        one += other
        return one[:]
    if kind == "rectify_":
        return functional.leaky_relu_(one, 0.5)
    return one + other if kind == "add" else one - other


def dependents(program: Sequence[Step]) -> dict[str, set[int]]:
    """For each layer, the steps whose weights it can depend on: at most these."""
    memory, fed = [0], [set[int]()]  # by value: which memory it lies in; by memory: what fed it
    layers: dict[str, set[int]] = {}
    for number, (kind, first, second) in enumerate(program):
        one, other = memory[first % len(memory)], memory[second % len(memory)]
        came = set(fed[one])
        if kind in ("add", "subtract", "join", "add_"):
            came |= fed[other]
        if kind in ("conv", "direct", "norm"):
            came |= {number}
        if kind in ("add_", "rectify_", "relu"):
            fed[one] |= came
            memory.append(one)
        elif kind == "view":
            memory.append(one)  # or a copy of it: the test allows for both
        else:
            memory.append(len(fed))
            fed.append(came)
        if kind in ("conv", "relu", "norm"):
            layers[f"parts.{number}"] = came
    return layers


@settings(max_examples=20, deadline=None)
@given(programs, st.data())
def test_digests_change_where_numbers_do_and_only_where_they_can(
    program: list[Step], data: st.DataObject
) -> None:
    def made() -> Program:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return Program(program)

    old, new = made(), made()
    weighty = [number for number, module in enumerate(new.parts) if hasattr(module, "weight")]
    changed = data.draw(st.sampled_from(weighty))
    with torch.no_grad():
        new.parts[changed].weight.view(-1)[0] += 0.5  # type: ignore[operator, union-attr]
    before, after = network(old), network(new)
    names = [layer.name for layer in before.layers]
    noise = torch.randn((1, 3, 16, 20), generator=torch.Generator().manual_seed(1))
    answers = [capture(net.module, noise, names) for net in (before, after)]
    different = {name for name in names if not torch.equal(answers[0][name], answers[1][name])}
    digests = [{name: net.digest(name, "prefix") for name in names} for net in (before, after)]
    renewed = {name for name in names if digests[0][name] != digests[1][name]}
    may = {name for name, came in dependents(old.program).items() if changed in came}
    assert {before.dependence(name).kind for name in names} == {"traced"}
    assert different <= renewed <= may
