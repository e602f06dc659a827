"""What commands print on the standard output: lines and tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any, TextIO

import click

from generator.errors import GalleryError

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH = 200  # characters, where nobody looks on
_STDOUT = "cnn-gallery.stdout"


def _alone(context: click.Context, _: click.Parameter, wanted: bool) -> bool:
    """What a user's own network prints meanwhile goes to the standard error."""
    if wanted:
        context.meta[_STDOUT] = sys.stdout
        context.with_resource(redirect_stdout(sys.stderr))
    return wanted


as_json = click.option(
    "--json", "as_json", is_flag=True, callback=_alone, help="Print JSON, for programs."
)


def print_json(value: Any) -> None:
    """Print a value that JSON can hold."""
    print_line(json.dumps(value, indent=1))


def print_line(text: str, *, end: str = "\n") -> None:
    """Print a text as it is."""
    with _standard_output() as stream:
        click.echo(text + end, file=stream, nl=False)


def print_table(table: Table) -> None:
    """Print a table, as wide as it needs where nobody looks on."""
    from rich.console import Console

    with _standard_output() as stream:
        width = None if stream.isatty() else _WIDTH
        console = Console(file=stream, highlight=False, markup=False, emoji=False, width=width)
        console.print(table)


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    """Where to print to.

    Raises:
        GalleryError: it is closed, or takes no more. That nobody reads on (``| head``) is left to
            click, which ends without a word.
    """
    context = click.get_current_context(silent=True)
    stream = context.meta.get(_STDOUT, sys.stdout) if context else sys.stdout
    if stream is None:
        raise GalleryError("Nothing can be printed: the standard output is closed.")
    try:
        yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        _leave(stream)
        raise GalleryError(
            f"The standard output cannot be written: {error.strerror or error}."
        ) from error


def _leave(stream: TextIO) -> None:
    """What is not written yet is given up: Python would try again at its end, and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
