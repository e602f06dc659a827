"""From drawn pictures to the values that templates show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from generator.cache.store import Cache
from generator.config.network import Input
from generator.config.schema import SiteConfig
from generator.model.layers import Layer
from generator.model.network import Network
from generator.model.sources.request import CHECKPOINTS, INDEX, PROGRAM
from generator.photos.images import Picture
from generator.planning.plan import Entry, Plan
from generator.render.arranging.catalogue import Catalogue
from generator.render.drawing.album import Print, drawing_key
from generator.render.drawing.darkroom import PhotoPrints
from generator.render.gallery import Gallery, Page, Photo, Section, Shown, Told, Unmade
from generator.render.wording import words
from generator.visualizations.base import Fact, Figure, Task, Visualization


@dataclass(frozen=True)
class Assembled:
    """The gallery, and the files that its pictures are, by their path on the site.

    ``prints`` are those files, but for stills, with their sizes and digests.
    """

    gallery: Gallery
    files: Mapping[str, Path]
    prints: Mapping[str, Print] = field(default_factory=dict)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The gallery, sorted once for all that a site is made of."""
        return Catalogue(self.gallery)


def assemble(
    config: SiteConfig,
    network: Network,
    photos: Sequence[Picture],
    plan: Plan,
    prints: Mapping[str, Print],
    photo_prints: Mapping[str, PhotoPrints],
    cache: Cache,
    facts: Mapping[str, Mapping[str, Fact]],
    failures: Mapping[Task, str] = MappingProxyType({}),
) -> Assembled:
    """Everything that the templates show, in reading order.

    ``failures`` say of each task that the plan is without why it failed.
    """
    shelf = _Shelf(network, plan, prints, cache)
    shown_photos = {photo.name: shelf.photo(photo, photo_prints[photo.name]) for photo in photos}
    unmade = {
        task: Unmade(
            task.visualization,
            network.layer(task.layer),
            task.channel,
            shown_photos.get(task.picture or ""),
            words,
        )
        for task, words in failures.items()
    }
    gallery = Gallery(
        name=config.site.name,
        description=config.site.description,
        card=network.card,
        preprocessing=network.preprocessing,
        layers=network.layers,
        shown_layers=plan.shown_layers,
        photos=tuple(shown_photos.values()),
        pages=_pages(plan.entries, shelf, shown_photos, unmade),
        facts=facts,
        weights_digest=network.weights_digest,
        layer_digests={layer.name: network.digest(layer.name, "layer") for layer in network.layers},
        network_options=_network_options(config),
        unmade=tuple(unmade.values()),
    )
    return Assembled(gallery, shelf.files, shelf.prints)


def _pages(
    entries: Sequence[Entry],
    shelf: _Shelf,
    photos: Mapping[str, Photo],
    unmade: Mapping[Task, Unmade],
) -> tuple[Page, ...]:
    """One page a kind, in the order in which the config first names each kind."""
    sections: dict[str, list[Section]] = {}
    kinds: dict[str, Visualization[Any]] = {}
    for entry in entries:
        kind = entry.visualization.name
        kinds[kind] = entry.visualization
        same = sections.setdefault(kind, [])
        same.append(
            Section(
                kind=kind,
                anchor=f"{kind}-{len(same) + 1}",
                title=entry.options.title or _title(entry),
                note=entry.options.note,
                options=entry.options,
                layers=entry.request.layers,
                figures=tuple(shelf.figure(figure, photos) for figure in entry.figures),
                told=tuple(shelf.told(task, photos) for task in entry.told),
                unmade=tuple(unmade[task] for task in entry.unmade),
            )
        )
    return tuple(
        Page(kind, kinds[kind].title, f"{kind}.md", tuple(found), kinds[kind].about)
        for kind, found in sections.items()
    )


def _title(entry: Entry) -> str:
    kind = entry.visualization.name
    names = words.labels(entry.request.layers, kind)
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} to {names[-1]}"


def _channels(figure: Figure, layer: Layer) -> tuple[int, ...]:
    """The filter of each tile of a sheet of filters, in reading order; else none."""
    if not figure.drawing.sheet or figure.channel is not None:
        return ()
    chosen = figure.index[0] if figure.index else None
    return chosen if isinstance(chosen, tuple) else tuple(range(layer.channels))


