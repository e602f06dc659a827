"""The album: a picture is found as it was drawn, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.cache.known import Known
from generator.cache.sealed import seal, unseal
from generator.render.drawing.album import Album, entry_path
from generator.render.drawing.encoding import Drawn
from generator.utils.files import digest_file

KEY, OTHER = "ab" * 32, "cd" * 32
SMALL = Drawn(b"a copy", ".jpg", 2, 1)
DRAWN = Drawn(b"a picture", ".png", 4, 3, low=-1.5, high=2.5, still=b"a still", small=SMALL)


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "pictures")


def test_a_picture_comes_back_with_its_scale(album: Album) -> None:
    added = album.add(KEY, DRAWN)
    assert album.find(KEY) == added
    assert (added.path.read_bytes(), added.low, added.high) == (b"a picture", -1.5, 2.5)
    assert added.still is not None and added.still.read_bytes() == b"a still"
    assert added.small is not None and added.small.path.read_bytes() == b"a copy"
    assert (added.small.width, added.small.height) == (2, 1)
    assert added.files == (added.path, added.still, added.small.path)


def test_a_picture_is_read_once_and_not_before_what_was_read_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def digest(path: str) -> str:
        read.append(Path(path).name)
        return digest_file(Path(path))

    monkeypatch.setattr("generator.cache.known._digest", digest)
    known = Known()
    added = Album(tmp_path / "pictures", known=known).add(KEY, DRAWN)
    assert read == []
    known.save(tmp_path / "known.json", list(map(str, added.files)))
    assert sorted(read) == [f"{KEY}-small.jpg", f"{KEY}-still.png", f"{KEY}.png"]


def test_what_was_never_drawn_is_missing_and_not_damaged(album: Album) -> None:
    assert album.find(KEY) is None
    assert not album.damaged(KEY)


@pytest.mark.parametrize("pattern", ["*.json", f"{KEY}.png", "*-still.png", "*-small.jpg"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"5", b"6") + b"x"),
        lambda path: path.write_bytes(b""),
    ],
    ids=["truncated", "changed", "empty"],
)
def test_damage_is_a_miss_and_is_mended_by_drawing_again(album, pattern, damage) -> None:
    album.add(KEY, DRAWN)
    damage(next(album.folder.glob(pattern)))
    assert album.find(KEY) is None
    assert album.damaged(KEY) and album.mended == 0
    album.add(KEY, DRAWN)
    assert album.find(KEY) is not None and not album.damaged(KEY)
    assert album.mended == 1


def test_a_flipped_digit_of_the_scale_is_found(album: Album) -> None:
    album.add(KEY, DRAWN)
    entry = entry_path(album.folder, KEY)
    entry.write_bytes(entry.read_bytes().replace(b"2.5", b"7.5"))
    assert album.find(KEY) is None


def test_an_entry_under_the_name_of_another_is_not_its_picture(album: Album) -> None:
    album.add(KEY, DRAWN)
    entry_path(album.folder, KEY).rename(entry_path(album.folder, OTHER))
    assert album.find(OTHER) is None


def test_an_entry_of_another_format_is_not_read(album: Album) -> None:
    album.add(KEY, DRAWN)
    entry = entry_path(album.folder, KEY)
    entry.write_bytes(seal({**unseal(entry.read_bytes()), "format": 99}))
    assert album.find(KEY) is None


def test_what_the_folder_lacks_is_looked_for_in_the_fallback(tmp_path: Path) -> None:
    shared = Album(tmp_path / "shared")
    shared.add(KEY, DRAWN)
    album = Album(tmp_path / "own", fallback=shared.folder)
    found = album.find(KEY)
    assert found is not None and found.path.parent == shared.folder
    album.add(OTHER, DRAWN)
    assert {path.name.partition(".")[0] for path in shared.folder.glob("*.json")} == {KEY}
    assert Album(tmp_path / "own", fallback=tmp_path / "nowhere").find(KEY) is None
