"""By which method a maximisation picture was made, and what it is worth, in words."""

from __future__ import annotations

from collections.abc import Mapping

from generator.render.wording import nouns, words
from generator.render.wording.recipes import recipe as recipe  # templates ask for it here
from generator.visualizations.base import Fact, as_number

STABLE = 0.8  # share of the activation that is left on pictures shifted, turned and rescaled

_METHODS = {
    "fourier": "From a small sketch",
    "maco": "Natural contrast",
    "classic": "The original method",
}
_APART = {"maco": "natural contrast", "classic": "original method"}  # the default needs no name

_SAYS = {
    "weak": "Weak: it rises above zero in places, but its mean stays below.",
    "fragile": "Fragile: a small shift takes away more than half of the answer.",
    "noisy": "Noise: far finer than any photo, so little can be read from it.",
    "saturated": "Saturated: many values are at their limits, 0 or 255, so colours are cut off.",
}

_FAR = 1e6  # times the best photo, by which pictures are sorted
_MOST = 100  # times that are told: beyond, the photos hardly drive the filter, and chance decides

_COARSE = "Coarse so far: the build was short of time, and a later one goes on."

_TOLD = {
    "activation": "Mean answer to the picture",
    "start": "Mean answer to its start",
    "robust": "Mean when moved, turned or resized",
    "photo": "Best mean answer to a photo",
    "peak": "Highest value of the map",
    "agreement": "Similarity to a second start (1 = same)",
    "fine": "Fine detail (typical photo = 1)",
}

_TOLD_OF_A_NUMBER = {
    "activation": "Answer to the picture",
    "start": "Answer to its start",
    "robust": "Answer when moved, turned or resized",
    "photo": "Best answer to a photo",
    **{name: _TOLD[name] for name in ("agreement", "fine")},
}


def preset(parameters: Mapping[str, Fact] | None) -> str:
    """The name of the preset that a picture was made by; "" where there is none."""
    return str((parameters or {}).get("preset", ""))


def method(parameters: Mapping[str, Fact] | None) -> str:
    """A preset as a heading: ``The original method``."""
    name = preset(parameters)
    if name == "fourier" and (parameters or {}).get("sketch_steps") == 0:
        return "The whole picture at once"
    return _METHODS.get(name, name.capitalize())


def method_apart(parameters: Mapping[str, Fact] | None) -> str:
    """What tells a picture's preset from the default one, in two words; nothing for that one."""
    return _APART.get(preset(parameters), "")


def silent(facts: Mapping[str, Fact] | None) -> bool:
    """Whether a unit rises above zero nowhere, even on the picture made for it."""
    known = facts or {}
    highest = known.get("peak", known.get("activation"))
    return isinstance(highest, int | float) and not highest > 0


def verdict(facts: Mapping[str, Fact]) -> str:
    """A picture's worth in a line: ``strong and stable · 3.1× the best of 4 photos``."""
    activation, coarse = _number(facts, "activation"), facts.get("coarse") is True
    if activation is None:
        return ""
    if coarse and silent(facts):  # too little was tried to say that it never answers
        return "coarse so far · still silent"
    if silent(facts):
        starts = facts.get("attempts")
        if isinstance(starts, int):
            tried = {1: "one start", 2: "both starts"}.get(starts, f"all {starts} starts")
            return f"silent from {tried}"
        return f"Silent: {words.number(activation)} at best"
    parts = ("coarse so far" if coarse else "", _quality(facts, activation), _ratio(facts))
    return " · ".join(part for part in parts if part)


def scores(facts: Mapping[str, Fact]) -> str:
    """The numbers behind the verdict: ``0.52 → 113, shifted 101 · agreement 0.93``."""
    activation = _number(facts, "activation")
    if activation is None:
        return ""
    answer = words.number(activation)
    if "start" in facts:
        answer = f"{words.number(facts['start'])} → {answer}"
    robust = _number(facts, "robust")
    parts = [answer if robust is None else f"{answer}, shifted {words.number(robust)}"]
    agreement = _number(facts, "agreement")
    if agreement is not None:
        parts.append(f"agreement {words.number(round(agreement, 2))}")
    return " · ".join(parts)


def flags(facts: Mapping[str, Fact] | None) -> list[str]:
    """What is wrong with a picture, in one word each."""
    found = (facts or {}).get("flags")
    return [str(flag) for flag in found] if isinstance(found, list) else []


def marks(facts: Mapping[str, Fact]) -> dict[str, float]:
    """The numbers by which pictures may be sorted, as far as they are known.

    ``robust`` is the answer to the picture shifted, turned and rescaled; ``ratio`` the answer to
    the picture over the best to a photo, at most ``_FAR``: so far is a picture above photos that do
    not drive the filter at all.
    """
    activation, photo = _number(facts, "activation"), _number(facts, "photo")
    robust = _number(facts, "robust")
    found = {"robust": activation if robust is None else robust}
    if activation is not None and activation > 0 and photo is not None:
        found["ratio"] = min(activation / photo, _FAR) if photo > 0 else _FAR
    return {name: float(f"{mark:.6g}") for name, mark in found.items() if mark is not None}


