"""Nothing that axe-core finds bars anybody from a page: WCAG 2.1 and 2.2, levels A and AA."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from offline_reader import Reader, reading, searched

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("axe-core") / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CHECK = """async only => {
  const found = await axe.run(document, {runOnly: only});
  return found.violations.map(rule => [rule.id, rule.help,
    ...rule.nodes.slice(0, 5).map(node => `${node.target.join(" ")}: ${node.failureSummary}`)]);
}"""


def violations(page: Any) -> list[list[str]]:
    """What axe-core has against an open page: of each rule its name, its words and where.

    In the dark only colours differ, and only they are looked at again.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    every = {"type": "tag", "values": RULES}
    found: list[list[str]] = page.evaluate(CHECK, every)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    found += page.evaluate(CHECK, {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'default'")
    return found


@pytest.fixture(scope="module")
def reader(browser: Any, tiny_site: Path) -> Iterator[Reader]:
    with reading(browser, tiny_site) as found:
        found.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        yield found


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "layers/index.html",
        "layers/0.html",
        "layers/3.html",
        "photos/stripes.html",
        "maximization.html",
        "activations.html",
        "kernels.html",
        "compare.html",
        "reading.html",
        "references.html",
        "about.html",
        "mine.html",
    ],
)
def test_a_page_bars_nobody(reader: Reader, name: str) -> None:
    assert violations(reader.open(name)) == []


def test_an_open_card_bars_nobody(reader: Reader) -> None:
    page = reader.open("layers/3.html#unit-1")
    page.wait_for_selector("dialog[open] h2")
    assert violations(page) == []


@pytest.fixture
def phone(reader: Reader) -> Iterator[Reader]:
    wide = reader.page.viewport_size
    reader.page.set_viewport_size({"width": 360, "height": 740})
    yield reader
    reader.page.set_viewport_size(wide)


def test_a_phone_bars_nobody(phone: Reader) -> None:
    assert violations(phone.open("layers/3.html")) == []
    page = phone.open("layers/3.html#unit-1")
    page.wait_for_selector("dialog[open] h2")
    assert violations(page) == []


def test_each_line_of_the_menu_is_as_high_as_a_target_should_be(reader: Reader) -> None:
    page = reader.open("layers/3.html")
    lines = page.locator(".md-nav--primary a.md-nav__link:visible").all()
    heights = [line.bounding_box()["height"] for line in lines]
    assert len(heights) > 8 and min(heights) >= 24, heights


def test_the_open_search_bars_nobody(reader: Reader) -> None:
    page = reader.open("index.html")
    searched(page, "filter")
    assert violations(page) == []
