"""Run the missing tasks, and file each result as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
        groups: dict[tuple[bool, str], list[Planned]] = {}
        for planned in missing:
            group = (bool(planned.task.needs), planned.task.visualization)
            groups.setdefault(group, []).append(planned)
        for combined, name in sorted(groups, key=lambda group: group[0]):
            title = self.kinds[name].title
            stage = f"{title}: put together" if combined else title
            self._compute(name, groups[combined, name], stage, report, jobs)

    def _compute(
        self, name: str, group: Sequence[Planned], stage: str, report: Report, jobs: int
    ) -> None:
        by_task = {planned.task: planned for planned in group}
        keys = {
            need: key
            for planned in group
            for need, key in zip(planned.task.needs, planned.needs, strict=True)
        }
        run = partial(self._run, read=lambda task: self._stored(keys[task]))
        batches = self.kinds[name].batches(list(by_task))
        with report.stage(stage, len(group)) as advance:
            for _, done in as_made(run, batches, jobs):
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
            yield self._stored(item.key)

    def _stored(self, key: str) -> Result:
        result = self.cache.load(key)
        if result is None:
            raise CacheError(f"A result cannot be read back from '{self.cache.folder}'.")
        return result

    def _run(
        self, batch: Sequence[Task], read: Callable[[Task], Result]
    ) -> list[tuple[Task, Result, float]]:
        """A batch's results, each with the seconds since the one before."""
        done = []
        started = time.perf_counter()
        kind = self.kinds[batch[0].visualization]
        for task, result in results_of(kind, self.network, batch, self.pictures, read):
            now = time.perf_counter()
            done.append((task, result, now - started))
            started = now
        return done


def results_of(
    kind: Visualization[Any],
    network: Network,
    batch: Sequence[Task],
    pictures: Mapping[str, Picture],
    read: Callable[[Task], Result],
) -> Iterator[tuple[Task, Result]]:
    """A batch's tasks with their results, each as soon as it is known.

    Args:
        kind: the tasks' visualization.
        network: what they look at.
        batch: as ``kind.batches`` made it.
        pictures: at least those that the tasks name, by name.
        read: gives the result of a task that one of the batch needs.
    """
    named = _named(batch) | _named(dict.fromkeys(need for task in batch for need in task.needs))
    looked_at = {name: pictures[name] for name in sorted(named)}
    if batch[0].needs:
        return kind.combine(batch, read, looked_at)
    return kind.compute(network, batch, looked_at)


def _named(tasks: Iterable[Task]) -> set[str]:
    found: set[str] = set()
    for task in tasks:
        found.update(task.pictures, [] if task.picture is None else [task.picture])
    return found


def subject(task: Task) -> str:
    """What a task is about, for people: ``activations features.15:220 chelsea``."""
    unit = task.layer if task.channel is None else f"{task.layer}:{task.channel}"
    return " ".join(filter(None, (task.visualization, unit, task.picture)))
