"""Run the missing tasks, and file each result as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from generator.cache import Cache
from generator.errors import CacheError
from generator.images import Picture
from generator.model.network import Network
from generator.plan import Planned
from generator.report import Report
from generator.visualizations.base import Result, Task, Visualization

P = ParamSpec("P")
T = TypeVar("T")


class Inline(Executor):
    """An executor that runs each call at once, here: Ctrl-C stops it where it is."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call; the future is done when this returns."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class Workshop:
    """What tasks need to run, and where their results go. ``pictures`` are by name."""

    network: Network
    pictures: Mapping[str, Picture]
    kinds: Mapping[str, Visualization[Any]]
    cache: Cache

    def compute(
        self,
        missing: Sequence[Planned],
        report: Report,
        executor: Executor | None = None,
        ahead: int = 1,
    ) -> None:
        """Run tasks in the batches that their visualization prefers; store every result.

        Whatever interrupts it, what was stored stays, and a later run goes on from there.

        Args:
            missing: the tasks to run.
            report: told how far each visualization is.
            executor: where batches run; here and now when left out.
            ahead: how many batches are under way at a time.

        Raises:
            GalleryError: the first that a task meets; nothing failed is stored.
        """
        groups: dict[str, list[Planned]] = {}
        for planned in missing:
            groups.setdefault(planned.task.visualization, []).append(planned)
        for name, group in groups.items():
            by_task = {planned.task: planned for planned in group}
            calls = (
                (self.kinds[name], self.network, tuple(batch), self._looked_at(batch))
                for batch in self.kinds[name].batches(list(by_task))
            )
            with report.stage(self.kinds[name].title, len(group)) as advance:
                for done in _run(executor or Inline(), calls, ahead):
                    for task, result, seconds in done:
                        planned = by_task[task]
                        self.cache.store(planned.key, planned.identity, result, seconds)
                        report.detail(f"{_subject(task)}: {seconds:.2f} s")
                    advance(len(done))

    def results(self, wanted: Sequence[Planned], report: Report) -> Iterator[Result]:
        """Each task's result, from the cache where it is whole, computed where it is not."""
        self.compute([item for item in wanted if self.cache.load(item.key) is None], report)
        for item in wanted:
            result = self.cache.load(item.key)
            if result is None:
                raise CacheError(f"A result cannot be read back from '{self.cache.folder}'.")
            yield result

    def _looked_at(self, tasks: Sequence[Task]) -> dict[str, Picture]:
        names = {task.picture for task in tasks if task.picture is not None}
        return {name: self.pictures[name] for name in sorted(names)}


def _subject(task: Task) -> str:
    """What a task is about, for people: ``activations features.15:220 chelsea``."""
    unit = task.layer if task.channel is None else f"{task.layer}:{task.channel}"
    return " ".join(filter(None, (task.visualization, unit, task.picture)))


Done = list[tuple[Task, Result, float]]
Call = tuple[Visualization[Any], Network, Sequence[Task], Mapping[str, Picture]]


def _run(executor: Executor, calls: Iterable[Call], ahead: int) -> Iterator[Done]:
    """Each batch's results as it ends, with no more than ``ahead`` of them under way."""
    pending: set[Future[Done]] = set()
    for call in calls:
        pending.add(executor.submit(_batch, *call))
        if len(pending) >= ahead:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)
    while pending:
        finished, pending = wait(pending, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in finished)


def _batch(
    visualization: Visualization[Any],
    network: Network,
    tasks: Sequence[Task],
    pictures: Mapping[str, Picture],
) -> Done:
    done = []
    started = time.perf_counter()
    for task, result in visualization.compute(network, tasks, pictures):
        now = time.perf_counter()
        done.append((task, result, now - started))
        started = now
    return done
