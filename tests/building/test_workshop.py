"""Tasks of all kinds are computed together: what takes longest first, by what each takes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
import tiny_project
import torch

from generator.building.prepare import Prepared, prepare
from generator.cache.store import Cache
from generator.cli.console import ConsoleReport
from generator.config.load import load_config
from generator.machines.batches import Outcome
from generator.machines.crews import Here
from generator.machines.hiring import at_once, shared_threads
from generator.machines.worker import Order
from generator.utils.report import Advance, Silent
from generator.visualizations.base import Result

CONFIG = """\
model: mymodel:factory
input: {size: 24}
images: [{path: photos/stripes.png}]
visualizations:
  - {kind: kernels, layers: "conv:*"}
  - {kind: activations, layers: "conv:*"}
  - {kind: activations, layers: conv:2, mode: convolutions}
  - {kind: maximization, layers: conv:1, filters: 0, size: 24, sketch_steps: 0, steps: 2}
  - {kind: maximization, layers: conv:2, filters: [0, 1], size: 24, sketch_steps: 0, steps: 9}
"""


class Stages(Silent):
    """Remembers the stages, and what they were moved on by."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[int, float, list[tuple[int, float]]]] = {}

    @contextmanager
    def stage(self, title: str, total: int, work: float = 0.0) -> Iterator[Advance]:
        moves: list[tuple[int, float]] = []
        self.told[title] = (total, work, moves)
        yield lambda steps, work=0.0: moves.append((steps, work))


class Noting:
    """A crew that does nothing but note what it is given."""

    lost: tuple[type[BaseException], ...] = ()

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.orders: list[Order] = []

    def submit(self, order: Order) -> Future[list[Outcome]]:
        self.orders.append(order)
        future: Future[list[Outcome]] = Future()
        failed = [Outcome(place, 0.0, failure="no") for place in range(len(order.tasks))]
        future.set_result(failed)
        return future

    def mend(self) -> None:
        raise AssertionError


def prepared(folder: Path) -> Prepared:
    project = tiny_project.write(folder, CONFIG)
    return prepare(load_config(project / "site_config.yml"), Silent())


def test_what_takes_longest_is_begun_first_whatever_kind_it_is(tmp_path: Path) -> None:
    found, crew, stages = prepared(tmp_path), Noting(2), Stages()
    found.workshop.compute(found.missing(), stages, crew=crew)
    assert [order.tasks[0].visualization for order in crew.orders[:3]] == [
        "maximization",
        "activations",
        "maximization",
    ]
    assert [task.channel for task in crew.orders[0].tasks] == [0, 1]
    assert crew.orders[1].tasks[0].parameters["mode"] == "convolutions"
    total, work, moves = stages.told["Computing"]
    assert total == sum(steps for steps, _ in moves) == len(found.missing())
    assert work == pytest.approx(sum(share for _, share in moves))
    alone = Noting(1)
    found.workshop.compute(found.missing(), Silent(), crew=alone)
    assert alone.orders[-1].tasks == crew.orders[0].tasks
    assert len(alone.orders) == len(crew.orders)


def test_two_batches_at_a_time_share_the_processors(tmp_path: Path) -> None:
    before, seen = torch.get_num_threads(), []
    both = threading.Barrier(2, timeout=60)

    def look(order: Order) -> list[Outcome]:
        both.wait()  # no thread takes both
        seen.append(torch.get_num_threads())
        return []

    torch.set_num_threads(6)
    try:
        assert at_once() == 2
        with shared_threads(2) as share:
            here = Here(look, 2, share=share)
            for future in [here.submit(Order((), ())) for _ in range(2)]:
                future.result()
            here.close()
        assert seen == [3, 3]
        assert torch.get_num_threads() == 6
        with shared_threads(40) as share:
            assert share == 1
        torch.set_num_threads(1)
        assert at_once() == 1
    finally:
        torch.set_num_threads(before)


def test_one_batch_alone_has_all_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    before = torch.get_num_threads()

    def look(*_: object) -> list[Outcome]:
        threads.append(torch.get_num_threads())
        return [Outcome(0, 0.0, failure="no")]

    monkeypatch.setattr("generator.building.workshop.run_batch", look)
    found = prepared(tmp_path)
    one, *more = [each for each in found.missing() if each.task.visualization == "kernels"]
    torch.set_num_threads(4)
    try:
        found.workshop.compute([one], Silent())
        found.workshop.compute([one, *more], Silent())
    finally:
        torch.set_num_threads(before)
    assert more and threads == [4, *[2 for _ in (one, *more)]]


def test_the_time_left_is_told_by_the_work_that_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("generator.cli.console.time.monotonic", lambda: now)
    with ConsoleReport().stage("Computing", 10, 100.0) as advance:
        now = 20.0
        advance(1, 80.0)
        now = 21.0
        advance(9, 20.0)
    told = capsys.readouterr().err
    assert "Computing: 1/10, about 5 s left" in told
    assert re.search(r"Computing: 10/10 in 21\.0 s", told)


def test_a_result_that_is_there_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = prepared(tmp_path)
    wanted = [item for item in found.plan.tasks if item.task.visualization == "kernels"]
    before = list(found.workshop.results(wanted, Silent()))
    read: list[str] = []
    load = Cache.load

    def noted(self: Cache, key: str) -> Result | None:
        read.append(key)
        return load(self, key)

    monkeypatch.setattr(Cache, "load", noted)
    again = found.workshop.results(wanted, Silent())
    assert [result.facts for result in again] == [result.facts for result in before]
    assert read == [item.key for item in wanted]
