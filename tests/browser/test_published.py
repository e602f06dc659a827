"""The gallery where readers meet it: under any address, from a zip, inside somebody's docs."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tiny_project
import yaml
from offline_reader import PATIENCE, failed

from generator.publishing.export import export_zip
from generator.publishing.finished import site_files

pytestmark = pytest.mark.browser


class _Pages(http.server.SimpleHTTPRequestHandler):
    """A host such as GitHub Pages: for what is not there it sends 404.html, and says so."""

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not news."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = next(Path(self.directory).rglob("404.html"), None)
        content = page.read_bytes() if page else b""
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on this machine."""
    handler = functools.partial(_Pages, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:  # of a test that fails, too: its thread would keep the process for ever
            server.shutdown()
            thread.join()


@dataclass
class Reader:
    """An open browser page, with the answers it got and what it complained of."""

    page: Any
    answers: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> Any:
        self.page.goto(address)
        self.page.wait_for_load_state("load")
        return self.page


@pytest.fixture
def reader(browser: Any) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    found = Reader(context.new_page())
    context.on("response", lambda answer: found.answers.update({answer.url: answer.status}))
    context.on("requestfailed", lambda request: found.complaints.extend(failed(request)))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
    context.close()


def links(page: Any) -> set[str]:
    """Where a page leads to on its own host."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href.split('#')[0])")
    return {str(address) for address in found if str(address).startswith("http://127.0.0.1")}


def walk(reader: Reader, start: str) -> set[str]:
    """Follow all links from a page to pages; all addresses that were met."""
    met, waiting = set[str](), [start]
    while waiting:
        address = waiting.pop()
        if address in met:
            continue
        met.add(address)
        if address.endswith((".html", "/")):
            waiting += sorted(links(reader.open(address)) - met)
    return met


def test_a_site_works_in_any_folder_of_a_host(
    reader: Reader, tiny_site: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_site, tmp_path / "a" / "b")
    with served(tmp_path) as host:
        home = f"{host}/a/b/"
        met = walk(reader, f"{home}index.html")
        assert {address for address in met if not address.startswith(home)} == set()
        assert f"{home}layers/3.html" in met
        assert {url: code for url, code in reader.answers.items() if code >= 400} == {}
        assert {url for url in reader.answers if not url.startswith(home)} == set()
        assert reader.complaints == []


def test_a_page_asks_for_little_and_the_search_for_its_index_when_opened(
    reader: Reader, tiny_site: Path
) -> None:
    with served(tiny_site) as host:
        page = reader.open(f"{host}/layers/3.html")
        page.wait_for_load_state("networkidle")
        asked = {url.removeprefix(f"{host}/assets/") for url in reader.answers}
        assert {name for name in asked if name.endswith((".css", ".js")) and "/" not in name} == {
            "cnn-gallery.css",
            "cnn-gallery.js",
            "iframe-worker.js",
        }
        assert len([name for name in asked if name.endswith(".css")]) == 3, "two are the theme's"
        assert not [name for name in asked if "search_index" in name]
        assert page.locator("script[src]:not([defer])").count() == 0
        page.keyboard.press("s")
        page.locator("input[name=query]").press_sequentially("conv 1")
        page.locator(".md-search-result__item").first.wait_for()
        assert f"{host}/search/search_index.json" in reader.answers
        assert reader.complaints == []


def test_from_a_server_a_picture_is_saved_under_a_name_that_says_what_it_is(
    reader: Reader, tiny_site: Path
) -> None:
    with served(tiny_site) as host:
        page = reader.open(f"{host}/layers/3.html#unit-1")
        with page.expect_download() as saved:
            page.locator("dialog[open] .cg-take a", has_text="Download the picture").first.click()
        assert saved.value.suggested_filename == "3-1-fourier.webp"
        original = next((tiny_site / "pictures" / "3").glob("maximization-1-picture.*.webp"))
        assert saved.value.path().read_bytes() == original.read_bytes()


@pytest.mark.parametrize("asked", ["gone.html", "layers/gone/deeper/", "manifest.json/x"])
def test_the_page_for_what_is_not_there_finds_the_way_home(
    reader: Reader, tiny_site: Path, tmp_path: Path, asked: str
) -> None:
    shutil.copytree(tiny_site, tmp_path / "a" / "b")
    with served(tmp_path) as host:
        page = reader.open(f"{host}/a/b/{asked}")
        assert page.locator("h1").inner_text() == "Nothing hangs here"
        page.wait_for_function("document.getElementById('home').href.endsWith('/a/b/index.html')")
        layers = page.get_by_role("link", name="All layers")
        assert layers.evaluate("link => link.href") == f"{host}/a/b/layers/index.html"
        page.get_by_label("Search").fill("conv 2")
        page.get_by_role("button", name="Find").click()
        page.locator(".md-search-result__item a[href*='/a/b/layers/3.html']").first.wait_for()
        page.go_back()
        page.wait_for_function("document.getElementById('home').href.endsWith('/a/b/index.html')")
        page.locator("#home").click()
        page.wait_for_url("**/a/b/index.html")
        assert page.locator("h1").inner_text().startswith("A tiny gallery")


def test_a_zip_opens_from_where_it_was_unpacked(
    browser: Any, tiny_site: Path, tmp_path: Path
) -> None:
    done = export_zip(site_files(tiny_site), tmp_path / "g.zip", "tiny", "Tiny")
    with zipfile.ZipFile(done.path) as archive:
        archive.extractall(tmp_path / "un packed")
    context = browser.new_context(offline=True)
    page, home = context.new_page(), (tmp_path / "un packed" / "tiny").as_uri()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("requestfailed", lambda request: asked.extend(failed(request)))
    for name in ("index.html", "layers/3.html", "404.html"):
        page.goto(f"{home}/{name}")
        page.wait_for_load_state("load")
    assert [url for url in asked if not url.startswith((f"{home}/", "data:"))] == []
    assert page.locator("#home").get_attribute("href") == "index.html"
    context.close()


HOST = """\
site_name: Our library
site_url: https://example.org/docs/
theme: {name: material, font: false, palette: [{scheme: default}]}
nav: [{Home: index.md}]
"""


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def docs(tiny_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site of MkDocs' with the gallery among its pages, built as the guide says."""
    folder = tiny_project.write(tmp_path_factory.mktemp("host"))
    cache = tiny_site.parent / ".cnn-gallery"
    with (folder / "site_config.yml").open("a") as config:
        config.write(f"output: {{cache: '{cache}', site: unused}}\n")
    (folder / "docs" / "mine.md").unlink()
    (folder / "docs" / "index.md").write_text("# Ours\n\nSee [the filters](gallery/index.md).\n")
    (folder / "mkdocs.yml").write_text(HOST)
    staged = command(folder, "generator", "stage", "docs/gallery", "--section")
    settings, added = yaml.safe_load(HOST), yaml.safe_load(staged.stdout)
    both = {**settings, **{key: settings.get(key, []) + added[key] for key in added}}
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(both, sort_keys=False))
    assert command(folder, "generator", "stage", "docs/gallery", "--section").stdout == ""
    command(folder, "mkdocs", "build", "--strict", "--quiet")
    return folder / "site"


def test_docs_take_the_gallery_in_as_a_section(reader: Reader, docs: Path) -> None:
    with served(docs) as host:
        met = walk(reader, f"{host}/")
        assert f"{host}/gallery/layers/3/" in met
        assert {url: code for url, code in reader.answers.items() if code >= 400} == {}
        assert {url for url in reader.answers if not url.startswith(host)} == set()
        page = reader.open(f"{host}/gallery/layers/3/")
        assert page.locator(".md-header").inner_text().startswith("Our library")
        page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager' })")
        page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth)")
        assert reader.complaints == []


def test_a_card_of_a_section_opens_and_leads_on(reader: Reader, docs: Path) -> None:
    with served(docs) as host:
        page = reader.open(f"{host}/gallery/layers/3/#unit-1")
        page.wait_for_selector("dialog[open] img")
        compare = page.locator("dialog[open] a[href*='compare/#a=']").first
        assert compare.get_attribute("href") == "../../compare/#a=3%3A1"
        compare.click()
        page.wait_for_selector(".cg-compare:not([hidden]) img")
        assert {url: code for url, code in reader.answers.items() if code >= 400} == {}
        assert reader.complaints == []
