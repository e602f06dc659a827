"""The page "Since last time": what changed in words, with before and after side by side."""

from __future__ import annotations

from pathlib import Path

import pretend_gallery as pretend
import pytest
from pretend_sites import DIGESTS, FIRST, SECOND, Album, gallery_of, png
from test_pages import HOSTILE, Reader, read

from generator.errors import SiteError
from generator.render.comparing import telling
from generator.render.comparing.changes import Changes, Redrawn, State, Weights
from generator.render.comparing.since import Since
from generator.render.gallery import Gallery, Shown
from generator.render.manifest import Model
from generator.render.pages import render_pages
from generator.render.site.mkdocs_config import navigation


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "album")


def rebuilt(album: Album, before: Gallery, now: Gallery) -> dict[str, str]:
    site = album.folder.with_name("site")
    album.replace_site(before, site)
    since = album.replace_site(now, site)
    return render_pages(now, overrides=None, since=lambda: since)


def shown(album: Album, value: int, channel: int = 3, **more: object) -> Shown:
    return album.figure(SECOND, channel, png(value), **more)


def since_page(album: Album, before: list[Shown], now: list[Shown], **changes: object) -> Reader:
    return read(rebuilt(album, gallery_of(before), gallery_of(now, **changes))["changes.md"])


def test_a_first_build_has_no_such_page_and_nothing_in_the_menu(album: Album) -> None:
    gallery = gallery_of([shown(album, 1)])
    since = album.replace_site(gallery, album.folder.with_name("site"))
    pages = render_pages(gallery, overrides=None, since=lambda: since)
    assert "changes.md" not in pages
    assert "Since last time" not in str(navigation(gallery, pages)) + pages["index.md"]


def test_the_page_is_in_the_menu_and_on_the_first_page(album: Album) -> None:
    now = gallery_of([shown(album, 2)])
    pages = rebuilt(album, gallery_of([shown(album, 1)]), now)
    assert {"Since last time": "changes.md"} in navigation(now, pages)
    first = read(pages["index.md"])
    assert "changes.html" in first.values("href")
    assert "1 picture redrawn, 0 new, 0 gone, 0 as they were." in first.text


def test_before_and_now_stand_side_by_side_and_lead_to_where_they_belong(album: Album) -> None:
    facts = [{"activation": 12.5, "robust": 11.0}, {"activation": 14.0, "robust": 12.0}]
    old, new = (shown(album, 100 + 34 * n, facts=facts[n]) for n in range(2))
    page = since_page(album, [old], [new])
    copy = "changes/before/" + old.src.removeprefix("pictures/")
    assert [src for src in page.values("src") if src] == [copy, new.src]
    assert [each for each in page.values("href") if "#" in each or "before" in each] == [
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


def spaced(page: Reader) -> str:
    return " ".join(word.strip() for word in page.words if word.strip())


def test_more_than_are_shown_are_said(album: Album) -> None:
    before, now = ([shown(album, 10 + n + at, n) for n in range(14)] for at in (0, 100))
    assert "The 12 that changed most, of 14 redrawn." in since_page(album, before, now).text


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
        render_pages(gallery_of([figure]), overrides=None, since=Since)


@pytest.mark.parametrize(
    ("changed", "layers", "words"),
    [
        (
            True,
            ("features.24", "features.26"),
            "changed in 2 layers, the first of them features.24.",
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
        render_pages(gallery_of([shown(album, 1)]), overrides=tmp_path, since=never)


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
    pages = render_pages(gallery_of([new]), overrides=tmp_path, since=lambda: since)
    assert pages["reading.md"] == "1 picture redrawn, 0 new, 0 gone, 0 as they were"
