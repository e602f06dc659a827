"""Since last time: what changed against the site that is replaced, and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pretend_gallery as pretend
import pytest
from pretend_sites import DIGESTS, FIRST, SECOND, Album, gallery_of, png

from generator.render.comparing.changes import CHANGES, read_changes
from generator.render.comparing.galleries import MOST
from generator.render.data_files.manifest import MANIFEST, read_manifest
from generator.render.gallery import Gallery, Page, Shown, Told


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "album")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def figures(album: Album, *values: int, **more: object) -> list[Shown]:
    return [album.figure(SECOND, n, png(value), **more) for n, value in enumerate(values)]


def test_a_first_build_has_nothing_to_tell(album: Album, site: Path) -> None:
    said: list[str] = []
    since = album.replace_site(gallery_of(figures(album, 1, 2)), site, said)
    assert (since.known, since.fresh, since.shown, said) == (False, False, (), [])
    assert read_changes(site).before is None


def test_what_came_went_and_was_redrawn_is_counted_by_layer(album: Album, site: Path) -> None:
    gone, stays, old = figures(album, 1, 2, 3)
    album.replace_site(gallery_of([gone, stays, old]), site)
    new, added = album.figure(SECOND, 2, png(103)), album.figure(FIRST, 9, png(4))
    since = album.replace_site(gallery_of([added, stays, new]), site)
    changes = read_changes(site)
    assert changes == since.changes
    assert changes.summary == "1 picture redrawn, 1 new, 1 gone, 1 as they were"
    assert [row.model_dump() for row in changes.layers] == [
        {"layer": FIRST.name, "redrawn": 0, "added": 1, "removed": 0},
        {"layer": SECOND.name, "redrawn": 1, "added": 0, "removed": 1},
    ]
    assert (changes.added[0].file, changes.removed[0].file) == (added.src, gone.src)
    assert (changes.redrawn[0].file, changes.redrawn[0].difference) == (new.src, 100)


def test_the_same_pixels_in_another_file_are_not_redrawn(album: Album, site: Path) -> None:
    album.replace_site(gallery_of([album.figure(FIRST, 1, png(7))]), site)
    since = album.replace_site(
        gallery_of([album.figure(FIRST, 1, png(7, packed=False), key="other")]), site
    )
    assert not since.fresh


def test_the_weights_are_compared_layer_by_layer(album: Album, site: Path) -> None:
    shown = figures(album, 1)
    album.replace_site(gallery_of(shown), site)
    tuned = {**DIGESTS, SECOND.name: "tuned", "features.4": "tuned"}
    since = album.replace_site(
        gallery_of(figures(album, 2), weights_digest="cd" * 32, layer_digests=tuned), site
    )
    assert since.changes.weights.changed is True
    assert since.changes.weights.layers == ("features.2", "features.4")


def test_the_most_changed_are_shown_as_they_were_most_first(album: Album, site: Path) -> None:
    count = MOST + 3
    album.replace_site(gallery_of(figures(album, *[100] * count)), site)
    old = read_manifest(site)
    changed = [100 + 7 * ((5 * n) % count + 1) for n in range(count)]
    since = album.replace_site(gallery_of(figures(album, *changed)), site)
    far = [pair.change.difference for pair in since.shown]
    assert far == sorted((value - 100 for value in changed), reverse=True)[:MOST]
    first = since.shown[0]
    assert first.after.channel == changed.index(max(changed))
    assert (site / first.before.src).read_bytes() == png(100)
    file = next(each.file for each in old.pictures if each.channel == first.after.channel)
    assert first.before.src == "changes/before/" + file.removeprefix("pictures/")
    assert len(read_changes(site).redrawn) == count
    listed = [copy.file for copy in read_manifest(site).before]
    assert listed == sorted({pair.before.src for pair in since.shown})


@pytest.mark.parametrize("role", ["noise", "step", "steps", "facet"])
def test_starts_steps_and_films_are_counted_but_not_shown(
    album: Album, site: Path, role: str
) -> None:
    album.replace_site(gallery_of(figures(album, 1, role=role)), site)
    since = album.replace_site(gallery_of(figures(album, 200, role=role)), site)
    assert len(since.changes.redrawn) == 1
    assert (since.shown, since.copies) == ((), {})


def test_scores_and_settings_are_told_before_and_now(album: Album, site: Path) -> None:
    def made(value: int, activation: float, steps: int) -> list[Shown]:
        facts = {"activation": activation, "robust": float("nan"), "flags": ["weak"]}
        parameters = {"steps": steps, "noise": (125, 190)}
        return figures(album, value, facts=facts, parameters=parameters)

    album.replace_site(gallery_of(made(1, 12.5, 50)), site)
    album.replace_site(gallery_of(made(2, 14.0, 100)), site)
    (change,) = read_changes(site).redrawn
    assert change.facts == {"activation": (12.5, 14.0)}
    assert change.parameters == {"steps": (50, 100)}


def test_a_build_that_changes_no_picture_tells_the_last_changes_again(
    album: Album, site: Path
) -> None:
    album.replace_site(gallery_of(figures(album, 1, 2)), site)
    first = album.replace_site(gallery_of(figures(album, 1, 200)), site)
    before = tree(site)
    again = album.replace_site(gallery_of(figures(album, 1, 200)), site)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.shown == first.shown
    assert tree(site) == before


def test_told_again_it_shows_pictures_by_their_names_of_now(album: Album, site: Path) -> None:
    album.replace_site(gallery_of([album.figure(FIRST, 1, png(1))]), site)
    album.replace_site(gallery_of([album.figure(FIRST, 1, png(2))]), site)
    other = album.figure(FIRST, 1, png(2, packed=False))
    since = album.replace_site(gallery_of([other]), site)
    assert [pair.after.src for pair in since.shown] == [other.src]


def test_the_same_site_and_gallery_give_the_same_bytes(album: Album, tmp_path: Path) -> None:
    trees = []
    for name in ("one", "other"):
        site = tmp_path / name / "site"
        site.parent.mkdir()
        album.replace_site(gallery_of(figures(album, *range(20))), site)
        shown = figures(album, *range(100, 120))
        album.replace_site(gallery_of(shown if name == "one" else shown[::-1]), site)
        trees.append(tree(site))
    assert trees[0] == trees[1]
    assert str(tmp_path).encode() not in trees[0][CHANGES]


def test_an_older_manifest_is_read_for_what_it_says(album: Album, site: Path) -> None:
    album.replace_site(gallery_of(figures(album, 1)), site)
    manifest = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    for name in ("weights_digest", "layers", "before"):
        del manifest[name]
    for picture in manifest["pictures"]:
        for name in ("style", "scale", "low", "high"):
            del picture[name]
    (site / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (site / CHANGES).unlink()
    said: list[str] = []
    since = album.replace_site(gallery_of(figures(album, 2)), site, said)
    assert since.changes.weights.changed is None
    assert since.changes.weights.layers is None
    assert [pair.before.style for pair in since.shown] == ["rgb"]
    assert said == []


def test_an_older_site_whose_pictures_did_not_change_has_nothing_to_tell(
    album: Album, site: Path
) -> None:
    shown = figures(album, 1)
    album.replace_site(gallery_of(shown), site)
    (site / CHANGES).unlink()
    said: list[str] = []
    assert not album.replace_site(gallery_of(shown), site, said).known
    assert said == []


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ({"format": 2}, "manifest.json: format: Input should be 1"),
        ({"pictures": "none"}, "manifest.json: pictures: "),
        ({"pictures": [{"file": "../../secret.png"}]}, "manifest.json: pictures.0.file: "),
        ({"pictures": [{"file": "/etc/passwd"}]}, "manifest.json: pictures.0.file: "),
    ],
)
def test_a_manifest_that_makes_no_sense_is_as_none_and_said_once(
    album: Album, site: Path, mistake: dict[str, object], words: str
) -> None:
    shown = figures(album, 1)
    album.replace_site(gallery_of(shown), site)
    manifest = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    (site / MANIFEST).write_text(json.dumps({**manifest, **mistake}), encoding="utf-8")
    said: list[str] = []
    assert not album.replace_site(gallery_of(shown), site, said).known
    (line,) = said
    assert line.startswith("Nothing is compared with the site that is replaced: ")
    assert words in line and "\n" not in line


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"format": 9}'])
def test_damaged_changes_are_said_and_forgotten(album: Album, site: Path, content: bytes) -> None:
    album.replace_site(gallery_of(figures(album, 1)), site)
    album.replace_site(gallery_of(figures(album, 2)), site)
    (site / CHANGES).write_bytes(content)
    said: list[str] = []
    since = album.replace_site(gallery_of(figures(album, 2)), site, said)
    assert not since.known
    (line,) = said
    assert line.startswith("What changed last time is not known any more: changes.json: ")


@pytest.mark.parametrize("damage", ["flip", "delete"])
def test_an_old_picture_that_is_damaged_is_never_shown(
    album: Album, site: Path, damage: str
) -> None:
    (old,) = figures(album, 1)
    album.replace_site(gallery_of([old]), site)
    hurt(site / old.src, damage)
    since = album.replace_site(gallery_of(figures(album, 2)), site)
    assert [change.difference for change in since.changes.redrawn] == [None]
    assert (since.shown, since.copies) == ((), {})


@pytest.mark.parametrize("damage", ["flip", "delete"])
def test_a_copy_that_is_damaged_is_not_told_again(album: Album, site: Path, damage: str) -> None:
    album.replace_site(gallery_of(figures(album, 1, 2)), site)
    first = album.replace_site(gallery_of(figures(album, 101, 202)), site)
    assert len(first.shown) == 2
    hurt(site / first.shown[0].before.src, damage)
    again = album.replace_site(gallery_of(figures(album, 101, 202)), site)
    assert again.shown == first.shown[1:]
    assert len(again.changes.redrawn) == 2


def hurt(path: Path, damage: str) -> None:
    if damage == "delete":
        path.unlink()
    else:
        path.write_bytes(png(99))


def test_photos_are_counted_last_and_never_shown(album: Album, site: Path) -> None:
    def photo(value: int) -> Shown:
        return album.figure(None, None, png(value), visualization="photo", role="original")

    album.replace_site(gallery_of([photo(1), *figures(album, 1)]), site)
    since = album.replace_site(gallery_of([photo(2), *figures(album, 2)]), site)
    assert [row.layer for row in since.changes.layers] == [SECOND.name, None]
    assert [pair.after.visualization for pair in since.shown] == ["maximization"]


def test_another_scale_is_shown_with_the_numbers_of_its_own_time(album: Album, site: Path) -> None:
    def maps(value: int, high: float) -> Shown:
        more = {"visualization": "activations", "role": "map", "style": "heat"}
        return replace(album.figure(FIRST, 1, png(value), **more), low=0.0, high=high)

    album.replace_site(gallery_of([maps(1, 3.5)]), site)
    since = album.replace_site(gallery_of([maps(2, 4.5)]), site)
    assert (since.shown[0].before.high, since.shown[0].after.high) == (3.5, 4.5)


def taken_for(*likely: tuple[int, str, float], image: str = "chelsea", top: int = 5) -> Told:
    facts = {"top": [{"class": n, "name": name, "share": share} for n, name, share in likely]}
    photo = pretend.photo(image, image.capitalize())
    return Told("predictions", "head", None, photo, f"{image}-{likely}", facts, {"top": top})


def classified(*told: Told) -> Gallery:
    section = replace(pretend.section("predictions", []), told=told)
    return gallery_of([], pages=(Page("predictions", "P", "predictions.md", (section,)),))


CAT, DOG = (1, "cat", 0.8), (2, "dog", 0.15)


def test_what_a_photo_is_taken_for_is_told_before_and_now(album: Album, site: Path) -> None:
    stays = taken_for(CAT, DOG, image="coffee")
    album.replace_site(classified(taken_for(CAT, DOG), stays), site)
    turned = (2, "dog", 0.5), (1, "cat", 0.4)
    since = album.replace_site(classified(taken_for(*turned), stays), site)
    (answer,) = read_changes(site).answers
    assert (answer.image, answer.otherwise) == ("chelsea", True)
    assert [(each.number, each.name, each.share) for each in answer.before] == [CAT, DOG]
    assert [(each.number, each.name, each.share) for each in answer.now] == list(turned)
    assert since.fresh and since.changes.summary == (
        "0 pictures redrawn, 0 new, 0 gone, 0 as they were; other predictions for 1 photo"
    )
    again = album.replace_site(classified(taken_for(*turned), stays), site)
    assert not again.fresh and again.changes.answers == since.changes.answers


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ([CAT, DOG], False),
        ([(1, "cat", 0.8004), DOG], False),  # pages show no other number
        ([(1, "cat", 0.802), DOG], True),
        ([CAT], False),  # a shorter list
        ([CAT, DOG, (3, "eel", 0.01)], False),
        ([(1, "tomcat", 0.8), DOG], False),  # another name of the same class
        ([CAT, (4, "fox", 0.15)], True),
    ],
)
def test_answers_change_when_readers_see_other_classes_or_shares(
    album: Album, site: Path, now: list[tuple[int, str, float]], changed: bool
) -> None:
    album.replace_site(classified(taken_for(CAT, DOG)), site)
    since = album.replace_site(classified(taken_for(*now)), site)
    assert bool(since.changes.answers) is changed


def test_of_two_lists_about_a_photo_the_longer_is_compared(album: Album, site: Path) -> None:
    album.replace_site(classified(taken_for(CAT), taken_for(CAT, DOG)), site)
    moved = taken_for(CAT, (2, "dog", 0.1))
    (answer,) = album.replace_site(classified(moved, taken_for(CAT)), site).changes.answers
    assert len(answer.before) == len(answer.now) == 2


@pytest.mark.parametrize("facts", [{}, {"top": 3}, {"top": [{"class": "x"}]}, {"top": [None]}])
def test_findings_of_an_older_site_that_make_no_sense_are_passed_over(
    album: Album, site: Path, facts: dict[str, object]
) -> None:
    album.replace_site(classified(taken_for(CAT)), site)
    manifest = json.loads((site / MANIFEST).read_text(encoding="utf-8"))
    manifest["findings"][0]["facts"] = facts
    (site / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert album.replace_site(classified(taken_for(DOG)), site).changes.answers == ()
