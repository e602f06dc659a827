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


def _numbers(
    _: click.Context, __: click.Parameter, written: str | None
) -> tuple[float, ...] | None:
    """``0.5`` or ``0.485,0.456,0.406``."""
    if written is None:
        return None
    try:
        return tuple(float(part) for part in written.split(","))
    except ValueError:
        raise click.BadParameter(f"'{written}' is no number, nor several with commas.") from None


def _side(_: click.Context, __: click.Parameter, written: str | None) -> tuple[int, int] | None:
    """``28`` or ``240x320``."""
    if written is None:
        return None
    try:
        height, by, width = written.lower().partition("x")
        return (int(height), int(width if by else height))
    except ValueError:
        raise click.BadParameter(f"'{written}' is no size: write 28, or 240x320.") from None


def network_input(*size: str) -> Callable[[F], F]:
    """What a network's input is like, where its source does not say: see `generator.model.load`.

    Args:
        size: what the option for its height and width is called.
    """

    of = "Of the network's input"

    def add(command: F) -> F:
        for option in (
            click.option("--std", callback=_numbers, help="Their deviations, written alike."),
            click.option("--mean", callback=_numbers, help=f"{of}, on 0..1: 0.5, or 0.5,0.4,0.4."),
            click.option("--channels", type=click.IntRange(1, 1024), help=f"{of}."),
            click.option(*size, callback=_side, help=f"{of}, in pixels: 28, or 240x320."),
        ):
            command = option(command)
        return command

    return add
