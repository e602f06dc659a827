"""What files said is remembered for as long as they are the same, and no longer."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from generator.cache.known import Known, known_place, read_known
from generator.cache.sealed import seal, unseal
from generator.cache.store import Cache, record_path
from generator.render.drawing.album import Album
from generator.render.drawing.encoding import Drawn
from generator.utils.stamps import Stamp, bare_stamp
from generator.visualizations.base import Result

SECOND = 1_000_000_000
OLD = 1_700_000_000 * SECOND + 1  # so long ago that no time can be mistaken
KEY = "ab" * 32


class Reader:
    """Reads files, and counts how often."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, path: str) -> str:
        self.read.append(path)
        return Path(path).read_text()


def write(path: Path, text: str, time: int = OLD) -> str:
    path.write_text(text)
    os.utime(path, ns=(time, time))
    return str(path)


def test_a_file_is_read_once_while_its_size_and_time_are_the_same(tmp_path: Path) -> None:
    known, reader = Known(), Reader()
    file = write(tmp_path / "file", "one")
    assert [known.recall(file, reader) for _ in range(3)] == ["one"] * 3
    assert len(reader.read) == 1
    write(tmp_path / "file", "two", OLD + 1)
    assert known.recall(file, reader) == "two"
    write(tmp_path / "file", "three", OLD + 1)
    assert known.recall(file, reader) == "three"
    assert len(reader.read) == 3


def test_a_young_file_is_read_each_time(tmp_path: Path) -> None:
    known, reader = Known(), Reader()
    (tmp_path / "file").write_text("one")
    now = (tmp_path / "file").stat().st_mtime_ns + 10**10  # a file from the future is young
    file = write(tmp_path / "file", "one", now)
    assert known.recall(file, reader) == "one"
    write(tmp_path / "file", "two", now)  # the same size, at the same time
    assert known.recall(file, reader) == "two"


def test_a_file_that_is_gone_or_damaged_is_not_remembered(tmp_path: Path) -> None:
    known = Known()
    file = write(tmp_path / "file", "one")

    def refuse(path: str) -> str:
        raise ValueError(path)

    with pytest.raises(ValueError, match="file"):
        known.recall(file, refuse)
    assert known.recall(file, Reader()) == "one"
    (tmp_path / "file").unlink()
    with pytest.raises(FileNotFoundError):
        known.recall(file, Reader())


def test_a_stamp_is_that_of_when_it_was_read_but_of_a_file_just_written(tmp_path: Path) -> None:
    known, file = Known(), write(tmp_path / "file", "one")
    before = bare_stamp(file)
    known.digest(file)
    write(tmp_path / "file", "longer")
    assert known.stamp(file) == before  # what was read is no more: it shows as a change
    known.expect(file)
    assert known.stamp(file) == bare_stamp(file) != before


def test_what_is_known_is_kept_for_the_files_that_are_wanted(tmp_path: Path) -> None:
    known, place = Known(), tmp_path / "known" / "known.json"
    first, second = write(tmp_path / "first", "1"), write(tmp_path / "second", "2")
    known.digest(first)
    known.digest(second)
    known.save(place, [first, str(tmp_path / "never asked for")])
    again, reader = read_known(place), Reader()
    assert again.recall(first, reader) == hashlib.sha256(b"1").hexdigest()
    assert reader.read == []
    assert again.recall(second, reader) == "2"


def test_a_cache_may_be_moved(tmp_path: Path) -> None:
    config = tmp_path / "site_config.yml"
    inside, outside = tmp_path / "cache" / "records", write(tmp_path / "elsewhere", "2")
    inside.mkdir(parents=True)
    known, file = Known(), write(inside / "file", "1")
    known.digest(file)
    known.digest(outside)
    place = known_place(tmp_path / "cache", config)
    known.save(place, [file, outside])
    (tmp_path / "cache").rename(tmp_path / "moved")
    again, reader = read_known(known_place(tmp_path / "moved", config)), Reader()
    again.recall(str(tmp_path / "moved" / "records" / "file"), reader)
    again.recall(outside, reader)
    assert reader.read == []


