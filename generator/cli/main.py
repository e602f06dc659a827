"""The command line: the only place that parses arguments, prints, or exits.

Exit statuses: 0 done; 1 and up as in `generator.errors`; 2 also for wrong arguments; 130 Ctrl-C,
143 SIGTERM, 129 a terminal that closed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from generator.cli import printing
from generator.cli.cache import cache
from generator.cli.console import ConsoleReport
from generator.cli.doctor import doctor
from generator.cli.init import init
from generator.cli.options import common
from generator.cli.printing import as_json, print_json, print_line, print_table
from generator.cli.publish import export, publish, stage
from generator.cli.render import render
from generator.cli.stopping import end, exit_status, stopping_when_asked
from generator.cli.streams import sound_streams
from generator.cli.verify import verify
from generator.errors import ConfigError, GalleryError
from generator.utils.garbage import infrequent_gc
from generator.utils.report import hush_pillow
from generator.utils.wording import counted

if TYPE_CHECKING:
    from generator.building.budget import Budget
    from generator.config.schema import SiteConfig
    from generator.pipeline import Built

PORT = 8000


@click.group()
@printing.version
def cli() -> None:
    """Turn a convolutional network into a gallery: its kernels, its activation maps, and the
    pictures that maximise each filter, as a site that opens from a file.

    \b
    Exit statuses: 0 done, 1 something failed or, of verify, differs, 2 the config or the
    arguments, 3 the network, 4 a photo, 5 the cache, 6 the site, 7 publishing it, 8 the processes
    or machines that were to compute, 130 stopped by Ctrl-C, 143 by SIGTERM, 129 as the
    terminal closed (what was done is kept).
    """


for command in (cache, doctor, export, init, publish, render, stage, verify):
    cli.add_command(command)


at_once = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 256),
    help="How much to do at once. By default two batches of tasks, which share the processors, "
    "and a picture a processor. The site is the same.",
)
executor = click.option(
    "--executor",
    type=click.Choice(["local", "processes", "dask"]),
    help="Where tasks run, in place of the config's compute: executor. The site is the same.",
)
anyway = click.option("--anyway", is_flag=True, help="Build even if nothing has changed.")
reread = click.option(
    "--reread",
    is_flag=True,
    help="Build anyway, and read every file of the cache again, also where size and time are those "
    "that were. This finds and mends what a failing disk damaged.",
)


@cli.command()
@common
@at_once
@executor
@click.option(
    "--budget",
    metavar="TIME",
    help="How long it may take, such as 90s, 10m or 1h30m: every picture coarse first, then finer "
    "ones, the worst first. A later build goes on from there.",
)
@anyway
@reread
def build(
    path: Path,
    quiet: bool,
    verbose: bool,
    jobs: int | None,
    executor: str | None,
    budget: str | None,
    anyway: bool,
    reread: bool,
) -> None:
    """Build the site, if anything has changed. What is cached already is not computed again."""
    report = ConsoleReport(quiet=quiet, verbose=verbose)
    limit = _limit(budget)
    if anyway or reread or not _stands(path, quiet, report):
        with infrequent_gc():
            from generator.cache.known import forget
            from generator.config.load import load_config
            from generator.machines.failures import raise_any

        config = load_config(path)
        if reread:
            forget(config.cache_folder, config.path)
        built = _build(_computed_by(executor, config), report, jobs, limit)
        raise_any(built.failures, built.tasks)


def _limit(budget: str | None) -> Budget | None:
    """What ``--budget`` says, from now on."""
    if budget is None:
        return None
    from generator.building.budget import Budget, seconds_of

    try:
        return Budget(seconds_of(budget))
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--budget") from None


def _computed_by(executor: str | None, config: SiteConfig) -> SiteConfig:
    """The config, with another executor in place of its own, if one is named."""
    if executor is None:
        return config
    return config.model_copy(
        update={"compute": config.compute.model_copy(update={"executor": executor})}
    )


def _stands(path: Path, quiet: bool, report: ConsoleReport) -> bool:
    """Whether the site is as a build would make it. Says so, or what changed."""
    from generator.incremental.unchanged import last_build

    last = last_build(path)
    if last.ledger is None or not last.up_to_date:
        report.detail(f"There is something to do: {last.change}.")
        return False
    if not quiet:  # without the report, which takes its time to start
        index = Path(os.path.relpath(last.ledger.site), "index.html")
        click.echo(f"Nothing has changed since the last build: {index} is up to date.", err=True)
    return True


def _build(
    config: SiteConfig, report: ConsoleReport, jobs: int | None, budget: Budget | None = None
) -> Built:
    with infrequent_gc():
        from generator.pipeline import build as run

    started = time.monotonic()
    built = run(config, report, jobs, budget)
    report.say(
        f"Done in {time.monotonic() - started:.0f} s: {counted(built.computed, 'task')} computed, "
        f"{built.cached} from the cache, {counted(built.pictures, 'picture')}."
    )
    if built.coarse:
        report.say(f"{counted(built.coarse, 'picture')} coarse so far: another build goes on.")
    report.say(f"Open {built.site / 'index.html'}")
    return built


@cli.command()
@common
@as_json
def plan(path: Path, quiet: bool, verbose: bool, as_json: bool) -> None:
    """List what a build would run, and what the cache has already."""
    from generator.building.explain import counted_reasons, dependences, reasons_of
    from generator.building.prepare import prepare
    from generator.cache.leases import cache_lease
    from generator.cache.ledger import latest
    from generator.cli import tables
    from generator.config.load import load_config

    report = ConsoleReport(quiet=quiet, verbose=verbose)
    config = load_config(path)
    ranks = any(entry.filters.top is not None for entry in config.visualizations)
    # To rank filters it has to run them, and to keep what it found.
    with cache_lease(config.cache_folder, report) if ranks else contextlib.nullcontext():
        prepared = prepare(config, report)
    reasons = reasons_of(prepared, latest(config.cache_folder, config.path))
    rows = tables.plan_rows(prepared, reasons)
    if as_json:
        print_json(rows)
        return
    if not quiet:
        print_table(tables.plan_table(rows, why=verbose))
    for line in dependences(prepared):
        report.detail(line)
    cached = len(rows) - len(reasons)
    print_line(f"{counted(len(rows), 'task')}: {cached} cached, {len(reasons)} missing")
    for words, number in counted_reasons(reasons.values()):
        print_line(f"  {number}: {words}")


@cli.command()
@common
@as_json
def layers(path: Path, quiet: bool, verbose: bool, as_json: bool) -> None:
    """List the network's layers, for choosing."""
    from generator.building.prepare import load_network
    from generator.cli import tables
    from generator.config.load import load_config

    report = ConsoleReport(quiet=quiet, verbose=verbose)
    found = load_network(load_config(path), report).layers
    if as_json:
        print_json(tables.layer_rows(found))
    else:
        print_table(tables.layer_table(found))


