"""Who runs batches: nothing is lost with a worker, and what kills workers is found out."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future

import pytest
from forked import PATIENCE
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import CacheError, WorkersError
from generator.machines.batches import Outcome
from generator.machines.crews import LOST, Here, outcomes
from generator.machines.worker import Order
from generator.visualizations.base import Task


class Died(Exception):
    """Its worker was lost."""


def order(*channels: int) -> Order:
    tasks = tuple(Task("pretend", "layer", "layer", channel) for channel in channels)
    return Order(tasks, tuple(map(str, channels)))


def made(each: Order) -> list[Outcome]:
    return [Outcome(place, 0.0, key.encode()) for place, key in enumerate(each.keys)]


class Pretend:
    """A crew that loses a worker with each order in which there is one of the ``deadly`` tasks.

    All that is under way with it is lost too, as with a pool of processes: the orders of the
    ``slow`` tasks, when they run for the first time.
    """

    lost = (Died,)

    def __init__(self, *deadly: int, slow: tuple[int, ...] = (), accident: bool = False) -> None:
        self.deadly, self.slow, self.accident, self.at_once = set(deadly), set(slow), accident, 4
        self.mended, self.deaths = 0, 0
        self._open: list[Future[list[Outcome]]] = []

    def submit(self, each: Order) -> Future[list[Outcome]]:
        future: Future[list[Outcome]] = Future()
        own = {task.channel for task in each.tasks}
        if own & self.slow:
            self.slow -= own
            self._open.append(future)
        elif own & self.deadly or self.accident:
            self.accident = False
            self.deaths += 1
            for lost in (*self._open, future):
                lost.set_exception(Died())
            self._open.clear()
        else:
            future.set_result(made(each))
        return future

    def mend(self) -> None:
        self.mended += 1


def told(crew: Pretend, orders: list[Order]) -> dict[str, str]:
    """What became of each task, by its key: its own content, or why there is none."""
    found: dict[str, str] = {}
    for each, results in outcomes(crew, orders):
        for outcome in results:
            assert each.keys[outcome.place] not in found
            found[each.keys[outcome.place]] = outcome.failure or outcome.tensors.decode()
    return found


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=12),
    st.sets(st.integers(0, 30), max_size=3),
    st.booleans(),
)
def test_every_task_has_one_outcome_and_only_the_deadly_fail(
    sizes: list[int], deadly: set[int], accident: bool
) -> None:
    numbers = iter(range(100))
    orders = [order(*(next(numbers) for _ in range(size))) for size in sizes]
    crew = Pretend(*deadly, accident=accident)
    expected = {key: key for each in orders for key in each.keys}
    expected |= {str(channel): LOST for channel in deadly if str(channel) in expected}
    assert told(crew, orders) == expected


def test_what_was_lost_beside_a_deadly_task_is_run_again_as_it_was() -> None:
    crew = Pretend(3, slow=(1, 2))
    found = told(crew, [order(1), order(2), order(3), order(4)])
    assert found == {"1": "1", "2": "2", "3": LOST, "4": "4"}
    assert crew.deaths == crew.mended == 2  # a task may lose its worker twice, not more


def test_an_accident_costs_nothing_but_time() -> None:
    crew = Pretend(accident=True)
    assert told(crew, [order(1, 2), order(3), order(4)]) == {str(n): str(n) for n in (1, 2, 3, 4)}


def test_workers_that_cannot_do_what_they_are_told_stop_it() -> None:
    class Unlike(Pretend):
        def submit(self, each: Order) -> Future[list[Outcome]]:
            future: Future[list[Outcome]] = Future()
            future.set_exception(ModuleNotFoundError("No module named 'mine'"))
            return future

    with pytest.raises(WorkersError, match="could not take up its work: ModuleNotFoundError: No m"):
        list(outcomes(Unlike(), [order(1)]))


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_ended_beside_a_call_that_was_refused_is_given_first(cancelled: bool) -> None:
    class Partly(Pretend):
        lost = (Died, CancelledError)

        def submit(self, each: Order) -> Future[list[Outcome]]:
            if each.keys == ("1",) and cancelled:
                future: Future[list[Outcome]] = Future()
                future.cancel()
                future.set_running_or_notify_cancel()
                return future
            if each.keys != ("0",):
                return super().submit(each)
            future = Future()
            future.set_exception(ModuleNotFoundError("No module named 'mine'"))
            return future

    crew = Partly()
    crew.at_once = 30  # all of which end before anybody looks
    given_first: set[str] = set()
    with pytest.raises(WorkersError, match="could not take up its work"):
        for each, _ in outcomes(crew, map(order, range(30))):
            given_first.update(each.keys)
    assert given_first == {str(n) for n in range(1 + cancelled, 30)}


@pytest.mark.parametrize("jobs", [1, 3])
def test_here_runs_all_and_tells_a_bug_as_it_is(jobs: int) -> None:
    here = Here(made, jobs)
    found = [each.keys for each, _ in outcomes(here, (order(n) for n in range(7)))]
    assert sorted(found) == [(str(n),) for n in range(7)]
    here.close()
    for error in (CacheError("gone"), ZeroDivisionError()):

        def fail(_: Order, error: Exception = error) -> list[Outcome]:
            raise error

        broken = Here(fail, jobs)
        with pytest.raises(type(error)):
            list(outcomes(broken, [order(1)]))
        broken.close()


def test_no_more_than_so_many_are_taken_ahead() -> None:
    meeting = threading.Barrier(3, timeout=PATIENCE)
    taken: list[int] = []

    def orders():
        for number in range(10):
            taken.append(number)
            yield order(number)

    def wait(each: Order) -> list[Outcome]:
        if int(each.keys[0]) < 3:
            meeting.wait()  # none ends until three are under way
        return made(each)

    here = Here(wait, 3)
    found = outcomes(here, orders())
    next(found)
    assert len(taken) == 3
    assert len(list(found)) == 9
    here.close()
