"""A finished site on a local address."""

from __future__ import annotations

import functools
import http.server
from pathlib import Path
from typing import Any

from generator.errors import GalleryError, reason_of


def server(site: Path, port: int) -> http.server.ThreadingHTTPServer:
    """What serves a folder to this machine alone; port 0 takes any that is free.

    Raises:
        GalleryError: the port cannot be used.
    """
    handler = functools.partial(_QuietHandler, directory=str(site))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise GalleryError(
            f"Port {port} cannot be used: {reason_of(error)}.", hint="Choose another with --port."
        ) from error


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not news."""
