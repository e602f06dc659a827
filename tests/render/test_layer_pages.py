"""Layers' own pages and their bars: what each shows is said, and so is that nothing is shown."""

from __future__ import annotations

import re
from dataclasses import replace

import pretend_gallery as pretend
import pytest
import yaml
from test_pages import pages_of, plain_pages, read

from generator.model.layers import Layer
from generator.render.gallery import Page, Shown, Unmade
from generator.render.wording import captions
from generator.visualizations import registry


def test_a_layer_that_nothing_shows_leads_to_those_beside_it_that_have_pictures() -> None:
    nothing = (
        "Nothing has been drawn for this layer yet. The arrows above lead to the nearest layers"
    )
    for path in ("features-2", "features-28"):
        assert nothing in read(plain_pages()[f"layers/{path}.md"]).text
    for path in ("features-0", "features-17"):
        assert "Nothing has been drawn" not in plain_pages()[f"layers/{path}.md"]
    bare = read(pages_of(pretend.gallery(pages=()))["layers/features-2.md"]).text
    assert "layer yet. For whoever builds" in bare, "there is none to lead to"


def test_which_lines_would_show_a_layer_is_folded_away_for_whoever_builds_the_gallery() -> None:
    page = plain_pages()["layers/features-2.md"]
    empty = read(page.partition("<details")[2].partition(">")[2].partition("</details>")[0])
    assert empty.text.startswith("For whoever builds this gallery The layer has a page because")
    lines = [line.split("}")[0] + "}" for line in empty.text.split("- ")[1:]]
    entries = [yaml.safe_load(line) for line in lines]
    assert [entry["kind"] for entry in entries] == ["activations", "kernels", "maximization"]
    for entry in entries:
        assert registry()[entry["kind"]].Options.model_validate(entry).layers == ("features.2",)


def test_a_layer_whose_pictures_failed_does_not_say_that_nothing_shows_it() -> None:
    layer = pretend.vgg_layers()[2]
    failed = Unmade("kernels", layer, None, None, "No memory is left.")
    pages = pages_of(replace(pretend.gallery(), unmade=(failed,)))
    text = pages[f"layers/{layer.slug}.md"]
    assert "No memory is left." in text and "Nothing has been drawn" not in text


def test_the_first_page_promises_of_each_layer_only_what_there_is() -> None:
    text = read(plain_pages()["index.md"]).text
    assert "Layer by layer 13 layers, one page each: kernels, maps and pictures." in text
    assert "kernels, maps and pictures. 11 of them have none yet." in text


def test_bars_of_layers_without_pictures_stand_back_and_say_so() -> None:
    pages = plain_pages()
    for page in (pages["index.md"], pages["layers/features-0.md"]):
        strip = page.partition('<ol class="cg-network"')[2].partition("</ol>")[0]
        bars = re.findall(
            r'<a href="[^"]*?(features-\d+)\.html"( title=".*?").*?<span(.*?)>', strip
        )
        bare = [name for name, title, number in bars if "no pictures yet" in title]
        assert bare == [name for name, title, number in bars if "cg-quiet" in number]
        assert len(bars) == 13
        assert [name for name, *_ in bars if name not in bare] == ["features-0", "features-17"]


def test_a_bar_is_read_out_as_its_layer_and_not_as_a_number() -> None:
    """Many layers of a network share the number that stands below their bars."""
    pages = plain_pages()
    for page in (pages["index.md"], pages["layers/features-0.md"]):
        strip = page.partition('<ol class="cg-network"')[2].partition("</ol>")[0]
        links = re.findall(r'<a [^>]*?title="(.*?)"[^>]*><i></i><span aria-hidden="true"', strip)
        assert len(links) == strip.count("<a ")
        assert links[0].startswith("features.0, Conv2d, ")


def test_from_layer_to_layer_the_way_leads_past_those_without_pictures() -> None:
    turns = {
        name: re.findall(r'rel="(prev|next)" href="(.*?)"', plain_pages()[f"layers/{name}.md"])
        for name in ("features-0", "features-2", "features-17")
    }
    assert turns == {
        "features-0": [("next", "features-17.html")],
        "features-2": [("prev", "features-0.html"), ("next", "features-17.html")],
        "features-17": [("prev", "features-0.html")],
    }


