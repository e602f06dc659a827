"""An attribution map lies over its photo as far as the slider says; without scripts, beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import markdown
import pretend_gallery as pretend
import pytest
from PIL import Image

from generator.render.arranging.catalogue import Catalogue
from generator.render.gallery import Gallery, Page
from generator.render.pages.templates import render_pages
from generator.utils.resources import templates_folder

pytestmark = pytest.mark.browser

FACTS = {"class": 285, "logit": 9.0, "share": 0.8, "name": "Egyptian cat", "places": [7, 7]}


def attributed() -> Gallery:
    gallery = pretend.gallery()
    shown = pretend.shown(
        "map.png",
        "attribution",
        "attribution",
        picture=gallery.photos[0],
        style="heat",
        low=0.0,
        high=0.5,
        facts=FACTS,
        parameters={"method": "grad-cam"},
    )
    section = pretend.section("attribution", [shown])
    page = Page("attribution", "Attribution", "attribution.md", (section,))
    return replace(gallery, pages=(*gallery.pages, page))


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    gallery = attributed()
    text = render_pages(Catalogue(gallery), overrides=None)["attribution.md"].partition("---\n")[2]
    body = markdown.markdown(text.partition("---\n")[2], extensions=["attr_list", "md_in_html"])
    assets = templates_folder() / "assets"
    styles = "".join((assets / f"{name}.css").read_text() for name in ("attribution", "gallery"))
    script = (assets / "attribution.js").read_text()
    for src in ("map.png", gallery.photos[0].seen.src):
        (tmp_path / src).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), "red").save(tmp_path / src, "PNG")
    file = tmp_path / "attribution.html"
    file.write_text(
        f"<meta charset=utf-8><style>{styles}</style><div class=md-typeset>{body}</div>"
        f"<script>{script}</script>",
        encoding="utf-8",
    )
    return file


def look(browser: Any, file: Path, *, scripts: bool) -> Any:
    page = browser.new_page(java_script_enabled=scripts, viewport={"width": 800, "height": 900})
    page.goto(file.as_uri())
    return page


def test_the_slider_mixes_photo_and_map_by_keyboard(browser: Any, page_file: Path) -> None:
    page = look(browser, page_file, scripts=True)
    photo, shown = (each.bounding_box() for each in page.locator(".cg-stack img").all())
    assert photo == shown
    opacity = "getComputedStyle(document.querySelector('.cg-stack img + img')).opacity"
    assert float(page.evaluate(opacity)) == pytest.approx(0.6)
    slider = page.get_by_role("slider", name="How much of the map Grad-CAM covers the photo Chel")
    slider.focus()
    page.keyboard.press("End")
    assert float(page.evaluate(opacity)) == 1
    page.keyboard.press("Home")
    assert float(page.evaluate(opacity)) == 0
    page.keyboard.press("ArrowRight")
    assert float(page.evaluate(opacity)) == pytest.approx(0.05)
    page.close()


def test_without_scripts_both_stand_side_by_side(browser: Any, page_file: Path) -> None:
    page = look(browser, page_file, scripts=False)
    photo, shown = (each.bounding_box() for each in page.locator(".cg-stack img").all())
    assert photo["x"] + photo["width"] <= shown["x"]
    assert photo["y"] == shown["y"]
    assert not page.locator(".cg-mix input").is_visible()
    assert page.get_by_text("Egyptian cat · 80.0%").is_visible()
    caption = page.locator(".cg-over figcaption").inner_text()
    assert "Grad-CAM" in caption
    assert "each of 7x7 places of the last maps" in caption
    page.close()
