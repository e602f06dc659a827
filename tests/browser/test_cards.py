"""A layer's page in a browser: cards that sort, filter and open, by mouse, keyboard and finger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tiny_project
from offline_reader import Reader, given_up, reading

pytestmark = pytest.mark.browser

REST = "layers/1.html"  # a ReLU's, with maps, and the kernels of the convolution before it
MADE = "layers/3.html"  # has pictures made for its filters 0 to 3, and sheets
BARE = "layers/0.html"  # has sheets alone

CONFIG = (
    tiny_project.CONFIG.split("visualizations:")[0]
    + """\
visualizations:
  - {kind: kernels, layers: "conv:*"}
  - {kind: activations, layers: ["conv:*", "1"]}
  - {kind: maximization, layers: "conv:2", filters: "0-3", size: 176, steps: 4, sketch_steps: 6}
  - {kind: maximization, layers: "conv:2", filters: 1, size: 32, steps: 5, preset: classic}
  - {kind: convolution, layers: "conv:1", filters: 5}
  - {kind: exemplars, layers: "conv:2", filters: "0-3"}
"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_project.write(tmp_path_factory.mktemp("cards"), CONFIG)
    tiny_project.build(folder)
    return folder / "site"


@pytest.fixture
def reader(browser: Any, site: Path) -> Iterator[Reader]:
    with reading(browser, site) as found:
        yield found
        assert found.left_the_folder() == []
        assert found.complaints == []


CARDS = """[...document.querySelectorAll('.cg-units figure')]
  .filter(card => card.checkVisibility()).map(card => card.id)"""


def cards(page: Any) -> list[str]:
    """The cards that are there, in their order."""
    return [str(name) for name in page.evaluate(CARDS)]


def become(page: Any, wanted: list[str]) -> None:
    """Wait until the cards that are there are these, in this order."""
    page.wait_for_function(f"wanted => String({CARDS}) === String(wanted)", arg=wanted)


def counts(page: Any, words: str) -> None:
    """Wait until so many cards are said to be shown."""
    page.wait_for_function(
        "words => document.querySelector('.cg-count').textContent === words", arg=words
    )


def opened(page: Any, wanted: str = "Filter ") -> None:
    """Wait until a card is open: this one."""
    page.locator("dialog[open] h2", has_text=re.compile(rf"^{wanted}")).wait_for()


def closed(page: Any) -> None:
    """Wait until no card is open, and none stands in the address."""
    page.wait_for_selector("dialog[open]", state="hidden")
    page.wait_for_function("!location.hash.includes('unit-')")


def focused(page: Any) -> str:
    """The card in which the focus is."""
    return str(page.evaluate("document.activeElement.closest('figure')?.id ?? ''"))


def test_a_card_opens_and_back_forward_and_reload_keep_it(reader: Reader) -> None:
    page = reader.open(MADE)
    page.click("#unit-1 a.cg-mat")
    opened(page, "Filter 1")
    page.wait_for_url("**/layers/3.html#unit-1")
    page.go_back()
    closed(page)
    page.wait_for_url("**/layers/3.html")
    page.go_forward()
    opened(page, "Filter 1")
    page.reload()
    opened(page, "Filter 1")
    page.go_back()
    closed(page)


def test_a_press_on_its_words_opens_a_card_and_selecting_them_does_not(reader: Reader) -> None:
    page = reader.open(MADE)
    words = page.locator("#unit-1 .cg-shows")
    words.scroll_into_view_if_needed()
    box = words.bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 5)
    page.mouse.up()
    assert page.evaluate("String(getSelection()).length") > 3
    words.click(modifiers=["Shift"])
    page.wait_for_timeout(200)
    assert page.locator("dialog[open]").count() == 0
    page.evaluate("getSelection().empty()")
    page.locator("#unit-1 .cg-is").click()
    opened(page, "Filter 1")
    page.keyboard.press("Escape")
    closed(page)
    assert focused(page) == "unit-1"
    stops = "document.querySelectorAll('.cg-units :is(a, button, [tabindex])').length"
    assert page.evaluate(stops) == len(cards(page)), "one tab stop a card"


