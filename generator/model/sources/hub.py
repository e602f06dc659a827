"""The Hugging Face Hub, asked quietly, and not at all where it is out of reach."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator

from generator.errors import reason_of

_PATIENCE = 5  # seconds for a connection; the hub's own client would try for a minute
_LOGGERS = ("huggingface_hub", "timm")


@contextlib.contextmanager
def hub() -> Iterator[str]:
    """Within the block, what was fetched before is found, and the hub is asked if it can be.

    The value given by ``with`` says why it cannot be reached; it is empty where it can. Progress
    bars and log lines of its client are not shown.
    """
    from huggingface_hub import constants

    unreachable = _unreachable(constants.ENDPOINT)
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or bool(unreachable)
    with contextlib.ExitStack() as quiet:
        quiet.callback(setattr, constants, "HF_HUB_OFFLINE", before)
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            quiet.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        quiet.enter_context(contextlib.redirect_stdout(io.StringIO()))
        quiet.enter_context(contextlib.redirect_stderr(io.StringIO()))
        yield unreachable


def _unreachable(endpoint: str) -> str:
    """Why nobody answers there; nothing where somebody does, or where a proxy stands between."""
    if urllib.request.getproxies():
        return ""
    address = urllib.parse.urlsplit(endpoint)
    host, port = address.hostname or "", address.port or 443
    try:
        socket.create_connection((host, port), timeout=_PATIENCE).close()
    except OSError as error:
        return f"{host} cannot be reached ({reason_of(error)})"
    return ""
