"""The user's own templates: which of them nothing would ever use."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta

from generator.utils.resources import templates_folder

_ELSEWHERE = ("assets", "theme")  # what lies there is not looked up by the name of a page
_SUFFIXES = (".md", ".html")


def unused_templates(overrides: Path | None, kinds: Mapping[str, Path | None]) -> Iterator[str]:
    """A line on each template that takes the place of none, and that no other one asks for.

    Args:
        overrides: the user's folder, if there is one.
        kinds: the installed visualizations, each with the folder of its own templates.
    """
    if overrides is None or not overrides.is_dir():
        return
    own = _names(overrides)
    known = {*_names(templates_folder()), *(f"{kind}.md" for kind in kinds)}
    for kind, folder in kinds.items():
        theirs = _names(folder) if folder else set()
        known |= theirs if folder == overrides else {f"{kind}/{name}" for name in theirs}
    asked = _asked(overrides, own)
    for name in sorted(own):
        if asked is not None and name not in known | asked and Path(name).name != "README.md":
            near = difflib.get_close_matches(name, sorted(known), n=1)
            meant = f"; did you mean {near[0]}?" if near else "."
            yield f"templates/{name} replaces nothing{meant}"


def _names(folder: Path) -> set[str]:
    """The templates of pages and their parts below a folder, by path."""
    files = (file.relative_to(folder) for file in folder.rglob("*") if file.suffix in _SUFFIXES)
    return {
        file.as_posix()
        for file in files
        if file.parts[0] not in _ELSEWHERE and not any(part[0] == "." for part in file.parts)
    }


def _asked(folder: Path, names: set[str]) -> set[str] | None:
    """The templates that these include, import or extend; ``None`` where one makes up the name."""
    asked: set[str] = set()
    for name in names:
        try:
            tree = Environment(autoescape=True).parse((folder / name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, TemplateSyntaxError):
            continue  # told once a page wants it
        found = set(meta.find_referenced_templates(tree))
        if None in found:
            return None
        asked |= {each for each in found if each is not None and each != name}
    return asked