def test_what_was_too_young_is_read_once_more_before_it_is_kept(tmp_path: Path) -> None:
    known, place, reader = Known(), tmp_path / "known" / "known.json", Reader()
    file = write(tmp_path / "file", "one", (tmp_path.stat().st_mtime_ns // SECOND + 60) * SECOND)
    known.recall(file, reader)
    write(tmp_path / "file", "two")
    known.save(place, [file])
    assert read_known(place).recall(file, reader) == "two"
    assert len(reader.read) == 2


def test_nothing_is_written_where_nothing_is_news(tmp_path: Path) -> None:
    place = tmp_path / "known" / "known.json"
    file = write(tmp_path / "file", "one")
    known = Known()
    known.digest(file)
    known.save(place, [file])
    before = place.stat().st_ino
    again = read_known(place)
    again.digest(file)
    again.save(place, [file])
    assert place.stat().st_ino == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-5],
        lambda content: content.replace(b"file", b"fire"),
        lambda content: seal({**unseal(content), "format": 99}),
        lambda content: b"",
    ],
    ids=["cut", "changed", "another version's", "empty"],
)
def test_a_damaged_list_is_no_list(tmp_path: Path, damage) -> None:
    known, place = Known(), tmp_path / "known" / "known.json"
    file = write(tmp_path / "file", "one")
    known.digest(file)
    known.save(place, [file])
    place.write_bytes(damage(place.read_bytes()))
    assert read_known(place).recall(file, Reader()) == "one"


def test_digests_found_out_elsewhere_count_if_their_time_can_be_trusted(tmp_path: Path) -> None:
    known, reader = Known(), Reader()
    old, young, bare = (write(tmp_path / name, name) for name in ("old", "young", "bare"))
    stamps = {path: bare_stamp(path)._replace(digest="d") for path in (old, young)}
    known.remember({old: stamps[old], bare: bare_stamp(bare)}, OLD + 10 * SECOND)
    known.remember({young: stamps[young]}, OLD + 1)
    assert [known.recall(path, reader) for path in (old, young, bare)] == ["d", "young", "bare"]
    known.remember({bare: Stamp(1, OLD, "d")}, OLD + 10 * SECOND)  # of another size
    assert known.recall(bare, reader) == "bare"


def test_each_config_has_its_own_place(tmp_path: Path) -> None:
    one, two = (known_place(tmp_path, tmp_path / name) for name in ("a.yml", "b.yml"))
    assert one != two and one.parent == two.parent == tmp_path / "known"


def test_results_and_pictures_that_are_known_are_not_read(tmp_path: Path) -> None:
    cache, album = Cache(tmp_path), Album(tmp_path / "pictures")
    cache.store(KEY, {}, Result({"x": np.ones(3)}), 0)
    album.add(KEY, Drawn(b"a picture", ".png", 4, 3, still=b"a still"))
    for path in tmp_path.rglob("*.*"):
        os.utime(path, ns=(OLD, OLD))
    known = Known()
    assert Cache(tmp_path, known=known).sound(KEY)
    assert Album(tmp_path / "pictures", known=known).find(KEY) is not None
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        size = path.stat().st_size
        path.write_bytes(b"x" * size)
        os.utime(path, ns=(OLD, OLD))  # which no damage does
    assert Cache(tmp_path, known=known).sound(KEY)
    assert Album(tmp_path / "pictures", known=known).find(KEY) is not None
    assert not Cache(tmp_path).sound(KEY)
    assert Album(tmp_path / "pictures").find(KEY) is None


@pytest.mark.parametrize("place", ["record", "object", "entry", "picture"])
def test_damage_is_found_in_what_is_known(tmp_path: Path, place: str) -> None:
    known = Known()
    cache, album = Cache(tmp_path, known=known), Album(tmp_path / "pictures", known=known)
    cache.store(KEY, {}, Result({"x": np.ones(3)}), 0)
    album.add(KEY, Drawn(b"a picture", ".png", 4, 3))
    files = {
        "record": record_path(tmp_path, KEY),
        "object": next(tmp_path.glob("objects/*/*")),
        "entry": next(album.folder.glob("*.json")),
        "picture": next(album.folder.glob("*.png")),
    }
    for path in files.values():
        os.utime(path, ns=(OLD, OLD))
    assert cache.sound(KEY) and album.find(KEY)
    content = files[place].read_bytes()
    files[place].write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert cache.sound(KEY) == (place in ("entry", "picture"))
    assert (album.find(KEY) is not None) == (place in ("record", "object"))
