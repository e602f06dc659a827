"""Whatever a name holds, it is text: on every page, in the menu, in the search, in an open card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_project
import yaml
from offline_reader import Reader, reading, searched
from PIL import Image

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> \"q\" 'r' a|b `c` *d* "
    "__e__ {{ 7*7 }} [l](m) &amp; # שלום 🐈"
)
FILE = "<b>\"q\" 'r' a|b `c` *d* &amp; # שלום 🐈.png"
LAYER = '<img src=x onerror=window&#46;hacked=1>"|`*שלום🐈'
DEEP = "a_name_that_has_no_place_to_break_it_and_is_wider_than_a_phone"

MODEL = f"""\
from collections import OrderedDict

from torch import nn


def factory():
    network = nn.Sequential()
    network.add_module({LAYER!r}, nn.Conv2d(3, 4, 3))
    network.add_module("relu", nn.ReLU())
    inside = nn.Sequential(OrderedDict(inside=network))
    return nn.Sequential(OrderedDict({DEEP}=inside))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = {
        "site": {"name": HOSTILE, "description": HOSTILE, "author": HOSTILE},
        "model": "mymodel:factory",
        "weights": "none",
        "input": {"size": 24},
        "images": [
            {"path": "photos/stripes.png", "title": HOSTILE, "alt": HOSTILE, "credit": HOSTILE},
            {"path": f"photos/{FILE}"},
        ],
        "layers": ["conv:*"],
        "visualizations": [
            {"kind": "kernels", "layers": "conv:*", "title": HOSTILE, "note": HOSTILE},
            {"kind": "activations", "layers": "conv:1", "title": HOSTILE, "note": HOSTILE},
            {"kind": "maximization", "layers": "conv:1", "filters": [1], "size": 24, "steps": 1}
            | {"title": HOSTILE, "sketch_steps": 2, "retries": 0, "second_seed": False},
        ],
    }
    folder = tiny_project.write(
        tmp_path_factory.mktemp("hostile"), yaml.safe_dump(config, allow_unicode=True)
    )
    (folder / "mymodel.py").write_text(MODEL, encoding="utf-8")
    Image.new("RGB", (9, 9), "teal").save(folder / "photos" / FILE)
    tiny_project.build(folder)
    return folder / "site"


@pytest.fixture
def reader(browser: Any, site: Path) -> Iterator[Reader]:
    with reading(browser, site) as found:
        yield found
        assert found.page.evaluate("window.hacked") is None
        assert found.left_the_folder() == []
        assert found.complaints == []


def layer_page(site: Path) -> str:
    (page,) = {*(site / "layers").glob("*.html")} - {site / "layers" / "index.html"}
    return page.relative_to(site).as_posix()


def test_every_page_shows_names_as_text(reader: Reader) -> None:
    names = sorted(path.relative_to(reader.site).as_posix() for path in reader.site.rglob("*.html"))
    assert len(names) > 8
    for name in names:
        page = reader.open(name)
        assert page.evaluate("window.hacked") is None, name
        assert page.locator("article img[src=x], article script, nav img, header img").count() == 0
    assert reader.open("index.html").locator("h1").inner_text().rstrip("¶") == HOSTILE


def test_headings_and_captions_are_word_for_word(reader: Reader) -> None:
    photos = [reader.open(f"photos/{path.name}") for path in (reader.site / "photos").glob("*")]
    assert len(photos) == 2
    page = reader.open("photos/stripes.html")
    headings = [each.inner_text().strip("¶\n ") for each in page.locator("h1, h2").all()]
    assert headings.count(HOSTILE) == 2  # the photo, and the section of its maps
    assert page.locator("img").first.get_attribute("alt") == HOSTILE
    heading = reader.open(layer_page(reader.site)).locator("h1")
    assert LAYER in heading.inner_text()
    assert heading.locator("wbr").count() == 2, "one after each dot of its name"


def test_an_open_card_and_a_comparison_show_them_as_text(reader: Reader) -> None:
    page = reader.open(f"{layer_page(reader.site)}#unit-1")
    page.wait_for_selector("dialog[open]")
    assert LAYER in page.locator("dialog").inner_text()
    assert page.locator("dialog header wbr").count() == 2, "one after each dot of its name"
    assert HOSTILE in page.locator("dialog").inner_text()
    page.locator("dialog").get_by_role("link", name="Compare").click()
    page.wait_for_selector(".cg-result h2")
    assert LAYER in page.locator(".cg-result h2").first.inner_text()
    assert HOSTILE in page.locator(".cg-result").inner_text()


def test_long_names_push_nothing_off_a_phone(browser: Any, site: Path) -> None:
    with reading(browser, site, viewport={"width": 360, "height": 740}) as found:
        for path in sorted(site.rglob("*.html")):
            page = found.open(path.relative_to(site).as_posix())
            if path.name == "compare.html":
                page.wait_for_selector(".cg-result h2")
                assert DEEP in page.locator(".cg-do output").inner_text()
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path.relative_to(site)


def test_a_long_name_stands_below_the_filter_of_an_open_card(browser: Any, site: Path) -> None:
    """In one run of words the filter's number went to the next line, away from its noun."""
    with reading(browser, site, viewport={"width": 360, "height": 740}) as found:
        page = found.open(f"{layer_page(site)}#unit-1")
        page.wait_for_selector("dialog[open]")
        bottom, top = page.locator("dialog h2").evaluate(
            """head => {
                const range = document.createRange();
                range.selectNodeContents(head.firstChild);
                const name = head.querySelector("small").getBoundingClientRect();
                return [range.getBoundingClientRect().bottom, name.top];
            }"""
        )
        assert top >= bottom - 2
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= 360


def test_the_search_shows_them_as_text(reader: Reader) -> None:
    page = reader.open("index.html")
    searched(page, "onerror")
    assert page.locator(".md-search-result img, .md-search-result script").count() == 0
    assert "onerror" in page.locator(".md-search-result").inner_text()
