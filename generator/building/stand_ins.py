"""Coarse results that stand in for fine ones: each an ordinary task, with a key of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from generator.building.prepare import Prepared
from generator.cache.store import Cache
from generator.planning.identity import Planned, plan_task
from generator.planning.plan import Entry, Plan
from generator.visualizations.base import Fact, Task, as_number


@dataclass(frozen=True)
class StandIn:
    """A task, and the cheaper one that may stand in for it."""

    fine: Planned
    coarse: Planned


def stand_ins(prepared: Prepared) -> tuple[StandIn, ...]:
    """The tasks of a plan that have a cheaper one, in its order."""
    workshop = prepared.workshop
    found = []
    for planned in prepared.plan.tasks:
        layer = workshop.network.layer(planned.task.layer)
        task = workshop.kinds[planned.task.visualization].coarse(planned.task, layer)
        if task is not None:
            coarse = plan_task(task, workshop.kinds, workshop.network, workshop.pictures)
            found.append(StandIn(planned, coarse))
    return tuple(found)


def best(plan: Plan, pairs: Iterable[StandIn], cache: Cache) -> Plan:
    """A plan that shows the better of what the cache has of each pair.

    That is the one that drives its unit more when it is shifted, turned and rescaled a little
    (``robust``). Of a pair without any result, the fine task stays.
    """
    shown: dict[Task, Planned] = {}
    unfinished: set[Task] = set()
    for pair in pairs:
        fine, coarse = cache.record(pair.fine.key), cache.record(pair.coarse.key)
        if coarse is None:
            continue
        if fine is None:
            unfinished.add(pair.coarse.task)
        if fine is None or robust(coarse.facts) > robust(fine.facts):
            shown[pair.fine.task] = pair.coarse
    return standing_in(plan, shown, frozenset(unfinished))


def standing_in(
    plan: Plan, shown: dict[Task, Planned], unfinished: frozenset[Task] = frozenset()
) -> Plan:
    """A plan with other tasks in place of some.

    Args:
        plan: what is shown.
        shown: the tasks that stand in, by those for which they do.
        unfinished: those of them that stand for tasks without a result.
    """
    if not shown:
        return plan
    tasks: dict[str, Planned] = {}
    for planned in plan.tasks:
        other = shown.get(planned.task)
        if other is not None:
            tasks[other.key] = other
        if other is None or other.task not in unfinished:
            tasks[planned.key] = planned
    return replace(
        plan,
        entries=tuple(_entry(entry, shown) for entry in plan.entries),
        tasks=tuple(tasks.values()),
        stand_ins={task: other.task for task, other in shown.items()},
        unfinished=unfinished,
    )


def _entry(entry: Entry, shown: dict[Task, Planned]) -> Entry:
    """An entry with other tasks. Single steps are left out: a coarse picture has others."""
    figures = [
        replace(each, task=shown[each.task].task) if each.task in shown else each
        for each in entry.figures
        if each.task not in shown or each.role not in ("step", "emerging")
    ]
    tasks = [shown[task].task if task in shown else task for task in entry.tasks]
    return replace(entry, tasks=tuple(tasks), figures=tuple(figures))


def robust(facts: Mapping[str, Fact]) -> float:
    """What a picture is worth; less than anything where that is not known."""
    value = as_number(facts.get("robust"))
    return -math.inf if value is None or math.isnan(value) else value
