"""A build that has so much time: everything coarse at first, then finer, the worst first."""

from __future__ import annotations

import itertools
import re
import statistics
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from generator.building.prepare import Prepared
from generator.building.stand_ins import StandIn, robust, stand_ins
from generator.cache import ledger
from generator.cache.store import Cache
from generator.machines.crews import Crew, TimeIsUp
from generator.machines.failures import Failure
from generator.planning.identity import Planned
from generator.utils.report import Advance, Report, Silent
from generator.visualizations.base import Task

_SITE, _FIGURE = 8.0, 0.03  # seconds: pages of any site, and each figure that has to be drawn
_SHARE = 1 / 3  # of a budget, at most, kept for pages of a site that was never built here
_DEARER = 20.0  # times what a coarse picture takes, until a fine one has been made
_AT_ONCE = 4  # fine pictures of a batch, at most
_STRIDE = 15.0  # seconds that a batch may take, so that what it took is soon known
_SAFE = 1.25  # times what a picture is expected to take has to be left for it

_UNITS = (3600.0, 60.0, 1.0, 1.0)
_NUMBER = r"(\d+(?:\.\d+)?)"
_TEXT = re.compile(rf"(?=\d)(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s)?|{_NUMBER}", re.ASCII)


def seconds_of(text: str) -> float:
    """``10m``, ``90s``, ``1h30m`` or ``600`` in seconds.

    Raises:
        ValueError: it is none of these, or no time at all.
    """
    written = _TEXT.fullmatch(text.strip())
    if not written:
        raise ValueError(f"'{text}' is no time: write 90s, 10m or 1h30m")
    found = sum(
        float(part or 0) * unit for part, unit in zip(written.groups(), _UNITS, strict=True)
    )
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
        jobs, crew: see `generator.building.workshop.Workshop.compute`.

    Returns:
        The tasks that failed, and how many were run.
    """
    workshop, cache = prepared.workshop, prepared.workshop.cache
    lacking = {planned.key for planned in missing}
    pairs = [pair for pair in stand_ins(prepared) if pair.fine.key in lacking]
    later = {pair.fine.key for pair in pairs}
    first = [planned for planned in missing if planned.key not in later]
    first += [pair.coarse for pair in pairs if not cache.sound(pair.coarse.key)]
    failures = list(workshop.compute(first, report, jobs, crew))
    run = len(first) - len(failures)
    pace = _Pace(_worst_first(pairs, cache), cache, budget, reserve=_afterwards(prepared, budget))
    with report.stage("Finer pictures", len(pairs)) as advance:
        while chosen := pace.next():
            started = time.monotonic()
            done = [pair.fine for pair in chosen]
            try:
                within = _Within(advance, report)
                found = workshop.compute(done, within, jobs, crew, until=pace.end)
            except TimeIsUp:  # it took longer than it seemed it would
                break
            pace.learn(chosen, time.monotonic() - started)
            failures += found
            run += len(done) - len(found)
    if pace.made < len(pairs):
        report.say(f"{pace.made} of {len(pairs)} finer pictures made in time.")
    return tuple(failures), run


def _afterwards(prepared: Prepared, budget: Budget) -> float:
    """Seconds that are needed once all is computed: to draw figures, and to make the site."""
    figures = sum(len(entry.figures) for entry in prepared.plan.entries)
    last = ledger.latest(prepared.config.cache_folder, prepared.config.path)
    known = last.site_seconds * _SAFE if last is not None else 0.0
    return (known or min(_SITE, budget.seconds * _SHARE)) + _FIGURE * figures


class _Pace:
    """Knows what a fine picture takes: so many times the coarse one of its layer and method.

    What a choice costs comes out of the user's time, so what stays the same is found out once.

    Args:
        pairs: each with its kind, in the order in which they are to be made finer.
        cache: has the coarse pictures.
        budget: how long the build may take.
        reserve: seconds of that which it needs afterwards.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[_Kind, StandIn]],
        cache: Cache,
        budget: Budget,
        *,
        reserve: float,
    ) -> None:
        self.made = 0
        self._budget, self._reserve = budget, reserve
        # With their places in the order.
        self._waiting: dict[_Kind, deque[tuple[int, StandIn]]] = {}
        coarse: dict[_Kind, list[float]] = {}
        for place, (kind, pair) in enumerate(pairs):
            self._waiting.setdefault(kind, deque()).append((place, pair))
            record = cache.record(pair.coarse.key)
            if record is not None:
                # A batch's first picture counts the time of all: only their mean says anything.
                coarse.setdefault(kind, []).append(record.seconds)
        every = statistics.fmean([one for own in coarse.values() for one in own] or [1.0])
        self._coarse = {
            kind: statistics.fmean(coarse[kind]) if kind in coarse else every
            for kind in self._waiting
        }
        self._dearer: dict[str, tuple[float, int]] = {}  # sums and numbers by method, as measured

    @property
    def end(self) -> float:
        """Until when pictures may be made, as ``time.monotonic`` has it."""
        return self._budget.started + self._budget.seconds - self._reserve

    def next(self) -> list[StandIn]:
        """The worst pictures that can be made together in the time that is left; none if none."""
        left = self.end - time.monotonic()
        fitting = [
            kind
            for kind, waiting in self._waiting.items()
            if waiting and self._one(kind) * _SAFE <= left
        ]
        if not fitting:
            return []
        kind = min(fitting, key=lambda kind: self._waiting[kind][0][0])
        at_once = int(min(_STRIDE, left / _SAFE) / self._one(kind))
        first = itertools.islice(self._waiting[kind], max(1, min(_AT_ONCE, at_once)))
        return [pair for _, pair in first]

    def learn(self, made: Sequence[StandIn], seconds: float) -> None:
        """Note what the pictures took that were next."""
        kind = _kind(made[0].fine.task)
        for _ in made:
            self._waiting[kind].popleft()
        self.made += len(made)
        seen = seconds / len(made) / max(self._coarse[kind], 1e-3)
        total, number = self._dearer.get(kind.method, (0.0, 0))
        self._dearer[kind.method] = (total + seen, number + 1)

    def _one(self, kind: _Kind) -> float:
        total, number = self._dearer.get(kind.method, (_DEARER, 1))
        return max(1e-3, self._coarse[kind] * total / number)


def _worst_first(pairs: Sequence[StandIn], cache: Cache) -> list[tuple[_Kind, StandIn]]:
    """The pictures, each with its kind, in the order in which they are made finer.

    Those with a flag first; then by what they are worth (``robust``) beside the others of their
    layer, as answers of two layers do not compare.
    """
    judged: list[tuple[bool, float, _Kind, StandIn]] = []
    layers: dict[_Kind, list[float]] = {}
    for pair in pairs:
        kind, record = _kind(pair.fine.task), cache.record(pair.coarse.key)
        worth = robust(record.facts) if record else float("-inf")
        layers.setdefault(kind, []).append(worth)
        judged.append((bool(record and record.facts.get("flags")), worth, kind, pair))
    middle = {kind: statistics.median(values) for kind, values in layers.items()}

    def order(each: tuple[bool, float, _Kind, StandIn]) -> tuple[bool, float]:
        flagged, worth, kind, _ = each
        return (not flagged, worth / middle[kind] if middle[kind] > 0 else worth)

    return [(kind, pair) for _, _, kind, pair in sorted(judged, key=order)]


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


class _Kind(NamedTuple):
    """A layer and a method: pictures of a kind take about as long as each other."""

    layer: str
    method: str


def _kind(task: Task) -> _Kind:
    return _Kind(task.layer, repr(sorted(task.parameters.items())))
