"""A reader opens the folder on a plane: from ``file://``, with no network at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from offline_reader import Reader, reading, searched

pytestmark = pytest.mark.browser


@pytest.fixture
def reader(browser: Any, tiny_site: Path) -> Iterator[Reader]:
    with reading(browser, tiny_site) as found:
        yield found


def pages(site: Path) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


def test_no_page_asks_anything_outside_its_folder_or_complains(reader: Reader) -> None:
    names = pages(reader.site)
    assert {"index.html", "about.html", "mine.html"} <= set(names)
    assert any(name.startswith("layers/") for name in names)
    for name in names:
        reader.open(name)
        reader.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")  # lazy pictures
        reader.page.wait_for_timeout(100)
    assert reader.requests
    assert reader.left_the_folder() == []
    assert reader.complaints == []


def all_pictures(page: Any) -> None:
    """Wait until every picture is there, or known not to be."""
    page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager' })")
    page.wait_for_function("[...document.images].every(i => i.complete)")


def test_every_picture_shows_and_has_words_in_its_place(reader: Reader) -> None:
    seen = 0
    for name in pages(reader.site):
        page = reader.open(name)
        all_pictures(page)
        for image in page.query_selector_all("article img"):
            seen += 1
            source = image.get_attribute("src")
            assert image.evaluate("i => i.naturalWidth") > 0, f"{name} shows no {source}"
            words = (image.get_attribute("alt") or "").strip()
            assert words, f"{name}: {source} has no alt text"
            assert Path(source or "").name not in words, f"{name}: '{words}' is a file's name"
    assert seen > 5


def test_the_search_answers_from_a_file(reader: Reader) -> None:
    page = reader.open("index.html")
    hit = searched(page, "aardvark").first
    assert "A page of my own" in hit.inner_text()
    hit.click()
    page.wait_for_url("**/mine.html*")
    assert reader.left_the_folder() == []
    assert reader.complaints == []


def test_a_phone_shows_every_page_without_scrolling_sideways(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 360, "height": 740})
    for name in pages(reader.site):
        page = reader.open(name)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, f"{name} is {width} px wide on a phone of 360 px"


def test_no_sheet_is_enlarged(reader: Reader) -> None:
    """Enlarged by a broken factor, some of its tiles would be a pixel wider than others."""
    page = reader.open("kernels.html")
    all_pictures(page)
    sheets = page.query_selector_all(".cg-sheet img")
    assert sheets
    for sheet in sheets:
        assert sheet.evaluate("i => i.clientWidth <= i.naturalWidth && i.clientWidth > 0")


def background(page: Any) -> float:
    """How light the page's ground is, from 0 (black) to 255 (white)."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (float(part) for part in colour[4:-1].split(",")[:3])
    return (red + green + blue) / 3


def test_dark_mode_follows_the_system_and_the_switch(reader: Reader) -> None:
    reader.page.emulate_media(color_scheme="light")
    page = reader.open("index.html")
    assert background(page) > 200
    reader.page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    assert background(page) < 60
    page.locator("label[title='Switch to light mode']").click()
    page.wait_for_function("document.body.dataset.mdColorScheme === 'default'")
    assert background(page) > 200
    reader.open("about.html")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'default'")


def test_a_name_with_markup_shows_as_text(reader: Reader) -> None:
    page = reader.open("photos/" + next(n for n in pages(reader.site) if "photos/" in n)[7:])
    assert page.locator("h1").inner_text().startswith("Stripes <b>")
    assert page.locator("article h1 b").count() == 0
