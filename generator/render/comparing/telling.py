"""What changed since last time, in words."""

from __future__ import annotations

from generator.render import captions, words, worth
from generator.render.comparing.changes import Changes, Redrawn, State
from generator.render.comparing.galleries import MOST as MOST
from generator.render.comparing.since import BeforeAfter, Since
from generator.render.gallery import Gallery, Shown

_ARROW = "\u2192"
_MOST_SETTINGS = 3  # told of a picture that was made with others; changes.json has all
_MEASURES = {"activation": "", "robust": "shifted ", "mean": "mean "}


def weights(changes: Changes) -> str:
    """Whether the weights changed, and where first, in a sentence."""
    changed, layers = changes.weights.changed, changes.weights.layers
    if changed is None or layers is None:
        return "The build before did not say which weights it showed, so they cannot be compared."
    if not changed and not layers:
        return "The weights are the same."
    if not changed:
        return f"The weights are the same; the kind or the settings changed in {_where(layers)}."
    if not layers:
        return "The weights changed, but those of no layer that runs."
    return f"The weights changed in {_where(layers)}."


def _where(layers: tuple[str, ...]) -> str:
    if len(layers) == 1:
        return f"one layer, {layers[0]}"
    return f"{words.number(len(layers))} layers, the first of them {layers[0]}"


def models(changes: Changes) -> tuple[str, str] | None:
    """The models before and now, where they are not the same."""
    if changes.before is None or changes.after is None:
        return None
    before, after = changes.before.model, changes.after.model
    if before.source != after.source:
        return (before.name or before.source, after.name or after.source)
    return None


def programs(changes: Changes) -> tuple[str, str] | None:
    """The versions of cnn-gallery before and now, where they are not the same."""
    made = [
        state.generator for state in (changes.before, changes.after) if isinstance(state, State)
    ]
    return (made[0], made[1]) if len(made) == 2 and made[0] != made[1] else None


def by_page(since: Since, gallery: Gallery) -> list[tuple[str, list[BeforeAfter]]]:
    """The pictures to show side by side, under the title of the page that each belongs to.

    Sheets come last, since each has the row to itself.
    """
    shown = sorted(since.shown, key=lambda pair: pair.after.tiles > 0)
    found = [
        (page.title, [pair for pair in shown if pair.after.visualization == page.kind])
        for page in gallery.pages
    ]
    return [(title, pairs) for title, pairs in found if pairs]


def redrawn(since: Since, pairs: list[BeforeAfter]) -> int:
    """How many pictures like these were redrawn, whether they are shown or not."""
    like = {(pair.after.visualization, pair.after.role) for pair in pairs}
    return sum((change.visualization, change.role) in like for change in since.changes.redrawn)


def layer_page(name: str | None, gallery: Gallery) -> str | None:
    """The path of a layer's page, where it has one."""
    pages = {layer.name: f"layers/{layer.slug}.md" for layer in gallery.shown_layers}
    return pages.get(name or "")


def name(shown: Shown) -> str:
    """What a picture is of, and how it was made where there are several ways."""
    apart = worth.method_apart(shown.parameters) if shown.role == "picture" else ""
    photo = shown.picture.title if shown.picture else ""
    return " · ".join(part for part in (captions.unit(shown), photo, apart) if part)


def far(change: Redrawn) -> str:
    """How far its pixels are apart: ``differs by 34 of 255``."""
    return (
        "" if change.difference is None else f"differs by {words.number(change.difference)} of 255"
    )


def measures(change: Redrawn) -> str:
    """What a unit answered before and now: ``12.3 → 14.1 · shifted 11 → 12.6``."""
    pairs = [(name, change.facts[fact]) for fact, name in _MEASURES.items() if fact in change.facts]
    return " · ".join(
        f"{name}{words.number(old)} {_ARROW} {words.number(new)}" for name, (old, new) in pairs
    )


def settings(change: Redrawn) -> str:
    """The parameters that differ: ``other settings: steps 50 → 100``; empty where none do."""
    pairs = [
        f"{name.replace('_', ' ')} {_value(old)} {_ARROW} {_value(new)}"
        for name, (old, new) in change.parameters.items()
    ]
    more = len(pairs) - _MOST_SETTINGS
    told = [*pairs[:_MOST_SETTINGS], *([f"{more} more"] if more > 0 else [])]
    return f"other settings: {', '.join(told)}" if told else ""


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return " to ".join(_value(each) for each in value)
    return words.number(value) if isinstance(value, int | float) else str(value)
