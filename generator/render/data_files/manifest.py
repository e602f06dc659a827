"""``manifest.json``: every picture of a site, and what it shows, for programs to read."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from PIL import Image
from pydantic import Field

import generator
from generator.errors import SiteError, reason_of
from generator.model.network import Card
from generator.render.data_files.about_site import (
    Fields,
    PictureFile,
    SitePath,
    read_about,
    subject_of,
)
from generator.render.data_files.plain_json import as_text, plain
from generator.render.drawing.album import Print
from generator.render.gallery import Gallery, Shown
from generator.visualizations.base import Fact

MANIFEST = "manifest.json"
FORMAT: Literal[1] = 1  # raised when a key changes its meaning or goes away
GENERATOR = "cnn-gallery"
THIS_VERSION = f"{GENERATOR} {generator.__version__}"
STILL = ": still"  # ends the role of an animation's still, which is a file of its own
THUMB = ": thumbnail"  # likewise that of a picture's smaller copy
_STRENGTHS = ("activation", "robust")  # all that a thumbnail's entry repeats of its picture's facts


class Model(Fields):
    """Where a network came from, in words."""

    name: str = ""
    source: str = ""
    weights: str = ""
    licence: str = ""


class LayerDigest(Fields):
    """A layer that runs, and the SHA-256 of its type, configuration, parameters and buffers."""

    name: str
    digest: str


class Listed(PictureFile):
    """How it was drawn, besides."""

    parameters: dict[str, Any] = Field(default_factory=dict)
    key: str = ""
    style: str | None = None
    scale: str | None = None
    low: float | None = None
    high: float | None = None
    width: int
    height: int
    bytes: int
    digest: str
    facts: dict[str, Any] = Field(default_factory=dict)


class Finding(Fields):
    """What was found out about a photo, or a layer, of which there is no picture."""

    visualization: str
    layer: str | None = None
    channel: int | None = None
    image: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    key: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class Copied(Fields):
    """A picture file that an earlier build drew, and this site still shows."""

    file: SitePath
    bytes: int
    digest: str


class Manifest(Fields):
    """All that ``manifest.json`` says. What an older one did not say yet is ``None`` or empty."""

    format: Literal[1]
    generator: str
    model: Model = Model()
    weights_digest: str | None = None
    build: dict[str, dict[str, Any]] = Field(default_factory=dict)
    layers: tuple[LayerDigest, ...] = ()
    pictures: tuple[Listed, ...]
    findings: tuple[Finding, ...] = ()
    before: tuple[Copied, ...] = ()


def read_manifest(site: Path) -> Manifest:
    """What a site says about itself.

    Raises:
        Unreadable: it has no manifest, or one that is damaged or of another format.
    """
    return read_about(site, MANIFEST, Manifest)


def write_manifest(
    gallery: Gallery,
    folder: Path,
    before: Iterable[str] = (),
    drawn: Mapping[str, Print] = MappingProxyType({}),
) -> dict[str, str]:
    """Write ``manifest.json`` into the folder that holds the gallery's pictures.

    Sizes and digests are those of the files themselves. The text has no time and no absolute path,
    pictures are sorted by file, and the keys are::

        format          1
        generator       "cnn-gallery 0.1.0"
        model           name, source, weights, licence
        weights_digest  SHA-256 of all parameters and buffers
        build           the facts of the page "About this build", in the same groups
        layers          in order of execution; of each: name, digest (SHA-256 of its type,
                        configuration, parameters and buffers)
        pictures        of each: file, visualization, role, layer, channel, image, step,
                        parameters, key (of the task, SHA-256), style and scale (of the drawing),
                        low and high (the values at the scale's ends), width and height (pixels),
                        bytes, digest (SHA-256 of the file), facts
        findings        what has no picture, such as the classes that a photo is taken for; of each:
                        visualization, layer, channel, image, parameters, key, facts
        before          pictures of the build before that the site still shows: file, bytes, digest

    Args:
        gallery: what the site shows.
        folder: where its pictures are.
        before: the files of the build before, relative to the folder.
        drawn: files that were read already, since they are copies of these; all others are read.

    Returns:
        The digest of each picture, by file.

    Raises:
        SiteError: a picture that the gallery shows is not there, or is not a picture; or the
            manifest cannot be written.
    """
    manifest = _manifest(gallery, folder, before, drawn)
    try:
        (folder / MANIFEST).write_bytes(as_text(manifest))
    except OSError as error:
        raise SiteError(
            f"The file '{folder / MANIFEST}' could not be written: {reason_of(error)}.",
            "Make room, or choose another folder in the config under output: site.",
        ) from error
    digests = {each.file: each.digest for each in manifest.pictures}
    return digests | {each.file: each.digest for each in manifest.before}


def _manifest(
    gallery: Gallery, folder: Path, before: Iterable[str], drawn: Mapping[str, Print]
) -> Manifest:
    entries: dict[str, Listed] = {}
    parameters = _Parameters()
    for file, role, shown in _files(gallery):
        if file not in entries:
            known = drawn.get(file)
            measured = _as_drawn(known) if known else _measured(file, folder)
            entries[file] = _entry(file, role, shown, measured, parameters)
    return Manifest(
        format=FORMAT,
        generator=THIS_VERSION,
        model=model_of(gallery.card),
        weights_digest=gallery.weights_digest,
        build=plain(gallery.facts),
        layers=tuple(
            LayerDigest(name=name, digest=digest) for name, digest in gallery.layer_digests.items()
        ),
        pictures=tuple(entries[file] for file in sorted(entries)),
        findings=tuple(_findings(gallery)),
        before=tuple(_copied(file, folder) for file in sorted(before)),
    )


def model_of(card: Card) -> Model:
    """Where a network came from, as files about a site say it."""
    return Model(name=card.name, source=card.source, weights=card.weights, licence=card.licence)


def _files(gallery: Gallery) -> Iterator[tuple[str, str, Shown]]:
    """Each file with its role; an animation's still and a thumbnail are files of their own."""
    for shown in gallery.pictures():
        yield shown.src, shown.role, shown
        if shown.still:
            yield shown.still, f"{shown.role}{STILL}", shown
        if shown.thumb:
            yield shown.thumb, f"{shown.role}{THUMB}", shown


class _Measured(NamedTuple):
    """What a file itself tells."""

    width: int
    height: int
    bytes: int
    digest: str


class _Parameters:
    """Parameters as JSON has them, arranged once for the thousands of pictures that share them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, dict[str, Any]]] = {}

    def of(self, shown: Shown) -> dict[str, Any]:
        own = shown.parameters or {}
        if id(own) not in self._known:  # and kept, so that no other gets its number
            self._known[id(own)] = (own, plain(own, arranged=True))
        return self._known[id(own)][1]


def _entry(
    file: str, role: str, shown: Shown, measured: _Measured, parameters: _Parameters
) -> Listed:
    facts: Mapping[str, Fact] = shown.facts or {}
    if role.endswith(THUMB):
        facts = {name: facts[name] for name in _STRENGTHS if name in facts}
    return Listed(
        file=file,
        role=role,
        **subject_of(shown),
        parameters={} if role.endswith(THUMB) else parameters.of(shown),
        key=shown.key,
        style=shown.style,
        scale=shown.scale,
        low=plain(shown.low),
        high=plain(shown.high),
        **measured._asdict(),
        facts=plain(facts, arranged=True),
    )


def _findings(gallery: Gallery) -> Iterator[Finding]:
    found = {
        told.key: told
        for page in gallery.pages
        for section in page.sections
        for told in section.told
    }
    for told in found.values():
        yield Finding(
            visualization=told.visualization,
            layer=told.layer,
            channel=told.channel,
            image=told.picture.name if told.picture else None,
            parameters=plain(told.parameters, arranged=True),
            key=told.key,
            facts=plain(told.facts, arranged=True),
        )


def _as_drawn(print_: Print) -> _Measured:
    size = os.stat(print_.path).st_size  # noqa: PTH116 (by the thousand)
    return _Measured(print_.width, print_.height, size, print_.digest)


def _measured(file: str, folder: Path) -> _Measured:
    content = _read(file, folder)
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error
    return _Measured(width, height, len(content), hashlib.sha256(content).hexdigest())


def _copied(file: str, folder: Path) -> Copied:
    content = _read(file, folder)
    return Copied(file=file, bytes=len(content), digest=hashlib.sha256(content).hexdigest())


def _read(file: str, folder: Path) -> bytes:
    try:
        return (folder / file).read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: str, error: Exception) -> SiteError:
    return SiteError(f"The picture '{file}' is on a page but could not be read: {error}")
