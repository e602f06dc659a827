"""Search, and two units side by side: what needs a browser to be tried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import tiny_project
from offline_reader import Reader, given_up, reading, searched

pytestmark = pytest.mark.browser

# With maps of both layers, so that there is something to compare, and of some filters none; of the
# layer between them, nothing.
CONFIG = tiny_project.CONFIG.replace(
    "filters: [0, 1]}",
    'filters: [0, 1]}\n  - {kind: activations, layers: "conv:2", filters: [1]}',
)
CONFIG = CONFIG.replace('layers: ["conv:*"]', 'layers: ["conv:*", "2"]')
CONFIG += (
    '  - {kind: convolution, layers: "conv:1", filters: 2}\n'
    '  - {kind: maximization, layers: "conv:1", filters: 1, size: 32, steps: 4, preset: classic}\n'
    '  - {kind: maximization, layers: "conv:2", filters: 1, size: 32, steps: 4, preset: classic}\n'
    '  - {kind: exemplars, layers: "conv:2", filters: [1, 2]}\n'
)

TABLE = """\
# A table

| file | what it is |
|---|---|
| `requirements.txt`, `.gitignore` | words that take the rest of a row, and then some more of them |
"""
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tiny_project.write(tmp_path_factory.mktemp("rooms"), CONFIG)
    (folder / "docs" / "table.md").write_text(TABLE, encoding="utf-8")
    tiny_project.build(folder)
    return folder / "site"


@pytest.fixture
def reader(browser: Any, site: Any) -> Iterator[Reader]:
    with reading(browser, site) as found:
        yield found
        assert found.left_the_folder() == []
        assert found.complaints == []


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("3 filter 2", "layers/3.html#unit-2"),
        ("3:2", "layers/3.html#unit-2"),
        ("filter 2", "layers/3.html#unit-2"),
        ("conv 2", "layers/3.html"),
        ("conv:1", "layers/0.html"),
        ("activation maximisation", "maximization.html"),
    ],
)
def test_the_search_finds_units_layers_and_pages(reader: Reader, asked: str, place: str) -> None:
    found = searched(reader.open("index.html"), asked)
    best = found.evaluate_all("links => links.slice(0, 3).map(link => link.href)")
    assert place in [address.rpartition("/site/")[2] for address in best]


def test_no_list_of_photos_by_number_is_searched(site: Any) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    pieces = [each["text"] for each in index["docs"] if each["location"].startswith("exemplars")]
    assert "filter 1" in " ".join(pieces) and "Stripes" not in " ".join(pieces)


def test_a_page_that_nobody_searches_reads_no_index(reader: Reader) -> None:
    reader.open("layers/3.html").wait_for_timeout(300)
    assert not [url for url in reader.requests if "search_index" in url]


def shown(page: Any) -> str:
    page.wait_for_selector(".cg-result h2")
    return str(page.locator(".cg-result").inner_text())


def test_an_address_puts_two_units_side_by_side(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2&photo=stripes")
    said = shown(page)
    assert [each.inner_text() for each in page.locator(".cg-result h2 a").all()] == [
        "Filter 1",
        "Filter 2",
    ]
    assert page.locator(".cg-result h2 a").first.get_attribute("href") == "./layers/3.html#unit-1"
    assert "Made to drive it" in said and "In numbers" in said


def test_pieces_of_photos_that_drive_each_unit_stand_side_by_side(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2")
    assert "What drives it most in photos" in shown(page)
    pieces = page.locator(".cg-result .cg-crops")
    assert pieces.count() == 2
    said = pieces.first.locator("figcaption").first.inner_text()
    assert float(said.split()[0]) > 0 and "Stripes <b>" in said


def test_of_a_unit_that_no_photo_drives_it_is_said_so(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2")
    shown(page)
    page.evaluate(
        """async () => {
          const layer = await cnnGallery.load("3", ".");
          layer.byChannel.get(1).exemplars.top = [];
          location.hash = "#a=3:2&b=3:1";
        }"""
    )
    page.wait_for_function("document.querySelectorAll('.cg-result .cg-crops').length === 1")
    assert "Nothing in these photos drives it." in shown(page)


def test_a_kernel_at_work_is_no_picture_made_to_drive_a_filter(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=0:2")
    said = shown(page)
    made = page.locator(".cg-result details", has_text="Made to drive it")
    assert made.locator("summary").inner_text().endswith("only for 3:1")
    assert made.locator("img").count() == 1 and not made.locator("img").is_visible()
    made.locator("summary").click()
    assert made.locator("img").is_visible()
    assert "In numbers" not in said, "of one side alone there is nothing to compare"
    assert page.locator("[name=b] [name=method]").is_disabled()
    assert page.locator("[name=b] [name=method]").inner_text() == "none was made"
    assert page.locator("[name=a] [name=method]").is_enabled()


def test_a_photo_is_chosen_only_where_there_is_a_map(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2")
    assert "only for 3:1" in shown(page)
    fields = [page.locator(f"[name={side}] [name=photo]") for side in ("a", "b")]
    assert [field.is_enabled() for field in fields] == [True, False]
    assert fields[1].inner_text() == "no maps"
    page.evaluate("location.hash = '#a=3:2&b=0:2'")
    page.wait_for_function("document.querySelector('[name=a] [name=photo]').disabled")
    assert "How it responds" not in shown(page), "neither has one"
    assert "One plane of 6" in shown(page) and "One plane of 3" in shown(page)


def test_what_is_beside_what_is_read_out_in_a_line_and_not_as_a_whole(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2")
    shown(page)
    said = page.locator(".cg-compare [aria-live]")
    assert said.inner_text() == "3:1 beside 3:2"
    page.get_by_role("button", name="Next pair").click()
    page.wait_for_function("location.hash.includes('a=3:2&b=3:1')")
    assert said.inner_text() == "3:2 beside 3:1"
    page.evaluate("location.hash = '#a=3:77&b=3:2'")
    page.wait_for_function("document.querySelector('.cg-result h2').innerText === 'Filter 77'")
    assert said.inner_text() == "3:77 (no card) beside 3:2"


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


def says(page: Any, words: str) -> None:
    """Wait until the line below Compare's fields has the words."""
    page.locator(".cg-compare output", has_text=words).wait_for()


