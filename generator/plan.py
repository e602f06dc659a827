"""What a build has to make: the config's entries, resolved into tasks with their keys."""

from __future__ import annotations

import fnmatch
import functools
import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.config.schema import SiteConfig
from generator.errors import ClassError, ConfigError, FilterError, GalleryError, PictureError
from generator.mistakes import Mistakes
from generator.model.classes import find_class
from generator.model.layers import Layer, select
from generator.model.network import Network, Preprocessing
from generator.photos.images import Picture
from generator.visualizations.base import (
    ClassifierOptions,
    Fact,
    Figure,
    Options,
    PictureOptions,
    PoolOptions,
    Request,
    Task,
    Visualization,
)

Rank = Callable[[Layer, Sequence[Picture]], Sequence[float]]
"""How strongly each filter of a layer answers to the pictures; for ``filters: {top: N}``."""


@dataclass(frozen=True)
class Entry:
    """One entry of the config's ``visualizations``, resolved."""

    visualization: Visualization[Any]
    options: Options
    request: Request
    tasks: tuple[Task, ...]
    figures: tuple[Figure, ...]
    told: tuple[Task, ...] = ()  # of which there is no figure
    unmade: tuple[Task, ...] = ()  # tasks of figures that cannot be drawn, as they failed


@dataclass(frozen=True)
class Planned:
    """A task with its key, what the key was made from, and the keys of the tasks it needs."""

    task: Task
    key: str
    identity: Mapping[str, Fact]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Every task of a build once, in the order in which entries ask for them."""

    entries: tuple[Entry, ...]
    tasks: tuple[Planned, ...]
    shown_layers: tuple[Layer, ...]  # layers with a page of their own, in order of execution
    stand_ins: Mapping[Task, Task] = field(default_factory=dict)  # coarse tasks, by the fine ones
    unfinished: frozenset[Task] = frozenset()  # of them, those that a later build makes finer

    @functools.cached_property
    def keys(self) -> Mapping[Task, str]:
        """The key of each task."""
        return {planned.task: planned.key for planned in self.tasks}

    def without(self, failed: Collection[Task]) -> Plan:
        """What is left of the plan where tasks failed. Entries name those of lacking figures."""
        if not failed:
            return self
        entries = tuple(
            replace(
                entry,
                tasks=tuple(task for task in entry.tasks if task not in failed),
                figures=tuple(each for each in entry.figures if each.task not in failed),
                told=tuple(task for task in entry.told if task not in failed),
                unmade=tuple(
                    dict.fromkeys(
                        task
                        for task in (*(each.task for each in entry.figures), *entry.told)
                        if task in failed
                    )
                ),
            )
            for entry in self.entries
        )
        tasks = tuple(planned for planned in self.tasks if planned.task not in failed)
        return replace(self, entries=entries, tasks=tasks)


def make_plan(
    config: SiteConfig,
    network: Network,
    pictures: Sequence[Picture],
    kinds: Mapping[str, Visualization[Any]],
    rank: Rank,
    pool: Sequence[Picture] = (),
) -> Plan:
    """Resolve the config against the network and the pictures.

    Args:
        config: what is shown.
        network: of what.
        pictures: the configured ones.
        kinds: the visualizations by name.
        rank: see `Rank`.
        pool: the pictures under ``exemplars``, named by their digests.

    Raises:
        ConfigError: every layer, filter or picture that does not exist, each with its line.
    """
    mistakes = Mistakes()
    entries: list[Entry] = []
    for number, options in enumerate(config.visualizations):
        try:
            visualization = kinds[options.kind]
            request = _resolve(options, config, network, pictures, rank)
            if isinstance(options, PoolOptions):
                request = replace(request, pool=tuple(pool))
            tasks = tuple(visualization.tasks(options, request))
            figures = tuple(visualization.figures(options, request))
            told = tuple(visualization.told(options, request))
            entries.append(Entry(visualization, options, request, tasks, figures, told))
        except GalleryError as error:
            mistakes.note(config.where("visualizations", number, _field_of(error)), error)
    shown: tuple[Layer, ...] = ()
    with mistakes.noted(config.where("layers")):
        shown = _shown(config, network, entries)
    mistakes.raise_any(ConfigError)
    unique = dict.fromkeys(task for entry in entries for task in entry.tasks)
    by_name = {picture.name: picture for picture in (*pictures, *pool)}
    planned: dict[Task, Planned] = {}
    for task in unique:
        planned[task] = plan_task(task, kinds, network, by_name, planned)
    return Plan(tuple(entries), tuple(planned.values()), shown)


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


def _resolve(
    options: Options,
    config: SiteConfig,
    network: Network,
    pictures: Sequence[Picture],
    rank: Rank,
) -> Request:
    if options.output_classes:
        return _of_classes(options, network, pictures)
    layers = select(network.layers, options.layers, network.output)
    wanted = _pictures(options, pictures)
    filters = options.filters
    if filters.top is not None and not pictures:
        raise FilterError("{top: N} ranks filters by their answer to pictures: add some.")
    channels = {
        layer.name: filters.choose(
            layer.name,
            layer.channels,
            config.seed,
            rank(layer, wanted or pictures) if filters.top is not None else (),
        )
        for layer in layers
    }
    return _request(network, layers, channels, wanted)


def _of_classes(options: Options, network: Network, pictures: Sequence[Picture]) -> Request:
    """An entry that names classes: they are the filters of the network's output."""
    network.check_classifies()
    assert network.output is not None
    numbers = [
        find_class(written, network.classes, network.outputs) for written in options.output_classes
    ]
    channels = {network.output.name: tuple(dict.fromkeys(numbers))}
    return _request(network, (network.output,), channels, _pictures(options, pictures))


