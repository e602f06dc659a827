"""What the builder need not see is laid out beside its pages, and is all on the site in the end."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from tiny_project import tree

from generator.render.site.aside import join, lay_out, stand_in

PICTURES = ["pictures/features-0/a.1b2c.webp", "pictures/features-0/b.webp", "pictures/c d.png"]
CONTENT: dict[str, bytes | Path] = {name: name.encode() for name in PICTURES}


def laid(folder: Path, before: Path | None = None, album: Path | None = None) -> Path:
    """The pictures, laid out from files beside."""
    source = folder.with_name("album")
    if not source.exists():
        lay_out(source, CONTENT)
    lay_out(folder, {name: source / name for name in PICTURES}, before, album=album)
    return folder


def test_all_is_on_the_site_beside_and_over_what_is_there(tmp_path: Path) -> None:
    built = laid(tmp_path / "built")
    lay_out(tmp_path / "pages", {"pictures/mine.png": b"mine", "pictures/c d.png": b""})
    join(tmp_path / "pages", built)
    assert tree(built) == {**CONTENT, "pictures/mine.png": b"mine"}


@pytest.mark.parametrize(
    "text",
    [
        "![mine](pictures/c%20d.png)",
        "Look at [it](<pictures/c%20d.png>).",
        "[![x](other.png)](../pictures/c%20d.png#here)",
        "![mine][it]\n\n[it]: pictures/c%20d.png 'a title'",
    ],
)
def test_an_empty_file_stands_in_for_what_a_page_names_in_markdown(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "page.md").write_text(f'<img src="pictures/features-0/b.webp">\n\n{text}\n')
    stand_in(tmp_path, PICTURES)
    assert {name for name in tree(tmp_path) if name != "page.md"} == {"pictures/c d.png"}


def test_nothing_stands_in_for_the_users_own(tmp_path: Path) -> None:
    lay_out(tmp_path, {"page.md": b"![](pictures/c%20d.png)", "pictures/c d.png": b"mine"})
    stand_in(tmp_path, PICTURES)
    assert tree(tmp_path)["pictures/c d.png"] == b"mine"


def shared(one: Path, other: Path) -> list[bool]:
    """Of each picture, whether two folders have it in one file."""
    return [(one / name).exists() and (one / name).samefile(other / name) for name in PICTURES]


def test_pictures_of_the_album_are_not_written_again(tmp_path: Path) -> None:
    album = tmp_path / "album"
    now = laid(tmp_path / "now", album=album)
    assert tree(now) == CONTENT and shared(album, now) == [True] * 3


def test_files_of_others_are_copied(tmp_path: Path) -> None:
    """Those of a fallback, which is only read, and all that a section of other docs shows."""
    now = laid(tmp_path / "now", album=tmp_path / "alb")
    assert tree(now) == CONTENT and shared(tmp_path / "album", now) == [False] * 3


def test_what_is_the_same_as_before_is_not_written_again(tmp_path: Path) -> None:
    before = laid(tmp_path / "before")
    os.utime(before / PICTURES[0], (1_700_000_000.5, 1_700_000_000.5))
    (before / PICTURES[1]).write_bytes(b"changed")
    (before / PICTURES[2]).unlink()
    now = laid(tmp_path / "now", before)
    assert tree(now) == CONTENT and shared(before, now) == [True, False, False]
    assert (now / PICTURES[0]).stat().st_mtime == 1_700_000_000.5


def test_other_disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = laid(tmp_path / "before")

    def refuse(*_: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    for name in ("os.link", "os.rename", "os.replace"):
        monkeypatch.setattr(name, refuse)
    laid(tmp_path / "built", before, tmp_path / "album")
    lay_out(tmp_path / "pages", {"pictures/mine.png": b"mine"})
    join(tmp_path / "pages", tmp_path / "built")
    assert tree(tmp_path / "built") == {**CONTENT, "pictures/mine.png": b"mine"}
