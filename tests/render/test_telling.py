"""The page "Since last time": what changed in words, with before and after side by side."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pretend_gallery as pretend
import pytest
from PIL import Image
from pretend_sites import DIGESTS, FIRST, SECOND, Album, gallery_of, png
from test_pages import HOSTILE, Reader, read

from generator.errors import SiteError
from generator.render.arranging.catalogue import Catalogue
from generator.render.comparing import telling
from generator.render.comparing.changes import Changes, Redrawn, State, Weights
from generator.render.comparing.sheets import changed_channels
from generator.render.comparing.since import Since
from generator.render.data_files.manifest import Model
from generator.render.drawing import sheets
from generator.render.gallery import Gallery, Page, Photo, Shown, Told
from generator.render.pages.templates import render_pages
from generator.render.site.mkdocs_config import navigation


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "album")


def rebuilt(album: Album, before: Gallery, now: Gallery) -> dict[str, str]:
    site = album.folder.with_name("site")
    album.replace_site(before, site)
    since = album.replace_site(now, site)
    return render_pages(Catalogue(now), overrides=None, since=lambda: since)


def shown(album: Album, value: int, channel: int = 3, **more: object) -> Shown:
    return album.figure(SECOND, channel, png(value), **more)


def since_page(album: Album, before: list[Shown], now: list[Shown], **changes: object) -> Reader:
    return read(rebuilt(album, gallery_of(before), gallery_of(now, **changes))["changes.md"])


def test_a_first_build_has_no_such_page_and_nothing_in_the_menu(album: Album) -> None:
    gallery = gallery_of([shown(album, 1)])
    since = album.replace_site(gallery, album.folder.with_name("site"))
    pages = render_pages(Catalogue(gallery), overrides=None, since=lambda: since)
    assert "changes.md" not in pages
    assert "Since last time" not in str(navigation(Catalogue(gallery), pages)) + pages["index.md"]


def test_the_page_is_in_the_menu_and_on_the_first_page(album: Album) -> None:
    now = gallery_of([shown(album, 2)])
    pages = rebuilt(album, gallery_of([shown(album, 1)]), now)
    assert {"Since last time": "changes.md"} in navigation(Catalogue(now), pages)
    first = read(pages["index.md"])
    assert "changes.html" in first.values("href")
    assert "1 picture redrawn, 0 new, 0 gone, 0 as they were." in first.text


def test_filters_that_came_and_others_that_left_are_explained(album: Album) -> None:
    """A trainer who shows the strongest filters finds some new after each training."""
    why = "other weights may choose other filters"
    kept = [shown(album, 1, channel=1), shown(album, 1, channel=2)]
    chosen = [shown(album, 1, channel=1), shown(album, 1, channel=5)]
    assert why in since_page(album, kept, chosen).text
    assert why not in since_page(album, kept, [*kept, *chosen[1:]]).text


def test_before_and_now_stand_side_by_side_and_lead_to_where_they_belong(album: Album) -> None:
    facts = [{"activation": 12.5, "robust": 11.0}, {"activation": 14.0, "robust": 12.0}]
    old, new = (shown(album, 100 + 34 * n, facts=facts[n]) for n in range(2))
    page = since_page(album, [old], [new])
    copy = "changes/before/" + old.src.removeprefix("pictures/")
    assert [src for src in page.values("src") if src] == [copy, new.src]
    assert [each for each in page.values("href") if "#" in each or "before" in each] == [
        "layers/features-2.html#unit-3",  # in the table
        copy,
        "layers/features-2.html#unit-3",
    ]
    assert [alt.split(":")[0] for alt in page.values("alt")] == ["Before", "Now"]
    assert "differs by 34 of 255" in page.text
    assert "12.5 \u2192 14" in page.text and "shifted 11 \u2192 12" in page.text


def test_layers_have_their_counts_and_lead_to_their_pages(album: Album) -> None:
    page = since_page(
        album,
        [shown(album, 1), shown(album, 5, 4)],
        [shown(album, 2), album.figure(FIRST, 7, png(3))],
    )
    assert "features.0 \u2013 1 \u2013" in spaced(page)
    assert "features.2 1 \u2013 1" in spaced(page)
    assert "layers/features-2.html" in page.values("href")


def test_below_a_layer_its_units_are_named_those_first_that_changed_most(album: Album) -> None:
    before = [shown(album, 100, n) for n in range(12)]
    now = [shown(album, 101 + n, n) for n in range(11)]
    page = since_page(album, before, [*now, shown(album, 7, 40)])
    said = spaced(page).replace(" ,", ",")
    assert "redrawn most for filters 10, 9, 8, 7, 6, 5, 4, 3 and 3 more" in said
    assert "new for filter 40" in said and "gone for filter 11" in said
    linked = [href for href in page.values("href") if "#unit" in href]
    assert "layers/features-2.html#unit-40" in linked and "#unit-11" not in "".join(linked)


def sheet(album: Album, *grays: int, **more: object) -> Shown:
    """Kernels 10, 11 and so on, each of one gray, as a sheet has them."""
    tiles = [np.full((8, 8), gray, np.uint8) for gray in grays]
    content = io.BytesIO()
    Image.fromarray(sheets.sheet(tiles, 255)).save(content, "PNG")
    values = {"visualization": "kernels", "role": "kernels", "tiles": len(grays)}
    channels = tuple(range(10, 10 + len(grays)))
    return album.figure(SECOND, None, content.getvalue(), **values, channels=channels, **more)


def test_of_a_sheet_the_filters_are_named_whose_tiles_changed_most(album: Album) -> None:
    old, new = sheet(album, 10, 10, 10, 10), sheet(album, 10, 40, 200, 60)
    page = since_page(album, [old], [new])
    assert "changed for filters 12, 13, 11" in spaced(page).replace(" ,", ",")
    assert "layers/features-2.html#unit-12" in page.values("href")
    alone = since_page(album, [old], [sheet(album, 10, 10, 10, 90)])
    assert "changed for" not in spaced(alone), "of one, how far it differs says all"


def test_sheets_that_cannot_be_laid_over_each_other_name_no_filters(
    album: Album,
) -> None:
    old, new, longer = sheet(album, 1, 2), sheet(album, 8, 30), sheet(album, *range(9))
    path = {shown.src: album.folder / shown.src for shown in (old, new, longer)}
    assert changed_channels(path[old.src], path[new.src], new) == (11, 10)
    assert changed_channels(path[old.src], path[longer.src], longer) == ()
    assert changed_channels(path[new.src], path[new.src], new) == ()
    single = shown(album, 3)
    assert changed_channels(path[old.src], album.folder / single.src, single) == ()
    path[old.src].write_bytes(b"no picture")
    assert changed_channels(path[old.src], path[new.src], new) == ()


def test_a_made_picture_counts_more_than_others_of_its_unit(album: Album) -> None:
    maps = [shown(album, v, 1, visualization="activations", role="map") for v in (0, 250)]
    made = [shown(album, value, 2) for value in (100, 110)]
    page = since_page(album, [maps[0], made[0]], [maps[1], made[1]])
    assert "redrawn for filters 2 , 1" in spaced(page)


def test_what_photos_are_taken_for_is_told_those_first_that_turned(album: Album) -> None:
    seen = album.figure(None, None, png(1), visualization="photo", role="seen")
    cat, cup = (
        replace(pretend.photo(name, name.capitalize()), original=seen, seen=seen)
        for name in ("cat", "cup")
    )

    def taken(photo: Photo, *likely: tuple[int, float]) -> Told:
        top = [{"class": n, "name": f"<b>{n}", "share": share} for n, share in likely]
        return Told(
            "predictions",
            "head",
            None,
            photo,
            f"{likely}",
            {"top": top, "softmax": "own"},
            {"top": 2},
        )

    def gallery(*told: Told) -> Gallery:
        section = replace(pretend.section("predictions", []), told=told)
        pages = (Page("predictions", "P", "predictions.md", (section,)),)
        return replace(gallery_of([], pages=pages), photos=(cat, cup))

    before = gallery(taken(cat, (1, 0.5), (2, 0.4)), taken(cup, (3, 0.51), (4, 0.49)))
    now = gallery(taken(cat, (1, 0.9), (2, 0.05)), taken(cup, (4, 0.51), (3, 0.49)))
    pages = rebuilt(album, before, now)
    page = read(pages["changes.md"])
    assert "Another class comes first for 1 of 2 photos." in page.text
    table = spaced(page).partition("Photo Before Now ")[2]
    assert table.startswith("Cup <b>3 51.0% <b>4 49.0% <b>4 51.0% <b>3 49.0% Cat <b>1 50.0%")
    assert "photos/cup.html#predictions" in page.values("href")
    assert "other predictions for 2 photos" in read(pages["index.md"]).text
    calm = gallery(taken(cat, (1, 0.6), (2, 0.3)), taken(cup, (3, 0.51), (4, 0.49)))
    said = read(rebuilt(album, before, calm)["changes.md"]).text
    assert "The same class comes first for each photo; the shares moved." in said


@pytest.mark.parametrize(
    ("size", "tiles", "wide", "strip"),
    [((8, 8), 0, False, False), ((80, 8), 0, True, True), ((80, 8), 9, True, False)],
)
def test_of_strips_before_stands_above_now(
    album: Album, size: tuple[int, int], tiles: int, wide: bool, strip: bool
) -> None:
    old, new = (album.figure(SECOND, 1, png(v, size=size), tiles=tiles) for v in (1, 99))
    page = since_page(album, [old], [new])
    (classes,) = [each for each in page.values("class") if "cg-change" in each.split()]
    assert ("cg-wide" in classes, "cg-strips" in classes) == (wide, strip)


def spaced(page: Reader) -> str:
    return " ".join(word.strip() for word in page.words if word.strip())


def test_more_than_are_shown_are_said(album: Album) -> None:
    before, now = ([shown(album, 10 + n + at, n) for n in range(14)] for at in (0, 100))
    assert "The 12 that changed most, of 14 redrawn." in since_page(album, before, now).text


def test_a_layer_that_goes_by_its_place_is_said_to_have_another_name(album: Album) -> None:
    sheets = [shown(album, v, visualization="activations", role="map") for v in (0, 200)]
    said = "Convolution 2 and Layer 2 are the same layer"
    assert said in since_page(album, sheets[:1], sheets[1:]).text
    assert said not in since_page(album, [shown(album, 1)], [shown(album, 90)]).text


def test_sheets_stand_below_single_pictures(album: Album) -> None:
    more = {"visualization": "activations", "role": "maps", "tiles": 64}
    sheets = [album.figure(SECOND, None, png(value), **more) for value in (0, 200)]
    units = [shown(album, value, visualization="activations", role="map") for value in (0, 9)]
    page = since_page(album, [sheets[0], units[0]], [sheets[1], units[1]])
    assert [src for src in page.values("src") if "before" not in src] == [
        units[1].src,
        sheets[1].src,
    ]


def test_whatever_things_are_called_shows_as_text(album: Album) -> None:
    cat = pretend.photo(title=HOSTILE)
    more = {"visualization": "activations", "role": "map", "picture": cat}
    settings = [{"parameters": {HOSTILE: "no", "preset": HOSTILE}}, {"parameters": {}}]
    old, new = (shown(album, 9 * n, **more, **settings[n]) for n in range(2))
    page = since_page(album, [old], [new], layer_digests={HOSTILE: "1", **DIGESTS})
    assert "script" not in [tag for tag, _ in page.tags]
    assert "49" not in page.text
    assert page.text.count(HOSTILE) >= 3


def test_no_visualization_may_be_called_like_the_page() -> None:
    figure = pretend.shown("pictures/odd.png", "oddity", "changes", layer=FIRST)
    with pytest.raises(SiteError, match=r"both be 'changes\.md'"):
        render_pages(Catalogue(gallery_of([figure])), overrides=None, since=Since)


@pytest.mark.parametrize(
    ("changed", "layers", "words"),
    [
        (
            True,
            ("features.24", "features.26"),
            "The weights changed in 2 layers: features.24 and features.26.",
        ),
        (
            True,
            tuple(f"features.{n}" for n in range(7)),
            "changed in 7 layers, the first of them features.0, the last features.6.",
        ),
        (True, ("features.24",), "The weights changed in one layer, features.24."),
        (True, (), "The weights changed, but those of no layer that runs."),
        (False, (), "The weights are the same."),
        (False, ("a",), "are the same; the kind or the settings changed in one layer, a."),
        (None, None, "did not say which weights it showed, so they cannot be compared."),
    ],
)
def test_the_weights_are_told(
    changed: bool | None, layers: tuple[str, ...] | None, words: str
) -> None:
    assert words in telling.weights(Changes(weights=Weights(changed=changed, layers=layers)))


def test_another_model_and_another_version_are_told() -> None:
    def state(name: str, version: str) -> State:
        return State(generator=version, model=Model(name=name, source=name), pictures=1)

    other = Changes(before=state("VGG16", "cnn-gallery 1"), after=state("ResNet", "cnn-gallery 2"))
    assert telling.models(other) == ("VGG16", "ResNet")
    assert telling.programs(other) == ("cnn-gallery 1", "cnn-gallery 2")
    same = Changes(before=state("VGG16", "cnn-gallery 1"), after=state("VGG16", "cnn-gallery 1"))
    assert (telling.models(same), telling.programs(same)) == (None, None)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, ""),
        ({"steps": (50, 100)}, "other settings: steps 50 \u2192 100"),
        ({"weight_decay": (1e-6, None)}, "other settings: weight decay 1e\u22126 \u2192 none"),
        ({"noise": ([1, 9], [2, 9])}, "other settings: noise 1 to 9 \u2192 2 to 9"),
        (
            dict.fromkeys("abcde", (1, 2)),
            "other settings: a 1 \u2192 2, b 1 \u2192 2, c 1 \u2192 2, 2 more",
        ),
    ],
)
def test_other_settings_are_told(parameters: dict[str, object], words: str) -> None:
    change = Redrawn.model_validate(
        {"file": "a.png", "visualization": "x", "role": "y", "parameters": parameters}
    )
    assert telling.settings(change) == words


def test_what_changed_is_asked_for_when_all_else_is_done(album: Album, tmp_path: Path) -> None:
    """It may take a while to know, and pages that do not ask are not held up by it."""

    def never() -> Since:
        raise SiteError("asked for too early")

    (tmp_path / "about.md").write_text("{{ 1 / 0 }}", encoding="utf-8")
    with pytest.raises(SiteError, match=r"about\.md' has a mistake in line 1"):
        render_pages(Catalogue(gallery_of([shown(album, 1)])), overrides=tmp_path, since=never)


def test_any_template_may_ask_what_changed(album: Album, tmp_path: Path) -> None:
    old, new = shown(album, 1), shown(album, 51)
    site = tmp_path / "site"
    album.replace_site(gallery_of([old]), site)
    since = album.replace_site(gallery_of([new]), site)
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "mine.html").write_text(
        "{% macro changed() %}{{ since.changes.summary }}{% endmacro %}", encoding="utf-8"
    )
    (tmp_path / "reading.md").write_text(
        '{% import "macros/mine.html" as mine with context %}{{ mine.changed() }}', encoding="utf-8"
    )
    pages = render_pages(Catalogue(gallery_of([new])), overrides=tmp_path, since=lambda: since)
    assert pages["reading.md"] == "1 picture redrawn, 0 new, 0 gone, 0 as they were"
