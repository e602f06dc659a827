"""A finished site on a local address."""

from __future__ import annotations

import functools
import http.server
import sys
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
        return _Server(("127.0.0.1", port), handler)
    except OSError as error:
        raise GalleryError(
            f"Port {port} cannot be used: {reason_of(error)}.", hint="Choose another with --port."
        ) from error


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """That a browser goes away before it has all is no news either."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def send_head(self) -> Any:
        try:
            return super().send_head()
        except ValueError:  # an address such as /%00, which no file can have
            self.send_error(404)
            return None

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not news."""
