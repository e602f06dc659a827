"""MkDocs in a process of its own, which ends with the one that started it.

As a program, this file is ``mkdocs`` for as long as its standard input is open. It gets ready at
once, which takes a while, and waits for the line of JSON that says what to do: a list of arguments.
A build that is killed cannot stop what it started, but the system closes its end of that pipe.
Otherwise MkDocs would go on writing where the next build clears up.
"""

from __future__ import annotations

import importlib
import json
import os
import threading
from contextlib import suppress

_WANTED = (
    "mkdocs.commands.build",
    "material.plugins.offline.plugin",
    "material.plugins.search.plugin",
    "pymdownx.highlight",
    "pymdownx.superfences",
)


def _asked() -> list[str] | None:
    """The arguments, once they are there; ``None`` where the starter ended without them."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 1 << 16)
        if not more:
            return None
        line += more
    arguments: list[str] = json.loads(line)
    return arguments


def _end_with_the_starter() -> None:
    while os.read(0, 1):  # not by sys.stdin, whose lock would be held at the end
        pass
    os._exit(1)


def _get_ready() -> None:
    """Import what the pages of a gallery will want."""
    for name in _WANTED:
        with suppress(ImportError):  # MkDocs itself says what it lacks, in its words
            importlib.import_module(name)


if __name__ == "__main__":
    from mkdocs.__main__ import cli

    _get_ready()
    asked = _asked()
    if asked is not None:
        threading.Thread(target=_end_with_the_starter, daemon=True).start()
        cli(asked, prog_name="mkdocs")
