"""What stands for a layer: its face, its strongest map for a photo, the pictures that explain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pretend_gallery as pretend

from generator.render.arranging.catalogue import Catalogue
from generator.render.arranging.faces import (
    FEW,
    MANY,
    answer,
    bare,
    examples,
    faces,
    last_faced,
    overview,
    to_find,
)
from generator.render.arranging.grouping import by_unit
from generator.render.gallery import Page, Shown

LAYERS = pretend.vgg_layers()
FIRST, DEEP = LAYERS[0], LAYERS[17]
CAT = pretend.photo()


def catalogue_of(*figures: Shown) -> Catalogue:
    pages = (Page("mixed", "Mixed", "mixed.md", (pretend.section("mixed", list(figures)),)),)
    return Catalogue(pretend.gallery(pages=pages, photo=CAT))


def sheet_of_maps(**more: object) -> Shown:
    """The maps of four filters of the first layer, 10 to 13: tiles of 8 pixels, one pixel apart."""
    values = {"tiles": 4, "channels": (10, 11, 12, 13), "width": 35, "height": 8, "picture": CAT}
    return pretend.shown("maps.png", "maps", "activations", layer=FIRST, **{**values, **more})


def lone_map(channel: int, mean: float, **more: object) -> Shown:
    values = {"layer": FIRST, "channel": channel, "picture": CAT, "facts": {"mean": mean}}
    return pretend.shown(f"map-{channel}.png", "map", "activations", **{**values, **more})


def test_a_layers_face_is_its_best_pictures_one_of_each_filter() -> None:
    classic = pretend.picture(DEEP, 9, src="classic.webp")
    usual = {**pretend.PARAMETERS, "preset": "fourier"}
    pictures = [pretend.picture(DEEP, c, src=f"{c}.webp", parameters=usual) for c in (1, 9, 5)]
    flagged = pretend.picture(
        DEEP, 80, src="80.webp", parameters=usual, facts={"activation": 99.0, "flags": ["weak"]}
    )
    catalogue = catalogue_of(classic, flagged, *pictures)
    assert [shown.src for shown in faces(catalogue, DEEP, 3)] == ["9.webp", "5.webp", "1.webp"]
    assert [shown.src for shown in faces(catalogue, DEEP, 9)][-1] == "80.webp"


def test_a_layer_without_pictures_shows_maps_and_one_without_maps_a_small_sheet() -> None:
    few = pretend.shown("few.png", "kernels", "kernels", layer=DEEP, tiles=64)
    many = pretend.shown("many.png", "kernels", "kernels", layer=LAYERS[2], tiles=65)
    catalogue = catalogue_of(lone_map(3, 1.0), few, many)
    assert [shown.src for shown in faces(catalogue, FIRST, 4)] == ["map-3.png"]
    assert [shown.src for shown in faces(catalogue, DEEP, 4)] == ["few.png"]
    assert faces(catalogue, LAYERS[2], 4) == []


def test_the_first_page_opens_on_the_last_layer_with_pictures() -> None:
    catalogue = catalogue_of(lone_map(3, 1.0, layer=DEEP), pretend.picture(FIRST, 1))
    assert last_faced(catalogue) == FIRST
    catalogue = catalogue_of(lone_map(3, 1.0), lone_map(3, 1.0, layer=DEEP))
    assert last_faced(catalogue) == DEEP
    assert last_faced(catalogue_of()) is None


def test_a_sheet_says_which_of_all_filters_answers_most() -> None:
    catalogue = catalogue_of(lone_map(3, 99.0), sheet_of_maps(facts={"strongest": 12}))
    found = answer(catalogue, FIRST, CAT)
    assert found is not None
    assert (found.channel, found.most, found.tile.left) == (12, True, 18)
    assert found.alt == "Activation map of filter 12 of features.0 for the photo Chelsea"


def test_where_the_strongest_is_not_on_the_sheet_single_maps_stand_in() -> None:
    sheet = sheet_of_maps(facts={"strongest": 40})
    catalogue = catalogue_of(sheet, lone_map(3, 1.0), lone_map(7, 2.0), lone_map(8, 1.5))
    found = answer(catalogue, FIRST, CAT)
    assert found is not None
    assert (found.channel, found.most, found.card) == (7, False, True)


def test_maps_of_other_photos_and_of_convolutions_alone_do_not_count() -> None:
    dog = pretend.photo("dog", "Dog")
    alone = {"mode": "convolutions"}
    catalogue = catalogue_of(lone_map(3, 1.0, picture=dog), lone_map(4, 1.0, parameters=alone))
    assert answer(catalogue, FIRST, CAT) is None


def test_what_a_gallery_lacks_is_no_example() -> None:
    none = examples(catalogue_of())
    assert (none.kernel, none.early, none.late, none.made) == (None, None, None, None)
    noise = pretend.shown("noise.webp", "noise", "maximization", layer=DEEP, channel=1, key="k")
    made = pretend.picture(DEEP, 1, key="k")
    found = examples(catalogue_of(noise, made, lone_map(3, 1.0)))
    assert found.made == made and found.noise == noise and not found.between
    assert found.early is not None and found.late is None


def test_a_made_picture_explains_itself_halfway_through_the_network() -> None:
    layers = [layer for layer in pretend.vgg_layers() if layer.convolution][:3]
    made = [pretend.picture(layer, n, key=f"{layer.name}:{n}") for layer in layers for n in (1, 2)]
    assert examples(catalogue_of(*made)).made == made[3], "the strongest of the second layer"
    noise = pretend.shown(
        "noise.webp", "noise", "maximization", layer=layers[1], channel=1, key=made[2].key
    )
    found = examples(catalogue_of(*made, noise))
    assert (found.made, found.noise) == (made[2], noise)
    own = {"layer": layers[1], "channel": 1, "key": made[2].key}
    sheet = pretend.shown("e.webp", "emerging", "maximization", steps=(2, 8), tiles=2, **own)
    other = replace(sheet, src="o.webp", key="another")
    emerging = replace(sheet, width=228, height=112)
    found = examples(catalogue_of(*made, noise, other, emerging))
    shown = [(tile.shown, tile.left, step) for tile, step in found.between]
    assert shown == [(emerging, 0, 2), (emerging, 116, 8)]
    flagged = replace(made[2], facts={"activation": 99.0, "flags": ["fragile"]})
    assert examples(catalogue_of(*made[:2], flagged, *made[3:], noise)).made == made[3]


def test_a_table_of_very_many_shows_the_strongest_of_each_layer() -> None:
    made = [pretend.picture(layer, n) for layer in (FIRST, DEEP) for n in range(MANY // 2)]
    assert overview(by_unit(made)) == by_unit(made)
    more = pretend.picture(DEEP, MANY // 2)  # stronger than all before
    kept = [first for first, _ in overview(by_unit([*made, more]))]
    last = MANY // 2
    assert [shown.channel for shown in kept if shown.layer == FIRST] == [*range(last - FEW, last)]
    assert [shown.channel for shown in kept if shown.layer == DEEP] == [
        *range(last + 1 - FEW, last + 1)
    ]


def test_pages_without_pictures_do_not_each_go_through_all_figures() -> None:
    looks = 0

    class Counted(tuple[Shown, ...]):
        def __iter__(self) -> Iterator[Shown]:
            nonlocal looks
            looks += 1
            return super().__iter__()

    figures = Counted([pretend.picture(FIRST, 1), pretend.picture(DEEP, 2)])
    section = replace(pretend.section("mine", []), figures=figures)
    gallery = pretend.gallery(pages=(Page("mine", "Mine", "mine.md", (section,)),))
    catalogue = Catalogue(gallery)
    without = [layer for layer in gallery.shown_layers if bare(catalogue, layer)]
    nearest = [catalogue.neighbours(layer) for layer in without]
    assert nearest == [(FIRST, DEEP)] * 6 + [(DEEP, None)] * 5
    assert looks <= 3, "as often for any number of layers"


def test_an_example_of_what_to_find_is_what_the_cards_have() -> None:
    facts = {"activation": 3.0, "robust": 2.9, "rank": 1, "peak": 5.0}
    made = [pretend.picture(DEEP, channel, facts=facts) for channel in (28, 68, 168, 178)]
    dead = pretend.picture(DEEP, 200, facts={**facts, "flags": ["dead"]})

    def example(*figures: Shown) -> str:
        catalogue = catalogue_of(*figures)
        return to_find(catalogue.units(figures[0].layer or DEEP))

    assert example(*made) == "68-168, strong"
    assert example(*made, dead) == "68-178, dead"
    assert example(made[0]) == "28, strong"
    assert example(sheet_of_maps()) == "10, 11-12", "nothing is said of them"
