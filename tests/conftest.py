"""What the whole suite shares: skips that say how to avoid them, a browser, and one tiny site."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
import tiny_project
from filelock import FileLock
from hypothesis import settings
from jinja2.bccache import Bucket

NO_SKIPS = "CNN_GALLERY_NO_SKIPS"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL_BROWSER = (
    "no Chromium on this machine: install it with 'sudo apt-get install chromium', "
    "or with '.venv/bin/playwright install --with-deps chromium'"
)

# How long an example takes says more about the machine's other work than about ours.
settings.register_profile("gallery", deadline=None)
settings.load_profile("gallery")

# Builds in processes of their own keep what Python compiled of the package, as they do for users:
# half a second for each of two hundred.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A suite started in the background ignores Ctrl-C, and so would the builds that it stops.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Of the files that take longest each, so that no worker begins one of them when all else is done.
_LONG = (
    "test_endurance.py",
    "test_house.py",
    "test_zoo.py",
    "test_executors.py",
    "test_maximization_same.py",
    "test_two_builds.py",
    "test_published.py",
    "test_cards.py",
    "test_rooms.py",
    "test_pipeline.py",
    "test_cli.py",
    "test_offline.py",
    "test_pages.py",
    "test_unchanged.py",
    "test_wheel.py",
    "test_budget.py",
    "test_hostile_names.py",
    "test_torchvision_source.py",
)


class _Compiled(jinja2.BytecodeCache):
    """Templates' code, made once a process and not once a build: there are hundreds of them."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


_compiled = _Compiled()
# As every environment of this process has it, whoever makes one.
jinja2.Environment.bytecode_cache = property(lambda _: _compiled, lambda *_: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(_LONG)))


def _refuse_skip(report: Any) -> None:
    """Where skips are forbidden, turn one into a failure that gives its reason."""
    if os.environ.get(NO_SKIPS) == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\nA skip is a failure here, because {NO_SKIPS}=1."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture(scope="session")
def tiny_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a tiny seeded network, built once by the command line; not to be changed."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "tiny"
    with FileLock(shared / "tiny.lock"):  # of several workers one builds it
        if not (folder / "site").exists():
            tiny_project.build(tiny_project.write(folder))
    return folder / "site"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, driven by Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((path for path in map(shutil.which, _BROWSERS) if path), None)
    with sync_api.sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip(_INSTALL_BROWSER)
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=found, args=arguments)
        yield chromium
        chromium.close()
