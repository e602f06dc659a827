"""A file's size, time and digest: what counts as the same, and what has to be read to know."""

from __future__ import annotations

import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.utils import stamps
from generator.utils.stamps import (
    Stamp,
    bare_stamp,
    let_settle,
    listed,
    settled,
    stale,
    stamp,
    tree,
)

SECOND = 1_000_000_000
OLD = 1_700_000_000 * SECOND + 123  # a time that is not of whole seconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    os.utime(path, ns=(OLD, OLD))
    return path


class Clock:
    """Stands in for the module ``time``: it goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.slept = 0.0

    def time_ns(self) -> int:
        return OLD + SECOND + round(self.slept * SECOND)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds + 1e-9  # a little longer, as real ones do


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(stamps, "time", found)
    return found


def changed(path: Path, before: Stamp, looked: int = OLD + SECOND) -> tuple[bool, bool]:
    """Whether the file counts as changed, and whether it was given a new stamp."""
    fresh: dict[str, Stamp] = {}
    found = list(stale({str(path): before}, looked, fresh))
    assert found in ([], [str(path)])
    return bool(found), bool(fresh)


def test_the_same_size_and_time_are_enough(file: Path, monkeypatch) -> None:
    before = stamp(file)
    monkeypatch.setattr(stamps, "digest_file", None)  # it must not be read
    assert changed(file, before) == (False, False)


def test_another_size_is_enough(file: Path, monkeypatch) -> None:
    before = stamp(file)
    file.write_bytes(b"1234")
    monkeypatch.setattr(stamps, "digest_file", None)
    assert changed(file, before) == (True, False)


def test_where_only_the_time_differs_the_bytes_decide(file: Path) -> None:
    before = stamp(file)
    os.utime(file)
    assert changed(file, before) == (False, True)
    file.write_bytes(b"54321")
    assert changed(file, before) == (True, False)


def test_a_file_that_is_gone_is_changed(file: Path) -> None:
    before = stamp(file)
    file.unlink()
    assert changed(file, before) == (True, False)


def test_of_a_file_without_a_digest_another_time_is_a_change(file: Path) -> None:
    before = stamps.bare_stamp(file)
    assert changed(file, before) == (False, False)
    os.utime(file)
    assert changed(file, before) == (True, False)


def test_a_file_that_was_just_written_is_read(file: Path) -> None:
    """It may have been written again within the same tick of the clock."""
    before = stamp(file)
    file.write_bytes(b"54321")
    os.utime(file, ns=(OLD, OLD))
    assert changed(file, before, looked=OLD + SECOND) == (False, False)  # as fast as it is blind
    assert changed(file, before, looked=OLD + SECOND // 100) == (True, False)


def test_times_of_whole_seconds_take_longer_to_settle() -> None:
    whole = Stamp(5, 1_700_000_000 * SECOND)
    assert not settled(whole, whole.time + SECOND)
    assert settled(whole, whole.time + 3 * SECOND)
    fine = Stamp(5, OLD)
    assert settled(fine, OLD + SECOND)
    assert not settled(fine, OLD + SECOND // 100)
    assert not settled(fine, OLD - SECOND)


def test_what_a_pattern_finds(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg", "[1].jpg", "deep/er/c.jpg", ".hidden/d.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "folder.jpg").mkdir()
    folder = str(tmp_path)
    assert listed(folder, "?.jpg") == ("a.jpg", "b.jpg")
    assert listed(folder, "[1].jpg") == ("[1].jpg",)
    assert listed(folder, "**/c.jpg") == ("deep/er/c.jpg",)
    assert listed(folder, "deep/**") == ("deep/er/c.jpg",)
    assert listed(folder, "**/er/**/c.*") == ("deep/er/c.jpg",)
    assert listed(folder, str(tmp_path / "**" / "c.jpg")) == (str(tmp_path / "deep/er/c.jpg"),)
    assert listed(folder, str(tmp_path / "a.*")) == (str(tmp_path / "a.jpg"),)
    assert listed(folder, "") == ()
    assert listed(folder, "none*") == ()
    assert listed(folder, None) == ("[1].jpg", "a.jpg", "b.jpg", "deep/er/c.jpg")
    assert listed(str(tmp_path / "none"), None) == ()


def test_a_glob_follows_links_to_folders_and_no_loop_of_them(tmp_path: Path) -> None:
    """Two links round are two to the power of forty folders."""
    photos = tmp_path / "photos"
    for name in ("inside", "beside"):
        (tmp_path / name).mkdir()
    photos.symlink_to("inside")
    (tmp_path / "inside" / "a.jpg").touch()
    (tmp_path / "beside" / "b.jpg").touch()
    for name, target in {"one": ".", "two": "..", "out": "../beside"}.items():
        (tmp_path / "inside" / name).symlink_to(target)
    (tmp_path / "beside" / "back").symlink_to("../inside")
    found = listed(str(tmp_path), "photos/**/*.jpg")
    assert {"photos/a.jpg", "photos/out/b.jpg"} <= set(found) and len(found) < 20


def test_a_tree_has_hidden_files_and_links_and_does_not_follow_folders_round(
    tmp_path: Path,
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / ".hidden").touch()
    (tmp_path / "deep" / "round").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to("nowhere")
    assert tree(str(tmp_path)) == ["dangling", "deep/.hidden", "deep/round"]


names = st.text(string.ascii_lowercase, min_size=1, max_size=3)


@given(st.lists(st.lists(names, min_size=1, max_size=3), max_size=8))
def test_a_tree_is_what_rglob_finds(tmp_path_factory, paths: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("tree")
    for parts in paths:
        path = folder.joinpath(*parts[:-1])
        if not any(parent.is_file() for parent in (path, *path.parents)):
            path.mkdir(parents=True, exist_ok=True)
            if not (path / parts[-1]).is_dir():
                (path / parts[-1]).touch()
    expected = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert tree(str(folder)) == sorted(expected)


def test_a_file_just_written_is_waited_for_and_an_old_one_is_not(file: Path, clock: Clock) -> None:
    let_settle([])
    let_settle([str(file)])
    assert clock.slept < 1e-6
    now = clock.time_ns()
    os.utime(file, ns=(now, now))
    assert not settled(bare_stamp(file), clock.time_ns())
    let_settle([str(file)])
    assert settled(bare_stamp(file), clock.time_ns())
    assert clock.slept < 0.2


def test_a_time_to_come_is_not_waited_for(file: Path, clock: Clock) -> None:
    later = clock.time_ns() + 3600 * SECOND
    os.utime(file, ns=(later, later))
    let_settle([str(file)])
    assert clock.slept < 0.2
