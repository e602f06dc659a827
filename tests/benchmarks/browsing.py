"""What a layer's page of hundreds of cards costs a reader, in a browser without a network.

    python tests/benchmarks/scale.py --units 4224 --keep FOLDER
    python tests/benchmarks/browsing.py FOLDER/4224/site [--page layers/28.html] [--rounds 5]

``interactive`` is when the page's scripts have run and the last task of over 50 ms that began
before has ended, from the start of the navigation. ``read`` counts the files that the page asks for
before anybody scrolls, ``longest`` the longest task while it is scrolled from top to bottom, and
memory is that of the page's scripts after a collection: with all pictures seen, and after so many
cards were opened and closed. All but memory are the medians of the rounds, with the worst.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "browser"), str(ROOT)]

from offline_reader import Reader, reading  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from test_budget import SCROLL, look  # noqa: E402

WATCH = """
window.tasks = [];
new PerformanceObserver(list => {
  for (const {startTime, duration} of list.getEntries()) tasks.push([startTime, duration]);
}).observe({type: "longtask", buffered: true});
"""
INTERACTIVE = """() => {
  const ready = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
  const busy = tasks.filter(([start]) => start <= ready).map(([start, lasts]) => start + lasts);
  return Math.max(ready, ...busy);
}"""
CARDS = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--page", default="layers/28.html")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with chromium() as browser:
        rounds = [visit(browser, asked.site, asked.page) for _ in range(asked.rounds)]
        cards, before, after = remember(browser, asked.site, asked.page)
    print(f"{asked.page}: {cards} cards")
    for name, unit, values in zip(
        ("interactive", "read", "longest"),
        ("ms", "kB", "ms"),
        zip(*rounds, strict=True),
        strict=True,
    ):
        print(f"  {name:<12} {statistics.median(values):7.0f} {unit} (worst {max(values):.0f})")
    print(f"  memory       {before / 1e6:7.1f} MB, {after / 1e6:.1f} MB after {CARDS} cards")


@contextmanager
def chromium() -> Iterator[Any]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


def visit(browser: Any, site: Path, name: str) -> tuple[float, float, float]:
    """One reader who opens the page and scrolls down: milliseconds, kilobytes, milliseconds."""
    with reading(browser, site) as reader:
        reader.page.add_init_script(WATCH)
        page = settled(reader, name)
        interactive = page.evaluate(INTERACTIVE)
        read = bytes_read(reader)
        page.evaluate("tasks.length = 0")
        page.evaluate(SCROLL)
        longest = page.evaluate("Math.max(0, ...tasks.map(([, lasts]) => lasts))")
    return interactive, read / 1e3, longest


def remember(browser: Any, site: Path, name: str) -> tuple[int, float, float]:
    """How many cards there are, and the bytes of the page's scripts before and after some."""
    with reading(browser, site) as reader:
        page = settled(reader, name)
        page.evaluate(SCROLL)
        look(page, range(4))  # reads the layer's data, which stays
        before = heap(page)
        look(page, range(4, 4 + CARDS))
        return page.locator(".cg-units > figure").count(), before, heap(page)


def settled(reader: Reader, name: str) -> Any:
    """The page, once it has asked for nothing more for a second."""
    page, asked = reader.open(name), -1
    while asked != len(reader.requests):
        asked = len(reader.requests)
        page.wait_for_timeout(1000)
    return page


def bytes_read(reader: Reader) -> int:
    files = {Path(unquote(urlsplit(url).path)) for url in reader.requests if "file:" in url}
    return sum(path.stat().st_size for path in files)


def heap(page: Any) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


if __name__ == "__main__":
    main()
