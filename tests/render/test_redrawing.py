"""Pictures are compared beside other work: the same answers however many programs are at it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from forked import PATIENCE
from pretend_sites import SECOND, Album, gallery_of, png

from generator.errors import SiteError
from generator.render.comparing import difference, redrawing
from generator.render.comparing.matching import Matches, match
from generator.render.comparing.redrawing import Pair, redrawn
from generator.render.data_files.manifest import read_manifest
from generator.render.gallery import Gallery


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "album")


def replaced(album: Album, site: Path, before: list[bytes], now: list[bytes]) -> Matches:
    """A site of some pictures, and which of others are which of those."""
    album.replace_site(gallery(album, before), site)
    return match(read_manifest(site).pictures, gallery(album, now).pictures())


def gallery(album: Album, contents: list[bytes]) -> Gallery:
    return gallery_of([album.figure(SECOND, at, content) for at, content in enumerate(contents)])


def in_programs(monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    monkeypatch.setattr(redrawing, "_FEW", 0)
    monkeypatch.setattr(redrawing, "_SHARE", share)
    monkeypatch.setattr(redrawing, "cores", lambda: 3)


@pytest.mark.parametrize("share", [1, 4, 100])
def test_programs_say_what_is_found_out_here(
    album: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int
) -> None:
    before = [png(value) for value in range(7)]
    now = [png(0), png(1, packed=False), *(png(10 * value) for value in range(2, 7))]
    matches = replaced(album, tmp_path / "site", before, now)
    files = album.files(gallery(album, now))
    (tmp_path / "site" / matches.pairs[3][0].file).write_bytes(png(99))  # damaged
    (tmp_path / "site" / matches.pairs[5][0].file).unlink()
    with redrawn(matches, tmp_path / "site", files) as found:
        here = found()
    assert [(pair.new.channel, pair.difference) for pair in here] == [
        (2, 18),
        (3, None),
        (4, 36),
        (5, None),
        (6, 54),
    ]
    in_programs(monkeypatch, share)
    with redrawn(matches, tmp_path / "site", files) as found:
        assert found() == here == found()


@pytest.fixture
def compare_by(
    album: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], AbstractContextManager[Callable[[], list[Pair]]]]:
    """Compares a picture that changed by a program of the test's own."""

    def compare(code: str) -> AbstractContextManager[Callable[[], list[Pair]]]:
        program = tmp_path / "program.py"
        program.write_text(code, encoding="utf-8")
        in_programs(monkeypatch, 100)
        monkeypatch.setattr(difference, "__file__", str(program))
        matches = replaced(album, tmp_path / "site", [png(1)], [png(2)])
        return redrawn(matches, tmp_path / "site", album.files(gallery(album, [png(2)])))

    return compare


def test_a_program_that_breaks_off_is_said(compare_by: Any) -> None:
    with (
        compare_by("raise MemoryError('no room')") as found,
        pytest.raises(SiteError, match=r"could not be compared .*: MemoryError: no room\."),
    ):
        found()


def test_programs_end_with_the_block(compare_by: Any) -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), compare_by("import time; time.sleep(600)"):
        raise KeyboardInterrupt
    assert time.monotonic() - began < PATIENCE