def test_where_a_layers_data_is_missing_another_can_be_chosen_and_then_the_same_again(
    browser: Any, site: Any
) -> None:
    with reading(browser, site) as found:
        found.page.route("**/3.data.js", lambda route: route.abort())
        page = found.open("compare.html#a=0:1&b=3:1&photo=stripes")
        says(page, "The data of a layer is not there")
        assert page.input_value("[name=b] [name=layer]") == "3"
        page.get_by_role("button", name="Next pair").click()
        given_up(page, "3")
        page.fill("[name=a] [name=filter]", "2")
        page.press("[name=a] [name=filter]", "Enter")
        given_up(page, "3")
        says(page, "The data of a layer is not there")
        page.select_option("[name=b] [name=layer]", "0")
        says(page, "0:2 beside 0:1")
        assert "photo=stripes" in page.url, "not lost with the fields that had no choice"
        page.unroute("**/3.data.js")
        page.select_option("[name=b] [name=layer]", "3")
        says(page, "0:2 beside 3:1")
        assert {each.partition(":")[0] for each in found.complaints} == {
            "failed",
            "Failed to load resource",
        }


def test_a_template_without_the_line_below_the_fields_still_compares(reader: Reader) -> None:
    reader.without(".cg-compare output")
    page = reader.open("compare.html#a=3:1&b=3:2")
    assert "Made to drive it" in shown(page)
    says(page, "3:1 beside 3:2")


def test_data_that_arrives_after_another_layer_was_chosen_is_let_go(reader: Reader) -> None:
    page = reader.open("compare.html#a=3:1&b=3:2")
    says(page, "3:1 beside 3:2")
    page.evaluate(
        """() => {
          const {load} = cnnGallery;
          const arrives = new Promise(done => (window.arrive = done));
          cnnGallery.load = (slug, root) =>
            slug === "0" ? arrives.then(() => load(slug, root)) : load(slug, root);
        }"""
    )
    page.select_option("[name=b] [name=layer]", "0")
    page.select_option("[name=b] [name=layer]", "3")
    page.evaluate("() => { arrive(); return cnnGallery.load('0', '.').then(() => null); }")
    assert page.evaluate("cnnGallery.compare.sides.map(side => side.layer.slug)") == ["3", "3"]
    page.get_by_role("button", name="Next pair").click()
    says(page, "3:2 beside 3:1")


