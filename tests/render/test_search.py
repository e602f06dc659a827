"""Units in the search: what leads to them, in an index of MkDocs' and of Zensical's."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pretend_gallery as pretend
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import SiteError
from generator.render.arranging.catalogue import Catalogue
from generator.render.gallery import Page
from generator.render.pages.search import Findable, _entry, add_to_search, findable

PAGE = {"location": "layers/features-17.html", "title": "Layer 17", "text": "<p>A layer.</p>"}
CARD = Findable(
    "layers/features-17.html#unit-3", "features.17 · filter 3", "dead & gone", ("dead",)
)


def an_index(built: Path, name: str = "search/search_index.json", key: str = "docs") -> Path:
    index = built / name
    index.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"config": {"lang": ["en"]}, key: [PAGE]})
    index.write_text(content, encoding="utf-8")
    index.with_suffix(".js").write_text(f"var __index = {content}", encoding="utf-8")
    return index


@pytest.mark.parametrize(
    ("name", "key"), [("search/search_index.json", "docs"), ("search.json", "items")]
)
def test_a_card_is_added_to_the_index_and_to_its_script(
    tmp_path: Path, name: str, key: str
) -> None:
    index = an_index(tmp_path, name, key)
    add_to_search(tmp_path, [CARD])
    content = json.loads(index.read_text(encoding="utf-8"))
    assert content["config"] == {"lang": ["en"]}
    assert content[key] == [
        PAGE,
        {
            "location": "layers/features-17.html#unit-3",
            "title": "features.17 · filter 3",
            "text": "<p>dead &amp; gone</p>",
            "tags": ["dead"],
        },
    ]
    script = index.with_suffix(".js").read_text(encoding="utf-8")
    assert json.loads(script.removeprefix("var __index = ")) == content


def test_a_page_that_is_listed_already_only_gets_its_tags(tmp_path: Path) -> None:
    index = an_index(tmp_path)
    add_to_search(tmp_path, [Findable(PAGE["location"], "Another title", tags=("conv 8",))])
    content = json.loads(index.read_text(encoding="utf-8"))
    assert content["docs"] == [{**PAGE, "tags": ["conv 8"]}]


def test_a_site_without_a_search_is_left_alone(tmp_path: Path) -> None:
    add_to_search(tmp_path, [CARD])
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_is_none_is_named(tmp_path: Path) -> None:
    an_index(tmp_path).write_text("{}", encoding="utf-8")
    with pytest.raises(SiteError, match=r"search's index 'search/search_index\.json' is no index"):
        add_to_search(tmp_path, [CARD])


def test_a_cards_words_hold_no_figures_which_would_be_taken_for_filters() -> None:
    facts = {"activation": 40.0, "robust": 36.0, "rank": 7, "photo": 1.0, "photos": 4, "flags": []}
    layer = pretend.vgg_layers()[17]
    page = Page(
        "maximization",
        "Made",
        "maximization.md",
        (pretend.section("maximization", [pretend.picture(layer, 5, facts=facts)]),),
    )
    found = findable(Catalogue(pretend.gallery(pages=(page,))))
    (card,) = [place for place in found if place.location.endswith("#unit-5")]
    assert (card.title, card.text) == ("features.17:5", "stable")


@given(st.text())
def test_whatever_a_text_holds_it_is_a_text(text: str) -> None:
    place = Findable("a.html#b", text, text, (text,))
    entry = _entry(place)
    for shown in (entry["title"], entry["text"][3:-4], *entry["tags"]):
        assert not set(shown) & set("<>\"'")
        assert "".join(html.unescape(shown).split()) == "".join(
            c for c in text if c.isprintable() and not c.isspace()
        )


def test_layers_are_found_by_their_place_and_units_by_layer_number_and_flag() -> None:
    gallery = pretend.gallery()
    found = findable(Catalogue(gallery))
    places = {place.location: place for place in found}
    layer = next(each for each in gallery.shown_layers if each.name == "features.17")
    assert places["layers/features-17.html"].tags == (f"conv {layer.ordinal}",)
    assert places["layers/features-17.html#unit-220"].title == "features.17:220"
    titles = [place.title for place in places.values() if "#unit-" in place.location]
    assert not [title for title in titles if "filter" in title.lower()], "it would find them all"
    assert len(places) == len(found)


def test_of_two_numbers_that_start_alike_the_shorter_weighs_more() -> None:
    numbers = {2: 0.0, 22: 0.0, 220: 0.0, 2200: 0.0}
    layer = pretend.vgg_layers()[17]
    made = [pretend.picture(layer, number, src=f"{number}.webp") for number in numbers]
    page = Page("maximization", "Made", "maximization.md", (pretend.section("maximization", made),))
    for place in findable(Catalogue(pretend.gallery(pages=(page,)))):
        if "#unit-" in place.location:
            numbers[int(place.location.rpartition("-")[2])] = _entry(place).get("boost", 1)
    assert numbers[2] > numbers[22] > numbers[220] > numbers[2200] > 1, "a page"


def test_a_dead_unit_is_labelled_so() -> None:
    layer = pretend.vgg_layers()[17]
    facts = {"activation": 0.0, "peak": 0.0, "attempts": 2, "flags": ["dead"]}
    dead = pretend.picture(layer, 5, facts=facts)
    page = Page(
        "maximization", "Made", "maximization.md", (pretend.section("maximization", [dead]),)
    )
    gallery = pretend.gallery(pages=(page,))
    card = next(each for each in findable(Catalogue(gallery)) if each.location.endswith("#unit-5"))
    assert card.tags == ("dead",)
    assert card.text == "silent from both starts"