def test_a_permalink_opens_its_card_and_closing_stays_on_the_page(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-2")
    opened(page, "Filter 2")
    page.keyboard.press("Escape")
    closed(page)
    page.wait_for_url("**/layers/3.html")
    assert focused(page) == "unit-2"


def test_a_filter_without_a_card_is_said_to_have_none(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-99")
    said = page.locator("[role=status]", has_text="Filter 99")
    said.wait_for()
    words = "Filter 99 has no card on this page. These have one: 0, 1, 2, 3."
    assert said.inner_text() == words
    assert page.evaluate("document.activeElement.textContent") == words
    page.evaluate("location.hash = '#unit-2'")
    opened(page, "Filter 2")
    assert said.count() == 0


def test_closing_a_card_that_is_not_among_those_found_goes_to_one_that_is(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-1&find=2-3")
    opened(page)
    page.keyboard.press("Escape")
    closed(page)
    assert focused(page) == "unit-2"
    page.evaluate("location.hash = '#unit-1&find=nothing'")
    opened(page)
    counts(page, "0 of 4 shown")
    page.keyboard.press("Escape")
    closed(page)
    assert page.evaluate("document.activeElement.name") == "find"


def test_the_keyboard_alone_opens_walks_and_closes(reader: Reader) -> None:
    page = reader.open(MADE)
    page.focus("#unit-1 a.cg-mat")
    page.keyboard.press("Enter")
    opened(page, "Filter 1")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**#unit-2")
    opened(page, "Filter 2")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**#unit-0")
    page.keyboard.press("ArrowLeft")  # there is none before
    opened(page, "Filter 0")
    page.keyboard.press("Escape")
    closed(page)
    assert focused(page) == "unit-0"
    page.wait_for_url("**/layers/3.html")


def test_walking_follows_the_order_of_the_cards(reader: Reader) -> None:
    page = reader.open(f"{MADE}#find=0,2-3")
    page.wait_for_function("document.querySelector('.cg-count').textContent")
    assert cards(page) == ["unit-0", "unit-2", "unit-3"]
    page.click("#unit-0 a.cg-mat")
    opened(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**#unit-2&find=*")
    opened(page, "Filter 2")


def test_a_finger_walks_and_scrolling_does_not(browser: Any, site: Path) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    with reading(browser, site, **phone) as found:
        page = found.open(f"{MADE}#unit-1")
        opened(page)
        touch = page.context.new_cdp_session(page)

        def drag(across: int, down: int) -> None:
            for at, kind in enumerate(("touchStart", "touchMove", "touchMove", "touchEnd")):
                spot = {"x": 250 + across * at / 2, "y": 300 + down * at / 2}
                points = [] if kind == "touchEnd" else [spot]
                touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        drag(0, -120)
        page.wait_for_timeout(200)
        opened(page, "Filter 1")
        drag(-160, 0)
        opened(page, "Filter 2")
        drag(160, 0)
        opened(page, "Filter 1")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= 360
        assert found.complaints == []


def test_cards_sort_by_score_and_by_what_a_photo_drives_most(reader: Reader) -> None:
    page = reader.open(MADE)
    by_number = cards(page)
    for way, mark in (("robust", "u => u.scores.robust"), ("active", "u => u.maps[0].peak")):
        page.select_option("[name=sort]", way)
        page.wait_for_url(f"**sort={way}*")
        page.wait_for_function("cnnGallery.cards.layer")
        values = page.evaluate(
            f"cnnGallery.cards.order.map(n => ({mark})(cnnGallery.cards.layer.byChannel.get(n)))"
        )
        assert values == sorted(values, reverse=True)
    page.select_option("[name=sort]", "number")
    become(page, by_number)
    page.wait_for_url("**/layers/3.html")


def test_what_is_shown_stands_in_the_address_and_comes_back(reader: Reader) -> None:
    page = reader.open(MADE)
    page.select_option("[name=show]", "map")
    page.wait_for_selector("#unit-0 .cg-tile")
    assert "Activation map" in str(page.locator("#unit-0 .cg-tile").get_attribute("aria-label"))
    assert "peak" in page.locator("#unit-0").inner_text()
    page.reload()
    page.wait_for_selector("#unit-0 .cg-tile")
    assert page.input_value("[name=show]") == "map"
    page.select_option("[name=show]", "kernel")
    page.wait_for_selector("#unit-0 [aria-label^=Kernel]")
    page.select_option("[name=show]", "picture")
    page.wait_for_selector("#unit-0 img")
    page.wait_for_url("**/layers/3.html")


def test_cards_of_maps_say_over_which_range_and_the_sentence_follows(reader: Reader) -> None:
    page = reader.open(MADE)
    sentence, scale = page.locator(".cg-showing"), page.locator(".cg-scale")
    usual = sentence.inner_text()
    assert usual.startswith("Each picture was made") and not scale.is_visible()
    page.select_option("[name=show]", "map")
    scale.wait_for()
    assert scale.inner_text().startswith("Each map is drawn over its own range: compare the peaks")
    assert scale.locator(".cg-ramp").is_visible()
    photo = scale.get_by_alt_text("The photo Stripes <b>")
    page.wait_for_function("photo => photo.naturalWidth > 0", arg=photo.element_handle())
    assert (
        sentence.inner_text()
        == "Each card shows a filter\u2019s map of Stripes <b>; open one for more."
    )
    page.select_option("[name=show]", "kernel")
    page.wait_for_selector("#unit-0 [aria-label^=Kernel]")
    assert scale.inner_text().startswith("One scale for all kernels.")
    assert photo.count() == 0
    assert "kernel, the first of its 6 planes; open" in sentence.inner_text()
    page.select_option("[name=show]", "picture")
    page.wait_for_selector("#unit-0 img")
    assert sentence.inner_text() == usual and not scale.is_visible()


def test_a_template_without_the_sentence_and_the_key_has_cards_that_work(reader: Reader) -> None:
    reader.without(".cg-showing, .cg-scale")
    page = reader.open(MADE)
    for what, seen in (("map", ".cg-tile"), ("kernel", "[aria-label^=Kernel]"), ("picture", "img")):
        page.select_option("[name=show]", what)
        page.wait_for_selector(f"#unit-0 {seen}")
    page.click("#unit-1 a.cg-mat")
    opened(page, "Filter 1")


def test_a_silent_map_is_dimmed_and_has_words_in_place_of_a_peak_and_a_key(reader: Reader) -> None:
    page = reader.open(MADE)
    page.evaluate(
        """async () => {
          const layer = await cnnGallery.load("3", "..");
          layer.byChannel.get(1).maps[0].peak = 0;
        }"""
    )
    page.select_option("[name=show]", "map")
    silent = page.locator("#unit-1.cg-dim", has_text="silent on this photo")
    silent.wait_for()
    assert page.locator(".cg-units .cg-dim").count() == 1
    page.fill("[name=find]", "silent")
    counts(page, "1 of 4 shown")
    silent.locator("a.cg-mat").click()
    opened(page)
    answer = page.locator("dialog .cg-answer")
    assert "silent on this photo" in answer.inner_text() and answer.locator(".cg-key").count() == 0


def test_what_is_said_to_be_shown_at_first_is_shown(reader: Reader) -> None:
    page = reader.open(REST)
    assert page.input_value("[name=show]") == "map"
    seen = page.locator("#unit-0 .cg-tile")
    assert "Activation map" in str(seen.get_attribute("aria-label"))
    page.select_option("[name=show]", "kernel")
    page.wait_for_selector("#unit-0 [aria-label^='Kernel of filter 0 of 0']")


def test_another_method_shows_its_pictures_and_says_where_there_is_none(reader: Reader) -> None:
    page = reader.open(MADE)
    usual = page.get_attribute("#unit-1 img", "src")
    page.select_option("[name=method]", "classic")
    page.wait_for_selector("#unit-0 .cg-none")
    assert page.get_attribute("#unit-1 img", "src") != usual


def test_cards_without_what_is_shown_say_so_and_come_last_at_the_same_size(reader: Reader) -> None:
    page = reader.open(MADE)
    before = page.locator("#unit-0 .cg-mat").bounding_box()
    page.select_option("[name=method]", "classic")
    page.locator("#unit-0", has_text="not made").wait_for()
    assert cards(page) == ["unit-1", "unit-0", "unit-2", "unit-3"]
    after = page.locator("#unit-0 .cg-mat").bounding_box()
    for side in ("width", "height"):
        assert after[side] == pytest.approx(before[side], abs=0.5)
    said = page.locator(".cg-showing").inner_text()
    assert "by the method chosen" in said
    assert said.endswith("3 of these have none, and come last.")
    page.select_option("[name=method]", "fourier")
    page.wait_for_selector("#unit-0 img")
    assert cards(page) == ["unit-0", "unit-1", "unit-2", "unit-3"]
    assert "come last" not in page.locator(".cg-showing").inner_text()


def test_a_photo_or_a_method_that_is_chosen_is_shown(reader: Reader) -> None:
    page = reader.open(MADE)
    page.dispatch_event("[name=photo]", "input")
    page.wait_for_selector("#unit-0 [aria-label^='Activation map']")
    assert page.input_value("[name=show]") == "map"
    page.select_option("[name=method]", "classic")
    page.wait_for_selector("#unit-1 img")
    assert page.input_value("[name=show]") == "picture"
    page.select_option("[name=sort]", "active")  # for which a photo matters, whatever is shown
    page.dispatch_event("[name=photo]", "input")
    assert page.input_value("[name=show]") == "picture"


def test_where_no_card_is_left_it_is_said_and_all_come_back_on_a_press(reader: Reader) -> None:
    page = reader.open(f"{MADE}#show=kernel&sort=robust&find=0")
    page.wait_for_function("document.querySelector('.cg-count').textContent === '1 of 4 shown'")
    said = page.get_by_text("No filter on this page matches.")
    assert not said.is_visible()
    page.fill("[name=find]", "no such words")
    said.wait_for()
    page.check("[name=flagged]")
    page.get_by_role("button", name="Show all").press("Enter")
    said.wait_for(state="hidden")
    assert len(cards(page)) == 4
    page.wait_for_function("document.activeElement.closest('figure')")
    assert focused(page) == cards(page)[0]
    assert page.url.endswith("#show=kernel&sort=robust"), "only what hid cards is taken back"
    assert page.input_value("[name=find]") == "" and not page.is_checked("[name=flagged]")


def test_cards_are_found_by_words_and_by_flags(reader: Reader) -> None:
    page = reader.open(MADE)
    flagged = page.locator("[data-flags]").evaluate_all("all => all.map(card => card.id)")
    page.check("[name=flagged]")
    become(page, flagged)
    page.uncheck("[name=flagged]")
    page.fill("[name=find]", "no such words")
    counts(page, "0 of 4 shown")
    assert cards(page) == []


def test_another_method_is_sorted_and_found_by_its_own_pictures(reader: Reader) -> None:
    page = reader.open(f"{MADE}#method=classic&sort=robust")
    page.wait_for_selector("#unit-0 .cg-none")
    assert cards(page)[0] == "unit-1", "the only one that has such a picture"
    said = page.locator("#unit-1 .cg-shows").inner_text()
    word = said.split(":")[0].split()[0]
    page.fill("[name=find]", word)
    counts(page, "1 of 4 shown")
    assert cards(page) == ["unit-1"]
    page.fill("[name=find]", "")
    page.check("[name=flagged]")
    become(page, ["unit-1"] if is_flagged(page, "classic") else [])


def test_what_was_cleared_before_its_data_arrived_hides_nothing(reader: Reader) -> None:
    page = reader.open(MADE)
    page.evaluate(
        """() => {
          const {load} = cnnGallery;
          const arrives = new Promise(done => (window.arrive = done));
          cnnGallery.load = (...all) => arrives.then(() => load(...all));
        }"""
    )
    page.fill("[name=find]", "2")
    page.fill("[name=find]", "")
    page.evaluate("arrive()")
    page.wait_for_function("cnnGallery.cards.layer")
    assert len(cards(page)) == 4
    assert page.locator(".cg-count").inner_text() == ""


def test_data_that_is_not_there_is_said_to_be_missing_and_asked_for_again(
    browser: Any, site: Path
) -> None:
    with reading(browser, site) as found:
        page = found.open(MADE)
        page.evaluate("document.querySelector('.cg-units').dataset.layer = 'nowhere'")
        page.click("#unit-1 a.cg-mat")
        said = page.locator("[role=status]", has_text="The data of a layer is not there:")
        said.wait_for()
        page.fill("[name=find]", "2")
        given_up(page, "nowhere")
        page.evaluate("document.querySelector('.cg-units').dataset.layer = '3'")
        page.click("#unit-1 a.cg-mat")
        opened(page, "Filter 1")
        assert said.count() == 0
        (words,) = {each for each in found.complaints if not each.startswith("failed: ")}
        assert "ERR_FILE_NOT_FOUND" in words, "no promise is left unhandled"


def test_that_data_is_missing_is_said_only_while_it_is_wanted(browser: Any, site: Path) -> None:
    with reading(browser, site) as found:
        found.page.route("**/3.data.js", lambda route: route.abort())
        page = found.open(f"{MADE}#unit-1")
        said = page.locator("[role=status]", has_text="The data of a layer is not there:")
        said.wait_for()
        page.wait_for_timeout(200)
        assert said.is_visible(), "the card of the address is still wanted"
        page.evaluate("location.hash = ''")
        said.wait_for(state="detached")
        page.select_option("[name=sort]", "robust")
        said.wait_for()
        page.select_option("[name=sort]", "number")
        said.wait_for(state="detached")


def is_flagged(page: Any, method: str) -> bool:
    """Whether something is wrong with filter 1's picture by a method."""
    flags = f"u => u.pictures.find(p => p.method === '{method}').flags"
    return bool(page.evaluate(f"({flags})(cnnGallery.cards.layer.byChannel.get(1)).length"))


def test_a_card_without_a_picture_by_a_method_says_so_legibly(reader: Reader) -> None:
    page = reader.open(f"{MADE}#method=classic")
    none = page.locator("#unit-0 .cg-none")
    none.wait_for()
    page.evaluate("document.querySelector('#unit-0').classList.add('cg-dim')")
    assert none.evaluate("each => getComputedStyle(each).opacity") == "1"
    page.select_option("[name=method]", "fourier")


def test_an_open_card_has_the_picture_facts_maps_kernel_and_how_to_make_it(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-1")
    opened(page)
    dialog = page.locator("dialog[open]")
    assert dialog.locator(".cg-made article").count() == 2  # side by side, by two methods
    assert dialog.locator(".cg-answer .cg-tile").count() == 1
    assert dialog.locator(".cg-kernel .cg-tile").count() == 1
    assert "One plane of 6: its weights for input channel 0." in dialog.inner_text()
    lines = [line.inner_text() for line in dialog.locator(".cg-line code").all()]
    assert lines[0].startswith(
        "cnn-gallery render maximization --config site_config.yml --unit 3:1"
    )
    assert "--preset classic" in lines[1] and "--steps 5" in lines[1]
    page.wait_for_function("[...document.querySelectorAll('dialog img')].every(i => i.complete)")
    for image in dialog.locator("img").all():
        assert image.evaluate("i => i.naturalWidth") > 0


def test_a_kernel_comes_first_and_at_work_last_where_it_can_be_read(
    browser: Any, site: Path
) -> None:
    with reading(browser, site, viewport={"width": 360, "height": 740}) as found:
        page = found.open(f"{BARE}#unit-5")
        opened(page)
        titles = page.locator("dialog h3").all_inner_texts()
        assert titles[0] == "Its kernel" and titles[1] == "Its maps on the photos"
        assert titles[2].startswith("Stripes <b>, its red channel")
        film = page.locator("dialog .cg-film img")
        assert film.bounding_box()["width"] > 300, "its numbers can be read"
        assert page.evaluate("document.querySelector('dialog').scrollWidth") <= 360
        still = film.get_attribute("src")
        page.locator("dialog .cg-plays").click()
        assert film.get_attribute("src") != still
        page.goto(page.url.replace(f"{BARE}#unit-5", f"{MADE}#unit-1"))
        opened(page)
        assert page.locator("dialog h3").all_inner_texts()[0] == "From a small sketch"
        assert found.complaints == []


def test_what_no_line_makes_again_is_there_to_download(reader: Reader) -> None:
    page = reader.open(f"{BARE}#unit-5")
    opened(page)
    last = page.locator("dialog[open] section").last
    assert last.locator("h3").inner_text() == "Download"
    assert last.locator(".cg-take a").count() == 2 and last.locator("code").count() == 0
    page.goto(page.url.replace(f"{BARE}#unit-5", f"{MADE}#unit-1"))
    opened(page)
    assert page.locator("dialog[open] section").last.locator("h3").inner_text() == "Make it again"


def test_numbers_are_saved_and_the_picture_opens_by_itself(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-1")
    opened(page)
    with page.expect_download() as saved:
        page.locator("dialog[open] .cg-take a", has_text="its numbers").first.click()
    assert saved.value.suggested_filename == "3-1-fourier.json"
    assert json.loads(saved.value.path().read_text(encoding="utf-8"))["channel"] == 1
    with page.context.expect_page() as beside:
        page.locator("dialog[open] .cg-take a", has_text="by itself").first.click()
    beside.value.wait_for_url("**/pictures/3/maximization-1-picture*")
    assert page.url.endswith(f"{MADE}#unit-1"), "the gallery stays where it is"


def test_how_a_picture_emerged_is_played_on_a_press(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-0")
    opened(page)
    image, button = page.locator("dialog .cg-large .cg-mat img"), page.locator("dialog .cg-plays")
    still = image.get_attribute("src")
    button.click()
    assert "steps" in str(image.get_attribute("src"))
    button.click()
    assert image.get_attribute("src") == still


def test_all_steps_by_which_a_picture_emerged_are_in_sight(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-1")
    opened(page)
    page.set_viewport_size({"width": 360, "height": 740})
    strips = page.locator("dialog .cg-emerging")
    strips.first.wait_for()  # there is one to look at
    widths = strips.evaluate_all("all => all.map(s => [s.scrollWidth, s.clientWidth])")
    assert all(whole <= shown for whole, shown in widths)
    steps = strips.first.locator("li").all_inner_texts()
    assert (steps[0], steps[-1]) == ("Start", "Finished")
    assert steps[1:-1] and all(re.fullmatch(r"Step \d+", each) for each in steps[1:-1])
    tiles = strips.first.locator(".cg-tile")
    assert tiles.count() == len(steps) - 2
    places = tiles.evaluate_all("all => all.map(tile => tile.style.backgroundPosition)")
    assert len(set(places)) == len(places), "each shows another step"


def test_the_histogram_marks_zero_and_powers_of_ten_with_room_between(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-1")
    opened(page)
    page.set_viewport_size({"width": 320, "height": 740})
    axis = page.locator("dialog .cg-axis span")
    said = axis.all_inner_texts()
    powers = {"0.01", "0.1", "1", "10", "100", "1,000"}
    assert "0" in said and powers & {each.removeprefix("\u2212") for each in said}
    boxes = [mark.bounding_box() for mark in axis.all()]
    assert all(one["x"] + one["width"] < two["x"] for one, two in pairwise(boxes))
    assert len({mark["height"] for mark in boxes}) == 1, "each on one line"
    assert "logarithm of the count" in page.locator("dialog .cg-histogram").inner_text()


def test_values_that_are_all_zero_are_words_and_no_chart(reader: Reader) -> None:
    page = reader.open(MADE)
    page.evaluate(
        """async () => {
          const layer = await cnnGallery.load("3", "..");
          layer.byChannel.get(1).histogram = {edges: [], counts: [], words: "0 everywhere."};
          location.hash = "#unit-1";
        }"""
    )
    opened(page)
    assert "0 everywhere." in page.locator("dialog .cg-own").inner_text()
    assert page.locator("dialog .cg-histogram").count() == 0


def test_the_line_is_copied(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-0")
    opened(page)
    button = page.locator("dialog .cg-line button")
    button.click()
    page.wait_for_function(
        "document.querySelector('dialog .cg-line button').textContent !== 'Copy'"
    )
    assert button.inner_text() in {"Copied", "Press Ctrl+C"}


def test_arrow_keys_on_the_line_scroll_it_and_do_not_walk(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-0")
    opened(page)
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("dialog .cg-line code").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('dialog .cg-line code').scrollLeft > 0")
    assert page.url.endswith("#unit-0")
    opened(page, "Filter 0")


def test_an_open_card_is_printed_whole_and_alone(reader: Reader) -> None:
    page = reader.open(f"{MADE}#unit-1")
    opened(page)
    page.set_viewport_size({"width": 700, "height": 400})
    page.emulate_media(media="print")
    dialog = page.locator("dialog[open]")
    assert dialog.evaluate("d => d.scrollHeight <= d.clientHeight"), "nothing is cut off"
    assert dialog.evaluate("d => d.clientHeight > innerHeight"), "nor scrolled"
    assert not page.locator(".cg-units").is_visible()
    assert dialog.locator("button:visible, .cg-unit-ways:visible").count() == 0
    backdrop = "d => getComputedStyle(d, '::backdrop').display"
    assert dialog.evaluate(backdrop) == "none"
    page.emulate_media(media="screen")
    assert page.locator(".cg-units").is_visible()


def test_closing_lets_go_of_what_was_open(reader: Reader) -> None:
    page = reader.open(MADE)
    for channel in (0, 1, 2, 3):
        page.click(f"#unit-{channel} a.cg-mat")
        opened(page)
        page.click("dialog [aria-label=Close]")
        closed(page)
    assert page.evaluate("document.querySelector('dialog').childElementCount") == 0
    assert page.evaluate("document.querySelectorAll('script[src$=\".data.js\"]').length") == 1


def test_data_is_read_when_it_is_first_wanted(reader: Reader) -> None:
    page = reader.open(MADE)
    page.wait_for_timeout(300)
    assert not [url for url in reader.requests if url.endswith(".data.js")]
    page.hover(".cg-controls")
    page.wait_for_function("cnnGallery.cards.layer")
    assert len([url for url in reader.requests if url.endswith(".data.js")]) == 1


def test_a_layer_with_sheets_alone_has_a_card_for_each_filter(reader: Reader) -> None:
    page = reader.open(BARE)
    assert len(cards(page)) == 6
    assert page.locator(".cg-units .cg-tile").first.evaluate("t => t.clientWidth > 50")
    page.click("#unit-5 a.cg-mat")
    opened(page, "Filter 5")


LARGE = "document.documentElement.style.fontSize = '250%'"  # twice the theme's own


def test_large_letters_fit_the_head_of_an_open_card_on_a_phone(browser: Any, site: Path) -> None:
    with reading(browser, site, viewport={"width": 360, "height": 740}) as found:
        page = found.open(f"{MADE}#unit-1")
        opened(page)
        corner = page.locator("dialog [aria-label=Close]").bounding_box()
        assert corner["x"] + corner["width"] > 330 and corner["y"] < 20, "in the corner"
        page.evaluate(LARGE)
        compare = page.locator("dialog .cg-unit-ways a").bounding_box()
        assert compare["width"] > compare["height"], "its word is in one piece"
        for button in page.locator("dialog button").all():
            box = button.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 360


def test_the_marked_bar_of_a_long_network_is_in_the_middle_and_all_bars_are_printed(
    browser: Any, site: Path
) -> None:
    sheet = (site / "assets" / "cnn-gallery.css").read_text(encoding="utf-8")
    long = f"{sheet} .md-typeset ol.cg-network li {{ min-width: 40rem }}"
    with reading(browser, site) as found:
        found.page.route("**/cnn-gallery.css", lambda route: route.fulfill(body=long))
        page = found.open(REST)
        strip, bar = (page.locator(place).bounding_box() for place in (".cg-network", ".cg-now"))
        assert page.locator(".cg-network").evaluate("s => s.scrollWidth > 2 * s.clientWidth")
        middles = [box["x"] + box["width"] / 2 for box in (strip, bar)]
        assert middles[0] == pytest.approx(middles[1], abs=2)
        assert page.evaluate("scrollY") == 0
        page.emulate_media(media="print")
        cut = "s => s.scrollWidth > s.clientWidth || s.scrollLeft > 0"
        assert not page.locator(".cg-network").evaluate(cut), "on paper all bars are there, in rows"


def test_the_networks_bars_are_seen_in_the_readers_own_colours(browser: Any, site: Path) -> None:
    with reading(browser, site, forced_colors="active") as found:
        page = found.open(MADE)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        bars = page.locator(".cg-network i").all()
        colours = {bar.evaluate("b => getComputedStyle(b).backgroundColor") for bar in bars}
        assert bars and ground not in colours


def test_without_scripts_the_page_is_a_plain_gallery(browser: Any, site: Path) -> None:
    with reading(browser, site, java_script_enabled=False) as found:
        page = found.open(MADE)
        assert not page.locator(".cg-controls").is_visible()
        for channel in range(4):
            link = page.locator(f"#unit-{channel} a.cg-mat")
            assert (site / "layers" / str(link.get_attribute("href"))).resolve().is_file()
        assert "-small." in str(page.get_attribute("#unit-0 img", "src"))
        assert page.locator("#kernels").is_visible() and page.locator("#maps").is_visible()
