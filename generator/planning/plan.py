"""What a build has to make: the config's entries, resolved into tasks with their keys."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.config.schema import SiteConfig
from generator.errors import (
    ClassError,
    ConfigError,
    FilterError,
    GalleryError,
    LayerError,
    PictureError,
)
from generator.model.layers import Layer, select, unmatched
from generator.model.network import Network
from generator.photos.images import Picture
from generator.planning.identity import Planned, plan_task
from generator.planning.mistakes import Mistakes
from generator.planning.resolving import Rank, names_of_nothing, resolve
from generator.visualizations.base import (
    ClassifierOptions,
    Figure,
    Options,
    PoolOptions,
    Request,
    Task,
    Visualization,
)

# What an entry of the config can be wrong about: a full disk, met while filters are ranked, is not.
_OF_ENTRIES = (ConfigError, LayerError, PictureError)


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
        """What is left of the plan where tasks failed. Entries name those of lacking figures.

        Those that failed before, which figures name no longer, stay named.
        """
        if not failed:
            return self
        entries = tuple(
            replace(
                entry,
                tasks=tuple(task for task in entry.tasks if task not in failed),
                figures=tuple(each for each in entry.figures if each.task not in failed),
                told=tuple(task for task in entry.told if task not in failed),
                unmade=_unmade(entry, failed),
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
        wrong: list[GalleryError] = list(names_of_nothing(options, network, pictures))
        if not wrong:
            try:
                request = resolve(options, config, network, pictures, rank)
                if isinstance(options, PoolOptions):
                    request = replace(request, pool=tuple(pool))
                entries.append(_entry(kinds[options.kind], options, request))
            except _OF_ENTRIES as error:
                wrong = [error]
        for each in wrong:
            mistakes.note(config.where("visualizations", number, _field_of(each)), each)
    patterns = _patterns(config, network)
    for astray in unmatched(network.layers, patterns):
        mistakes.note(config.where("layers"), astray)
    mistakes.raise_any(ConfigError)
    shown = _shown(network, patterns, entries)
    unique = dict.fromkeys(task for entry in entries for task in entry.tasks)
    by_name = {picture.name: picture for picture in (*pictures, *pool)}
    planned: dict[Task, Planned] = {}
    for task in unique:
        planned[task] = plan_task(task, kinds, network, by_name, planned)
    return Plan(tuple(entries), tuple(planned.values()), shown)


def _unmade(entry: Entry, failed: Collection[Task]) -> tuple[Task, ...]:
    asked = (*(each.task for each in entry.figures), *entry.told)
    return tuple(dict.fromkeys((*entry.unmade, *(task for task in asked if task in failed))))


def _entry(visualization: Visualization[Any], options: Options, request: Request) -> Entry:
    tasks = tuple(visualization.tasks(options, request))
    figures = tuple(visualization.figures(options, request))
    told = tuple(visualization.told(options, request))
    return Entry(visualization, options, request, tasks, figures, told)


def _patterns(config: SiteConfig, network: Network) -> Sequence[str]:
    """Which layers are to have a page of their own."""
    if "layers" not in config.model_fields_set and not any(x.ordinal for x in network.layers):
        return ()  # nobody asked for the convolutions of a network that has none
    return config.layers


def _shown(
    network: Network, patterns: Sequence[str], entries: Sequence[Entry]
) -> tuple[Layer, ...]:
    """The layers that are to have a page, and every other layer that some entry shows."""
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
