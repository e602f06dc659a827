"""Figures and sections grouped as pages show them: by layer, by unit, by table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from generator.model.layers import Layer
from generator.render.gallery import Photo, Section, Shown
from generator.render.wording import worth
from generator.visualizations.base import Fact


def for_photo(section: Section, photo: Photo) -> list[Shown]:
    """What a section shows on a photo's page: the photo's pictures, and those of no photo.

    Each file once: a section repeats the kernels beside every photo's maps.
    """
    mine = [s for s in section.figures if s.picture is None or s.picture.name == photo.name]
    return list({shown.src: shown for shown in mine}.values())


def by_layer(figures: Iterable[Shown]) -> list[tuple[Layer | None, list[Shown]]]:
    """Figures grouped by layer, in the order in which layers first come."""
    found: dict[str, tuple[Layer | None, list[Shown]]] = {}
    for shown in figures:
        name = shown.layer.name if shown.layer else ""
        found.setdefault(name, (shown.layer, []))[1].append(shown)
    return list(found.values())


def by_unit(figures: Iterable[Shown]) -> list[tuple[Shown, list[Shown]]]:
    """Figures grouped by layer and channel; each group named by its first figure."""
    found: dict[tuple[str, int | None], list[Shown]] = {}
    for shown in figures:
        found.setdefault((shown.layer.name if shown.layer else "", shown.channel), []).append(shown)
    return [(group[0], group) for group in found.values()]


def tables(sections: Iterable[Section]) -> list[tuple[Section, list[Section]]]:
    """Sections in a row that show the same layers, as one table; each named by its first.

    Such as a layer's pictures by two methods. A section with a title of its own begins anew.
    """
    found: list[tuple[Section, list[Section]]] = []
    for section in sections:
        first = found[-1][0] if found else None
        if (
            first
            and section.layers
            and section.layers == first.layers
            and not section.options.title
        ):
            found[-1][1].append(section)
        else:
            found.append((section, [section]))
    return found


def methods(sections: Iterable[Section]) -> list[Shown]:
    """A start, or where none is shown a picture, for each way in which pictures were made.

    Ways of which there is nothing else to say are one. So are those that differ only in how small
    they start: ``sketch`` among the parameters is then the list of these sizes.
    """
    found: dict[tuple[str, ...], list[Shown]] = {}
    for section in sections:
        starts = [shown for shown in section.figures if shown.role == "noise"] or section.figures
        for shown in _one_of_each_way(starts):
            own = shown.parameters or {}
            alike = {**own, "sketch": 1} if own.get("sketch") else own
            found.setdefault((worth.method(own), *worth.recipe(alike)), []).append(shown)
    return [_of_all_sizes(ways) for ways in found.values()]


def _one_of_each_way(figures: Iterable[Shown]) -> list[Shown]:
    """The first figure of each set of parameters, of which thousands share few."""
    found: dict[int, Shown] = {}
    for shown in figures:
        found.setdefault(id(shown.parameters), shown)
    return list(found.values())


def _of_all_sizes(ways: list[Shown]) -> Shown:
    """The first of several ways, with the sizes of all their sketches."""
    known = [(shown.parameters or {}).get("sketch") for shown in ways]
    sizes: list[Fact] = [*sorted({size for size in known if isinstance(size, int)})]
    if len(sizes) < 2:
        return ways[0]
    return replace(ways[0], parameters={**(ways[0].parameters or {}), "sketch": sizes})
