"""From the rankings of many chunks of pictures to each unit's natural examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generator.errors import PictureError
from generator.photos import seeing
from generator.photos.images import Picture
from generator.visualizations.base import Array, Fact, Result, Task, six_digits
from generator.visualizations.exemplars.best import SIDES, Places, Side, best
from generator.visualizations.exemplars.crops import crop, crop_size
from generator.visualizations.exemplars.histogram import BINS, histogram
from generator.visualizations.exemplars.reading import Box, Sight


@dataclass(frozen=True)
class _Merged:
    """All of a layer's rankings as one, of some units; ``names`` are the pictures'."""

    places: Mapping[Side, Places]
    counts: npt.NDArray[np.int64]  # (units, BINS)
    names: tuple[str, ...]
    seen: int  # pictures that could be opened


@dataclass(frozen=True)
class _Piece:
    """A piece of a picture that is shown for a unit."""

    picture: str
    value: float
    box: Box  # in pixels of the network's input


def gather(
    tasks: Sequence[Task], read: Callable[[Task], Result], pictures: Mapping[str, Picture]
) -> Iterator[tuple[Task, Result]]:
    """Each unit's pieces, cut from the pictures, and what is known about them.

    Args:
        tasks: units of one layer, which need the same rankings.
        read: gives the result of a ranking; asked for each once, so that one is in memory.
        pictures: all that were ranked, by name.

    Raises:
        PictureError: none of the pictures could be opened; or one that could no longer can.
    """
    merged = _merge([int(task.channel or 0) for task in tasks], tasks[0].needs, read)
    sights = [Sight.of(task.parameters["sight"]) for task in tasks]
    pieces = [
        {side: _pieces(merged, unit, side, _number(task, side), sights[unit]) for side in SIDES}
        for unit, task in enumerate(tasks)
    ]
    strips = _cut([[*own["top"], *own["bottom"]] for own in pieces], sights[0].size, pictures)
    for unit, task in enumerate(tasks):
        facts: dict[str, Fact] = {
            side: [_fact(piece, sights[unit].size) for piece in pieces[unit][side]]
            for side in SIDES
        }
        facts |= {"whole": sights[unit].field is None, "pictures": merged.seen}
        facts["histogram"] = histogram(merged.counts[unit])
        yield task, Result({"crops": strips[unit]}, facts)


def _merge(
    channels: Sequence[int], rankings: Sequence[Task], read: Callable[[Task], Result]
) -> _Merged:
    places = {side: Places.none(len(channels)) for side in SIDES}
    counts = np.zeros((len(channels), BINS), np.int64)
    names: list[str] = []
    seen = 0
    for ranking in rankings:
        result = read(ranking)
        for side in SIDES:
            more = Places.read(result.tensors, side).of(channels).later(len(names))
            places[side] = best(side, places[side], more)
        counts += result.tensors["counts"][list(channels)]
        names.extend(ranking.pictures)
        seen += int(str(result.facts["pictures"]))
    if not seen:
        raise PictureError(
            f"None of the {len(names)} pictures under 'exemplars' can be opened: they are damaged.",
            hint="Choose others under 'exemplars' in the config.",
        )
    return _Merged(places, counts, tuple(names), seen)


def _pieces(merged: _Merged, unit: int, side: Side, count: int, seen: Sight) -> list[_Piece]:
    found = merged.places[side]
    return [
        _Piece(
            merged.names[found.pictures[unit, place]],
            float(found.values[unit, place]),
            seen.box(int(found.spots[unit, place])),
        )
        for place in range(min(count, found.values.shape[1]))
        if np.isfinite(found.values[unit, place])
    ]


def _cut(
    units: Sequence[Sequence[_Piece]], size: tuple[int, int], pictures: Mapping[str, Picture]
) -> list[Array]:
    """The pieces of each unit side by side. Each picture is opened once."""
    wanted: dict[str, list[tuple[int, int, Box]]] = {}
    strips: list[Array] = []
    for unit, pieces in enumerate(units):
        height, width = crop_size(pieces[0].box) if pieces else (1, 1)
        strips.append(np.zeros((height, width * max(1, len(pieces)), 3), np.uint8))
        for place, piece in enumerate(pieces):
            wanted.setdefault(piece.picture, []).append((unit, place * width, piece.box))
    for name in sorted(wanted):
        photo = seeing.shown(pictures[name])
        for unit, left, box in wanted[name]:
            piece_pixels = crop(photo, box, size)
            strips[unit][:, left : left + piece_pixels.shape[1]] = piece_pixels
    return strips


def _fact(piece: _Piece, size: tuple[int, int]) -> Fact:
    height, width = size
    left, top, right, bottom = piece.box
    shares = (left / width, top / height, right / width, bottom / height)
    return {
        "picture": piece.picture,
        "value": six_digits(piece.value),
        "box": [round(share, 4) for share in shares],
    }


def _number(task: Task, side: Side) -> int:
    number = task.parameters[side]
    assert isinstance(number, int)
    return number
