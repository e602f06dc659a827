"""Pictures stay out of the builder's sight, and are all on the site in the end."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from tiny_project import tree

from generator.errors import SiteError
from generator.render.aside import bring_back, set_aside

PICTURES = ["pictures/features-0/a.1b2c.webp", "pictures/features-0/b.webp", "pictures/c d.png"]


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    for name in PICTURES:
        (tmp_path / "staged" / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "staged" / "docs" / name).write_bytes(name.encode())
    return tmp_path / "staged"


def page(staged: Path, text: str) -> None:
    (staged / "docs" / "index.md").write_text(text, encoding="utf-8")


def test_what_was_set_aside_comes_back_beside_what_is_there(staged: Path, tmp_path: Path) -> None:
    page(staged, '# Hello\n<img src="pictures/features-0/b.webp">\n')
    moved = set_aside(staged, [*PICTURES, PICTURES[0]])
    assert moved == frozenset(PICTURES)
    assert set(tree(staged / "docs")) == {"index.md"}
    (tmp_path / "built" / "pictures").mkdir(parents=True)
    (tmp_path / "built" / "pictures" / "mine.png").write_bytes(b"mine")
    bring_back(staged, tmp_path / "built")
    kept = {name: name.encode() for name in PICTURES}
    assert tree(tmp_path / "built") == {**kept, "pictures/mine.png": b"mine"}


@pytest.mark.parametrize(
    "text",
    [
        "![mine](pictures/c%20d.png)",
        "Look at [it](<pictures/c%20d.png>).",
        "[![x](other.png)](../pictures/c%20d.png#here)",
        "![mine][it]\n\n[it]: pictures/c%20d.png 'a title'",
    ],
)
def test_what_a_page_names_in_markdown_stays_for_the_builder(staged: Path, text: str) -> None:
    page(staged, text)
    assert set_aside(staged, PICTURES) == frozenset(PICTURES[:2])
    assert "pictures/c d.png" in tree(staged / "docs")


def test_a_site_on_another_disk(
    staged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_aside(staged, PICTURES)

    def refuse(*_: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr("os.rename", refuse)
    (tmp_path / "built" / "pictures" / "features-0").mkdir(parents=True)
    bring_back(staged, tmp_path / "built")
    assert set(tree(tmp_path / "built")) == set(PICTURES)


def test_a_site_that_cannot_be_written(staged: Path, tmp_path: Path) -> None:
    set_aside(staged, PICTURES)
    (tmp_path / "built").write_bytes(b"a file where a folder has to be")
    with pytest.raises(SiteError, match="A picture could not be put on the site: "):
        bring_back(staged, tmp_path / "built")
