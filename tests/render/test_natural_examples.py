"""Natural examples on the page and in a layer's data: which piece is where, and in which words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pretend_gallery import gallery, picture, section, shown, vgg_layers
from test_pages import read

from generator.render.arranging import exemplars
from generator.render.arranging.catalogue import Catalogue
from generator.render.arranging.faces import last_faced, pieces
from generator.render.data_files.layer_data import layer_data
from generator.render.gallery import Gallery, Page, Shown
from generator.render.pages.templates import render_pages

LAYERS = vgg_layers()
CONV, RELU = LAYERS[0], LAYERS[1]
HOSTILE = "<script>alert('x')</script> | `a` *b* \u202eR\u2066 😀"


def piece(name: str, value: float) -> dict[str, Any]:
    return {"picture": name, "value": value, "box": [0, 0, 1, 1]}


def strip(layer=RELU, **facts: Any) -> Shown:
    """Three pieces of 96 pixels: two that drive filter 5 most, one that drives it least."""
    known = {
        "top": [piece("aa", 31.25), piece("bb", 4.5)],
        "bottom": [piece("aa", 0.0)],
        "titles": {"aa": "Chelsea", "bb": HOSTILE},
        "whole": False,
        "pictures": 1200,
        "histogram": {"edges": [-(2**-8), 2**-8, 1.0, 2.0], "counts": [96, 3, 1]},
    }
    return shown(
        "pictures/features-1/exemplars-5-exemplars.0123abcd.webp",
        "exemplars",
        "exemplars",
        layer=layer,
        channel=5,
        width=288,
        height=96,
        facts={**known, **facts},
    )


def with_examples(*examples: Shown, made: Shown | None = None) -> Gallery:
    natural = section("exemplars", list(examples))
    others = section("maximization", [made] if made else [])
    pages = (
        Page("exemplars", "Natural examples", "exemplars.md", (natural,)),
        Page("maximization", "Made", "maximization.md", (others,)),
    )
    return gallery(pages=pages, shown_layers=(CONV, RELU))


def test_each_piece_is_a_tile_of_the_strip() -> None:
    top, bottom = (exemplars.crops(strip(), side) for side in ("top", "bottom"))
    assert [(crop.tile.left, crop.tile.width) for crop in [*top, *bottom]] == [
        (0, 96),
        (96, 96),
        (192, 96),
    ]
    assert [(crop.title, crop.says) for crop in [*top, *bottom]] == [
        ("Chelsea", "31.2"),
        (HOSTILE, "4.5"),
        ("Chelsea", "silent here"),
    ]
    assert bottom[0].alt == "A piece of Chelsea, to which the filter is silent"


def test_zero_is_a_value_like_others_before_a_relu() -> None:
    (crop,) = exemplars.crops(strip(CONV), "bottom")
    assert (crop.says, crop.silent) == ("0", False)
    zero = [piece("aa", 2.0), piece("bb", 0.0)]
    assert len(exemplars.crops(strip(CONV, top=zero), "top")) == 2
    assert "Only" not in exemplars.remark(strip(CONV, top=zero))


def test_what_does_not_drive_a_filter_is_not_among_what_drives_it_most() -> None:
    found = strip(top=[piece("aa", 2.0), piece("bb", 0.0)])
    assert [crop.says for crop in exemplars.crops(found, "top")] == ["2"]
    (least,) = exemplars.crops(found, "bottom")
    assert least.tile.left == 192, "the place in the file is as before"


BEYOND = piece("aa", 0.0) | {"box": [-0.2, 0.5, 0.3, 1.0]}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "From 1,200 photos. Each piece is what the filter sees at that place."),
        ({"top": [piece("aa", 2.0)] * 2}, "One photo may give several."),
        ({"bottom": [BEYOND]}, "at that place. What lies outside a photo is striped."),
        ({"pictures": 1}, "From one photo."),
        ({"whole": True}, "Photos are shown whole"),
        ({"top": [piece("aa", 2.0), piece("bb", 0.0)]}, "Only one piece that drives it was found."),
        (
            {"top": [piece("aa", 2.0)] * 5 + [piece("bb", 0.0)] * 4, "whole": True},
            "From 1,200 photos. Only 5 pieces that drive it were found. Photos are shown whole",
        ),
        (
            {"top": [piece("aa", 0.0)] * 2},
            "Nothing in these photos drives it: these pieces are picked at random.",
        ),
        ({"top": [piece("aa", 0.0)] * 2, "bottom": []}, "Nothing in these photos drives it."),
    ],
)
def test_the_sentence_says_what_the_pieces_are(facts: dict[str, Any], words: str) -> None:
    assert words in exemplars.sentence(strip(**facts))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            {"peak": 700.0},
            "The strongest drives it to 31.2; the picture made for it, to 700 in one",
        ),
        ({"peak": 20.0}, "at that place. One photo may give several."),
        ({}, "at that place. One photo may give several."),
    ],
)
def test_the_strongest_piece_is_held_beside_the_made_picture(
    made: dict[str, Any], words: str
) -> None:
    said = exemplars.sentence(strip(top=[piece("aa", 31.2)] * 2), made)
    assert words in said and said.endswith(("place.", "several."))


def test_the_histogram_of_a_rectified_layer_starts_at_zero_and_says_how_often() -> None:
    found = exemplars.histogram(strip())
    assert found == {
        "edges": [0.0, 2**-8, 1.0, 2.0],
        "counts": [96, 3, 1],
        "words": "It answers at 4% of 100 evenly spread places in 1,200 photos.",
    }
    signed = exemplars.histogram(strip(CONV))
    assert signed is not None
    assert (signed["edges"][0], signed["words"]) == (-(2**-8), "")
    assert exemplars.histogram(strip(histogram={"edges": [], "counts": []})) is None


def test_a_histogram_of_zeros_alone_is_words() -> None:
    zeros = {"edges": [-(2**-8), 2**-8], "counts": [784]}
    found = exemplars.histogram(strip(histogram=zeros, top=[piece("aa", 0.0)]))
    assert found == {"edges": [], "counts": [], "words": "0 at every place of 1,200 photos."}
    found = exemplars.histogram(strip(histogram=zeros))
    assert found is not None
    assert found["words"] == "Nearer to 0 than 0.00391 at all places that were counted."


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3).filter(any))
def test_the_share_is_in_words_for_any_counts(counts: list[int]) -> None:
    edges = [-(2**-8), 2**-8, 1.0, 2.0]
    found = exemplars.histogram(strip(histogram={"edges": edges, "counts": counts}))
    assert found is not None
    share = r"(none|less than 0\.1%|[0-9.]+%)"
    places = "[0-9,]+ evenly spread places in 1,200 photos"
    whole = "1,200 photos"  # of a layer that gives one value a photo
    assert re.fullmatch(
        f"It answers (at {share} of {places}|to {share} of {whole})\\.", found["words"]
    )


def test_of_a_layer_without_maps_photos_are_counted() -> None:
    counts = {"edges": [-(2**-8), 2**-8, 1.0], "counts": [900, 300]}
    found = exemplars.histogram(strip(histogram=counts))
    assert found is not None and found["words"] == "It answers to 25% of 1,200 photos."


def test_a_filter_s_heading_gives_its_layer_s_name_once() -> None:
    for name, expected in (("conv1", "conv1 · filter 5"), ("1", "Layer 1 · filter 5 1")):
        named = strip(replace(RELU, name=name))
        page = render_pages(Catalogue(with_examples(named)), overrides=None)["exemplars.md"]
        (heading,) = re.findall(r"<h3>(.*?)</h3>", page)
        assert re.sub(r"<.*?>", "", heading) == expected


def test_the_page_shows_every_piece_beside_the_picture_made_for_the_filter() -> None:
    made = picture(RELU, 5)
    pages = render_pages(Catalogue(with_examples(strip(), made=made)), overrides=None)
    content = pages["exemplars.md"]
    assert content.count("exemplars-5-exemplars.0123abcd.webp") == 3
    assert "object-position:-192px -0px" in content
    assert made.src in content and f'href="{made.src}"' not in content, "it leads to the card"
    assert 'href="layers/features-1.html#unit-5"' in content
    assert "silent here" in content
    assert "<script>alert" not in content


def test_how_to_read_them_is_said_where_there_are_any() -> None:
    pages = render_pages(Catalogue(with_examples(strip())), overrides=None)
    for path in ("exemplars.md", "reading.md"):
        assert "Only these photos were searched" in read(pages[path]).text
    assert "reading.html#natural" in read(pages["exemplars.md"]).values("href")
    assert "#natural" in read(pages["reading.md"]).values("href")
    assert "natural" not in "".join(
        read(render_pages(Catalogue(gallery()), overrides=None)["reading.md"]).values("href")
    )


def test_how_many_photos_there_were_is_said_once_unless_layers_had_more_or_fewer() -> None:
    pages = [
        render_pages(Catalogue(with_examples(strip(), strip(CONV, pictures=count))), overrides=None)
        for count in (1200, 1199)
    ]
    same, apart = (page["exemplars.md"] for page in pages)
    assert same.count("1,200 photos") == 1 and "All examples come from 1,200 photos." in same
    assert "All examples" not in apart and "From 1,200 photos." in apart


def test_a_filter_without_a_picture_is_shown_by_its_strongest_piece() -> None:
    pages = render_pages(Catalogue(with_examples(strip())), overrides=None)
    content = pages["layers/features-1.md"]
    assert "The piece of a photo that most drives filter 5" in content
    silent = with_examples(strip(top=[piece("aa", 0.0)]))
    pages = render_pages(Catalogue(silent), overrides=None)
    content = pages["layers/features-1.md"]
    assert "A piece of a photo; nothing in these photos drives filter 5" in content
    assert "no photo drives it" in content and "most drives" not in content


def test_the_open_card_is_given_the_pieces_as_tiles() -> None:
    found = with_examples(strip())
    (unit,) = layer_data(RELU, Catalogue(found))["units"]
    assert [crop["tile"] for crop in unit["exemplars"]["top"]] == [[0, 0, 0], [0, 96, 0]]
    assert unit["exemplars"]["bottom"][0]["says"] == "silent here"
    assert unit["histogram"]["counts"] == [96, 3, 1]


def test_a_picture_that_is_not_known_any_more_has_a_title_all_the_same() -> None:
    crops = exemplars.crops(replace(strip(), facts={**strip().facts, "titles": {}}), "top")
    assert crops[0].title == "a picture"


def test_a_layer_with_natural_examples_alone_has_them_for_a_face() -> None:
    weaker = replace(strip(top=[piece("aa", 2.0)], bottom=[]), channel=7, src="weaker.webp")
    found = with_examples(weaker, strip())
    catalogue = Catalogue(found)
    assert [piece.value for piece in pieces(catalogue, RELU, 4)] == [31.25, 2.0]
    assert [piece.value for piece in pieces(catalogue, RELU, 1)] == [31.25]
    assert last_faced(catalogue) == RELU
    pages, alt = render_pages(Catalogue(found), overrides=None), "A piece of Chelsea, to which"
    for path, times in (("index.md", 3), ("layers/index.md", 2)):  # once more for its bar's own
        assert pages[path].count(f'class="cg-tile" role="img" aria-label="{alt}') == times
    assert pieces(Catalogue(with_examples(strip(), made=picture(RELU, 5))), RELU, 4) == []
