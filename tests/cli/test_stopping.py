"""A build that is asked to stop: it says so, ends soon, and leaves nothing half done."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
import tiny_project
from click import Abort
from forked import Command
from shell import run

from generator.cli.stopping import Asked, exit_status, stopping_when_asked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


# What a network's module can do: stop the build as it writes the first page, until it is told off.
HOLD = """
import sys, threading, time
from pathlib import Path


def hold(event, arguments):
    main, held = threading.current_thread() is threading.main_thread(), Path({held!r})
    if main and event == "open" and "/staged-" in str(arguments[0]) and not held.exists():
        held.touch()
        time.sleep(600)


sys.addaudithook(hold)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_build_that_is_asked_to_stop_clears_up(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    """As it makes its pages, which it does in a folder that has to go again."""
    folder = tiny_project.write(
        tmp_path / "project", tiny_project.CONFIG.split("  - {kind: max")[0]
    )
    with (folder / "mymodel.py").open("a", encoding="utf-8") as model:
        model.write(HOLD.format(held=str(tmp_path / "held")))
    build = Command(folder, "build")
    build.wait_until((tmp_path / "held").exists)
    assert list(folder.glob(".cnn-gallery/staged-*"))
    build.send(number)
    assert build.status() == status, build.said
    assert build.said.endswith("Stopped. What was done is kept; run the same command to go on.\n")
    assert not list(folder.glob(".cnn-gallery/staged-*")) and not list(folder.glob(".site*"))
    assert not list(folder.glob(".cnn-gallery/locks/build-*"))


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping_when_asked():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_signals_are_as_they_were(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").returncode == 0
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_the_status_tells_what_stopped_it() -> None:
    wrapped = Abort()
    wrapped.__cause__ = Asked(signal.SIGTERM)
    assert exit_status(wrapped) == 143
    wrapped.__cause__ = KeyboardInterrupt()
    assert exit_status(wrapped) == exit_status(KeyboardInterrupt()) == 130
