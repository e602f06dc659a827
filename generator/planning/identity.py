"""What a task is filed under: everything that can change its result, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.model.network import Network, Preprocessing
from generator.photos.images import Picture
from generator.visualizations.base import Fact, Task, Visualization


@dataclass(frozen=True)
class Planned:
    """A task with its key, what the key was made from, and the keys of the tasks it needs."""

    task: Task
    key: str
    identity: Mapping[str, Fact]
    needs: tuple[str, ...] = ()


def plan_task(
    task: Task,
    kinds: Mapping[str, Visualization[Any]],
    network: Network,
    pictures: Mapping[str, Picture],
    planned: Mapping[Task, Planned] | None = None,
) -> Planned:
    """A task with its key: SHA-256 of everything that can change its tensors, and nothing else.

    Args:
        task: the task.
        kinds: the visualizations by name.
        network: what the task looks at.
        pictures: by name.
        planned: at least the tasks that it needs.
    """
    identity: dict[str, Fact] = {
        "visualization": task.visualization,
        "version": kinds[task.visualization].version,
        "parameters": dict(task.parameters),
        "layer": task.layer,
        "channel": task.channel,
        "network": network.digest(task.layer, task.scope),
    }
    layout = network.layout(task.layer) if task.scope != "layer" else None
    if layout is not None:
        identity["layout"] = layout.words
    if task.picture is not None:
        identity["picture"] = pictures[task.picture].digest
    if task.pictures:  # their digests' digest: there may be thousands
        identity["pictures"] = _digest([pictures[name].digest for name in task.pictures])
    needs = tuple((planned or {})[need].key for need in task.needs)
    if needs:
        identity["needs"] = _digest(needs)
    if task.scope != "layer":
        identity["input"] = _input(network.preprocessing)
        identity["arithmetic"] = network.arithmetic
    return Planned(task, key_of(identity), identity, needs)


def _input(preprocessing: Preprocessing) -> Fact:
    found: dict[str, Fact] = {
        "size": list(preprocessing.size),
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
    }
    if preprocessing.bands:  # pictures that are made, or cut from others, are of these
        found["bands"] = list(preprocessing.bands)
    return found


def key_of(identity: Mapping[str, Fact]) -> str:
    """The key of a task: SHA-256 of its identity, as JSON with sorted keys."""
    return _digest(identity)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
