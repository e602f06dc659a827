"""A build that has so much time: everything coarse at first, then finer, the worst first."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from generator.cache.store import Cache
from generator.failures import Failure
from generator.identity import Planned
from generator.ladder import Rung, ladder, robust
from generator.machines.crews import Crew, TimeIsUp
from generator.prepare import Prepared
from generator.report import Advance, Report, Silent
from generator.visualizations.base import Task

_SITE, _FIGURE = 8.0, 0.03  # seconds: pages of any site, and each figure that has to be drawn
_DEARER = 20.0  # times what a coarse picture takes, until a fine one has been made
_AT_ONCE = 4  # fine pictures of a batch, at most
_STRIDE = 15.0  # seconds that a batch may take, so that what it took is soon known
_SAFE = 1.25  # times what a picture is expected to take has to be left for it

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "": 1.0}
_TEXT = re.compile(r"(?:\d+(?:\.\d+)?[hms]?)+")


def seconds_of(text: str) -> float:
    """``10m``, ``90s``, ``1h30m`` or ``600`` in seconds.

    Raises:
        ValueError: it is none of these, or no time at all.
    """
    if not _TEXT.fullmatch(text.strip()):
        raise ValueError(f"'{text}' is no time: write 90s, 10m or 1h30m")
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms]?)", text)
    found = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if found <= 0:
        raise ValueError("a build needs some time")
    return found


@dataclass(frozen=True)
class Budget:
    """How long a build may take, in seconds, and when it started, as ``time.monotonic`` has it."""

    seconds: float
    started: float = field(default_factory=time.monotonic)


def compute_within(
    budget: Budget,
    prepared: Prepared,
    missing: Sequence[Planned],
    report: Report,
    jobs: int | None,
    crew: Crew | None,
) -> tuple[tuple[Failure, ...], int]:
    """Run what is missing: all that has no cheaper task, the cheaper ones, then as many fine ones
    as the time allows.

    Args:
        budget: how long the whole build may take. What comes first is done however long it takes.
        prepared: the build.
        missing: its tasks that have no result.
        report: told how far it is.
        jobs, crew: see `generator.compute.Workshop.compute`.

    Returns:
        The tasks that failed, and how many were run.
    """
    workshop, cache = prepared.workshop, prepared.workshop.cache
    lacking = {planned.key for planned in missing}
    rungs = [rung for rung in ladder(prepared) if rung.fine.key in lacking]
    later = {rung.fine.key for rung in rungs}
    first = [planned for planned in missing if planned.key not in later]
    first += [rung.coarse for rung in rungs if not cache.sound(rung.coarse.key)]
    failures = list(workshop.compute(first, report, jobs, crew))
    run = len(first) - len(failures)
    figures = sum(len(entry.figures) for entry in prepared.plan.entries)
    pace = _Pace(rungs, cache, budget, reserve=_SITE + _FIGURE * figures)
    waiting = sorted(rungs, key=_worst_first(rungs, cache))
    with report.stage("Finer pictures", len(rungs)) as advance:
        while chosen := pace.next(waiting):
            started = time.monotonic()
            done = [rung.fine for rung in chosen]
            try:
                within = _Within(advance, report)
                found = workshop.compute(done, within, jobs, crew, until=pace.end)
            except TimeIsUp:  # it took longer than it seemed it would
                break
            pace.learn(chosen, time.monotonic() - started)
            failures += found
            run += len(done) - len(found)
            waiting = [rung for rung in waiting if rung not in chosen]
    if waiting:
        report.say(f"{len(rungs) - len(waiting)} of {len(rungs)} finer pictures made in time.")
    return tuple(failures), run


class _Pace:
    """Knows what a fine picture takes: so many times the coarse one of its layer and method."""

    def __init__(
        self, rungs: Sequence[Rung], cache: Cache, budget: Budget, *, reserve: float
    ) -> None:
        self._budget, self._reserve = budget, reserve
        self._coarse: dict[str, list[float]] = {}
        self._dearer: dict[str, list[float]] = {}  # by method, as measured
        for rung in rungs:
            record = cache.record(rung.coarse.key)
            if record is not None:
                # A batch's first picture counts the time of all: only their mean says anything.
                self._coarse.setdefault(_group(rung.fine.task), []).append(record.seconds)

    @property
    def end(self) -> float:
        """Until when pictures may be made, as ``time.monotonic`` has it."""
        return self._budget.started + self._budget.seconds - self._reserve

    def next(self, waiting: Sequence[Rung]) -> list[Rung]:
        """The worst pictures that can be made together in the time that is left; none if none."""
        left = self.end - time.monotonic()
        for rung in waiting:
            group = _group(rung.fine.task)
            one = self._one(rung)
            if one * _SAFE <= left:
                at_once = max(1, min(_AT_ONCE, int(min(_STRIDE, left / _SAFE) / one)))
                return [each for each in waiting if _group(each.fine.task) == group][:at_once]
        return []

    def learn(self, made: Sequence[Rung], seconds: float) -> None:
        """Note what some fine pictures took."""
        method, coarse = _method(made[0].fine.task), self._coarse_of(made[0])
        seen = seconds / len(made) / max(coarse, 1e-3)
        self._dearer.setdefault(method, []).append(seen)

    def _one(self, rung: Rung) -> float:
        dearer = statistics.fmean(self._dearer.get(_method(rung.fine.task)) or [_DEARER])
        return max(1e-3, self._coarse_of(rung) * dearer)

    def _coarse_of(self, rung: Rung) -> float:
        every = [seconds for own in self._coarse.values() for seconds in own]
        return statistics.fmean(self._coarse.get(_group(rung.fine.task)) or every or [1.0])


def _worst_first(rungs: Sequence[Rung], cache: Cache) -> _Order:
    """The order in which pictures are made finer.

    Those with a flag first; then by what they are worth (``robust``) beside the others of their
    layer, as answers of two layers do not compare.
    """
    worth: dict[str, float] = {}
    flagged: dict[str, bool] = {}
    for rung in rungs:
        record = cache.record(rung.coarse.key)
        worth[rung.fine.key] = robust(record.facts) if record else float("-inf")
        flagged[rung.fine.key] = bool(record and record.facts.get("flags"))
    layers: dict[str, list[float]] = {}
    for rung in rungs:
        layers.setdefault(_group(rung.fine.task), []).append(worth[rung.fine.key])
    middle = {group: statistics.median(values) for group, values in layers.items()}
    return _Order(worth, flagged, middle)


@dataclass(frozen=True)
class _Order:
    worth: dict[str, float]
    flagged: dict[str, bool]
    middle: dict[str, float]

    def __call__(self, rung: Rung) -> tuple[bool, float]:
        own, middle = self.worth[rung.fine.key], self.middle[_group(rung.fine.task)]
        return (not self.flagged[rung.fine.key], own / middle if middle > 0 else own)


class _Within(Silent):
    """What is told of a few tasks that are part of a longer stage."""

    def __init__(self, advance: Advance, report: Report) -> None:
        self._advance, self._report = advance, report
        self.detailed = report.detailed

    def detail(self, message: str) -> None:
        self._report.detail(message)

    def warn(self, message: str) -> None:
        self._report.warn(message)

    @contextmanager
    def stage(self, title: str, total: int, work: float = 0.0) -> Iterator[Advance]:
        yield self._advance


def _method(task: Task) -> str:
    return repr(sorted(task.parameters.items()))


def _group(task: Task) -> str:
    return f"{task.layer} {_method(task)}"
