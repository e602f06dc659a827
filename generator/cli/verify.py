"""``cnn-gallery verify``: prove a finished site, or see what is wrong with it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.console import ConsoleReport
from generator.cli.options import common
from generator.cli.printing import as_json, print_json, print_line, print_table
from generator.utils.wording import counted

if TYPE_CHECKING:
    from rich.table import Table

    from generator.proof.judging import Finding
    from generator.proof.verify import Verified

SAMPLE = 5
DIFFERENT = 1  # exit status

_CHECKS = {"file": "file", "cache": "cached result", "again": "computed again"}
_STYLES = {"same": "green", "close": "green", "as strong": "yellow", "unlisted": "yellow"}
_NOT_LOOKED_AT = {"elsewhere": "not in this cache", "set aside": "of another version"}


@click.command()
@common
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="The finished site.  [default: the config's output.site]",
)
@click.option(
    "--sample",
    type=click.IntRange(0),
    help=f"So many pictures are computed again; 0 for none.  [default: {SAMPLE}]",
)
@click.option("--all", "everything", is_flag=True, help="All pictures are computed again.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    help="Draws the sample.  [default: another one each time, which is told]",
)
@click.option("--strict", is_flag=True, help="Pictures that are only as strong fail as well.")
@as_json
def verify(
    path: Path,
    site: Path | None,
    sample: int | None,
    everything: bool,
    seed: int | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Prove a finished site: its files, the cached results behind them, and a sample of its
    pictures, computed again from the weights and compared. Nothing is written.

    \b
    Exit statuses: 0 all is well, 1 something differs; others as for every command.
    """
    from generator.config.load import load_config
    from generator.proof.verify import verify as run

    if everything and sample is not None:
        raise click.UsageError("Give --sample or --all, not both.")
    config = load_config(path)
    folder = site or config.site_folder
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    count = None if everything else SAMPLE if sample is None else sample
    report = ConsoleReport(quiet=quiet, verbose=verbose)
    found = run(config, folder, report, count=count, seed=seed)
    wrong = found.wrong(strict=strict)
    if as_json:
        chosen = None if everything else {"count": count, "seed": seed}
        print_json(_as_json(found, wrong, chosen))
    else:
        rows = wrong if quiet else list(filter(None if verbose else _worth_a_look, found.findings))
        if rows:
            print_table(_table(rows))
        _tell(found, wrong, report, None if everything or not count else seed)
    sys.exit(DIFFERENT if wrong else 0)


def _tell(found: Verified, wrong: list[Finding], report: ConsoleReport, seed: int | None) -> None:
    """What each check comes to, and the verdict."""
    for line in _summary(found, seed):
        report.say(line)
    if wrong:
        print_line(f"{counted(len(wrong), 'thing')} wrong with the site.")
    else:
        report.say("All is well.")


def _worth_a_look(finding: Finding) -> bool:
    """Whether it was computed again, or is not simply well."""
    return finding.check == "again" or finding.verdict not in ("same", *_NOT_LOOKED_AT)


def _table(findings: Iterable[Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("what", "file or result", "how far, of 255", "verdict", ""):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(
            _CHECKS[finding.check],
            finding.subject,
            "" if finding.far is None else str(finding.far),
            Text(finding.verdict, style=_STYLES.get(finding.verdict, "red")),
            finding.note,
        )
    return table


def _summary(found: Verified, seed: int | None) -> list[str]:
    """A line a check: how much was looked at, and how much of it is well."""

    def count(check: str, *verdicts: str) -> int:
        return sum(
            each.check == check and (not verdicts or each.verdict in verdicts)
            for each in found.findings
        )

    lines = [f"Files: {count('file', 'same')} of {count('file')} as the manifest lists them."]
    rest = [
        f", {count('cache', verdict)} {words}"
        for verdict, words in _NOT_LOOKED_AT.items()
        if count("cache", verdict)
    ]
    whole = f"{count('cache', 'same')} of {count('cache')} whole"
    lines += [f"Cached results: {whole}{''.join(rest)}."]
    again = count("again")
    if again:
        drawn = "" if seed is None else f", drawn with --seed {seed}"
        well = count("again", "same", "close")
        lines += [
            f"Computed again: {again} of {counted(found.pictures, 'picture')}{drawn}: "
            f"{well} the same, {count('again', 'as strong')} as strong."
        ]
    return lines


def _as_json(
    found: Verified, wrong: list[Finding], chosen: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "well": not wrong,
        "inputs": list(found.inputs),
        "pictures": found.pictures,
        "sample": chosen,
        "findings": [asdict(finding) for finding in found.findings],
    }
