"""manifest.json: every picture once, sorted, read from the files, the same every time."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from full_disk import files_of_at_most
from PIL import Image

from generator.errors import SiteError
from generator.model.layers import Layer
from generator.model.network import Card, Preprocessing
from generator.render.data_files.manifest import MANIFEST, write_manifest
from generator.render.gallery import Gallery, Page, Photo, Section, Shown, Told
from generator.visualizations.base import Options

LAYER = Layer("features.0", "Conv2d", 0, 1, (4, 8, 8), 112)


def shown(src: str, role: str, **more: Any) -> Shown:
    # Width, height and digest are wrong on purpose: the manifest goes by the file.
    return Shown(src, 1, 1, more.pop("visualization", "kernels"), role, digest="wrong", **more)


def make_gallery(*figures: Shown) -> Gallery:
    photo = Photo("cat", "A cat", "A cat", "", shown("p/o.png", "photo"), shown("p/s.png", "seen"))
    options = Options(kind="kernels", layers=("conv:1",))
    section = Section("kernels", "kernels-1", "Filters", "", options, (LAYER,), figures)
    return Gallery(
        name="Test",
        description="",
        card=Card("Tiny", "mymodel:factory", weights="random, seed 3", licence="none"),
        preprocessing=Preprocessing((8, 8), (0.0,), (1.0,)),
        layers=(LAYER,),
        shown_layers=(LAYER,),
        photos=(photo,),
        pages=(Page("kernels", "Filters", "kernels.md", (section,)),),
        facts={"Versions": {"torch": "2.13.0"}},
    )


def draw(folder: Path, gallery: Gallery) -> None:
    photos = [each for photo in gallery.photos for each in (photo.original, photo.seen)]
    every = [*gallery.figures(), *photos]
    for index, src in enumerate(s for f in every for s in (f.src, f.still) if s):
        (folder / src).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (10 + index, 6), (index, 0, 0)).save(folder / src)


def written(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def test_what_has_no_picture_is_listed_apart(tmp_path: Path) -> None:
    plain = make_gallery()
    told = Told("predictions", "classifier", None, plain.photos[0], "cd" * 32, {"top": [1]}, {})
    section = dataclasses.replace(plain.pages[0].sections[0], told=(told, told))
    page = dataclasses.replace(plain.pages[0], sections=(section,))
    draw(tmp_path, plain)
    write_manifest(dataclasses.replace(plain, pages=(page,)), tmp_path)
    assert written(tmp_path)["findings"] == [
        {
            "visualization": "predictions",
            "layer": "classifier",
            "channel": None,
            "image": "cat",
            "parameters": {},
            "key": "cd" * 32,
            "facts": {"top": [1]},
        }
    ]


@pytest.fixture
def gallery() -> Gallery:
    unit = shown(
        "max/b.png",
        "picture",
        visualization="maximization",
        layer=LAYER,
        channel=2,
        step=50,
        key="ab" * 32,
        parameters={"steps": 50, "noise": [125, 190]},
        facts={"activation": 3.5, "worst": float("nan")},
    )
    moving = shown("conv/a.webp", "animation", layer=LAYER, still="conv/a-still.png")
    sheet = shown("kernels/z.png", "kernels", layer=LAYER)
    return make_gallery(sheet, unit, moving, unit)


def test_every_file_is_listed_once_sorted_with_stills_and_photos(
    tmp_path: Path, gallery: Gallery
) -> None:
    draw(tmp_path, gallery)
    write_manifest(gallery, tmp_path)
    files = [picture["file"] for picture in written(tmp_path)["pictures"]]
    assert files == [
        "conv/a-still.png",
        "conv/a.webp",
        "kernels/z.png",
        "max/b.png",
        "p/o.png",
        "p/s.png",
    ]


def test_an_entry_says_what_the_picture_shows_and_what_the_file_is(
    tmp_path: Path, gallery: Gallery
) -> None:
    draw(tmp_path, gallery)
    write_manifest(gallery, tmp_path)
    manifest = written(tmp_path)
    entry = next(p for p in manifest["pictures"] if p["file"] == "max/b.png")
    content = (tmp_path / "max/b.png").read_bytes()
    with Image.open(tmp_path / "max/b.png") as image:
        width, height = image.size
    assert entry == {
        "file": "max/b.png",
        "visualization": "maximization",
        "role": "picture",
        "layer": "features.0",
        "channel": 2,
        "image": None,
        "step": 50,
        "parameters": {"noise": [125, 190], "steps": 50},
        "key": "ab" * 32,
        "style": "rgb",
        "scale": "each",
        "low": None,
        "high": None,
        "width": width,
        "height": height,
        "bytes": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "facts": {"activation": 3.5, "worst": None},
    }
    assert manifest["format"] == 1
    assert manifest["generator"].startswith("cnn-gallery ")
    assert manifest["model"]["source"] == "mymodel:factory"
    assert manifest["build"] == {"Versions": {"torch": "2.13.0"}}


def test_the_same_gallery_gives_the_same_bytes_whatever_the_order_and_the_time(
    tmp_path: Path, gallery: Gallery
) -> None:
    draw(tmp_path, gallery)
    write_manifest(gallery, tmp_path)
    first = (tmp_path / MANIFEST).read_bytes()
    section = gallery.pages[0].sections[0]
    backwards = dataclasses.replace(section, figures=section.figures[::-1])
    page = dataclasses.replace(gallery.pages[0], sections=(backwards,))
    later = dataclasses.replace(gallery, pages=(page,))
    write_manifest(later, tmp_path)
    assert (tmp_path / MANIFEST).read_bytes() == first
    assert str(tmp_path).encode() not in first


def test_a_picture_that_is_not_there_is_named(tmp_path: Path, gallery: Gallery) -> None:
    draw(tmp_path, gallery)
    (tmp_path / "kernels/z.png").unlink()
    with pytest.raises(SiteError, match=r"picture 'kernels/z\.png' is on a page but could not be"):
        write_manifest(gallery, tmp_path)
    assert not (tmp_path / MANIFEST).exists()


def test_a_file_that_is_no_picture_is_named(tmp_path: Path, gallery: Gallery) -> None:
    draw(tmp_path, gallery)
    (tmp_path / "max/b.png").write_bytes(b"not a picture")
    with pytest.raises(SiteError, match=r"'max/b\.png'"):
        write_manifest(gallery, tmp_path)


def test_a_disk_that_takes_no_more_is_said(tmp_path: Path, gallery: Gallery) -> None:
    draw(tmp_path, gallery)
    with files_of_at_most(100), pytest.raises(SiteError, match=r"manifest\.json' could not be wr"):
        write_manifest(gallery, tmp_path)


def test_a_thumbnail_is_listed_with_its_pictures_key_and_strengths_alone(tmp_path: Path) -> None:
    unit = shown(
        "max/b.png",
        "picture",
        layer=LAYER,
        channel=2,
        key="ab" * 32,
        thumb="max/b-small.png",
        parameters={"steps": 50},
        facts={"activation": 3.5, "robust": 2.5, "rank": 1},
    )
    found = make_gallery(unit)
    draw(tmp_path, found)
    Image.new("RGB", (4, 4)).save(tmp_path / "max/b-small.png")
    write_manifest(found, tmp_path)
    entry = next(p for p in written(tmp_path)["pictures"] if p["file"] == "max/b-small.png")
    assert entry["role"] == "picture: thumbnail" and entry["key"] == "ab" * 32
    assert (entry["facts"], entry["parameters"]) == ({"activation": 3.5, "robust": 2.5}, {})
    assert (entry["width"], entry["height"]) == (4, 4)
