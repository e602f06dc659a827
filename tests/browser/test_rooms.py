"""Search, and two units side by side: what needs a browser to be tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import tiny_project
from offline_reader import Reader, reading

pytestmark = pytest.mark.browser

# With both layers' maps, so that there is something to compare.
CONFIG = tiny_project.CONFIG.replace(
    "filters: [0, 1]}", 'filters: [0, 1]}\n  - {kind: activations, layers: "conv:*"}'
)
CONFIG += (
    '  - {kind: maximization, layers: "conv:1", filters: 1, size: 32, steps: 4, preset: classic}\n'
    '  - {kind: maximization, layers: "conv:2", filters: 1, size: 32, steps: 4, preset: classic}\n'
    '  - {kind: exemplars, layers: "conv:2", filters: [1, 2]}\n'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tiny_project.write(tmp_path_factory.mktemp("rooms"), CONFIG)
    tiny_project.build(folder)
    return folder / "site"


@pytest.fixture
def reader(browser: Any, site: Any) -> Iterator[Reader]:
    with reading(browser, site) as found:
        yield found
        assert found.left_the_folder() == []
        assert found.complaints == []


def answers(page: Any, asked: str) -> list[str]:
    """The addresses that the search gives for some words, in their order."""
    box = page.locator("input[name=query]")
    box.click()
    box.fill("")
    box.press_sequentially(asked, delay=20)
    page.wait_for_selector(".md-search-result__item a", timeout=15_000)
    page.wait_for_timeout(500)
    links = page.locator(".md-search-result__item a").all()
    return [str(link.evaluate("a => a.href")).rpartition("/site/")[2] for link in links]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("3 filter 2", "layers/3.html#unit-2"),
        ("3:2", "layers/3.html#unit-2"),
        ("conv 2", "layers/3.html"),
        ("conv:1", "layers/0.html"),
        ("activation maximisation", "maximization.html"),
    ],
)
def test_the_search_finds_units_layers_and_pages(reader: Reader, asked: str, place: str) -> None:
    assert place in answers(reader.open("index.html"), asked)[:3]


def test_a_page_that_nobody_searches_reads_no_index(reader: Reader) -> None:
    reader.open("layers/3.html").wait_for_timeout(300)
    assert not [url for url in reader.requests if "search_index" in url]


def shown(page: Any) -> str:
    page.wait_for_selector(".cg-result h2")
    return str(page.locator(".cg-result").inner_text())


def test_an_address_puts_two_units_side_by_side(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2&photo=stripes")
    assert [each.inner_text() for each in page.locator(".cg-result h2 a").all()] == [
        "Filter 1",
        "Filter 2",
    ]
    assert page.locator(".cg-result h2 a").first.get_attribute("href") == "./layers/3.html#unit-1"
    assert "Made to drive it" in shown(page) and "In numbers" in shown(page)


def test_pieces_of_photos_that_drive_each_unit_stand_side_by_side(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2")
    assert "What drives it most in photos" in shown(page)
    pieces = page.locator(".cg-result .cg-crops")
    assert pieces.count() == 2
    said = pieces.first.locator("figcaption").first.inner_text()
    assert float(said.split()[0]) > 0 and "Stripes <b>" in said


def test_two_methods_of_one_unit_are_compared(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:1&method-b=classic")
    pictures = page.locator(".cg-result section").first.locator("img")
    page.wait_for_selector(".cg-result img")
    assert pictures.nth(0).get_attribute("src") != pictures.nth(1).get_attribute("src")
    assert page.locator("[name=b] [name=method]").input_value() == "classic"


def test_what_is_left_open_is_a_filter_with_a_picture_halfway(reader: Reader) -> None:
    page = reader.open("compare.html")
    assert shown(page).startswith("Filter 1")
    assert page.locator("[name=a] [name=layer]").input_value() == "3"
    page.select_option("[name=a] [name=layer]", "0")  # of which filter 0 has no picture
    page.wait_for_function("location.hash.includes('a=0:1')")


def test_a_choice_goes_into_the_address_and_comes_back_from_it(reader: Reader) -> None:
    page = reader.open("compare.html")
    shown(page)
    page.select_option("[name=a] [name=layer]", "0")
    page.wait_for_function("location.hash.includes('a=0:')")
    page.fill("[name=b] [name=filter]", "2")
    page.press("[name=b] [name=filter]", "Enter")
    page.wait_for_function("location.hash.includes('b=3:2')")
    page.reload()
    assert shown(page).startswith("Filter 1")
    page.click("[name=swap]")
    page.wait_for_function("location.hash.startsWith('#a=3:2&b=0:')")
    page.evaluate("location.hash = '#a=0:1&b=0:2'")
    page.wait_for_function("document.querySelector('.cg-result h2 a').innerText === 'Filter 1'")


def test_a_filter_without_a_card_is_said_to_have_none(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:77&b=nothing.of.this.name:1")
    assert "has no card for this filter. It has: 1, 2." in shown(page)


def test_without_scripts_the_page_says_what_it_needs(browser: Any, site: Any) -> None:
    with reading(browser, site, java_script_enabled=False) as found:
        page = found.open("compare.html")
        assert "needs JavaScript" in page.locator("article").inner_text()
        assert page.locator(".cg-compare").is_hidden()


def test_a_bar_that_is_pointed_at_shows_its_layers_face(reader: Reader) -> None:
    page = reader.open("index.html")
    faces = page.locator(".cg-network .cg-face")
    assert [each.is_visible() for each in faces.all()] == [False, True]
    page.locator(".cg-network a").first.focus()
    assert faces.first.is_visible()
