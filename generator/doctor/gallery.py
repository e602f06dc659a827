"""The gallery at hand: its config, photos, weights, cache, and room on the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from generator.doctor.finding import Finding
from generator.doctor.machine import EXTRAS, PACKAGE
from generator.errors import GalleryError
from generator.model.sources.request import CHECKPOINTS, INDEX, PROGRAM
from generator.utils.sizes import shown_size
from generator.utils.wording import counted

if TYPE_CHECKING:
    from generator.config.schema import SiteConfig

_LITTLE, _TOO_LITTLE = 1_000_000_000, 50_000_000  # bytes of a disk
# What an extra is needed for: networks, by how they are written; visualizations; executors.
_SOURCES = {"timm:": "timm"}
_KINDS = {"attribution": "attribution"}
_EXECUTORS = {"dask": "dask"}


def whole_gallery(path: Path, *, asked: bool) -> Iterator[Finding]:
    """Whether a build of a config could begin, as far as that is known without its network."""
    if not asked and not path.exists():
        hint = "cnn-gallery init gallery begins one; -c names one that lies elsewhere."
        yield Finding("Gallery", "config", f"there is no {path} here", "note", hint)
        yield from _disk(Path())
        return
    config = None
    try:
        from generator.config.load import load_config

        config = load_config(path)
    except GalleryError as error:
        yield Finding("Gallery", "config", error.message, "stop", error.hint)
        yield from _disk(path.parent)
        return
    asks = counted(len(config.visualizations), "visualization")
    yield Finding("Gallery", "config", f"{shown(path)} is sound, and asks for {asks}")
    yield from _photos(config)
    yield from _network(config)
    yield from _site(config)
    yield from _cache(config)
    yield from _disk(config.cache_folder)


def shown(path: Path) -> str:
    """A path without the name of whoever's home it lies in, so that it can be passed on."""
    with suppress(ValueError, RuntimeError, OSError):
        return str(Path("~") / path.resolve().relative_to(Path.home().resolve()))
    return str(path)


def _photos(config: SiteConfig) -> Iterator[Finding]:
    from generator.building.prepare import find_photos

    try:
        found = find_photos(config)
    except GalleryError as error:
        yield Finding("Gallery", "photos", error.message, "stop", error.hint)
        return
    yield Finding("Gallery", "photos", str(len(found)))


def _network(config: SiteConfig) -> Iterator[Finding]:
    yield Finding("Gallery", "model", config.model.source)
    for asks, extra in _extras(config):
        if find_spec(EXTRAS[extra]) is None:
            hint = f"pip install '{PACKAGE}[{extra}]'"
            yield Finding("Gallery", "extra", f"{asks} needs {EXTRAS[extra]}", "stop", hint)
    yield Finding("Gallery", "weights", config.weights)
    files = {"model": config.model.source, "weights": config.weights}
    for key, named in files.items():
        written = named.endswith((*CHECKPOINTS, INDEX, PROGRAM))
        if written and not (config.folder / Path(named).expanduser()).is_file():
            hint = f"Check '{key}' in the config: files are relative to its folder."
            yield Finding("Gallery", f"{key} file", f"there is no {named}", "stop", hint)
    kept = list(_weights_folder().glob("*"))
    size = shown_size(sum(path.stat().st_size for path in kept if path.is_file()))
    yield Finding("Gallery", "fetched weights", f"{size} in {shown(_weights_folder())}")


def _extras(config: SiteConfig) -> Iterator[tuple[str, str]]:
    """What of a config needs an extra, and which."""
    source = config.model.source
    yield from ((source, extra) for mark, extra in _SOURCES.items() if source.startswith(mark))
    kinds = {entry.kind for entry in config.visualizations}
    yield from ((f"kind: {kind}", _KINDS[kind]) for kind in sorted(kinds & _KINDS.keys()))
    if config.compute.executor in _EXECUTORS:
        yield f"executor: {config.compute.executor}", _EXECUTORS[config.compute.executor]


def _weights_folder() -> Path:
    from generator.model.sources.store import weights_folder

    return weights_folder()


def _site(config: SiteConfig) -> Iterator[Finding]:
    from generator.render.site.builders import check_builder
    from generator.render.site.swap import check_output

    try:
        check_builder(config.site.builder)
        check_output(config.site_folder)
    except GalleryError as error:
        yield Finding("Gallery", "site", error.message, "stop", error.hint)
        return
    there = "is there" if (config.site_folder / "index.html").is_file() else "is not built yet"
    yield Finding("Gallery", "site", f"{shown(config.site_folder)} {there}")


def _cache(config: SiteConfig) -> Iterator[Finding]:
    from generator.cache.layout import check_folder
    from generator.housekeeping.summary import summary

    folder = config.cache_folder
    above = _existing(folder)
    if not above.is_dir() or not os.access(above, os.W_OK):
        hint = "Choose another folder in the config under output: cache."
        yield Finding("Cache", "folder", f"{shown(folder)} cannot be written", "stop", hint)
        return
    try:
        check_folder(folder)
    except GalleryError as error:
        yield Finding("Cache", "folder", error.message, "stop", error.hint)
        return
    yield Finding("Cache", "folder", shown(folder))
    held = summary(folder)
    if not held["there"]:
        yield Finding("Cache", "holds", "nothing yet")
        return
    results = sum(kind["results"] for kind in held["visualizations"])
    size = shown_size(held["bytes"])
    yield Finding("Cache", "holds", f"{counted(results, 'result')}, {size} with drawn pictures")
    if held["damaged"]:
        words, hint = counted(held["damaged"], "record"), "The next build mends them."
        yield Finding("Cache", "damaged", words, "note", hint)


def _disk(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(_existing(folder)).free
    words = f"{shown_size(free)} free"
    if free >= _LITTLE:
        yield Finding("Disk", "room", words)
    else:
        hint = "A gallery takes from some megabytes to some gigabytes: cnn-gallery cache gc, or rm."
        yield Finding("Disk", "room", words, "stop" if free < _TOO_LITTLE else "note", hint)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest around it that is there."""
    here = folder.absolute()
    return next(each for each in (here, *here.parents) if each.exists())
