"""The command line in a process of its own, forked from one that has torch imported already.

The same program as in a shell, seconds sooner: for what signals, locks and other processes do to
it.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PATIENCE = 300.0  # seconds in which any command here ends, on a busy machine too


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process that runs a function, with everything imported that a build needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["torch", "generator.cli.main", "generator.pipeline", "endurance"]
    )
    process = context.Process(target=target, args=arguments)
    process.start()
    atexit.register(process.kill)  # of a test that fails: it may wait for ever, and we for it
    return process


def become(folder: Path, log: Path, words: tuple[str, ...]) -> None:
    """Make this process one that a shell has started in a folder, with its output in a file."""
    os.setsid()
    os.chdir(folder)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    import torch

    torch.set_num_threads(1)  # with more, on a busy machine, tiny arrays wait for each other
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
    sys.argv = ["cnn-gallery", *words]


class Command:
    """A running ``cnn-gallery``.

    Args:
        folder: where it runs.
        words: what follows the program's name.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        self._notes = tempfile.TemporaryDirectory(prefix="command-")
        self._log = Path(self._notes.name, "log")
        self._log.touch()
        self._process = start(_work, folder, self._log, words)

    @property
    def said(self) -> str:
        """All that it said so far."""
        return self._log.read_text("utf-8")

    def wait_until(self, come: Callable[[], object]) -> None:
        """Wait for something that happens while it runs."""
        until = time.monotonic() + PATIENCE
        while True:
            runs = self._process.is_alive()  # asked first: what comes at its very end has come
            if come():
                return
            assert runs, f"it ended too soon: {self.said}"
            assert time.monotonic() < until, f"nothing happens: {self.said}"
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def status(self) -> int:
        """Wait for its end: its exit status, below zero where a signal ended it."""
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, f"it hangs: {self.said}"
        return self._process.exitcode


def _work(folder: Path, log: Path, words: tuple[str, ...]) -> None:
    become(folder, log, words)
    from generator.cli.main import main

    main()
