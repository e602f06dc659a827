"""Make pictures of a finished site once more, from the network and the photos alone."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from generator.building.prepare import Prepared
from generator.building.stand_ins import stand_ins, standing_in
from generator.machines.batches import results_of
from generator.planning.identity import Planned
from generator.planning.plan import Plan
from generator.render.data_files.manifest import STILL, THUMB, Listed
from generator.render.data_files.plain_json import plain
from generator.render.drawing import copies, pictures
from generator.render.drawing.darkroom import develop
from generator.render.drawing.encoding import Drawn
from generator.visualizations.base import Fact, Figure, Result, Task

PHOTO = "photo"  # what a manifest calls the copies of the user's photos

Place: TypeAlias = tuple[Task, str, int | None, int | None]
"""What a figure shows: of a task, in which role, which channel, which step."""


@dataclass(frozen=True)
class Remade:
    """A listed picture, made again.

    ``drawings`` are more than one where a gallery shows the same part of a task in several ways
    that its manifest does not tell apart; none where today's config, weights and photos ask for no
    such picture. ``facts`` are what its task found out this time.
    """

    listed: Listed
    drawings: tuple[Drawn, ...] = ()
    facts: Mapping[str, Fact] | None = None

    @property
    def contents(self) -> tuple[bytes, ...]:
        """The files that it may be."""
        if self.listed.role.endswith(STILL):
            return tuple(drawn.still for drawn in self.drawings if drawn.still is not None)
        if self.listed.role.endswith(THUMB):
            copied = map(copies.draw_for_card, self.drawings)
            return tuple(copy.image_bytes for copy in copied if copy is not None)
        return tuple(drawn.image_bytes for drawn in self.drawings)


def remake(prepared: Prepared, wanted: Sequence[Listed]) -> Iterator[Remade]:
    """Each picture, computed and drawn again. Nothing is read from a cache, and nothing written.

    Raises:
        GalleryError: whatever a visualization meets.
    """
    coarse = {pair.fine.task: pair.coarse for pair in stand_ins(prepared)}
    plans = (prepared.plan, standing_in(prepared.plan, coarse))
    planned: dict[str, list[Planned]] = {}  # of two photos alike, a task each has one key
    for item in (item for plan in plans for item in plan.tasks):
        planned.setdefault(item.key, []).append(item)
    asked: dict[Task, list[Listed]] = {}
    for listed in wanted:
        if listed.visualization == PHOTO:
            yield _photo(prepared, listed)
            continue
        own = (item for item in planned.get(listed.key, ()) if not _mislabelled(listed, item))
        if (same := next(own, None)) is not None:
            asked.setdefault(same.task, []).append(listed)
        else:
            yield Remade(listed)
    figures = _figures(plans)
    for task, result in _computed(prepared, list(asked)):
        for listed in asked[task]:
            role = listed.role.removesuffix(STILL).removesuffix(THUMB)
            shown = figures.get((task, role, listed.channel, listed.step), [])
            drawings = [
                pictures.draw(result.tensors, figure, result.facts)
                for figure in _alike(shown, listed)
            ]
            yield Remade(listed, tuple(drawings), result.facts)


def mislabelled(listed: Listed, identity: Mapping[str, Any]) -> str:
    """What a manifest tells otherwise of a picture's task than its key was made from; or nothing.

    A thumbnail's entry leaves the parameters to its picture's.
    """
    told: dict[str, object] = {
        "visualization": listed.visualization,
        "layer": listed.layer,
    }
    if listed.parameters:
        told["parameters"] = listed.parameters
    return next((name for name, value in told.items() if plain(identity[name]) != value), "")


def _figures(plans: Sequence[Plan]) -> Mapping[Place, list[Figure]]:
    found: dict[Place, list[Figure]] = {}
    for entry in (entry for plan in plans for entry in plan.entries):
        for figure in entry.figures:
            place = (figure.task, figure.role, figure.channel, figure.step)
            same = found.setdefault(place, [])
            if figure not in same:
                same.append(figure)
    return found


def _alike(figures: Sequence[Figure], listed: Listed) -> Sequence[Figure]:
    """Those that are drawn as the manifest says, or all where it does not say."""
    if listed.style is None:
        return figures
    said = (listed.style, listed.scale)
    return [each for each in figures if (each.drawing.style, each.drawing.scale) == said]


def _computed(prepared: Prepared, tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
    """Each task's result; those that it needs are computed first, for as long as it takes."""
    workshop = prepared.workshop
    by_kind: dict[tuple[str, bool], list[Task]] = {}
    for task in tasks:
        by_kind.setdefault((task.visualization, bool(task.needs)), []).append(task)
    for (name, _), group in by_kind.items():
        needs = list(dict.fromkeys(need for task in group for need in task.needs))
        known = dict(_computed(prepared, needs))
        kind = workshop.kinds[name]
        for batch in kind.batches(group):
            yield from results_of(
                kind, workshop.network, batch, workshop.pictures, known.__getitem__
            )


def _mislabelled(listed: Listed, planned: Planned) -> bool:
    """Whether the manifest tells another subject of a picture than its task has."""
    return listed.image != planned.task.picture or bool(mislabelled(listed, planned.identity))


def _photo(prepared: Prepared, listed: Listed) -> Remade:
    """A photo's copy; which photo, its file's name says."""
    sizes = {"original": None, "seen": prepared.workshop.network.preprocessing.size}
    for photo in prepared.photos:
        own = f"/{photo.name}-{listed.role}."
        if own in listed.file and listed.role in sizes:
            return Remade(listed, (develop(photo, sizes[listed.role]),))
    return Remade(listed)


def strength(prepared: Prepared, listed: Listed, content: bytes) -> tuple[float, float]:
    """How strongly the unit of a maximisation picture answers to a file that shows it.

    Returns:
        Its activation, and its mean activation over held-out transforms, as `scores.Scores`.
    """
    from generator.model.trunk import Trunk  # these bring torch
    from generator.visualizations.maximization.scores import score

    with Image.open(io.BytesIO(content)) as image:
        pixels = np.array(image.convert("RGB"))[None]
    preprocessing = prepared.workshop.network.preprocessing
    if preprocessing.channels not in (1, 3):  # what is not shown is black, in both files
        read = np.zeros((*pixels.shape[:3], preprocessing.channels), np.uint8)
        read[..., list(preprocessing.shown)] = pixels
        pixels = read
    trunk = Trunk(prepared.workshop.network, str(listed.layer))
    (found,) = score(trunk, [listed.channel or 0], pixels, pixels)
    return found.activation, found.robust