@cli.command()
@common
@at_once
@executor
@anyway
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="On this machine's own address; 0 for any that is free.",
)
def serve(
    path: Path,
    quiet: bool,
    verbose: bool,
    jobs: int | None,
    executor: str | None,
    anyway: bool,
    port: int,
) -> None:
    """Build the site, then show it on a local address until Ctrl-C."""
    from generator.config.load import load_config
    from generator.machines.failures import subject
    from generator.publishing.serving import server

    report = ConsoleReport(quiet=quiet, verbose=verbose)
    config = _computed_by(executor, load_config(path))
    with server(config.site_folder, port) as shown:  # first: a port in use is soon said
        if anyway or not _stands(path, quiet, report):
            built = _build(config, report, jobs)
            for failure in built.failures:  # the pages say so too, and show the rest
                report.warn(f"{subject(failure.planned.task)} failed: {failure.words}")
        report.say(f"Showing it at http://127.0.0.1:{shown.server_port}/ until Ctrl-C")
        with contextlib.suppress(KeyboardInterrupt):  # that is how it is meant to end
            shown.serve_forever()


printing.print_alone(cli)


def main() -> None:
    """Run the command line, and end the process with its exit status."""
    hush_pillow()
    with sound_streams():
        _run()


def _run() -> NoReturn:
    try:
        with stopping_when_asked():
            status = cli.main(prog_name="cnn-gallery", standalone_mode=False)
    except GalleryError as error:
        _fail(error)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        _fail(ConfigError(f"No file can have so long a name: {str(error.filename)[:60]}…"))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as stopped:
        with contextlib.suppress(OSError):  # the terminal may be gone
            click.echo("Stopped. What was done is kept; run the same command to go on.", err=True)
        end(exit_status(stopped))
    end(status if isinstance(status, int) else 0)


def _fail(error: GalleryError) -> NoReturn:
    click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(str(error), err=True)
    end(error.exit_status)
