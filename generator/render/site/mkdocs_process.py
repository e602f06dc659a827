"""MkDocs in a process of its own, which ends with the one that started it.

As a program, this file is ``mkdocs`` for as long as its standard input is open. A build that is
killed cannot stop what it started, but the system closes its end of that pipe. Otherwise MkDocs
would go on writing where the next build clears up.
"""

from __future__ import annotations

import os
import threading


def _end_with_the_starter() -> None:
    while os.read(0, 1):  # not by sys.stdin, whose lock would be held at the end
        pass
    os._exit(1)


if __name__ == "__main__":
    from mkdocs.__main__ import cli

    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    cli(prog_name="mkdocs")
