"""A site on a local address: what is asked for, and what is no news."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from generator.publishing.serving import server


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    (tmp_path / "index.html").write_text("Filters", encoding="utf-8")
    with server(tmp_path, 0) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_addresses_that_no_file_can_have_are_not_found(
    served: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, status in {"/": 200, "/%00": 404, "/%ff": 404, "/../x": 404}.items():
        connection = http.client.HTTPConnection("127.0.0.1", served.server_port, timeout=60)
        connection.request("GET", path)
        assert connection.getresponse().status == status
        connection.close()
    assert capsys.readouterr() == ("", "")


def test_that_a_browser_goes_away_is_no_news(
    served: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    for error in (ConnectionResetError(), BrokenPipeError()):
        try:
            raise error
        except ConnectionError:
            served.handle_error(None, ("127.0.0.1", 1))
    assert capsys.readouterr() == ("", "")