def test_a_page_leads_to_all_layers_and_the_first_page_leads_to_it() -> None:
    layers = pretend.gallery().shown_layers
    page = plain_pages()["layers/index.md"]
    strip, _, floors = page.partition('<ul class="cg-floors"')
    for part in (strip, floors):
        for layer in layers:
            assert f'<a href="{layer.slug}.html"' in part
    assert read(plain_pages()["index.md"]).values("href").count("layers/index.html") == 2
    alone = pages_of(replace(pretend.gallery(), shown_layers=layers[:1]))
    assert "One layer: its kernels, maps and pictures." in read(alone["index.md"]).text
    assert "layers/index.md" not in pages_of(replace(pretend.gallery(), shown_layers=()))


def test_every_bar_that_leads_to_a_layer_has_a_face_that_says_what_there_is() -> None:
    layers = pretend.gallery().shown_layers
    strip = plain_pages()["index.md"].partition('<ol class="cg-network"')[2].partition("</ol>")[0]
    said = re.findall(r'class="cg-face".*?<span class="cg-is">(.*?)<.*?cg-shows">(.*?)</', strip)
    assert [title for title, _ in said] == [f"Layer {x.index} · {x.name}" for x in layers]
    lines = dict(zip((layer.name for layer in layers), (line for _, line in said), strict=True))
    assert lines["features.0"].endswith("224x224 · shown: kernels, maps for one photo")
    assert lines["features.2"] == "64 filters · maps of 224x224 · no pictures yet"
    assert lines["features.17"].endswith("maps for one photo, pictures made for 2 filters")


def test_a_layer_of_which_only_sheets_of_maps_are_shown_has_the_strongest_map_as_its_face() -> None:
    layer, cat = pretend.vgg_layers()[2], pretend.photo()
    size = {"tiles": 2, "channels": (0, 1), "width": 17, "height": 8, "style": "heat"}
    seen = {"picture": cat, "facts": {"peaks": [12.34, 4.0], "strongest": 1}}
    maps = pretend.shown("m.png", "maps", "activations", layer=layer, **size, **seen)
    page = Page("mixed", "Mixed", "mixed.md", (pretend.section("mixed", [maps]),))
    floors = pages_of(pretend.gallery(pages=(page,)))["layers/index.md"].partition("cg-floors")[2]
    faces = re.findall(r'class="cg-tile" role="img" aria-label="(.*?)"', floors)
    assert faces == ["Activation map of filter 1 of features.2 for the photo Chelsea"]


def test_bars_of_layers_called_by_words_count_the_convolutions_and_say_so() -> None:
    def numbers(*layers: Layer) -> tuple[list[str], str]:
        page = pages_of(pretend.gallery(layers=layers))["layers/index.md"]
        strip = page.partition('<ol class="cg-network"')[2].partition("</ol>")[0]
        key = re.findall(r'<p class="cg-bars".*?</p>', page)[0]
        return re.findall(r"<i></i><span[^>]*>(.*?)</span>", strip), key

    first, relu, second = pretend.vgg_layers()[:3]
    assert numbers(first, relu, second)[0] == ["0", "2"]
    counted, key = numbers(first, relu, replace(second, name="head.conv"))
    assert counted == ["1", "2"] and "numbers count the convolutions" in key
    assert "numbers as in the layers\u2019 names" in numbers(first, relu, second)[1]


def layer_page(*figures: Shown, layer: Layer) -> str:
    """The page of a layer of which these are all the pictures."""
    page = Page("mixed", "Mixed", "mixed.md", (pretend.section("mixed", list(figures)),))
    gallery = replace(pretend.gallery(pages=(page,)), shown_layers=(layer,))
    return pages_of(gallery)[f"layers/{layer.slug}.md"]


def captions_of(page: str) -> list[str]:
    """The cards' captions, number by number."""
    wall = page.partition('class="cg-grid cg-units"')[2].partition("\n## ")[0]
    return re.findall(r"<figcaption>(.*?)</figcaption>", wall)


def test_a_card_without_a_made_picture_says_what_it_shows_instead() -> None:
    layer, cat = pretend.vgg_layers()[2], pretend.photo()
    seen = pretend.shown("m.png", "map", "activations", layer=layer, channel=17, picture=cat)
    page = layer_page(pretend.picture(layer, 5), pretend.picture(layer, 9), seen, layer=layer)
    assert "For 2 of these a picture was made" in page
    assert "The other card says what it shows instead." in page
    made, _, other = captions_of(page)
    assert "map of" not in made
    assert '<span class="cg-shows">map of Chelsea</span>' in other
    assert "The picture was made to drive it" in layer_page(pretend.picture(layer, 5), layer=layer)


