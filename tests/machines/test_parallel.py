"""Several calls at once: no more than asked for, each one's result, and a soon and clean end."""

from __future__ import annotations

import signal
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
import tiny_project
from forked import PATIENCE, Command
from hypothesis import given
from hypothesis import strategies as st

from generator.machines import parallel
from generator.machines.parallel import as_made, cores, under_way


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Future[Any]]:
    """The calls in threads that were begun, in their order."""
    begun: list[Future[Any]] = []

    class Noted(ThreadPoolExecutor):
        def submit(self, *given: Any, **named: Any) -> Future[Any]:
            begun.append(super().submit(*given, **named))
            return begun[-1]

    monkeypatch.setattr(parallel, "ThreadPoolExecutor", Noted)
    return begun


def square(number: int) -> int:
    return number * number


@given(st.lists(st.integers(), unique=True, max_size=30), st.integers(1, 5))
def test_every_item_comes_once_with_its_own_result(items: list[int], jobs: int) -> None:
    made = list(as_made(square, items, jobs))
    assert sorted(made) == sorted((item, item * item) for item in items)


def test_one_job_runs_here_and_in_order() -> None:
    made = list(as_made(lambda _: threading.get_ident(), range(4), 1))
    assert made == [(item, threading.get_ident()) for item in range(4)]


def test_so_many_run_at_once_and_no_more_are_taken() -> None:
    meeting = threading.Barrier(3, timeout=PATIENCE)  # broken, unless three are under way at a time
    taken: list[int] = []

    def items():
        for item in range(6):
            taken.append(item)
            yield item

    results = as_made(lambda _: meeting.wait() >= 0, items(), 3)
    next(results)
    assert len(taken) <= 5  # three ended at once, of which one was given; two may follow
    assert all(fine for _, fine in results)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_error_ends_it_and_no_further_call_starts(
    jobs: int, calls: list[Future[Any]]
) -> None:
    started: list[int] = []

    def fail_at_two(item: int) -> int:
        started.append(item)
        if item == 2:
            raise ValueError("two")
        if item > 2:
            wait(calls[2:3])  # however long the thread takes that has it
        return item

    with pytest.raises(ValueError, match="two"):
        list(as_made(fail_at_two, range(100), jobs))
    assert max(started) <= 2 + jobs


def test_what_ended_beside_an_error_is_given_first(calls: list[Future[Any]]) -> None:
    """Nothing that was made is lost to the failure of another."""

    def make(item: int) -> int:
        if item == 0:
            raise ValueError("zero")
        return item

    def items():
        yield from (0, 1, 2, 3)
        wait(calls)
        yield 4

    given_first: list[int] = []
    with pytest.raises(ValueError, match="zero"):
        for item, _ in as_made(make, items(), 5):
            given_first.append(item)
    assert {1, 2, 3} <= set(given_first)


def test_ending_early_does_not_wait_for_what_is_under_way() -> None:
    release = threading.Event()

    def make(item: int) -> int:
        if item:
            release.wait(PATIENCE)
        return item

    results = as_made(make, range(10), 2)
    assert next(results) == (0, 0)
    results.close()
    assert under_way()
    release.set()
    while under_way():
        time.sleep(0.01)


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_a_build_soon_whatever_is_under_way(tmp_path: Path, jobs: str) -> None:
    folder = tiny_project.write_endless(tmp_path / "project", tmp_path / "begun")
    build = Command(folder, "build", "--jobs", jobs, "-v")
    build.wait_until((tmp_path / "begun").exists)
    build.send(signal.SIGINT)
    assert build.status() == 130, build.said
    assert "Stopped. What was done is kept" in build.said and "Traceback" not in build.said
