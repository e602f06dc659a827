"""A batch of tasks, wherever it runs: its results as bytes, and in words what went wrong.

A task that fails takes no other with it: what its batch still lacks is run again, one by one.
"""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.cache.store import as_bytes
from generator.errors import CacheError
from generator.machines.failures import words_of
from generator.model.network import Network
from generator.photos.images import Picture
from generator.utils.wording import with_article
from generator.visualizations.base import Fact, Result, Task, Visualization

_SILENT = "its visualization gave no result of it"

Read = Callable[[Task], Result]
"""Gives the result of a task that another one needs."""


@dataclass(frozen=True)
class Outcome:
    """What became of one task of a batch.

    Attributes:
        place: the task's, in its batch.
        seconds: since the outcome before.
        tensors: the result's, as safetensors.
        facts: the result's.
        failure: why there is no result, in a line; empty where there is one.
        trace: of a failure, the lines for whoever wrote the code.
    """

    place: int
    seconds: float
    tensors: bytes = b""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    failure: str = ""
    trace: str = ""


def run_batch(
    kind: Visualization[Any],
    network: Network,
    batch: Sequence[Task],
    pictures: Mapping[str, Picture],
    read: Read | None = None,
) -> list[Outcome]:
    """Run a batch; each of its tasks has one outcome.

    Args:
        kind: the tasks' visualization.
        network: what they look at.
        batch: as ``kind.batches`` made it.
        pictures: at least those that the tasks name, by name.
        read: gives the result of a task that one of the batch needs, where some do.

    Raises:
        CacheError: what a task needs cannot be read back, so no other task could be kept either.
    """
    places = {task: place for place, task in enumerate(batch)}
    outcomes: dict[Task, Outcome] = {}
    started = time.perf_counter()
    try:
        for task, result in results_of(kind, network, batch, pictures, read):
            now = time.perf_counter()
            _check(task, result, places)
            outcomes[task] = Outcome(
                places[task], now - started, as_bytes(result.tensors), result.facts
            )
            started = now
    except CacheError:
        raise
    except Exception as error:  # a task's code, or the memory, can raise whatever it likes
        left = [task for task in batch if task not in outcomes]
        if len(batch) == 1 or not left:
            trace = "".join(traceback.format_exception(error))
            failed = Outcome(0, time.perf_counter() - started, b"", {}, words_of(error), trace)
            return [*outcomes.values(), *([] if outcomes else [failed])]
        error.__traceback__ = None  # it holds what filled the memory
        for task in left:
            (alone,) = run_batch(kind, network, [task], pictures, read)
            outcomes[task] = _at(places[task], alone)
    silent = (Outcome(places[task], 0.0, failure=_SILENT) for task in batch if task not in outcomes)
    return [*outcomes.values(), *silent]


def _check(task: Task, result: Result, places: Mapping[Task, int]) -> None:
    """That a visualization, which may be of another package, gives what it was asked for."""
    if task not in places:
        raise ValueError("its visualization gave a result of a task that it was not asked for")
    if not isinstance(result, Result):
        raise TypeError(
            f"its visualization gave {with_article(type(result).__name__)}, not a Result"
        )
    try:
        json.dumps(dict(result.facts))
    except (TypeError, ValueError) as error:
        raise TypeError(f"its facts have to be values that JSON can hold: {error}") from None


def _at(place: int, alone: Outcome) -> Outcome:
    return Outcome(**{**vars(alone), "place": place})


def results_of(
    kind: Visualization[Any],
    network: Network,
    batch: Sequence[Task],
    pictures: Mapping[str, Picture],
    read: Read | None = None,
) -> Iterator[tuple[Task, Result]]:
    """A batch's tasks with their results, each as soon as it is known; arguments as above."""
    looked_at = {name: pictures[name] for name in named(batch)}
    if batch[0].needs and read is not None:
        return kind.combine(batch, read, looked_at)
    return kind.compute(network, batch, looked_at)


def named(batch: Sequence[Task]) -> list[str]:
    """The names of the pictures that a batch looks at, in alphabetical order."""
    needs = dict.fromkeys(need for task in batch for need in task.needs)
    return sorted(_named(batch) | _named(needs))


def _named(tasks: Iterable[Task]) -> set[str]:
    found: set[str] = set()
    for task in tasks:
        found.update(task.pictures, [] if task.picture is None else [task.picture])
    return found