@pytest.mark.parametrize(
    ("at", "more", "words"),
    [
        (0, {"style": "rgb"}, "kernel in colour; open"),
        (0, {"style": "signed"}, "kernel, the first of its 3 planes; open"),
        (2, {"style": "gray"}, "kernel, the first of its 64 planes; open"),
    ],
)
def test_a_layers_page_says_what_of_a_kernel_its_cards_show(
    at: int, more: dict[str, str], words: str
) -> None:
    layer = pretend.vgg_layers()[at]
    size = {"tiles": 2, "channels": (0, 1), "width": 17, "height": 8}
    sheet = pretend.shown("k.png", "kernels", "kernels", layer=layer, **size, **more)
    page = layer_page(sheet, layer=layer)
    assert f"Each card shows a filter\u2019s {words}" in page
    assert not any("cg-shows" in caption for caption in captions_of(page))


def test_cards_of_maps_have_their_peaks_and_a_key_and_silent_ones_stand_back() -> None:
    layer, cat = pretend.vgg_layers()[2], pretend.photo()
    size = {"tiles": 2, "channels": (0, 1), "width": 17, "height": 8, "style": "heat"}
    seen = {"picture": cat, "facts": {"peaks": [12.34, 0.0]}}
    maps = pretend.shown("m.png", "maps", "activations", layer=layer, **size, **seen)
    page = layer_page(maps, layer=layer)
    assert ["peak 12.3" in captions_of(page)[0], "silent on" in captions_of(page)[1]] == [True] * 2
    assert re.findall(r'"cg-card( cg-dim)?" id', page) == ["", " cg-dim"]
    scale = re.findall(r'<p class="cg-scale".*?</p>', page, re.DOTALL)[0]
    assert "Each map is drawn over its own range" in scale and "its highest" in scale
    assert f'alt="The photo {cat.title}"' in scale, "what the maps are to be compared with"
    alone = [
        pretend.shown(
            f"{channel}.png", "map", "activations", layer=layer, channel=channel, high=1.0, **seen
        )
        for channel in (0, 1)
    ]
    scale = re.findall(r'<p class="cg-scale".*?</p>', layer_page(*alone, layer=layer), re.DOTALL)[0]
    assert "over its own range" in scale and "cg-ends" not in scale, "no scale holds for both"
    made = layer_page(pretend.picture(layer, 5), layer=layer)
    assert re.search(r'<p class="cg-scale"[^>]*></p>', made), "empty, and so not seen"


def test_a_page_says_how_many_of_its_filters_it_shows_and_of_one_alone_nothing_is_sorted() -> None:
    several = replace(pretend.vgg_layers()[2], shape=(2, 224, 224))
    both = [pretend.picture(several, channel, src=f"{channel}.webp") for channel in (0, 1)]
    assert "All 2 filters. Each picture" in read(layer_page(*both, layer=several)).text
    page = layer_page(both[0], layer=several)
    assert "1 of 2 filters. The picture was made to drive it" in read(page).text
    alone = replace(several, shape=(1, 224, 224))
    page = layer_page(pretend.picture(alone, 0), layer=alone)
    assert "Its one filter. The picture was made" in read(page).text
    assert not {"sort", "find", "flagged"} & set(read(page).values("name"))
    assert {"sort", "find", "flagged"} <= set(read(layer_page(*both, layer=several)).values("name"))


def test_the_plane_of_another_input_channel_and_a_kernel_of_one_plane_are_told() -> None:
    layer = pretend.vgg_layers()[2]
    sheet = pretend.shown("k.png", "kernels", "kernels", layer=layer, style="signed")
    other = pretend.options("kernels", input_channel=3)
    assert captions.stands(sheet, other) == "kernel, that of input channel 3 of its 64 planes"
    own = replace(sheet, layer=pretend.convolution("own", 1, 1, 1, 64, 8, groups=64))
    assert captions.stands(own) == "kernel"


def test_cards_show_at_first_what_show_says() -> None:
    first, relu = pretend.vgg_layers()[:2]
    size = {"tiles": 2, "channels": (0, 1), "width": 17, "height": 8}
    sheet = pretend.shown("k.png", "kernels", "kernels", layer=first, **size)
    maps = pretend.shown(
        "m.png", "maps", "activations", layer=relu, picture=pretend.photo(), **size
    )
    page = Page("mixed", "Mixed", "mixed.md", (pretend.section("mixed", [sheet, maps]),))
    shown = (first, relu)
    text = pages_of(replace(pretend.gallery(pages=(page,)), shown_layers=shown))
    relus = text[f"layers/{relu.slug}.md"]
    assert re.findall(r'option value="(map|kernel)"', relus) == ["map", "kernel"]
    assert "Each card shows a filter\u2019s map of Chelsea" in relus
