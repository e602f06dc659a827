"""A gallery beside the site that it will replace: what came, what went, what was redrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from generator.render.comparing.answers import answers
from generator.render.comparing.changes import (
    BEFORE,
    Before,
    Changes,
    Drawn,
    LayerChanges,
    Redrawn,
    State,
    Weights,
)
from generator.render.comparing.matching import Matches
from generator.render.comparing.redrawing import Pair
from generator.render.data_files.about_site import subject_of
from generator.render.data_files.manifest import THIS_VERSION, Listed, Manifest, model_of
from generator.render.data_files.plain_json import plain
from generator.render.gallery import Gallery, Shown
from generator.visualizations.base import as_number

MOST = 12  # pictures of a visualization that are kept as they were before, at most

_TOLD = ("activation", "robust", "mean")  # the facts whose change is told
# Beside a unit's picture, these say nothing of how the unit changed.
_SIDE_ROLES = frozenset({"noise", "step", "steps", "emerging", "facet"})


def compare(matches: Matches, before: Manifest, gallery: Gallery, pairs: Iterable[Pair]) -> Changes:
    """What changed, with the place of a copy for each picture that changed most.

    Args:
        matches: which picture is which.
        before: what the site that will be replaced says about itself.
        gallery: what replaces it.
        pairs: the pictures whose pixels changed, in any order.
    """
    order = _Order(gallery, before)
    # In order first, so that of pictures that changed alike always the same are kept.
    ordered = sorted(pairs, key=lambda pair: order.key(_drawn(pair.new)))
    kept = {pair.old.file for pair in most_changed(ordered)}
    redrawn = [_told(pair, kept=pair.old.file in kept) for pair in ordered]
    added = sorted(map(_drawn, matches.added), key=order.key)
    removed = sorted(map(_removed, matches.removed), key=order.key)
    return Changes(
        before=State(
            generator=before.generator,
            model=before.model,
            weights_digest=before.weights_digest,
            pictures=len(matches.pairs) + len(removed),
        ),
        after=_state(gallery, len(matches.pairs) + len(added)),
        weights=_weights(before, gallery),
        unchanged=len(matches.pairs) - len(redrawn),
        layers=_by_layer(redrawn, added, removed, order),
        added=tuple(added),
        removed=tuple(removed),
        redrawn=tuple(redrawn),
        answers=answers(before, gallery),
    )


def most_changed(pairs: Iterable[Pair], most: int = MOST) -> list[Pair]:
    """The pictures to show as they were before: of each visualization those that changed most.

    Only what stands still and shows the unit itself; starts and single steps are left out. So are
    photos, and pictures whose change cannot be measured. Of equals the first are taken.
    """
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        fit = pair.new.role not in _SIDE_ROLES and not pair.new.still and pair.new.layer
        if fit and pair.difference is not None:
            found.setdefault(pair.new.visualization, []).append(pair)
    return [pair for of in found.values() for pair in sorted(of, key=score, reverse=True)[:most]]


def score(pair: Pair) -> float:
    """How much a picture changed: by this number they are ranked."""
    return pair.difference or 0.0


def place_of_copy(file: str) -> str:
    """Where a site keeps a picture of the site before it, by the picture's path on that one."""
    return BEFORE + file.removeprefix("pictures/")


def _told(pair: Pair, *, kept: bool) -> Redrawn:
    old, new = pair.old, pair.new
    now = plain(new.parameters or {}, arranged=True)
    own = new.role not in _SIDE_ROLES  # else the facts are those of the unit's picture
    names = sorted(now.keys() | old.parameters.keys())
    return Redrawn(
        file=new.src,
        role=new.role,
        **subject_of(new),
        # Three digits are as many as a picture of 8 bits a colour gives.
        difference=None if pair.difference is None else float(f"{pair.difference:.3g}"),
        facts=_facts(old.facts, plain(new.facts or {})) if own else {},
        parameters={
            name: (old.parameters.get(name), now.get(name))
            for name in names
            if old.parameters.get(name) != now.get(name)
        },
        before=_copy(old) if kept else None,
    )


def _copy(old: Listed) -> Before:
    same = old.model_dump(include={"digest", "width", "height", "style", "scale", "low", "high"})
    return Before(file=place_of_copy(old.file), **same)


def _facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for name in _TOLD:
        before, now = as_number(old.get(name)), as_number(new.get(name))
        if before is not None and now is not None:
            found[name] = (before, now)
    return found


def _drawn(shown: Shown) -> Drawn:
    return Drawn(file=shown.src, role=shown.role, **subject_of(shown))


def _removed(listed: Listed) -> Drawn:
    return Drawn.model_validate(listed.model_dump())


def _state(gallery: Gallery, pictures: int) -> State:
    return State(
        generator=THIS_VERSION,
        model=model_of(gallery.card),
        weights_digest=gallery.weights_digest,
        pictures=pictures,
    )


def _weights(before: Manifest, gallery: Gallery) -> Weights:
    old, new = before.weights_digest, gallery.weights_digest
    known = {layer.name: layer.digest for layer in before.layers}
    layers = [name for name, digest in gallery.layer_digests.items() if known.get(name) != digest]
    return Weights(
        changed=None if old is None or new is None else old != new,
        layers=tuple(layers) if known else None,
    )


class _Order:
    """The order of execution; layers that are gone follow, photos come last."""

    def __init__(self, gallery: Gallery, before: Manifest) -> None:
        gone = [layer.name for layer in before.layers]
        names = dict.fromkeys([*(layer.name for layer in gallery.layers), *gone])
        self._places = {name: place for place, name in enumerate(names)}

    def place(self, layer: str | None) -> tuple[bool, int, str]:
        """Where a layer stands among the others."""
        return (layer is None, self._places.get(layer or "", len(self._places)), layer or "")

    def key(self, drawn: Drawn) -> tuple[object, ...]:
        """By layer, then by what is shown."""
        numbers = [-1 if n is None else n for n in (drawn.channel, drawn.step)]
        kind = (drawn.visualization, drawn.role)
        return (*self.place(drawn.layer), *kind, *numbers, drawn.image or "", drawn.file)


def _by_layer(
    redrawn: Sequence[Drawn], added: Sequence[Drawn], removed: Sequence[Drawn], order: _Order
) -> tuple[LayerChanges, ...]:
    names = sorted({drawn.layer for drawn in (*redrawn, *added, *removed)}, key=order.place)
    return tuple(
        LayerChanges(
            layer=name,
            redrawn=sum(drawn.layer == name for drawn in redrawn),
            added=sum(drawn.layer == name for drawn in added),
            removed=sum(drawn.layer == name for drawn in removed),
        )
        for name in names
    )
