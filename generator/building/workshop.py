"""Run the missing tasks, and file each result as soon as it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from generator.cache.losses import tell_losses
from generator.cache.store import Cache
from generator.errors import CacheError, GalleryError
from generator.machines.batches import Outcome, named, run_batch
from generator.machines.crews import Crew, Here, outcomes
from generator.machines.failures import Failure, subject
from generator.machines.hiring import at_once, shared_threads
from generator.machines.worker import Order
from generator.model.network import Network
from generator.photos.images import Picture
from generator.planning.identity import Planned
from generator.utils.report import Report
from generator.visualizations.base import Result, Task, Visualization

_LEFT_OUT = "its visualization put it into no batch"


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
        jobs: int | None = None,
        crew: Crew | None = None,
        until: float | None = None,
    ) -> tuple[Failure, ...]:
        """Run tasks in the batches that their visualization prefers; store every result.

        Whatever interrupts it, what was stored stays, and a later run goes on from there.

        Args:
            missing: the tasks to run.
            report: told how far it is, and how long it may take.
            jobs: how many batches are under way here at a time, `at_once` of them when left out.
                Results are stored one by one.
            crew: who runs tasks in place of this process. What is put together from other tasks'
                results is put together here, where those are.
            until: see `generator.machines.crews.outcomes`.

        Returns:
            The tasks that failed, or need one that did; nothing of them is stored.

        Raises:
            CacheError: results cannot be stored, or not be read back.
            GalleryError: the crew is lost, or cannot make what is wanted.
            TimeIsUp: it is, and not all is done; what was stored stays.
        """
        if not missing:
            return ()
        jobs = jobs or at_once()
        first = [planned for planned in missing if not planned.task.needs]
        then = [planned for planned in missing if planned.task.needs]
        failures = self._compute(first, "Computing", report, jobs, crew, until)
        able, unable = _able(then, failures)
        failures += unable
        failures += self._compute(able, "Putting together", report, jobs, None, until)
        return tuple(failures)

    def _compute(
        self,
        tasks: Sequence[Planned],
        stage: str,
        report: Report,
        jobs: int,
        crew: Crew | None,
        until: float | None,
    ) -> list[Failure]:
        """Run tasks of all kinds.

        Where several batches run at a time, what takes longest comes first, so that at the end
        nobody waits for the last; else it comes last, and what interrupts it loses the least.
        """
        if not tasks:
            return []
        by_task = {planned.task: planned for planned in tasks}
        efforts = self._batches(list(by_task))
        taken = {task for batch in efforts for task in batch}
        failures = [Failure(by_task[task], _LEFT_OUT) for task in by_task if task not in taken]
        here = self._here(tasks, max(1, min(jobs, len(efforts))), threaded=until is not None)
        with (
            report.stage(stage, len(tasks), sum(efforts.values())) as advance,
            here if crew is None else nullcontext(crew) as chosen,
        ):
            ordered = sorted(efforts, key=lambda batch: efforts[batch], reverse=chosen.at_once > 1)
            orders = (self._order([by_task[task] for task in batch]) for batch in ordered)
            for order, found in outcomes(chosen, orders, until):
                for outcome in found:
                    planned = by_task[order.tasks[outcome.place]]
                    failures += self._file(planned, outcome, report)
                advance(len(found), efforts[order.tasks] * len(found) / len(order.tasks))
        return failures

    @contextmanager
    def _here(self, tasks: Sequence[Planned], jobs: int, *, threaded: bool) -> Iterator[Crew]:
        """This process as a crew, which finds what tasks need."""
        keys = {
            need: key
            for planned in tasks
            for need, key in zip(planned.task.needs, planned.needs, strict=True)
        }
        with shared_threads(jobs) as share:
            run = partial(self._run, keys=keys)
            here = Here(run, jobs, threaded=threaded, share=share if jobs > 1 else None)
            try:
                yield here
            finally:
                here.close()

    def _batches(self, tasks: Sequence[Task]) -> dict[tuple[Task, ...], float]:
        """Tasks in the batches that their visualizations prefer, with the effort of each."""
        kinds: dict[str, list[Task]] = {}
        for task in tasks:
            kinds.setdefault(task.visualization, []).append(task)
        return {
            tuple(batch): self.kinds[name].effort(self.network, batch)
            for name, own in kinds.items()
            for batch in self.kinds[name].batches(own)
        }

    def _order(self, batch: Sequence[Planned]) -> Order:
        tasks = tuple(planned.task for planned in batch)
        looked_at = {name: self.pictures[name] for name in named(tasks)}
        return Order(tasks, tuple(planned.key for planned in batch), pictures=looked_at)

    def _file(self, planned: Planned, outcome: Outcome, report: Report) -> list[Failure]:
        """Store what became of a task, if anything did."""
        about = subject(planned.task)
        if outcome.failure:
            report.detail(f"{about} failed: {outcome.trace or outcome.failure}")
            return [Failure(planned, outcome.failure)]
        content, facts = outcome.tensors, outcome.facts
        self.cache.file(planned.key, planned.identity, content, facts, outcome.seconds)
        report.detail(f"{about}: {outcome.seconds:.2f} s")
        return []

    def results(self, wanted: Sequence[Planned], report: Report) -> Iterator[Result]:
        """Each task's result, from the cache where it is whole, computed where it is not.

        Raises:
            GalleryError: one of them cannot be computed.
        """
        found = {item.key: self.cache.load(item.key) for item in wanted}
        missing = [item for item in wanted if found[item.key] is None]
        tell_losses(self.cache.absences(item.key for item in missing).values(), report)
        for failure in self.compute(missing, report):
            raise GalleryError(f"{subject(failure.planned.task)}: {failure.words}")
        for item in wanted:
            yield found[item.key] or self._stored(item.key)

    def _stored(self, key: str) -> Result:
        result = self.cache.load(key)
        if result is None:
            raise CacheError(f"A result cannot be read back from '{self.cache.folder}'.")
        return result

    def _run(self, order: Order, keys: Mapping[Task, str]) -> list[Outcome]:
        kind = self.kinds[order.tasks[0].visualization]

        def read(task: Task) -> Result:
            return self._stored(keys[task])

        return run_batch(kind, self.network, order.tasks, order.pictures, read)


def _able(
    group: Sequence[Planned], failures: Sequence[Failure]
) -> tuple[list[Planned], list[Failure]]:
    """The tasks that have what they need, and as failures those that need one that failed."""
    words = {failure.planned.key: failure.words for failure in failures}
    able: list[Planned] = []
    unable: list[Failure] = []
    for planned in group:
        reason = next((words[key] for key in planned.needs if key in words), None)
        if reason is None:
            able.append(planned)
        else:
            unable.append(Failure(planned, reason))
    return able, unable