def sentence(facts: Mapping[str, Fact], channels: int, noun: str = "filter") -> str:
    """How far a picture can be trusted, for someone who sees it for the first time.

    Args:
        facts: what was found out about the picture.
        channels: how many filters its layer has.
        noun: what one of them is called, see `Catalogue.noun`.
    """
    activation, robust = _number(facts, "activation"), _number(facts, "robust")
    if activation is None:
        return ""
    if facts.get("coarse") is True:
        finished = sentence({**facts, "coarse": False}, channels, noun)
        return " ".join(filter(None, (_COARSE, finished)))
    if silent(facts):
        starts = facts.get("attempts")
        tried = f" {starts} starts were tried." if isinstance(starts, int) and starts > 1 else ""
        return f"Dead: nothing tried here makes this {noun} answer above zero.{tried}"
    found = [_SAYS[flag] for flag in flags(facts) if flag in _SAYS]
    rank = facts.get("rank")
    if not found and robust is not None and isinstance(rank, int):
        found.append(_sound(rank, channels, robust / activation, noun))
    ratio = _ratio(facts)
    if "×" in ratio:
        # The mean counts how much of a picture drives it; in a photo that may be one place.
        by = ", by the mean of the map" if nouns.has_maps(noun) else ""
        found.append(f"{ratio[:1].upper()}{ratio[1:]}{by}.")
    elif ratio:
        what = "The mean of its map" if nouns.has_maps(noun) else "Its answer"
        found.append(f"{what} is zero or below on {_photos(facts, 'all')}.")
    return " ".join(found)


def _sound(rank: int, channels: int, left: float, noun: str) -> str:
    kept = f"{min(1.0, left):.0%} of the answer survives small shifts, turns and changes of size"
    if channels == 1:  # which has no other to be compared with
        return f"Stable: {kept}." if left >= STABLE else f"{kept}."
    if rank == 1:
        joint = " and stable" if left >= STABLE else ""
        strong = f"Strong{joint}: no other {noun} of the layer answers more strongly"
    elif channels == 2:
        strong = f"The layer\u2019s other {noun} answers more strongly"
    else:
        others = f"Of the layer\u2019s {words.number(channels - 1)} other {nouns.plural(noun)}"
        answer = "one answers" if rank == 2 else f"{words.number(rank - 1)} answer"
        strong = f"{others}, {answer} more strongly to this picture"
    return f"{strong}; {kept}."


def told(facts: Mapping[str, Fact], noun: str = "filter") -> list[tuple[str, str]]:
    """What was measured on a picture, as names and values for a table.

    Args:
        facts: what was found out about the picture.
        noun: what that is called for which it was made: an output has no map, so no mean of one.
    """
    if _number(facts, "activation") is None:
        return []
    dead = silent(facts)  # where it stands among others, and what it is like, says nothing then
    found = [
        (label, words.number(number))
        for name, label in (_TOLD if nouns.has_maps(noun) else _TOLD_OF_A_NUMBER).items()
        if (number := _number(facts, name)) is not None and not (dead and name == "agreement")
    ]
    attempts = facts.get("attempts")
    if isinstance(attempts, int) and attempts > 1:
        found.append(("Tried again", "once" if attempts == 2 else f"{attempts - 1} times"))
    return found


def _quality(facts: Mapping[str, Fact], activation: float) -> str:
    robust, rank = _number(facts, "robust"), facts.get("rank")
    if robust is None or not isinstance(rank, int):
        return ""
    wrong = [_flag(flag, facts) for flag in flags(facts)]
    if wrong:
        return ", ".join(wrong)
    stable = robust >= STABLE * activation
    if rank == 1:
        return "strong and stable" if stable else "strong, weaker when shifted"
    others = "one other answers" if rank == 2 else f"{words.number(rank - 1)} others answer"
    return f"{'stable' if stable else 'weaker when shifted'}; {others} more"


def _flag(flag: str, facts: Mapping[str, Fact]) -> str:
    activation, robust = _number(facts, "activation"), _number(facts, "robust")
    if flag == "fragile" and activation and robust is not None:
        return f"fragile: a small shift costs {min(1, 1 - robust / activation):.0%}"
    if flag == "weak":
        return "weak: above zero in places only"
    if flag == "noisy":
        return "noisy: far finer than photos"
    saturated = _number(facts, "saturated")
    if flag == "saturated" and saturated is not None:
        return f"saturated: {saturated:.0%} at 0 or 255"
    return flag


def _ratio(facts: Mapping[str, Fact]) -> str:
    """The answer to a picture beside those to photos: ``3.1× the best of 4 photos``."""
    activation, photo = _number(facts, "activation"), _number(facts, "photo")
    if activation is None or activation <= 0 or photo is None:
        return ""
    if photo <= 0:
        return f"mean ≤ 0 on {_photos(facts, 'all')}"
    times = activation / photo
    said = f"over {_MOST}" if times > _MOST else words.number(float(f"{times:.2g}"))
    return f"{said}× {_photos(facts, 'the best of')}"


def _photos(facts: Mapping[str, Fact], several: str) -> str:
    """The photos that the best answer was looked for among; the fact comes with that answer."""
    photos = facts.get("photos")
    count = photos if isinstance(photos, int) else 1
    return f"{several} {words.count(count, 'photo')}" if count > 1 else "the only photo"


def _number(facts: Mapping[str, Fact], name: str) -> float | None:
    return as_number(facts.get(name))
