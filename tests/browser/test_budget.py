"""What a layer's page with many cards costs a reader: bytes, work while scrolling, memory.

The figures of a page of 512 cards are in docs/reference/scale.md; here is a smaller one.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from offline_reader import Reader, reading

pytestmark = pytest.mark.browser

UNITS = 128
PAGE = "layers/2.html"
BYTES = 2_000_000  # the theme's own, the page, and the thumbnails of the first screens
WORK = 0.1  # seconds of a processor for two frames; it takes 0.007

SCROLL = """async top => {
  const frame = () => new Promise(requestAnimationFrame);
  window.scrollTo(0, top);
  await frame();
  await frame();
}"""


def benchmark() -> Any:
    """``tests/benchmarks/scale.py``, which is no test's and on nobody's path."""
    file = Path(__file__).parent.parent / "benchmarks" / "scale.py"
    spec = importlib.util.spec_from_file_location("scale", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["scale"] = module  # where dataclasses look
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scale, folder = benchmark(), tmp_path_factory.mktemp("budget")
    scale.write(folder, ((4, UNITS),))
    scale.fill(folder)
    scale.build(folder)
    return folder / "site"


@pytest.fixture
def reader(browser: Any, site: Path) -> Iterator[Reader]:
    with reading(browser, site) as found:
        yield found
        assert found.complaints == []


def settled(reader: Reader) -> Any:
    """The layer's page, with all that it asks for before anybody scrolls."""
    page = reader.open(PAGE)
    page.wait_for_load_state("networkidle")
    return page


def test_little_is_read_before_anybody_scrolls(reader: Reader) -> None:
    page = settled(reader)
    assert page.locator(".cg-units > figure").count() == UNITS
    files = {Path(unquote(urlsplit(url).path)) for url in reader.requests if "file:" in url}
    sizes = {path.name: path.stat().st_size for path in files}
    assert sum(sizes.values()) < BYTES, sorted(sizes.items(), key=lambda item: -item[1])[:8]
    pictures = [name for name in sizes if "-picture" in name]
    assert 0 < len(pictures) < UNITS, "pictures further down wait until they are wanted"
    assert all("-small." in name for name in pictures), "cards show thumbnails"
    assert not [name for name in sizes if name.endswith(".data.js")], "no card was opened yet"


def test_scrolling_never_stops(reader: Reader) -> None:
    page = settled(reader)
    session = page.context.new_cdp_session(page)
    # The time for which the page itself is at work: other programs' counts for nothing.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        found = session.send("Performance.getMetrics")["metrics"]
        return next(float(each["value"]) for each in found if each["name"] == "TaskDuration")

    took = []
    for top in range(0, page.evaluate("document.body.scrollHeight"), 400):
        before = worked()
        page.evaluate(SCROLL, top)
        took.append(worked() - before)
    assert len(took) > 5 and 0 < max(took) < WORK, took


def test_cards_that_were_closed_leave_nothing_behind(reader: Reader) -> None:
    page = settled(reader)
    look(page, range(4))  # reads the layer's data, which stays
    before = counters(page)
    look(page, range(4, 16))
    after = counters(page)
    for name, most in {"nodes": 240, "jsEventListeners": 24}.items():
        assert after[name] - before[name] <= most, name


def look(page: Any, channels: range) -> None:
    """Open cards one by one, and close each."""
    for channel in channels:
        page.locator(f"#unit-{channel} .cg-mat").click()
        page.locator("dialog[open] h2").wait_for()
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="hidden")


def counters(page: Any) -> dict[str, int]:
    """What the page keeps alive: nodes, listeners, documents."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    found: dict[str, int] = session.send("Memory.getDOMCounters")
    session.detach()
    return found
