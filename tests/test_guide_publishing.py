"""The workflow files in the guide: sound YAML, and commands that exist, with their options."""

from __future__ import annotations

import re
import shlex
from typing import Any

import click
import pytest
import yaml

from generator.cli.main import cli
from generator.utils.resources import docs_folder

PAGES = ("publishing.md", "inside-your-docs.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    texts = [(docs_folder() / "guide" / page).read_text(encoding="utf-8") for page in PAGES]
    found = [match for text in texts for match in BLOCK.findall(text)]
    return [text for kind, text in found if kind == language]


def scripts(value: Any) -> list[str]:
    """The shell lines of a workflow, wherever in it."""
    if isinstance(value, dict):
        own = [value[key] for key in ("run", "script") if key in value]
        lines = [line for each in own for line in (each if isinstance(each, list) else [each])]
        return lines + [line for inner in value.values() for line in scripts(inner)]
    return [line for inner in value for line in scripts(inner)] if isinstance(value, list) else []


def commands() -> list[str]:
    documents = [yaml.safe_load(text) for text in blocks("yaml")]
    lines = "\n".join([*blocks("console"), *(line for doc in documents for line in scripts(doc))])
    return sorted({line.strip() for line in lines.splitlines() if "cnn-gallery " in line[:12]})


def test_the_guide_has_workflows_for_both_hosts() -> None:
    documents = [yaml.safe_load(text) for text in blocks("yaml")]
    assert {"build", "deploy"} <= set().union(*(doc.get("jobs", {}) for doc in documents))
    (gitlab,) = [doc["pages"] for doc in documents if "pages" in doc]
    assert gitlab["artifacts"]["paths"] == ["public"]
    assert len(commands()) >= 6


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_guide_takes_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    group: click.Command = cli
    context = click.Context(cli)
    while isinstance(group, click.Group):
        found = group.get_command(context, words[0])
        assert found is not None, f"there is no command '{words[0]}'"
        group, words = found, words[1:]
    group.make_context(group.name, words)
