"""Folders that would get in each other's way are found before anything is written."""

from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("output: {site: .}", "output.site: would overwrite the folder of the config itself"),
        ("output: {site: ./x/..}", "output.site: would overwrite the folder of the config itself"),
        ("output: {site: ..}", "output.site: would overwrite the folder of the config itself"),
        ("output: {site: /}", "output.site: would overwrite the folder of the config itself"),
        ("output: {cache: .}", "output.cache: would overwrite the folder of the config itself"),
        ("output: {site: docs}", "output.site: overlaps with 'docs' (docs)"),
        ("output: {site: docs/site}", "output.site: overlaps with 'docs' (docs)"),
        ("output: {site: templates}", "output.site: overlaps with 'templates' (templates)"),
        ("output: {cache: docs/x}", "output.cache: overlaps with 'docs' (docs)"),
        ("output: {cache: {dir: docs/x}}", "output.cache: overlaps with 'docs' (docs)"),
        (
            "output: {cache: {fallback: .cnn-gallery}}",
            "output.cache: overlaps with 'output.cache.fallback' (.cnn-gallery)",
        ),
        (
            "output: {site: a, cache: {fallback: a/b}}",
            "output.site: overlaps with 'output.cache.fallback' (a/b)",
        ),
        ("output: {site: a, cache: a}", "output.site: overlaps with 'output.cache' (a)"),
        ("output: {site: a, cache: a/b}", "output.site: overlaps with 'output.cache' (a/b)"),
        ("output: {site: link}", "output.site: would overwrite the folder of the config itself"),
        ("docs: a file", "docs: is a file; expected a folder"),
        ("templates: tmeplates", "templates: no such folder: tmeplates"),
    ],
)
def test_folders_in_each_others_way(desk, text, words):
    Path("link").symlink_to(".")
    Path("a file").write_text("")
    assert desk.mistake(text).startswith(f"site_config.yml:1: {words}")


def test_folders_are_checked_even_when_something_else_is_wrong(desk):
    mistakes = desk.mistakes("seed: x\noutput: {site: ., cache: 3.5e1}\ndocs: [a]\n")
    assert [mistake.split(": ")[1] for mistake in mistakes[1:]] == ["seed", "output.site", "docs"]


def test_links_in_circles_are_no_crash(desk):
    Path("a").symlink_to("b")
    Path("b").symlink_to("a")
    assert desk.load("output: {site: a}").site_folder == Path("a")


def test_folders_beside_each_other_are_fine(desk):
    config = desk.load("output: {site: ../public, cache: sites}")
    assert config.site_folder == Path("../public")


def test_a_path_may_start_at_home(desk, monkeypatch):
    monkeypatch.setenv("HOME", str(desk.folder / "home"))
    assert desk.load("output: {site: ~/site}").site_folder == desk.folder / "home" / "site"
