"""The data beside a layer's page: what it says of each unit, and that its texts stay texts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pretend_gallery as pretend
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.render.arranging.catalogue import Catalogue
from generator.render.data_files.layer_data import data_scripts, layer_data, script
from generator.render.gallery import Gallery, Page, Shown
from generator.render.site.checks import REMOTE_LITERAL
from generator.render.wording import captions

LAYERS = pretend.vgg_layers()
LAYER = LAYERS[2]
SHEET = {"layer": LAYER, "width": 254, "height": 254, "tiles": 64, "channels": tuple(range(64))}
GRADED = {
    "activation": 100.0,
    "start": 0.5,
    "robust": 90.0,
    "rank": 1,
    "peak": 300.0,
    "photo": 20.0,
    "flags": [],
}


def read(script_bytes: bytes) -> Any:
    """What the page's scripts would be given."""
    text = script_bytes.decode()
    assert text.startswith("cnnGallery.layer(") and text.endswith(");\n")
    return json.loads(text[len("cnnGallery.layer(") : -len(");\n")])


def gallery(*figures: Shown, **more: Any) -> Gallery:
    kinds: dict[str, list[Shown]] = {}
    for shown in figures:
        kinds.setdefault(shown.visualization, []).append(shown)
    pages = tuple(
        Page(kind, kind, f"{kind}.md", (pretend.section(kind, found),))
        for kind, found in kinds.items()
    )
    return pretend.gallery(pages=pages, shown_layers=(LAYER,), **more)


def data(*figures: Shown, **more: Any) -> Any:
    (content,) = data_scripts(Catalogue(gallery(*figures, **more))).values()
    return read(content)


def kernels(**more: Any) -> Shown:
    return pretend.shown("k.png", "kernels", "kernels", **{**SHEET, "pixelated": True, **more})


def maps(**more: Any) -> Shown:
    given = {**SHEET, "picture": pretend.photo(), "style": "heat", **more}
    return pretend.shown(given.pop("src", "m.webp"), "maps", "activations", **given)


def test_every_layer_with_a_page_has_its_data_beside_it() -> None:
    whole = pretend.gallery()
    assert list(data_scripts(Catalogue(whole))) == [
        f"layers/{layer.slug}.data.js" for layer in whole.shown_layers
    ]


def test_a_unit_is_one_card_whatever_shows_it() -> None:
    classic = pretend.picture(LAYER, 5)
    made = replace(classic, src="f.webp", parameters={"preset": "fourier"}, facts=GRADED)
    found = data(classic, made, kernels())
    assert [unit["channel"] for unit in found["units"]] == [5]
    assert [each["method"] for each in found["units"][0]["pictures"]] == ["classic", "fourier"]
    assert found["units"][0]["words"] == "strong and stable · 5× the only photo"


def test_a_layer_without_made_pictures_has_cards_from_its_sheets() -> None:
    found = data(kernels(channels=(3, 7), tiles=2, width=62, height=30), maps())
    assert [unit["channel"] for unit in found["units"]] == list(range(64))
    assert [unit["channel"] for unit in found["units"] if unit["kernel"]] == [3, 7]
    assert found["units"][7]["kernel"] == [1, 32, 0]
    assert found["sheets"][1]["tile"] == [30, 30]


def test_tiles_are_places_in_sheets_that_are_listed_once() -> None:
    found = data(kernels(), maps())
    assert [sheet["src"] for sheet in found["sheets"]] == ["k.png", "m.webp"]
    # Eight in a row, 30 pixels each and two apart.
    assert found["units"][9]["kernel"] == [0, 32, 32]
    assert found["units"][9]["maps"][0]["tile"] == [1, 32, 32]
    assert found["sheets"][0]["hard"] and not found["sheets"][1]["hard"]


