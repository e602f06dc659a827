"""What a classifier takes a photo for, on its pages: bars whose numbers are text."""

from __future__ import annotations

from dataclasses import replace

import pretend_gallery as pretend
from test_pages import HOSTILE, read

from generator.model.layers import Layer
from generator.render.arranging.catalogue import Catalogue
from generator.render.gallery import Gallery, Page, Shown, Told
from generator.render.pages.templates import render_pages
from generator.render.wording import attributions

FACTS = {
    "softmax": "added",
    "top": [
        {"class": 285, "logit": 9.0, "share": 0.812, "name": "Egyptian cat"},
        {"class": 282, "logit": 6.5, "share": 0.0771, "name": HOSTILE},
    ],
}


def classified(facts=FACTS) -> Gallery:
    gallery = pretend.gallery()
    told = Told("predictions", "classifier", None, gallery.photos[0], "k", facts, {"top": 2})
    section = replace(pretend.section("predictions", []), told=(told,))
    page = Page("predictions", "Predictions", "predictions.md", (section,))
    return replace(gallery, pages=(*gallery.pages, page))


def test_bars_stand_beside_each_photo_and_on_its_page() -> None:
    pages = render_pages(Catalogue(classified()), overrides=None)
    for path in ("predictions.md", "photos/chelsea.md"):
        page = read(pages[path])
        assert "Egyptian cat81.2%" in page.text.replace(" 81", "81")
        assert HOSTILE in page.text
        assert "Softmax over all classes" in page.text
        assert "Class Share" in page.text, "as one word, the search finds neither"
        assert [v for v in page.values("style") if "--part" in v] == [
            "--part:0.8120",
            "--part:0.0771",
        ]
    assert "Predictions" in read(pages["reading.md"]).text


def test_an_output_below_zero_is_said_to_be_no_dead_filter() -> None:
    """The highest of a classifier's outputs may lie below zero: no zero of theirs means silence."""
    plain = pretend.gallery()
    head = Layer("head", "Linear", 40, None, (10,), 650)
    words = "only the differences between them count"
    assert words not in read(render_pages(Catalogue(plain), overrides=None)["reading.md"]).text
    with_head = replace(plain, shown_layers=(*plain.shown_layers, head))
    assert words in read(render_pages(Catalogue(with_head), overrides=None)["reading.md"]).text


def test_a_softmax_of_the_network_s_own_is_said() -> None:
    pages = render_pages(Catalogue(classified({**FACTS, "softmax": "own"})), overrides=None)
    assert "s own softmax" in read(pages["predictions.md"]).text


def test_without_predictions_no_page_speaks_of_them() -> None:
    pages = render_pages(Catalogue(pretend.gallery()), overrides=None)
    assert "softmax" not in pages["reading.md"]
    assert "What the network takes it for" not in pages["photos/chelsea.md"]


def attribution(method: str, **facts) -> Shown:
    known = {"class": 285, "share": 0.812, "name": "Egyptian cat", **facts}
    photo = pretend.photo()
    return pretend.shown(
        f"{method}-{known['class']}.webp",
        "attribution",
        "attribution",
        picture=photo,
        facts=known,
        parameters={"method": method, "window": 56},
        style="signed",
    )


def test_attribution_maps_stand_by_photo_and_class() -> None:
    maps = [
        attribution("grad-cam", places=[7, 7]),
        attribution("occlusion"),
        attribution("grad-cam", places=[7, 7], name=HOSTILE, **{"class": 7}),
    ]
    gallery = pretend.gallery()
    section = pretend.section("attribution", maps, methods=("grad-cam", "occlusion"))
    page = Page("attribution", "Attribution", "attribution.md", (section,))
    pages = render_pages(Catalogue(replace(gallery, pages=(*gallery.pages, page))), overrides=None)
    for path in ("attribution.md", "photos/chelsea.md"):
        found = read(pages[path])
        assert "Egyptian cat · 81.2%" in found.text
        assert f"{HOSTILE} · 81.2%" in found.text
        assert "a gray square of 56 pixels covers" in found.text
        alts = [each for each in found.values("alt") if each.startswith("Where in the photo")]
        assert alts[1] == "Where in the photo Chelsea the network looks for Egyptian cat: Occlusion"
        assert len(alts) == 3
    assert [name for name, _ in attributions.of_photo([section], gallery.photos[0])] == [
        "Egyptian cat · 81.2%",
        f"{HOSTILE} · 81.2%",
    ]
    used, further = read(pages["references.md"]).text.split("Further reading")
    assert "Sanity checks" in used and "Grad-CAM" in used
    assert "On calibration" in further and "Integrated gradients" in further
    assert "Adebayo et al. 2018" in read(pages["reading.md"]).text
