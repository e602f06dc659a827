"""Galleries of one-coloured pictures, and the sites that they would be, without MkDocs."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pretend_gallery as pretend
from PIL import Image

from generator.model.layers import Layer
from generator.render.comparing.since import Since, since_last_time
from generator.render.data_files.manifest import write_manifest
from generator.render.gallery import Gallery, Page, Shown

LAYERS = pretend.vgg_layers()[:5]  # conv, ReLU, conv, ReLU, pool
FIRST, SECOND = LAYERS[0], LAYERS[2]
DIGESTS = {layer.name: f"digest of {layer.name}" for layer in LAYERS}


def png(*values: int, size: tuple[int, int] = (8, 8), packed: bool = True) -> bytes:
    """A picture of one gray; of several, an animation."""
    frames = [Image.new("RGB", size, (value, value, value)) for value in values]
    file = io.BytesIO()
    more: dict[str, Any] = {"save_all": True, "append_images": frames[1:]} if frames[1:] else {}
    frames[0].save(file, "PNG", compress_level=9 if packed else 0, **more)
    return file.getvalue()


class Album:
    """A folder of drawn pictures, as a build's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def figure(
        self, layer: Layer | None, channel: int | None, content: bytes, **more: Any
    ) -> Shown:
        """A figure, and its file: by default a maximisation picture."""
        kind, role = more.pop("visualization", "maximization"), more.pop("role", "picture")
        digest = hashlib.sha256(content).hexdigest()
        place = layer.slug if layer else "photos"
        src = f"pictures/{place}/{kind}-{channel}-{role}{more.get('step') or ''}.{digest[:8]}.png"
        (self.folder / src).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / src).write_bytes(content)
        with Image.open(io.BytesIO(content)) as image:
            size = dict(zip(("width", "height"), image.size, strict=True))
        return pretend.shown(
            src, role, kind, layer=layer, channel=channel, digest=digest, **{**size, **more}
        )

    def files(self, gallery: Gallery) -> dict[str, Path]:
        return {shown.src: self.folder / shown.src for shown in gallery.pictures()}

    def replace_site(self, gallery: Gallery, site: Path, said: list[str] | None = None) -> Since:
        """Compare a gallery with a site, and put it in its place."""
        files = self.files(gallery)
        report = (said if said is not None else []).append
        with since_last_time(site, gallery, files, report=report) as changed:
            since = changed()
        built = site.with_name("built")
        for name, content in {**files, **since.files}.items():
            (built / name).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                (built / name).write_bytes(content)
            else:
                shutil.copyfile(content, built / name)
        write_manifest(gallery, built, before=since.copies)
        shutil.rmtree(site, ignore_errors=True)
        built.rename(site)
        return since


def gallery_of(figures: Sequence[Shown], **changes: Any) -> Gallery:
    """A gallery that shows just these figures: a page for each visualization."""
    kinds = dict.fromkeys(shown.visualization for shown in figures)
    pages = tuple(
        Page(
            kind,
            kind.capitalize(),
            f"{kind}.md",
            (pretend.section(kind, [s for s in figures if s.visualization == kind]),),
        )
        for kind in kinds
    )
    values: dict[str, Any] = {"weights_digest": "ab" * 32, "layer_digests": DIGESTS, **changes}
    return replace(pretend.gallery(layers=LAYERS, pages=pages), photos=(), **values)
