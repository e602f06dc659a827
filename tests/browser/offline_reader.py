"""A reader on a plane: a browser without a network, on a site's folder, who notes complaints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def failed(request: Any) -> list[str]:
    """In words; nothing for what the browser itself gave up because it went to another page."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed: {request.url}"]


PATIENCE = 120_000.0  # milliseconds in which a page does anything here, on a busy machine too


def searched(page: Any, words: str) -> Any:
    """Ask the search for some words; what it found, the best first, once it has answered.

    They are asked for at once: of words typed one by one, the first answers are to their beginning.
    """
    box = page.locator("input[name=query]")
    box.click()
    box.fill(words)
    box.press("End")  # it looks at what it is to search for when a key comes up
    found = page.locator(".md-search-result__item a")
    found.first.wait_for()
    return found


def given_up(page: Any, slug: str) -> None:
    """Wait until a layer's data, which is not there, is no longer being asked for."""
    page.wait_for_function(
        "name => !document.querySelector(`script[src$='/${name}.data.js']`)", arg=slug
    )


@dataclass
class Reader:
    """An open browser page, with what it asked for and what it complained of."""

    page: Any
    site: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, name: str) -> Any:
        place, _, fragment = name.partition("#")
        self.page.goto((self.site / place).as_uri() + (f"#{fragment}" if fragment else ""))
        self.page.wait_for_load_state("load")
        return self.page

    def without(self, selector: str) -> None:
        """Let pages lack what a user's older template lacks, before their own scripts run."""
        gone = f"document.querySelectorAll('{selector}').forEach(each => each.remove())"
        self.page.add_init_script(f"document.addEventListener('DOMContentLoaded', () => {gone})")

    def left_the_folder(self) -> list[str]:
        # A picture or script written into the page itself asks nobody.
        inside = (self.site.as_uri() + "/", "data:", "blob:", "about:")
        return [url for url in self.requests if not url.startswith(inside)]


@contextmanager
def reading(browser: Any, site: Path, **context: Any) -> Iterator[Reader]:
    """A reader of the site at a laptop, unless ``context`` says otherwise (see Playwright's)."""
    options = {"offline": True, "viewport": {"width": 1280, "height": 900}, **context}
    opened = browser.new_context(**options)
    opened.set_default_timeout(PATIENCE)
    found = Reader(opened.new_page(), site.resolve())
    opened.on("request", lambda request: found.requests.append(request.url))
    opened.on("requestfailed", lambda request: found.complaints.extend(failed(request)))
    found.page.on(
        "console",
        lambda said: found.complaints.append(said.text) if said.type == "error" else None,
    )
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    try:
        yield found
    finally:
        opened.close()