def test_without_scripts_the_page_says_what_it_needs(browser: Any, site: Any) -> None:
    with reading(browser, site, java_script_enabled=False) as found:
        page = found.open("compare.html")
        assert "needs JavaScript" in page.locator("article").inner_text()
        assert page.locator(".cg-compare").is_hidden()


def test_large_letters_do_not_push_a_photos_page_sideways(browser: Any, site: Any) -> None:
    with reading(browser, site, **PHONE) as found:
        page = found.open("photos/stripes.html")
        assert page.locator(".cg-through .cg-ends").count() > 0
        page.evaluate("document.documentElement.style.fontSize = '250%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


MARKED = """() => [...document.querySelectorAll(".cg-strip .cg-open")]
  .filter(bar => {
    const probe = document.createElement("i");
    probe.style.color = "var(--cg-accent)";
    bar.append(probe);
    const accent = getComputedStyle(probe).color;
    probe.remove();
    return getComputedStyle(bar.querySelector("i")).backgroundColor === accent;
  }).map(bar => bar.querySelector("i + span").textContent)"""


def seen_face(page: Any) -> str:
    """The words of the face that is seen: it hides any other behind it."""
    (face, *_) = page.locator(".cg-network a:is(:hover, :focus-visible) .cg-face").all() or [
        each for each in page.locator(".cg-network .cg-face").all() if each.is_visible()
    ]
    assert face.is_visible()
    return str(face.inner_text())


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_face_that_is_seen_is_that_of_the_bar_that_is_marked(
    browser: Any, site: Any, scripts: bool
) -> None:
    with reading(browser, site, java_script_enabled=scripts) as found:
        page = found.open("index.html")
        assert seen_face(page).startswith("Layer 3 · selected; hover over another bar")
        assert page.evaluate(MARKED) == ["3"]
        page.locator(".cg-network a", has_text="0").first.hover()
        assert seen_face(page).startswith("Layer 0\n")
        assert page.evaluate(MARKED) == ["0"]


def test_a_bar_of_a_layer_that_nothing_shows_has_a_face_too(reader: Reader) -> None:
    page = reader.open("index.html")
    bars = page.locator(".cg-network a")
    bars.nth(0).focus()
    page.keyboard.press("Tab")
    assert seen_face(page).startswith("Layer 2\n") and "no pictures yet" in seen_face(page)
    assert page.evaluate(MARKED) == ["2"]
    page.keyboard.press("Tab")
    assert seen_face(page).startswith("Layer 3\n"), "it says no more why it stood there"


@pytest.mark.parametrize("room", ["100%", "3rem"], ids=["at ease", "crowded"])
def test_a_layer_of_more_channels_has_a_wider_bar(reader: Reader, room: str) -> None:
    for place in ("index.html", "layers/index.html", "layers/3.html"):
        page = reader.open(place)
        page.locator(".cg-network").evaluate("(strip, room) => { strip.style.width = room }", room)
        bars = page.locator(".cg-network li").all()
        six, pooled, four = (bar.bounding_box()["width"] for bar in bars)
        assert six == pooled > four > 20


FILM = "convolution.html"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_picture_emerges_on_focus_unless_the_reader_asks_for_less_motion(
    browser: Any, site: Any, motion: Any
) -> None:
    with reading(browser, site, reduced_motion=motion) as found:
        page = found.open("maximization.html")
        link = page.locator(".cg-play").first
        image = page.locator("figure", has=link).first.locator("img")
        still = str(image.get_attribute("src"))
        page.keyboard.press("Tab")  # the keyboard is in use
        link.focus()
        assert (image.get_attribute("src") == still) == (motion == "reduce")
        page.keyboard.press("Space")
        assert (image.get_attribute("src") == still) == (motion != "reduce")
        page.keyboard.press("Tab")
        assert image.get_attribute("src") == still
        assert found.complaints == []


def test_a_press_plays_and_a_second_one_brings_the_still(browser: Any, site: Any) -> None:
    with reading(browser, site, has_touch=True) as found:
        page = found.open("maximization.html")
        link = page.locator(".cg-play").first
        image = page.locator("figure", has=link).first.locator("img")
        still = image.get_attribute("src")
        link.tap()
        assert image.get_attribute("src") != still
        link.tap()
        assert image.get_attribute("src") == still


def test_a_moving_picture_is_played_and_stopped_on_a_press(reader: Reader) -> None:
    page = reader.open(FILM)
    image, button = page.locator(".cg-film img"), page.get_by_role("button", name="Play")
    assert "-still." in str(image.get_attribute("src"))
    button.focus()
    page.keyboard.press("Space")
    playing = str(image.evaluate("image => image.src"))
    assert "-still." not in playing
    assert playing == page.locator(".cg-film a.cg-mat").evaluate("link => link.href")
    page.get_by_role("button", name="Stop").click()
    assert "-still." in str(image.get_attribute("src"))


def test_all_of_a_moving_picture_is_in_sight_and_it_is_dimmed_in_the_dark(
    browser: Any, site: Any
) -> None:
    for size, scheme in (((360, 740), "dark"), ((1440, 900), "light")):
        viewport = dict(zip(("width", "height"), size, strict=True))
        with reading(browser, site, viewport=viewport, color_scheme=scheme) as found:
            page = found.open(FILM)
            box = page.locator(".cg-film img").bounding_box()
            assert 300 < box["width"] <= size[0] and box["height"] < size[1] - 100
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            light = page.locator(".cg-film a").evaluate("mat => getComputedStyle(mat).filter")
            assert ("brightness" in light) == (scheme == "dark")


def test_on_a_phone_a_fact_stands_below_its_name_and_no_name_in_code_is_broken(
    browser: Any, site: Any
) -> None:
    with reading(browser, site, **PHONE) as found:
        row = found.open("about.html").locator(".cg-pairs tr", has_text="Processor")
        name, value = (row.locator(part).bounding_box() for part in ("th", "td"))
        assert value["y"] >= name["y"] + name["height"] and value["width"] > 300
        page = found.open("table.html")
        names = page.locator("td code")
        lines = [each.evaluate("name => name.getClientRects().length") for each in names.all()]
        assert lines == [1, 1]
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_piece_of_a_photo_stands_on_a_mat_clear_of_its_words(reader: Reader) -> None:
    page = reader.open("exemplars.html")
    piece = page.locator(".cg-pieces li").first
    image, words = (piece.locator(part).first.bounding_box() for part in ("img", "span"))
    assert image["width"] == image["height"] == 96 + 2 * (3 + 1)
    assert words["y"] - image["y"] - image["height"] >= 5
    small = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert page.locator("h3 code").first.evaluate(small) == piece.evaluate(small)


def test_without_scripts_a_moving_picture_is_a_link_away(browser: Any, site: Any) -> None:
    with reading(browser, site, java_script_enabled=False) as found:
        link = found.open(FILM).get_by_role("link", name="Play")
        assert link.is_visible()
        assert (site / str(link.get_attribute("href"))).is_file()


@pytest.mark.parametrize(
    ("count", "shown"),
    [(8, [*range(1, 9)]), (12, [*range(1, 10)]), (14, [2, 3, 5, 6, 8, 9, 11, 12, 14])],
)
def test_a_phone_shows_nine_of_the_first_pictures_up_to_the_last_layers(
    browser: Any, site: Any, count: int, shown: list[int]
) -> None:
    with reading(browser, site, **PHONE) as found:
        page = found.open("index.html")
        seen = page.evaluate(
            """(count) => {
              const wall = document.querySelector(".cg-wall");
              const copy = () => wall.firstElementChild.cloneNode(true);
              const copies = Array.from({ length: count }, copy);
              wall.replaceChildren(...copies);
              return copies.flatMap((each, at) => (each.offsetParent ? [at + 1] : []));
            }""",
            count,
        )
        assert seen == shown
