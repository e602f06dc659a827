"""``cnn-gallery init``: a new gallery, ready to build."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.console import ConsoleReport
from generator.cli.options import network_input
from generator.cli.render import own_settings
from generator.errors import ConfigError, SiteError, reason_of
from generator.utils.wording import counted

if TYPE_CHECKING:
    from generator.starting.files import Host, Start

MODEL = "vgg16-hed"


def _named(_: click.Context, __: click.Parameter, written: str) -> Path:
    """A folder that is named: an empty word, as of a variable that is not set, is no ``.``."""
    if not written.strip():
        raise click.BadParameter("name a folder, such as: cnn-gallery init gallery")
    return Path(written)


@click.command()
@click.argument("folder", type=click.Path(), callback=_named)
@click.option(
    "-m", "--model", default=MODEL, show_default=True, help="The network, as 'model' in a config."
)
@click.option(
    "-w", "--weights", default="default", show_default=True, help="As 'weights' in a config."
)
@click.option(
    "--arg",
    "args",
    multiple=True,
    metavar="NAME=VALUE",
    help="What the network's factory is called with. May be given several times.",
)
@network_input("--size")
@click.option(
    "-i",
    "--images",
    "photos",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A photo to copy into the gallery's folder; may be given several times. Without any, the "
    "four photos of the default gallery.",
)
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "none"]),
    default="github",
    show_default=True,
    help="Whose workflow is to build and show the gallery.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors.")
def init(
    folder: Path,
    model: str,
    weights: str,
    photos: Sequence[Path],
    ci: Host,
    quiet: bool,
    **given: Any,
) -> None:
    """Begin a gallery in FOLDER: a config with layers chosen for the network, photos, a page about
    the network, and a workflow. Nothing that is there is overwritten.
    """
    from generator.starting.files import places, repository_of

    report = ConsoleReport(quiet=quiet)
    repository = repository_of(folder)
    _check_free(folder, places(folder, repository, photos, ci))
    start = _start(folder, model, weights, photos, ci, given, report)
    _tell(start, _write(start), report)


def _check_free(folder: Path, paths: Sequence[Path]) -> None:
    """That nothing is where a file of the gallery is to go.

    Raises:
        ConfigError: everything that is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file, not a folder.", "Choose another name.")
    taken = [path for path in paths if os.path.lexists(path)]
    if taken:
        names = ", ".join(map(str, taken))
        hint = "Choose a folder of its own, such as: cnn-gallery init gallery"
        if not [path for path in taken if path.name not in ("gallery.yml", ".gitlab-ci.yml")]:
            hint = "With --ci none the workflow is left out."
        raise ConfigError(f"In the way: {names}. Nothing was written.", hint)


def _start(
    folder: Path,
    model: str,
    weights: str,
    photos: Sequence[Path],
    ci: Host,
    given: dict[str, Any],
    report: ConsoleReport,
) -> Start:
    from generator.config.network import Model
    from generator.starting.choosing import choose
    from generator.starting.files import Start, repository_of, seen_from
    from generator.starting.fitting import Wanted, load_fitting

    args = own_settings(given.pop("args"), "--arg")
    source = Model(source=seen_from(folder, model), args=args)
    written = seen_from(folder, weights)
    # Nothing lies in a folder that is not there yet, and no path leads through it: from here, then.
    asked, file, place = (source, written, folder)
    if not folder.is_dir():
        asked, file, place = Model(source=model, args=args), weights, Path()
    fitting = load_fitting(asked, file, Wanted(**given), place, report)
    choice = choose(fitting.network.layers)
    return Start(folder, repository_of(folder), source, written, fitting, choice, photos, ci)


def _write(start: Start) -> list[Path]:
    """Write all files, or none; the paths of what was written."""
    from generator.starting.files import files
    from generator.utils.files import write_new

    content = files(start)
    try:
        write_new(content)
    except OSError as error:
        raise SiteError(f"Nothing was written to {start.folder}: {reason_of(error)}.") from error
    return list(content)


def _tell(start: Start, written: Sequence[Path], report: ConsoleReport) -> None:
    from generator.starting.estimate import roughly, unit_seconds
    from generator.starting.files import CONFIG, UNITS

    network, choice = start.fitting.network, start.choice
    report.say(f"{network.card.name}: {counted(len(network.layers), 'layer')}. {choice.why}")
    for layer in choice.shown:
        report.say(f"  {layer.name} ({layer.type}): {'x'.join(map(str, layer.shape))}")
    if start.fitting.tried:
        size = "x".join(map(str, network.preprocessing.size))
        channels = counted(network.preprocessing.channels, "channel")
        report.warn(
            f"Its input was found by trying: {size} pixels, {channels}. Correct it in {CONFIG} if "
            "it was trained with another."
        )
    units = sum(min(UNITS, layer.channels) for layer in choice.units)
    seconds = unit_seconds(network, choice.units) * units
    for path in written:
        report.say(f"Wrote {path}")
    report.say(
        f"A build makes pictures of {counted(units, 'unit')}, {roughly(seconds)} of computing here."
    )
    report.say(f"Next: cd {shlex.quote(str(start.folder))} && cnn-gallery build")
