"""What maximisation pictures are worth, and how they were made, in words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pretend_gallery as pretend
import pytest

from generator.render.arranging.catalogue import Catalogue
from generator.render.arranging.grouping import methods, tables
from generator.render.gallery import Page, Shown
from generator.render.pages.templates import render_pages
from generator.render.wording import captions, worth
from generator.visualizations.maximization.presets import PRESETS

GOOD: dict[str, Any] = {
    "activation": 113.0,
    "robust": 101.5,
    "rank": 1,
    "start": 0.52,
    "fine": 1.2,
    "saturated": 0.02,
    "photo": 36.4,
    "photos": 4,
    "agreement": 0.934,
    "flags": [],
    "attempts": 1,
}
LAYER = pretend.vgg_layers()[3]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "strong and stable · 3.1× the best of 4 photos"),
        ({"robust": 80.0}, "strong, weaker when shifted · 3.1× the best of 4 photos"),
        ({"rank": 3}, "stable; 2 others answer more · 3.1× the best of 4 photos"),
        (
            {"rank": 2, "robust": 80.0, "photo": None},
            "weaker when shifted; one other answers more",
        ),
        ({"photo": 1.14}, "strong and stable · 99× the best of 4 photos"),
        ({"photo": 1.12}, "strong and stable · over 100× the best of 4 photos"),
        ({"photos": 1}, "strong and stable · 3.1× the only photo"),
        ({"photo": 0.0}, "strong and stable · mean ≤ 0 on all 4 photos"),
        ({"photo": -3.0, "photos": 1}, "strong and stable · mean ≤ 0 on the only photo"),
        ({"photo": None}, "strong and stable"),
        ({"activation": 0.0, "flags": ["dead"], "attempts": 3}, "silent from all 3 starts"),
        ({"activation": -0.5, "flags": ["dead"]}, "silent from one start"),
        ({"activation": 0.0, "flags": ["dead"], "attempts": 2}, "silent from both starts"),
        (
            {"activation": -0.5, "peak": 3.0, "flags": ["weak"]},
            "weak: above zero in places only",
        ),
        ({"activation": -0.25, "attempts": None}, "Silent: \u22120.25 at best"),
        (
            {"robust": 53.1, "flags": ["fragile"]},
            "fragile: a small shift costs 53% · 3.1× the best of 4 photos",
        ),
        ({"coarse": True}, "coarse so far · strong and stable · 3.1× the best of 4 photos"),
        ({"coarse": True, "activation": 0.0, "flags": ["dead"]}, "coarse so far · still silent"),
        (
            {"flags": ["noisy", "saturated"], "saturated": 0.314},
            "noisy: far finer than photos, saturated: 31% at 0 or 255 · 3.1× the best of 4 photos",
        ),
    ],
)
def test_a_verdict_says_what_the_scores_say(changes: dict[str, Any], words: str) -> None:
    assert worth.verdict({**GOOD, **changes}) == words


def test_a_coarse_picture_is_called_so_first() -> None:
    said = worth.sentence({**GOOD, "coarse": True}, 256)
    assert said.startswith("Coarse so far: the build was short of time, and a later one goes on. S")
    assert said.endswith(worth.sentence(GOOD, 256))


def test_a_recipe_of_few_steps_counts_them_as_one_does() -> None:
    known = {"sketch": 64, "sketch_steps": 13, "size": 112, "steps": 1, "preset": "fourier"}
    assert any("refined as a whole with 1 more step." in step for step in worth.recipe(known))
    few = {"steps": 9, "keep_every": 1, "learning_rate": 0.1, "parametrisation": "pixels"}
    assert any("9 times, and keep the picture each time." in step for step in worth.recipe(few))


def test_the_numbers_behind_it() -> None:
    expected = "0.52 → 113, shifted 102 · agreement 0.93"
    assert worth.scores(GOOD) == expected
    assert worth.scores({"activation": 12.0}) == "12"
    assert worth.scores({}) == worth.verdict({}) == ""


def test_captions_tell_methods_apart_and_facets_have_their_own_worth() -> None:
    default = pretend.picture(LAYER, 7, facts=GOOD, parameters={"preset": "fourier"})
    assert captions.shows(default) == "strong and stable · 3.1× the best of 4 photos"
    classic = pretend.picture(LAYER, 7, facts={**GOOD, "photo": None})
    assert captions.shows(classic) == "original method · strong and stable"
    each = [{"robust": 101.5}, {"robust": 80.0}]
    facts = {**GOOD, "photo": None, "facets": each}
    facet = pretend.picture(
        LAYER, 7, role="facet", step=2, facts=facts, parameters={"preset": "fourier"}
    )
    assert captions.shows(facet) == "strong, weaker when shifted"
    assert captions.unit(facet) == "Layer 3 · filter 7 · facet 2"
    assert "made to differ" in captions.alt(facet)


def test_the_recipe_of_each_preset_comes_from_its_settings() -> None:
    texts = {name: " ".join(worth.recipe(of.model_dump())) for name, of in PRESETS.items()}
    classic = texts["classic"]
    assert "each value is drawn from 125 to 189 of 255" in classic
    assert "Change every pixel a little" in classic
    assert "Adam, learning rate 0.1, weight decay 1e\u22126. Do this 50 times" in classic
    assert "keep every 5th picture" in classic
    assert "sketch" not in classic and "shifted" not in classic
    fourier, settings = texts["fourier"], PRESETS["fourier"]
    assert f"{settings.sketch}x{settings.sketch} pixels without edges" in fourier
    assert f"Do this {settings.sketch_steps} times" in fourier
    assert f"then refined as a whole with {settings.steps} more steps." in fourier
    assert "picture is made of, each channel by itself, so that" in fourier
    assert "this mean rises: " in fourier and ", and more in deep layers." in fourier
    assert "shifted, turned by up to 5° and rescaled by up to 5%" in fourier
    assert "drawn from" not in fourier and "weight decay" not in fourier
    assert "each staying as strong as in photos, so that this mean rises" in texts["maco"]
    centre = worth.recipe({**PRESETS["classic"].model_dump(), "objective": "centre"})
    assert "Change every pixel a little, so that this value rises: Adam" in " ".join(centre)
    assert worth.recipe({}) == [
        "Run the network as far as the layer, and take the mean of the filter\u2019s map."
    ]


def test_a_recipe_without_a_sketch_has_no_spreading() -> None:
    plain = PRESETS["fourier"].model_copy(update={"sketch": None, "steps": 30})
    text = " ".join(worth.recipe(plain.model_dump()))
    assert "faint noise, 224x224 pixels" in text
    assert "Do this 30 times" in text and "Spread" not in text


def test_facets_are_told() -> None:
    several = PRESETS["fourier"].model_copy(update={"facets": 3})
    assert "Make 3 facets of each filter at once" in " ".join(worth.recipe(several.model_dump()))


def section(title: str = "", layers: tuple[Any, ...] = (LAYER,), **more: Any) -> Any:
    made = pretend.section("maximization", [pretend.picture(LAYER, 1, **more)])
    options = made.options.model_copy(update={"title": title})
    return replace(made, layers=layers, options=options)


def test_sections_of_one_layer_are_one_table() -> None:
    other = section(layers=(pretend.vgg_layers()[0],))
    sections = [section(), section(), other, section(title="Once more"), section()]
    found = [(first is group[0], len(group)) for first, group in tables(sections)]
    assert found == [(True, 2), (True, 1), (True, 2)]
    assert [len(group) for _, group in tables([section(layers=()), section(layers=())])] == [1, 1]


def test_each_way_of_making_pictures_is_told_once() -> None:
    new = {"preset": "fourier"}
    again = {"preset": "fourier", "device": "cuda"}  # of which the recipe does not speak
    sections = [section(parameters=new), section(), section(parameters=again)]
    assert [shown.parameters["preset"] for shown in methods(sections)] == ["fourier", "classic"]


def test_ways_that_differ_in_how_small_they_start_are_told_as_one() -> None:
    settings = PRESETS["fourier"].model_dump()
    sections = [section(parameters=settings | {"sketch": side}) for side in (96, 64, 80, 64)]
    (start,) = methods(sections)
    assert start.parameters is not None and start.parameters["sketch"] == [64, 80, 96]
    said = worth.recipe(start.parameters)[0]
    assert "of about 64x64 to 96x96 pixels, depending on the layer, without edges" in said
    longer = section(parameters=settings | {"sketch": 80, "sketch_steps": 7})
    assert len(methods([*sections, longer])) == 2


def test_both_methods_stand_beside_each_other_on_one_table_and_on_the_layers_page() -> None:
    new = {"preset": "fourier"}
    facts = {**GOOD, "facets": [GOOD, {**GOOD, "activation": 50.0, "robust": 49.0}]}
    first = pretend.picture(LAYER, 1, facts=facts, parameters=new, key="a")
    facet = pretend.picture(
        LAYER, 1, src="f.webp", role="facet", step=2, facts=facts, parameters=new, key="a"
    )
    old = pretend.picture(LAYER, 1, src="c.webp", facts={**GOOD, "photo": None}, key="b")
    step = pretend.picture(LAYER, 1, src="s.webp", role="step", step=20, key="b")
    other = pretend.picture(LAYER, 2, src="o.webp", facts=GOOD, parameters=new, key="c")
    sections = [section(), section()]
    for place, figures in enumerate([(first, facet, other), (old, step)]):
        sections[place] = replace(sections[place], figures=figures, anchor=f"m-{place}")
    page = Page("maximization", "M", "maximization.md", tuple(sections))
    gallery = replace(pretend.gallery(), pages=(page,), shown_layers=(LAYER,))
    pages = render_pages(Catalogue(gallery), overrides=None)
    _, table, how = pages["maximization.md"].split("\n## ")  # both sections under one heading
    assert "<h3>From a small sketch</h3>" in how and "<h3>The original method</h3>" in how
    places = [table.index(f'src="{shown.src}"') for shown in (first, facet, old, other, step)]
    assert places == sorted(places)  # the original beside the same unit, not at the end
    assert "original method · strong and stable" in table
    assert "step by step, by the original method" in table and "Step 20" in table
    cards = pages[f"layers/{LAYER.slug}.md"]
    assert "strong and stable · 3.1× the best of 4 photos" in cards
    assert cards.count('id="unit-1"') == 1


def wall(count: int, *figures: Shown) -> list[Shown]:
    """What hangs on the first page of a gallery of these pictures."""
    page = Page("maximization", "M", "maximization.md", (replace(section(), figures=figures),))
    return Catalogue(replace(pretend.gallery(), pages=(page,))).wall(count)


def test_the_first_page_shows_the_default_method_and_what_has_no_flag() -> None:
    new = {"preset": "fourier"}
    weak = pretend.picture(LAYER, 1, facts={"activation": 1.0}, parameters=new)
    flagged = pretend.picture(
        LAYER, 2, facts={"activation": 5.0, "flags": ["fragile"]}, parameters=new
    )
    classic = pretend.picture(LAYER, 3, facts={"activation": 9.0})
    assert wall(1, classic, flagged, weak) == [weak]
    assert wall(3, classic, flagged, weak) == [weak, classic]
    assert wall(3, flagged) == [flagged], "better than none"


def test_the_first_page_does_not_begin_with_flat_colours() -> None:
    first, last = pretend.vgg_layers()[1], pretend.vgg_layers()[15]
    flat = [pretend.picture(first, n, facts={"activation": 98.0, "peak": 99.0}) for n in (1, 5)]
    texture = pretend.picture(first, 6, facts={"activation": 9.0, "peak": 40.0})
    deep = [pretend.picture(last, n, facts={"activation": 5.0, "peak": 9.0}) for n in (1, 2)]
    assert wall(3, *flat, texture, *deep) == [texture, *deep]
    assert wall(4, *flat, texture, *deep) == [texture, *deep, flat[0]]
    output = pretend.picture(replace(last, shape=(512,)), 1, facts={"activation": 5.0, "peak": 5.0})
    assert wall(2, flat[0], output) == [output, flat[0]], "one value is alike at no two places"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "Strong and stable: no other filter of the layer answers more strongly; 90% of the "
            "answer survives small shifts, turns and changes of size. 3.1× the best of 4 photos, "
            "by the mean of the map.",
        ),
        (
            {"rank": 3, "photo": 0.0},
            "Of the layer\u2019s 255 other filters, 2 answer more strongly to this picture; 90% of "
            "the answer survives small shifts, turns and changes of size. The mean of its map is "
            "zero or below on all 4 photos.",
        ),
        (
            {"rank": 2, "photo": 0.113},
            "Of the layer\u2019s 255 other filters, one answers more strongly to this picture; 90% "
            "of the answer survives small shifts, turns and changes of size. Over 100× the best of "
            "4 photos, by the mean of the map.",
        ),
        (
            {"activation": 0.0, "flags": ["dead"], "attempts": 5},
            "Dead: nothing tried here makes this filter answer above zero. 5 starts were tried.",
        ),
        (
            {"flags": ["noisy"], "photo": None},
            "Noise: far finer than any photo, so little can be read from it.",
        ),
        ({"robust": None, "photo": None}, ""),
        ({"activation": None}, ""),
    ],
)
def test_a_sentence_says_how_far_a_picture_can_be_trusted(
    changes: dict[str, Any], words: str
) -> None:
    assert worth.sentence({**GOOD, **changes}, 256) == words


def test_of_two_filters_the_other_is_not_one_of_many() -> None:
    said = worth.sentence({**GOOD, "rank": 2}, 2)
    assert said.startswith("The layer\u2019s other filter answers more strongly; 90% ")
    alone = worth.sentence({**GOOD, "rank": 1}, 1)
    assert alone.startswith("Stable: 90% of the answer survives ")


def test_the_page_about_reading_explains_what_stands_below_pictures_and_in_an_open_card() -> None:
    page = render_pages(Catalogue(pretend.gallery()), overrides=None)["reading.md"]
    dead = {"activation": 0.0, "flags": ["dead"], "attempts": 2}
    changes = [{"rank": 7}, {"robust": 80.0}, {"photo": 0.0}, {"photo": 1.0}, dead]
    said = " · ".join(worth.verdict({**GOOD, **each}) for each in changes)
    for words in {part.strip() for part in re.split("[·;,]", said)} - {"stable", "strong"}:
        known = words.replace("3.1×", "93×").replace("over 100× the best of 4 photos", "over 100×")
        assert known.casefold() in page.casefold(), words
    for label in ("Fine detail", "Similarity to a second start"):
        assert f"<dt>{label}</dt>" in page
        assert any(label in name for name, _ in worth.told(GOOD))


def test_what_was_measured_is_told_with_numbers() -> None:
    told = dict(worth.told(GOOD))
    assert told["Mean answer to the picture"] == "113"
    assert told["Mean when moved, turned or resized"] == "102"
    assert told["Similarity to a second start (1 = same)"] == "0.934"
    assert told["Fine detail (typical photo = 1)"] == "1.2"
    assert not set(told.values()) & {"1st", "3.1× the best of 4 photos"}, "the line above says it"
    assert worth.told({}) == []
    assert "Tried again" not in told
    assert dict(worth.told({**GOOD, "attempts": 2}))["Tried again"] == "once"
    assert dict(worth.told({**GOOD, "attempts": 4}))["Tried again"] == "3 times"


def test_of_a_dead_filter_nothing_is_told_that_compares_it() -> None:
    dead = {**GOOD, "activation": 0.0, "robust": 0.0, "peak": 0.0, "attempts": 3, "rank": 192}
    told = dict(worth.told(dead))
    assert told["Mean answer to the picture"] == "0"
    assert "Similarity to a second start (1 = same)" not in told


def test_pictures_are_sorted_by_numbers_that_are_known() -> None:
    assert worth.marks(GOOD) == {"robust": 101.5, "ratio": 3.1044}
    assert worth.marks({"activation": 3.0}) == {"robust": 3.0}
    # Farther above photos than any that drive it at all: it comes first.
    assert worth.marks({"activation": 3.0, "photo": -14.0}) == {"robust": 3.0, "ratio": 1e6}
    assert worth.marks({"activation": -1.0, "photo": -14.0}) == {"robust": -1.0}
    assert worth.marks({}) == {}


def test_a_way_out_of_a_relu6_is_told() -> None:
    plain = PRESETS["fourier"]
    loose = plain.model_copy(update={"overflow": 0.1})
    assert "ReLU6" in " ".join(worth.recipe(loose.parameters()))
    assert "ReLU6" not in " ".join(worth.recipe(plain.parameters()))
