"""Attribution maps as pages show them: which class, which method, and what the colours mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.render.gallery import Gallery, Photo, Section, Shown
from generator.render.wording import words

ROLE = "attribution"

_METHODS = {
    "grad-cam": "Grad-CAM",
    "integrated-gradients": "Integrated gradients",
    "occlusion": "Occlusion",
}


def method(shown: Shown) -> str:
    """The method's name: ``Grad-CAM``."""
    written = str((shown.parameters or {}).get("method", ""))
    return _METHODS.get(written, written)


def meaning(shown: Shown) -> str:
    """What a map's numbers are, in a line or two."""
    facts, parameters = _known(shown)
    match parameters.get("method"):
        case "grad-cam":
            places = words.size(tuple(facts["places"]))
            return f"what each of {places} places of the last maps adds to the logit"
        case "integrated-gradients":
            return (
                "what squares of 4x4 pixels add to the logit on the way from gray; blue: against it"
            )
        case "occlusion":
            side = parameters["window"]
            return (
                f"how far the class's share, 0 to 1, falls when a gray square of {side} pixels "
                "covers a place; blue: it rises"
            )
    return ""


def subject(shown: Shown) -> str:
    """The class, and how strong it is on this photo: ``Egyptian cat · 81.2%``."""
    facts, _ = _known(shown)
    return f"{facts.get('name', '')} · {words.percent(float(facts.get('share', 0)))}"


def alt(shown: Shown) -> str:
    """What is seen, for readers who cannot see it."""
    facts, _ = _known(shown)
    photo = f" in the photo {shown.picture.title}" if shown.picture else ""
    return f"Where{photo} the network looks for {facts.get('name', 'a class')}: {method(shown)}"


def of_photo(sections: Iterable[Section], photo: Photo) -> list[tuple[str, list[Shown]]]:
    """A photo's maps by class, in the order of the config; each group with its :func:`subject`."""
    found: dict[str, dict[str, Shown]] = {}
    for section in sections:
        for shown in section.figures:
            if shown.role == ROLE and shown.picture and shown.picture.name == photo.name:
                found.setdefault(subject(shown), {}).setdefault(shown.src, shown)
    return [(name, list(maps.values())) for name, maps in found.items()]


def all_of_photo(gallery: Gallery, photo: Photo) -> list[tuple[str, list[Shown]]]:
    """The same over all of the gallery's entries."""
    sections = [section for page in gallery.pages for section in page.sections]
    return of_photo(sections, photo)


def _known(shown: Shown) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return shown.facts or {}, shown.parameters or {}
