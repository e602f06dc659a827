"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def common(command: F) -> F:
    """The options that every command has."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Say more."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors."),
        click.option(
            "-c",
            "--config",
            "path",
            type=click.Path(path_type=Path),
            default=Path("site_config.yml"),
            show_default=True,
            help="The gallery's config.",
        ),
    ):
        command = option(command)
    return command
