"""What commands print on the standard output: lines and tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

import generator
from generator.cli.streams import own_output, standard_output

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH = 200  # characters, where nobody looks on

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_json(value: Any) -> None:
    """Print a value that JSON can hold."""
    print_line(json.dumps(value, indent=1))


def print_line(text: str, *, end: str = "\n") -> None:
    """Print a text as it is."""
    with standard_output() as stream:
        click.echo(text + end, file=stream, nl=False)


def print_table(table: Table) -> None:
    """Print a table, as wide as it needs where nobody looks on."""
    from rich.console import Console

    with standard_output() as stream:
        width = None if stream.isatty() else _WIDTH
        console = Console(file=stream, highlight=False, markup=False, emoji=False, width=width)
        console.print(table)


def _telling(
    text: Callable[[click.Context], str],
) -> Callable[[click.Context, click.Parameter, bool], None]:
    """What an option does that prints a text and ends."""

    def tell(context: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted and not context.resilient_parsing:
            print_line(text(context))
            context.exit()

    return tell


version = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_telling(lambda _: f"cnn-gallery, version {generator.__version__}"),
    help="Show the version and exit.",
)
_help = click.Option(
    ["-h", "--help"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_telling(lambda context: context.get_help()),
    help="Show this message and exit.",
)


def _help_option(ctx: click.Context) -> click.Option | None:
    return _help


def print_alone(command: click.Command) -> None:
    """Let a command, or all those of a group, print nothing but their own words, and say it in
    words where even their help cannot be printed.
    """
    command.get_help_option = _help_option  # type: ignore[method-assign]
    if isinstance(command, click.Group):
        for each in command.commands.values():
            print_alone(each)
    elif command.callback is not None:
        command.callback = own_output()(command.callback)
