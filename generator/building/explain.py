"""Why a task has to be computed: one sentence for each that the cache lacks.

A key says that something differs, and not what. So the task that the last build had in its place
is looked up in the ledger, and what its key was made from in the cache.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from generator.building.prepare import Prepared
from generator.building.stand_ins import stand_ins
from generator.cache.ledger import Entry, Ledger
from generator.planning.identity import Planned
from generator.utils.wording import counted
from generator.visualizations.base import Fact, Options, Task

_LONGEST = 40  # characters of a parameter's value that are shown

_DEPENDENCES = {
    "traced": "{modules}, traced back from its output",
    "executed": "{modules}, all that were executed before it",
    "whole": "the whole network",
}

NEW = "new"
DAMAGED = "damaged: the file is not what was written"
SET_ASIDE = "set aside: another version of cnn-gallery wrote it, in a format of its own"
REMOVED = "removed from the cache since the last build"
COARSE = "coarse so far: a build with a budget had no time for it"
FAILED = "failed in the last build"
FORGOTTEN = "changed since the last build, of which too little is left to say how"
NETWORK = "network changed: its code, or how its layers are put together"


def explain(
    prepared: Prepared, missing: Sequence[Planned], ledger: Ledger | None
) -> dict[str, str]:
    """Why each task is missing, by its key.

    Args:
        prepared: the build.
        missing: the tasks that the cache lacks.
        ledger: the last build of the same config, if one is known.
    """
    absences = prepared.workshop.cache.absences(planned.key for planned in missing)
    comparison = _Comparison(prepared, ledger) if ledger else None
    reasons = {}
    for planned in missing:
        if absences[planned.key] != "absent":
            words = DAMAGED if absences[planned.key] == "damaged" else SET_ASIDE
        else:
            words = comparison.words(planned) if comparison else NEW
        reasons[planned.key] = words
    return reasons


def reasons_of(prepared: Prepared, ledger: Ledger | None) -> dict[str, str]:
    """What a build would have to compute now, by key, and why."""
    return explain(prepared, prepared.missing(), ledger)


def dependences(prepared: Prepared) -> Iterator[str]:
    """For each layer that a network's answer is asked of: what it depends on, in a line."""
    network = prepared.workshop.network
    asked = {item.task.layer for item in prepared.plan.tasks if item.task.scope == "prefix"}
    for layer in network.layers:
        if layer.name in asked:
            found = network.dependence(layer.name)
            modules = counted(len(found.modules), "module")
            words = _DEPENDENCES[found.kind].format(modules=modules)
            because = f", because {found.reason}" if found.reason else ""
            yield f"Layer {layer.name} depends on {words}{because}"


def counted_reasons(reasons: Iterable[str]) -> list[tuple[str, int]]:
    """Each reason once, with how often it applies, the commonest first."""
    return sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0]))


class _Comparison:
    """A build beside the one before."""

    def __init__(self, prepared: Prepared, ledger: Ledger) -> None:
        self._network = prepared.workshop.network
        self._cache = prepared.workshop.cache
        self._ledger = ledger
        self._layers = dict(ledger.layers)
        self._options = {
            task: entry.options for entry in prepared.plan.entries for task in entry.tasks
        }
        kept = {planned.key for planned in prepared.plan.tasks}
        # Of those that the new build has no more use for, one may be what a task was before.
        self._replaced: dict[tuple[object, ...], list[Entry]] = {}
        for entry in ledger.tasks:
            if entry.key not in kept:
                self._replaced.setdefault(entry[1:], []).append(entry)
        self._coarse = _coarse(prepared, ledger)
        self._first_change = functools.cache(self._find_first_change)

    def words(self, planned: Planned) -> str:
        """Why a task that the cache lacks is not what the last build had."""
        if planned.key in self._ledger.keys:
            return REMOVED
        if planned.key in self._ledger.failed:
            return FAILED
        if planned.key in self._coarse:
            return COARSE
        task = planned.task
        subject = (task.visualization, task.layer, task.channel, task.picture)
        before = self._replaced.get(subject, [])
        records = [self._cache.record(entry.key) for entry in before]
        found = [list(self._differences(record.identity, planned)) for record in records if record]
        if not found:
            return FORGOTTEN if before else NEW
        closest = min(found, key=len)
        return "; ".join(closest) or FORGOTTEN

    def _differences(self, before: Mapping[str, Fact], planned: Planned) -> Iterator[str]:
        now = planned.identity
        for part in dict.fromkeys([*before, *now]):
            old, new = before.get(part), now.get(part)
            if old == new:
                continue
            if part == "network":
                yield self._network_words(planned.task)
            elif part == "picture":
                yield "picture changed"
            elif part == "pictures":
                yield "other pictures under exemplars"
            elif part == "needs":
                yield "made from other results"
            elif part in ("parameters", "input"):
                options = self._options.get(planned.task) if part == "parameters" else None
                yield f"{part} changed: {', '.join(_changes(old, new, options))}"
            else:
                yield f"{part} changed: {_shown(old)} -> {_shown(new)}"

    def _network_words(self, task: Task) -> str:
        changed = self._first_change(task.layer, task.scope)
        return f"weights changed, first changed layer: {changed}" if changed else NETWORK

    def _find_first_change(self, layer: str, scope: str) -> str | None:
        """The first layer that is not as it was, of those that a layer depends on."""
        among = {layer}
        if scope != "layer":
            among.update(self._network.dependence(layer).modules)
        for each in self._network.layers:
            own = self._network.digest(each.name, "layer")
            if each.name in among and self._layers.get(each.name) != own:
                return each.name
        return None


def _coarse(prepared: Prepared, ledger: Ledger) -> frozenset[str]:
    """The keys of the tasks for which the last build showed a coarse result."""
    if not ledger.coarse:
        return frozenset()
    pairs = stand_ins(prepared)
    return frozenset(pair.fine.key for pair in pairs if pair.coarse.key in ledger.keys)


def _changes(old: Any, new: Any, options: Options | None = None, name: str = "") -> Iterator[str]:
    """What differs between two JSON values: ``steps 4 -> 8``; names inside others have dots.

    Where the entry's own ``options`` have another number, from which this one was made, that is
    said as well: it is the one that people know.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            inner = f"{name}.{key}" if name else str(key)
            yield from _changes(old.get(key), new.get(key), options, inner)
    elif old != new:
        written = getattr(options, name, None) if name else None
        numbers = all(type(value) in (int, float) for value in (written, new))
        known = f" ({_shown(written)} in the config)" if numbers and written != new else ""
        yield f"{name} {_shown(old)} -> {_shown(new)}{known}".strip()


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
