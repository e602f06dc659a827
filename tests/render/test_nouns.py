"""What has no map is no filter: outputs, classes and tokens are called so on every page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import markdown
import pretend_gallery as pretend
import pytest
from test_pages import EXTENSIONS, read

from generator.model.layers import Layer, Layout
from generator.render.arranging import exemplars
from generator.render.arranging.catalogue import Catalogue
from generator.render.data_files.layer_data import data_scripts
from generator.render.drawing.tiles import Tile
from generator.render.gallery import Gallery, Page, Unmade
from generator.render.pages.search import findable
from generator.render.pages.templates import render_pages
from generator.render.wording import captions, nouns, words, worth
from generator.utils.resources import templates_folder

CONVOLUTION, RELU = pretend.vgg_layers()[:2]
CLASSIFIER = Layer("classifier", "Linear", 40, None, (1000,), 512_000)
TOKENS = Layer("mlp.1", "GELU", 9, None, (192, 14, 14), 0, layout=Layout("tokens", (14, 14), 1))
GRADED = {"activation": 36.8, "robust": 34.9, "rank": 1, "peak": 36.8, "photo": 10.0}


def classifier(**facts: object) -> Gallery:
    """Two outputs with pictures; the second failed for one that has none."""
    made = [
        pretend.picture(CLASSIFIER, channel, facts={**GRADED, **facts}) for channel in (285, 967)
    ]
    section = replace(pretend.section("maximization", made), layers=(CLASSIFIER,))
    page = Page("maximization", "Made", "maximization.md", (section,))
    layers = (*pretend.vgg_layers(), CLASSIFIER)
    return pretend.gallery(layers=layers, shown_layers=(CLASSIFIER,), pages=(page,))


@pytest.mark.parametrize(
    ("layer", "one", "every"),
    [
        (CONVOLUTION, "filter", "filters"),
        (RELU, "filter", "channels"),
        (CLASSIFIER, "output", "outputs"),
        (TOKENS, "channel", "channels"),
        (replace(CONVOLUTION, shape=(64,)), "filter", "filters"),
    ],
)
def test_each_layer_has_a_word_for_its_channels(layer: Layer, one: str, every: str) -> None:
    assert (nouns.one(layer), nouns.every(layer)) == (one, every)
    shown = replace(pretend.picture(layer, 7), facts={})
    assert captions.unit(shown).endswith(f"· {one} 7")
    assert captions.alt(shown).startswith(f"Picture that maximises the activation of {one} 7 of ")
    assert words.layer_facts(layer)[0][0] == every.capitalize()
    piece = exemplars.Crop(Tile(shown, 0, 0, 8, 8), "Chelsea", 2.5, silent=False)
    assert piece.alt == f"A piece of Chelsea, to which the {one} answers 2.5"


def test_a_layer_called_by_its_whole_name_is_named_once() -> None:
    alt = captions.alt(pretend.picture(CLASSIFIER, 7))
    assert alt == "Picture that maximises the activation of output 7 of classifier"


def test_a_class_of_which_there_are_natural_examples_alone_is_called_by_its_name() -> None:
    facts = {"class_name": "tabby", "top": [], "bottom": [], "pictures": 4, "whole": True}
    strip = pretend.shown("s.png", "exemplars", "exemplars", layer=CLASSIFIER, channel=285)
    section = pretend.section("exemplars", [replace(strip, facts=facts)])
    page = Page("exemplars", "Natural", "exemplars.md", (section,))
    gallery = replace(classifier(), pages=(page,))
    pages = render_pages(Catalogue(gallery), overrides=None)
    own = read(pages["layers/classifier.md"]).text
    assert "1 of 1,000 classes." in own and "tabby" in own
    assert "tabby · class 285" in read(pages["exemplars.md"]).text
    assert [place.title for place in findable(Catalogue(gallery))] == ["classifier:285 · tabby"]
    (content,) = data_scripts(Catalogue(gallery)).values()
    assert b'"name":"tabby"' in content


@pytest.mark.parametrize(("named", "noun"), [({}, "output"), ({"class_name": "tabby"}, "class")])
def test_a_classifiers_page_speaks_of_outputs_or_of_classes(
    named: dict[str, str], noun: str
) -> None:
    gallery = classifier(**named)
    assert Catalogue(gallery).noun(CLASSIFIER) == noun
    pages = render_pages(Catalogue(gallery), overrides=None)
    many = nouns.plural(noun)
    own = pages["layers/classifier.md"].partition("</details>")[2]
    assert f"## {many.capitalize()} {{: #filters }}" in own
    said = read(own).text
    assert f"2 of 1,000 {many}. Each picture was made to drive one {noun};" in said
    assert "filter" not in said.lower()
    assert f"1,000 outputs · shown: pictures made for 2 {many}" in pages["index.md"]
    driven = "filter or class" if named else "filter"
    assert f"computed to drive one {driven} hard" in pages["index.md"]


def test_what_could_not_be_made_is_called_so_too() -> None:
    failed = Unmade("maximization", CLASSIFIER, 7, None, "It broke.")
    gallery = classifier()
    page = replace(
        gallery.pages[0], sections=(replace(gallery.pages[0].sections[0], unmade=(failed,)),)
    )
    gallery = replace(gallery, pages=(page,), unmade=(failed,))
    pages = render_pages(Catalogue(gallery), overrides=None)
    for path in ("maximization.md", "about.md"):
        assert "classifier · output 7" in read(pages[path]).text


def test_how_a_class_s_picture_was_made_speaks_of_its_number() -> None:
    pages = render_pages(Catalogue(classifier(class_name="tabby")), overrides=None)
    text = read(pages["maximization.md"]).text
    assert "and take the class\u2019s number." in text and "so that this number rises" in text
    steps = " ".join(worth.recipe(pretend.PARAMETERS))
    assert "take the mean of the filter\u2019s map." in steps and "this mean rises" in steps


def test_a_number_is_no_mean_of_a_map() -> None:
    told = dict(worth.told(GRADED, "class"))
    assert list(told) == [
        "Answer to the picture",
        "Answer when moved, turned or resized",
        "Best answer to a photo",
    ]
    assert worth.sentence(GRADED, 1000, "class") == (
        "Strong and stable: no other class of the layer answers more strongly; 95% of the answer "
        "survives small shifts, turns and changes of size. 3.7× the only photo."
    )
    below = worth.sentence({**GRADED, "rank": 3, "photo": -1.0}, 1000, "class")
    assert below.startswith("Of the layer\u2019s 999 other classes, 2 answer more strongly")
    assert below.endswith("Its answer is zero or below on the only photo.")


def address(folder: Path, gallery: Gallery, name: str, *scripts: str) -> str:
    """The address of a page with its scripts, and with the data of the layers."""
    body = render_pages(Catalogue(gallery), overrides=None)[f"{name}.md"].split("---\n", 2)[2]
    assets = templates_folder() / "assets"
    code = "".join((assets / f"{script}.js").read_text() for script in ("data", *scripts))
    (folder / "layers").mkdir()
    for path, content in data_scripts(Catalogue(gallery)).items():
        (folder / path).write_bytes(content)
    file = folder / f"{name}.html"
    html = markdown.markdown(body, extensions=EXTENSIONS)
    file.write_text(f"<meta charset=utf-8>{html}<script>{code}</script>", encoding="utf-8")
    return file.as_uri()


@pytest.mark.browser
def test_an_open_card_and_one_that_is_missed_say_class(browser: Any, tmp_path: Path) -> None:
    scripts = ("address", "gallery", "cards", "unit-contents", "unit")
    found = address(tmp_path, classifier(class_name="tabby"), "layers/classifier", *scripts)
    page = browser.new_page()
    page.goto(f"{found}#unit-967")
    page.get_by_role("button", name="Class before: 285").wait_for()
    page.goto("about:blank")
    page.goto(f"{found}#unit-3")
    page.get_by_text("Class 3 has no card on this page. These have one: 285, 967.").wait_for()
    page.close()


@pytest.mark.browser
def test_compare_asks_for_a_class_and_finds_it_by_its_name(browser: Any, tmp_path: Path) -> None:
    gallery = classifier(class_name="tabby")
    page = browser.new_page()
    page.goto(address(tmp_path, gallery, "compare", "gallery", "compare") + "#a=classifier:967")
    left = page.locator("[name=a]")
    left.get_by_role("combobox", name="Class", exact=True).fill("tab")
    left.get_by_role("combobox", name="Class", exact=True).press("Tab")
    page.wait_for_function("document.querySelector('[name=a] [name=filter]').value === '285'")
    page.close()


def test_the_data_of_a_layer_has_its_noun() -> None:
    (content,) = data_scripts(Catalogue(classifier())).values()
    data = json.loads(re.search(rb"\((.*)\);", content, re.DOTALL)[1])
    assert data["noun"] == "output"
    assert data["units"][0]["pictures"][0]["sentence"].startswith("Strong and stable: no other out")
