"""``cnn-gallery doctor``: what is installed, what a build would use, and what would stop it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.printing import as_json, print_json, print_line
from generator.utils.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.doctor import Finding

DEFAULT = Path("site_config.yml")
_MARKS = {"well": ("", None), "note": ("note: ", "yellow"), "stop": ("STOP: ", "red")}


@click.command()
@click.option(
    "-c",
    "--config",
    "path",
    type=click.Path(path_type=Path),
    help=f"The gallery's config.  [default: {DEFAULT}, if there is one]",
)
@as_json
def doctor(path: Path | None, as_json: bool) -> int:
    """Say what is installed, what a build would use, and what would stop it (then the exit status
    is 1). Nothing is built or fetched; what it prints belongs into a report of a bug.
    """
    from generator.doctor import diagnose

    found = diagnose(path or DEFAULT, asked=path is not None)
    if as_json:
        rows = [asdict(finding) for finding in found]
        stops = sum(row["state"] == "stop" for row in rows)
        print_json({"sound": not stops, "findings": rows})
    else:
        stops = _tell(found)
    return 1 if stops else 0


def _tell(found: Iterable[Finding]) -> int:
    """Print each finding as it comes; how many would stop a build."""
    group, stops = "", 0
    for finding in found:
        if finding.group != group:
            group = finding.group
            print_line(click.style(group, bold=True))
        mark, colour = _MARKS[finding.state]
        state = click.style(mark, fg=colour) if mark else ""
        print_line(f"  {finding.name}: {state}{_indented(finding.value)}")
        if finding.hint and (finding.state != "well" or finding.value == "not installed"):
            print_line(f"    {_indented(finding.hint)}")
        stops += finding.state == "stop"
    if stops:
        print_line(click.style(f"{counted(stops, 'finding')} would stop a build.", fg="red"))
    else:
        print_line("Nothing found that would stop a build.")
    return stops


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")