def test_a_kernel_says_how_much_of_it_is_shown() -> None:
    assert LAYER.convolution is not None and LAYER.convolution.depth == 64
    found = data(kernels(style="signed"))["sheets"][0]
    assert found["part"] == "One plane of 64: its weights for input channel 0."
    grouped = replace(LAYER, convolution=replace(LAYER.convolution, groups=2, depth=32))
    flat = replace(LAYER, convolution=replace(LAYER.convolution, depth=1))
    first = replace(LAYER, convolution=replace(LAYER.convolution, depth=3))
    plane = pretend.options("kernels", input_channel=7)
    said = captions.part(kernels(style="gray", layer=grouped), plane)
    assert said == "One plane of 32: its weights for input channel 7 of its group."
    assert captions.part(kernels(style="gray", layer=flat), None) == "", "all of it"
    said = captions.part(kernels(style="rgb", layer=first), None)
    assert said == "Its three planes, as red, green and blue."
    assert "part" not in data(maps())["sheets"][0]


def test_a_sheet_says_over_which_values_its_tiles_are_drawn() -> None:
    own = "Each map is drawn over its own range: compare the peaks, not the colours."
    assert data(maps())["sheets"][0]["over"] == own
    assert data(maps(scale="layer"))["sheets"][0]["over"] == "One scale for all maps."
    assert data(kernels())["sheets"][0]["over"] == "Each kernel is drawn over its own range."
    assert data(kernels(scale="layer"))["sheets"][0]["over"] == "One scale for all kernels."


def test_maps_name_their_photo_and_the_peak_of_each_filter() -> None:
    peaks = [float(channel) for channel in range(64)]
    found = data(maps(facts={"peaks": peaks}))
    assert found["photos"][0]["name"] == "chelsea"
    assert found["units"][7]["maps"] == [
        {"photo": "chelsea", "tile": [0, 224, 0], "peak": 7.0, "note": ""}
    ]


def test_maps_of_the_convolutions_alone_say_so_and_come_last() -> None:
    alone = maps(src="c.webp", parameters={"mode": "convolutions"})
    notes = [each["note"] for each in data(alone, maps())["units"][0]["maps"]]
    assert notes == ["", "convolutions alone"]


def test_a_picture_brings_its_film_its_start_and_its_steps_in_order() -> None:
    own = {"layer": LAYER, "channel": 5, "key": "k"}
    figures = [
        replace(pretend.picture(LAYER, 5), key="k", thumb="t.webp"),
        pretend.shown("s2.webp", "step", "maximization", step=7, **own),
        pretend.shown("s1.webp", "step", "maximization", step=5, **own),
        pretend.shown("n.webp", "noise", "maximization", **own),
        pretend.shown("f.webp", "steps", "maximization", still="fs.webp", **own),
        pretend.shown("x.webp", "steps", "maximization", **{**own, "key": "another"}),
    ]
    (picture,) = data(*figures)["units"][0]["pictures"]
    assert picture["film"] == "f.webp" and picture["thumb"] == "t.webp"
    strip = [("n.webp", "Start"), ("s1.webp", "Step 5"), ("s2.webp", "Step 7")]
    assert list(map(tuple, picture["strip"])) == strip


def test_the_last_step_is_the_finished_picture_and_not_shown_twice() -> None:
    own = {"layer": LAYER, "channel": 5, "key": "k"}
    facts = {**GRADED, "iterations": [5, 10]}
    figures = [
        replace(pretend.picture(LAYER, 5, facts=facts), key="k"),
        *(pretend.shown(f"{n}.webp", "step", "maximization", step=n, **own) for n in (5, 10)),
    ]
    (picture,) = data(*figures)["units"][0]["pictures"]
    assert list(map(tuple, picture["strip"])) == [("5.webp", "Step 5")]


def test_steps_on_one_sheet_are_tiles_of_it() -> None:
    own = {"layer": LAYER, "channel": 5, "key": "k"}
    sheet = pretend.shown("e.webp", "emerging", "maximization", steps=(2, 8), tiles=2, **own)
    figures = [
        replace(pretend.picture(LAYER, 5), key="k"),
        replace(sheet, width=228, height=112),
        pretend.shown("n.webp", "noise", "maximization", **own),
    ]
    found = data(*figures)
    (picture,) = found["units"][0]["pictures"]
    strip = [("n.webp", "Start"), ([0, 0, 0], "Step 2"), ([0, 116, 0], "Step 8")]
    assert list(map(tuple, picture["strip"])) == strip
    assert found["sheets"][0]["tile"] == [112, 112]


