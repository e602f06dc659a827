"""Programs that run beside this one, and end with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


def python(*command: str) -> list[str]:
    """A command of this Python's."""
    # -P: nothing of the folder that we happen to be in, or lie in, is taken for a module.
    return [sys.executable, "-P", *command]


@contextmanager
def started(
    file: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python file as a program that listens to us, and tells us all that it says.

    It ends with the block. With this process it ends if it ends with its standard input.

    Args:
        file: what it runs. It can import what is installed, but nothing that lies beside it.
        environment: its own; this process's when left out.
    """
    process = subprocess.Popen(
        python(file),
        bufsize=0,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:  # closes its pipes, and waits for it
        try:
            yield process
        finally:
            process.kill()  # where it was not wanted after all, it may still be getting ready
