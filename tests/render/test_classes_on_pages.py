"""What a classifier takes a photo for, on its pages: bars whose numbers are text."""

from __future__ import annotations

from dataclasses import replace

import pretend_gallery as pretend
from test_pages import HOSTILE, read

from generator.render.gallery import Gallery, Page, Told
from generator.render.pages import render_pages

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
    pages = render_pages(classified(), overrides=None)
    for path in ("predictions.md", "photos/chelsea.md"):
        page = read(pages[path])
        assert "Egyptian cat81.2%" in page.text.replace(" 81", "81")
        assert HOSTILE in page.text
        assert "Softmax over all classes" in page.text
        assert [v for v in page.values("style") if "--part" in v] == [
            "--part:0.8120",
            "--part:0.0771",
        ]
    assert "Predictions" in read(pages["reading.md"]).text


def test_a_softmax_of_the_network_s_own_is_said() -> None:
    pages = render_pages(classified({**FACTS, "softmax": "own"}), overrides=None)
    assert "s own softmax" in read(pages["predictions.md"]).text


def test_without_predictions_no_page_speaks_of_them() -> None:
    pages = render_pages(pretend.gallery(), overrides=None)
    assert "softmax" not in pages["reading.md"]
    assert "What the network sees in it" not in pages["photos/chelsea.md"]
