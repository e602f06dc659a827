"""``cnn-gallery cache``: how large it is, and making room in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.console import ConsoleReport
from generator.cli.options import common
from generator.cli.printing import as_json, print_json, print_line, print_table
from generator.utils.sizes import read_size, shown_size
from generator.utils.wording import counted

if TYPE_CHECKING:
    from rich.table import Table

    from generator.housekeeping.sweep import Sweep

_KINDS = {  # as a sweep and as the rows of `info` call them
    "builds": "ledgers of builds",
    "records": "records of results",
    "objects": "tensors",
    "pictures": "drawn pictures",
    "indexes": "of files that need not be read again",
    "leftovers": "left by killed builds, or being written",
}


def _size(_: click.Context, __: click.Parameter, written: str | None) -> int | None:
    try:
        return read_size(written) if written is not None else None
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


@click.group()
def cache() -> None:
    """What was computed, kept so that it is computed once: its size, and making room."""


@cache.command()
@common
@as_json
def info(path: Path, quiet: bool, verbose: bool, as_json: bool) -> None:
    """How large the cache is, and of what."""
    from generator.config.load import load_config
    from generator.housekeeping.summary import summary

    config = load_config(path)
    found = summary(config.cache_folder)
    fallback = summary(config.fallback_folder) if config.fallback_folder is not None else None
    if as_json:
        print_json({**found, "fallback": fallback})
        return
    for each, words in ((found, "The cache"), (fallback, "The fallback")):
        if each is not None:
            _tell(each, words)


def _tell(stock: dict[str, Any], words: str) -> None:
    print_line(f"{words} in '{stock['folder']}': {shown_size(stock['bytes'])}")
    if not stock["there"]:
        print_line("There is no such folder.")
        return
    rows = [(name, stock[name]["files"], stock[name]["bytes"]) for name in _KINDS]
    print_table(_table("files", "number", [(_KINDS[name], *rest) for name, *rest in rows]))
    results = [(row["name"], row["results"], row["bytes"]) for row in stock["visualizations"]]
    if results:
        print_table(_table("results of", "number", results))
    for build in stock["configs"]:
        gone = ", which is gone" if build["gone"] else ""
        last = f", the last of {build['newest']}" if build["newest"] else ""
        print_line(f"{counted(build['builds'], 'build')}{last}, of {build['config']}{gone}")
    if stock["damaged"]:
        print_line(f"{counted(stock['damaged'], 'record')} damaged: the next build mends them")
    if stock["other_versions"]:
        print_line(f"{counted(stock['other_versions'], 'record')} of another version, set aside")


def _table(first: str, second: str, rows: list[tuple[str, int, int]]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for heading in (second, "size"):
        table.add_column(heading, justify="right")
    for name, number, size in rows:
        table.add_row(name, str(number), shown_size(size))
    return table


@cache.command()
@common
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option(
    "--keep-builds",
    type=click.IntRange(1),
    help="Keep what the last N builds of each config show.  [default: 1; with --max-size, as "
    "many as fit]",
)
@click.option(
    "--max-size",
    callback=_size,
    metavar="SIZE",
    help="Remove the oldest builds' results until the cache is no larger, such as 2GB; never "
    "those of the newest build of a config.",
)
@click.option("--forget-gone", is_flag=True, help="Do not keep builds whose config is gone.")
@click.option(
    "--all-unused",
    is_flag=True,
    help="Remove also what may be in use: what interrupted builds computed, and what another "
    "version wrote.",
)
@as_json
def gc(
    path: Path,
    dry_run: bool,
    keep_builds: int | None,
    max_size: int | None,
    forget_gone: bool,
    all_unused: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Remove from the cache what no recent build shows. Nothing is removed while a build runs."""
    from contextlib import nullcontext

    from generator.cache.leases import sole_use
    from generator.config.load import load_config
    from generator.housekeeping.holdings import take_stock
    from generator.housekeeping.sweep import Wishes, carry_out, plan_sweep

    folder = load_config(path).cache_folder
    wishes = Wishes(keep_builds, max_size, forget_gone, all_unused)
    remove = folder.is_dir() and not dry_run
    with sole_use(folder) if remove else nullcontext():
        sweep = plan_sweep(take_stock(folder), wishes)
        if remove:
            carry_out(sweep)
    if as_json:
        print_json(_as_json(sweep, dry_run))
    else:
        _tell_sweep(sweep, dry_run, ConsoleReport(quiet=quiet, verbose=verbose))


def _as_json(sweep: Sweep, dry_run: bool) -> dict[str, Any]:
    kinds = {
        name: {"files": len(files), "bytes": sum(file.size for file in files)}
        for name, files in sweep.kinds.items()
    }
    whole = {"folder": str(sweep.folder), "dry_run": dry_run, "bytes": sweep.size}
    return {**whole, "kept_bytes": sweep.kept, **kinds, "notes": list(sweep.notes)}


def _tell_sweep(sweep: Sweep, dry_run: bool, report: ConsoleReport) -> None:
    for note in sweep.notes:
        report.warn(note)
    for name, files in sweep.kinds.items():
        for file in files:
            report.detail(f"{name}: {file.path.relative_to(sweep.folder)}")
    parts = [
        counted(len(files), name.removesuffix("s")) for name, files in sweep.kinds.items() if files
    ]
    freed, kept = shown_size(sweep.size), shown_size(sweep.kept)
    what = f"{freed} ({', '.join(parts)})" if parts else "nothing"
    verb = "would be removed" if dry_run else "removed"
    report.say(f"{sweep.folder}: {what} {verb}, {kept} {'would stay' if dry_run else 'kept'}.")
