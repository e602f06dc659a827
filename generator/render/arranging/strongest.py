"""Which pictures come first: of a layer, and on the wall of the first page."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import zip_longest

from generator.render.gallery import Shown
from generator.render.wording import worth
from generator.visualizations.base import as_number

_EVEN = 0.95  # of a map's highest value is its mean, where one flat colour drives the filter


def strength(shown: Shown) -> tuple[bool, bool, float]:
    """By which a layer's pictures are sorted: default method, no flags, then the answer."""
    return (not worth.method_apart(shown.parameters), not _flagged(shown), _mean(shown))


def wall(figures: Iterable[Shown], count: int) -> list[Shown]:
    """At most ``count`` pictures for the first page.

    Each layer in turn gives its strongest maximisation picture, those of the default method first,
    so that no layer fills the wall; activations of two layers are never compared. Pictures with a
    flag do not hang there, unless there are no others. Those that drive their filter alike at every
    place are mostly one flat colour, which looks like a picture that is missing: they come last.
    A gallery without such pictures gives maps, then anything.
    """
    everything = list(figures)
    kinds = (("picture",), ("map",), ("maps", "kernels", "animation"))
    found = ([shown for shown in everything if shown.role in roles] for roles in kinds)
    chosen = next(filter(None, found), everything)
    chosen = [shown for shown in chosen if not _flagged(shown)] or chosen
    picked: list[Shown] = []
    for even in (False, True):
        by_layer: dict[int, list[Shown]] = defaultdict(list)
        for shown in sorted(chosen, key=strength, reverse=True):
            if _even(shown) == even:
                by_layer[_layer(shown)].append(shown)
        rounds = zip_longest(*(by_layer[index] for index in sorted(by_layer)))
        picked += [shown for each in rounds for shown in each if shown is not None]
    return sorted(picked[:count], key=lambda s: (_even(s), _layer(s), s.channel or 0))


def _layer(shown: Shown) -> int:
    return shown.layer.index if shown.layer else -1


def _flagged(shown: Shown) -> bool:
    return bool((shown.facts or {}).get("flags"))


def _mean(shown: Shown) -> float:
    activation = as_number((shown.facts or {}).get("activation"))
    return -math.inf if activation is None else activation


def _even(shown: Shown) -> bool:
    """Whether the filter answers to its picture alike at every place of several."""
    peak = as_number((shown.facts or {}).get("peak"))
    places = math.prod(shown.layer.shape[1:]) if shown.layer else 1
    return places > 1 and peak is not None and _mean(shown) >= _EVEN * peak > 0
