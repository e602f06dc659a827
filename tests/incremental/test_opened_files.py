"""Files that Python code opens are heard of; those that it writes, and those before, are not."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch

from generator.incremental.opened_files import opened_files
from generator.utils.stamps import bare_stamp


def test_files_that_are_read_are_heard_of(tmp_path: Path, monkeypatch) -> None:
    for name in ("before", "text", "low", "again", "after", "compiled.pyc"):
        (tmp_path / name).write_text(name)
    torch.save({"w": torch.ones(2)}, tmp_path / "w.pt")
    np.save(tmp_path / "w.npy", np.ones(2))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "before").read_text()
    with opened_files() as files:
        (tmp_path / "text").read_text()
        (tmp_path / "compiled.pyc").read_text()
        os.close(os.open("low", os.O_RDONLY))
        torch.load("w.pt", weights_only=True)
        np.load(b"w.npy".decode())
        with open(b"again", "rb") as file:  # noqa: PTH123 (a name in bytes)
            os.fdopen(os.dup(file.fileno()), "rb").close()
    (tmp_path / "after").read_text()
    names = ("text", "low", "w.pt", "w.npy", "again")
    ours = {path: known for path, known in files.items() if path.startswith(str(tmp_path))}
    assert ours == {str(tmp_path / name): bare_stamp(tmp_path / name) for name in names}


def test_files_that_are_written_or_missing_are_not(tmp_path: Path) -> None:
    with opened_files() as files:
        (tmp_path / "new").write_text("x")
        with (tmp_path / "new").open("a") as file:
            file.write("y")
        with (tmp_path / "new").open("r+") as file:
            file.write("z")
        assert not (tmp_path / "none").exists()
        with suppress(FileNotFoundError):
            (tmp_path / "none").read_text()
    assert not [path for path in files if path.startswith(str(tmp_path))]


def test_a_stamp_is_of_when_the_file_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("1")
    with opened_files() as files:
        path.read_text()
        path.write_text("22")
    assert files[str(path)].size == 1


def test_one_may_stand_inside_another(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.touch()
    second.touch()
    with opened_files() as outer:
        with opened_files() as inner:
            first.read_text()
        second.read_text()
    assert [path for path in inner if path in map(str, (first, second))] == [str(first)]
    assert {str(first), str(second)} <= outer.keys()