def _request(
    network: Network,
    layers: tuple[Layer, ...],
    channels: Mapping[str, tuple[int, ...]],
    pictures: tuple[Picture, ...],
) -> Request:
    return Request(
        layers,
        channels,
        pictures,
        network.preprocessing.size,
        classes=network.classes,
        input_channels=network.preprocessing.channels,
        output=network.output,
    )


def _pictures(options: Options, pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """The configured pictures that an entry looks at, if it looks at any."""
    if isinstance(options, PictureOptions) and (pictures or options.needs_pictures):
        return _wanted(pictures, options.images)
    return ()


def _wanted(pictures: Sequence[Picture], patterns: Sequence[str]) -> tuple[Picture, ...]:
    """The pictures whose names match, each once, in the order of the config's images."""
    for pattern in patterns:
        if pictures and not fnmatch.filter([picture.name for picture in pictures], pattern):
            names = ", ".join(picture.name for picture in pictures)
            raise PictureError(f"No picture is called '{pattern}'.", hint=f"There are: {names}.")
    if not pictures:
        raise PictureError("This needs pictures.", hint="List some under 'images' in the config.")
    return tuple(
        picture
        for picture in pictures
        if any(fnmatch.fnmatchcase(picture.name, pattern) for pattern in patterns)
    )


def _shown(config: SiteConfig, network: Network, entries: Sequence[Entry]) -> tuple[Layer, ...]:
    """The configured layers, and every other layer that some entry shows."""
    patterns = config.layers
    if "layers" not in config.model_fields_set and not any(x.ordinal for x in network.layers):
        patterns = ()  # nobody asked for the convolutions of a network that has none
    names = {layer.name for layer in select(network.layers, patterns)}
    drawn = [entry for entry in entries if not isinstance(entry.options, ClassifierOptions)]
    names |= {layer.name for entry in drawn for layer in entry.request.layers}
    return tuple(layer for layer in network.layers if layer.name in names)


def _field_of(error: GalleryError) -> str:
    """The key of an entry under which the mistake was written."""
    if isinstance(error, FilterError):
        return "filters"
    if isinstance(error, ClassError):
        return "classes"
    if isinstance(error, ConfigError):
        return "kind"
    return "images" if isinstance(error, PictureError) else "layers"
