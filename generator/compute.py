"""Run the missing tasks, and file each result as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.cache import Cache
from generator.errors import CacheError
from generator.images import Picture
from generator.losses import tell_losses
from generator.model.network import Network
from generator.parallel import as_made
from generator.plan import Planned
from generator.report import Report
from generator.visualizations.base import Result, Task, Visualization


@dataclass(frozen=True)
class Workshop:
    """What tasks need to run, and where their results go. ``pictures`` are by name."""

    network: Network
    pictures: Mapping[str, Picture]
    kinds: Mapping[str, Visualization[Any]]
    cache: Cache

    def compute(self, missing: Sequence[Planned], report: Report, jobs: int = 1) -> None:
        """Run tasks in the batches that their visualization prefers; store every result.

        Whatever interrupts it, what was stored stays, and a later run goes on from there.

        Args:
            missing: the tasks to run.
            report: told how far each visualization is.
            jobs: how many batches are under way at a time. Results are stored here, one by one.

        Raises:
            GalleryError: the first that a task meets; nothing failed is stored.
        """
        groups: dict[str, list[Planned]] = {}
        for planned in missing:
            groups.setdefault(planned.task.visualization, []).append(planned)
        for name, group in groups.items():
            by_task = {planned.task: planned for planned in group}
            batches = self.kinds[name].batches(list(by_task))
            with report.stage(self.kinds[name].title, len(group)) as advance:
                for _, done in as_made(self._run, batches, jobs):
                    for task, result, seconds in done:
                        planned = by_task[task]
                        self.cache.store(planned.key, planned.identity, result, seconds)
                        report.detail(f"{subject(task)}: {seconds:.2f} s")
                    advance(len(done))

    def results(self, wanted: Sequence[Planned], report: Report) -> Iterator[Result]:
        """Each task's result, from the cache where it is whole, computed where it is not."""
        missing = [item for item in wanted if self.cache.load(item.key) is None]
        tell_losses(self.cache.absences(item.key for item in missing).values(), report)
        self.compute(missing, report)
        for item in wanted:
            result = self.cache.load(item.key)
            if result is None:
                raise CacheError(f"A result cannot be read back from '{self.cache.folder}'.")
            yield result

    def _run(self, batch: Sequence[Task]) -> list[tuple[Task, Result, float]]:
        """A batch's results, each with the seconds since the one before."""
        names = sorted({task.picture for task in batch if task.picture is not None})
        looked_at = {name: self.pictures[name] for name in names}
        visualization = self.kinds[batch[0].visualization]
        done = []
        started = time.perf_counter()
        for task, result in visualization.compute(self.network, batch, looked_at):
            now = time.perf_counter()
            done.append((task, result, now - started))
            started = now
        return done


def subject(task: Task) -> str:
    """What a task is about, for people: ``activations features.15:220 chelsea``."""
    unit = task.layer if task.channel is None else f"{task.layer}:{task.channel}"
    return " ".join(filter(None, (task.visualization, unit, task.picture)))