def _network_options(config: SiteConfig) -> tuple[str, ...]:
    """How the command line names the config's network: by its name where that says all."""
    source = config.model.source
    by_name = ":" not in source or source.startswith(("torchvision:", "timm:"))
    named = by_name and not config.model.args and not source.endswith(PROGRAM)
    whole = named and config.input == Input() and config.weights != "none"
    if not whole or config.weights.endswith((*CHECKPOINTS, INDEX)):
        return ("--config", config.path.name)
    weights = () if config.weights == "default" else ("--weights", config.weights)
    return ("--model", source, *weights)


def _facts(plan: Plan, cache: Cache) -> Mapping[Task, Mapping[str, Fact]]:
    """What each task found out, and what only several of an entry's tasks together give."""
    records = {planned.task: cache.record(planned.key) for planned in plan.tasks}
    facts: dict[Task, Mapping[str, Fact]] = {
        task: record.facts if record else {} for task, record in records.items()
    }
    for entry in plan.entries:
        own = {task: facts[task] for task in entry.tasks}
        own |= {task: facts[other] for task, other in plan.stand_ins.items() if other in own}
        for task, more in entry.visualization.together(entry.options, entry.request, own).items():
            shown = plan.stand_ins.get(task, task)
            if shown in facts:  # others failed
                facts[shown] = {**facts[shown], **more}
    for task in plan.unfinished & facts.keys():
        facts[task] = {**facts[task], "coarse": True}
    return facts


class _Shelf:
    """Gives each picture its place on the site, and remembers which file goes there."""

    def __init__(
        self,
        network: Network,
        plan: Plan,
        prints: Mapping[str, Print],
        cache: Cache,
    ) -> None:
        self._network = network
        self._plan = plan
        self._prints = prints
        self._facts = _facts(plan, cache)
        self.files: dict[str, Path] = {}
        self.prints: dict[str, Print] = {}

    def figure(self, figure: Figure, photos: Mapping[str, Photo]) -> Shown:
        task = figure.task
        key = self._plan.keys[task]
        found = self._prints[drawing_key(figure, key)]
        layer = self._network.layer(task.layer)
        channels = _channels(figure, layer)
        parts = [task.visualization, figure.channel, task.picture, figure.role]
        stem = f"pictures/{layer.slug}/" + "-".join(str(p) for p in parts if p is not None)
        still = self._place(f"{stem}-still", found.still, found.digest) if found.still else None
        return Shown(
            src=self._hang(stem, found),
            still=still,
            thumb=self._hang(f"{stem}-small", found.small) if found.small else None,
            width=found.width,
            height=found.height,
            visualization=task.visualization,
            role=figure.role,
            layer=layer,
            channel=figure.channel,
            picture=photos[task.picture] if task.picture is not None else None,
            step=figure.step,
            steps=figure.steps,
            tiles=len(channels or figure.steps),
            channels=channels,
            pixelated=figure.drawing.pixelated,
            style=figure.drawing.style,
            scale=figure.drawing.scale,
            low=found.low,
            high=found.high,
            digest=found.digest,
            key=key,
            shows=figure.shows,
            alt=figure.alt,
            facts=self._facts[task],
            parameters=task.parameters,
        )

    def told(self, task: Task, photos: Mapping[str, Photo]) -> Told:
        """What a task found out, for pages that show no picture of it."""
        return Told(
            visualization=task.visualization,
            layer=task.layer,
            channel=task.channel,
            picture=photos[task.picture] if task.picture is not None else None,
            key=self._plan.keys[task],
            facts=self._facts[task],
            parameters=task.parameters,
        )

    def photo(self, photo: Picture, prints: PhotoPrints) -> Photo:
        """A photo's two pictures; both are ``visualization="photo"``."""
        shown = {
            role: Shown(
                src=self._hang(f"pictures/photos/{photo.name}-{role}", found),
                width=found.width,
                height=found.height,
                visualization="photo",
                role=role,
                digest=found.digest,
            )
            for role, found in (("original", prints.original), ("seen", prints.seen))
        }
        return Photo(
            photo.name, photo.title, photo.alt, photo.credit, shown["original"], shown["seen"]
        )

    def _hang(self, stem: str, print_: Print) -> str:
        place = self._place(stem, print_.path, print_.digest)
        self.prints[place] = print_
        return place

    def _place(self, stem: str, file: Path, digest: str) -> str:
        """Part of the digest stands in the name, so that no browser shows an outdated picture."""
        place = f"{stem}.{digest[:8]}{file.suffix}"
        self.files[place] = file
        return place