def test_what_can_be_sorted_by_is_a_number_and_what_is_not_known_is_left_out() -> None:
    graded = pretend.picture(LAYER, 5, facts=GRADED)
    bare = pretend.picture(LAYER, 6, facts={"activation": 7.0})
    scores = [unit["scores"] for unit in data(graded, bare)["units"]]
    assert scores == [{"robust": 90.0, "ratio": 5.0}, {"robust": 7.0}]


def test_each_picture_says_what_is_wrong_with_it_and_what_to_sort_it_by() -> None:
    usual = pretend.picture(LAYER, 5, facts=GRADED, parameters={"preset": "fourier"})
    noisy = {**GRADED, "robust": 40.0, "flags": ["noisy"]}
    classic = replace(usual, src="c.webp", facts=noisy, parameters={"preset": "classic"})
    (unit,) = data(usual, classic)["units"]
    assert [each["flags"] for each in unit["pictures"]] == [[], ["noisy"]]
    assert [each["scores"]["robust"] for each in unit["pictures"]] == [90.0, 40.0]
    assert (unit["flags"], unit["scores"]["robust"]) == ([], 90.0), "as the usual picture has them"


def test_settings_that_pictures_share_are_told_once() -> None:
    slow = {**pretend.PARAMETERS, "steps": 80}
    figures = [pretend.picture(LAYER, channel) for channel in range(3)]
    found = data(*figures, pretend.picture(LAYER, 3, parameters=slow))
    assert [each["steps"] for each in found["settings"]] == [50, 80]
    assert [unit["pictures"][0]["settings"] for unit in found["units"]] == [0, 0, 0, 1]


def test_numbers_that_json_lacks_are_null() -> None:
    found = data(maps(facts={"peaks": [float("nan"), *[1.0] * 63]}))
    assert found["units"][0]["maps"][0]["peak"] is None


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_stays_text_and_no_mark_of_html_or_address_is_left(text: str) -> None:
    written = script({"title": f"</script><!-- {text}", "src": f"https://{text}"})
    assert read(written) == {"title": f"</script><!-- {text}", "src": f"https://{text}"}
    assert not set(b"<>&") & set(written)
    assert not REMOTE_LITERAL.search(written.decode())


def test_the_same_gallery_gives_the_same_bytes() -> None:
    assert data_scripts(Catalogue(pretend.gallery())) == data_scripts(Catalogue(pretend.gallery()))


def test_the_default_method_stands_for_a_unit() -> None:
    classic = pretend.picture(LAYER, 5)
    usual = replace(classic, src="f.webp", parameters={"preset": "fourier"})
    catalogue = Catalogue(gallery(classic, usual))
    (unit,) = catalogue.units(LAYER)
    assert unit.face == usual
    assert catalogue.ways([unit]) == [
        ("fourier", "From a small sketch"),
        ("classic", "The original method"),
    ]
    assert layer_data(LAYER, catalogue)["channels"] == LAYER.channels


def test_a_relu_shows_the_kernel_of_the_convolution_before_it_by_its_name() -> None:
    conv, relu, pool = LAYERS[2], LAYERS[3], LAYERS[4]
    made = [pretend.picture(layer, 5, src=f"{layer.slug}.webp") for layer in (conv, relu, pool)]
    catalogue = Catalogue(gallery(kernels(), *made))
    found = {}
    for layer in (conv, relu, pool):
        (unit,) = layer_data(layer, catalogue)["units"]
        found[layer.name] = (unit["kernel"], unit.get("kernelOf"))
    assert found[conv.name] == ([0, 160, 0], None)
    assert found[relu.name] == ([0, 160, 0], conv.name)
    assert found[pool.name] == (None, None), "a pooling is of another shape, and has no kernel"
    assert Catalogue(gallery(*made)).feeding(relu) is None, "no sheet shows them"
