"""``cnn-gallery render``: one picture, or a few, without a config and without a site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from generator.cli.console import ConsoleReport
from generator.cli.options import network_input
from generator.cli.printing import as_json, print_json, print_table
from generator.utils.wording import counted

if TYPE_CHECKING:
    from generator.model.network import Network
    from generator.photos.images import Picture
    from generator.single_pictures import Chosen, Place
    from generator.visualizations.base import Options

F = TypeVar("F", bound=Callable[..., Any])

MODEL = "vgg16-hed"


@click.group()
def render() -> None:
    """Draw one picture, or a few, into files: no config needed, and no site built."""


def _common(command: F) -> F:
    """The options that every kind of picture has."""
    for option in (
        as_json,
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors."),
        click.option(
            "-o",
            "--output",
            "place",
            type=click.Path(path_type=Path),
            required=True,
            help="The file, .png or .webp. For several pictures: a folder, or a file's name that "
            "gets each one's unit added.",
        ),
        click.option(
            "-c",
            "--config",
            type=click.Path(path_type=Path),
            help="Take the network and its input from this config.",
        ),
        click.option("-w", "--weights", help="As 'weights' in a config.  [default: default]"),
        click.option("-m", "--model", help=f"As 'model' in a config.  [default: {MODEL}]"),
    ):
        command = option(command)
    return command


def _unit(required: bool) -> Callable[[F], F]:
    return click.option(
        "-u",
        "--unit",
        "units",
        multiple=True,
        required=required,
        metavar="LAYER:FILTER",
        help="Such as features.22:100, or conv:10:5. May be given several times.",
    )


def _layer(required: bool) -> Callable[[F], F]:
    return click.option(
        "-l",
        "--layer",
        "layers",
        multiple=True,
        required=required,
        metavar="LAYER",
        help="Such as features.3, conv:1 or conv:2-4. May be given several times.",
    )


@render.command()
@_unit(required=True)
@click.option("--preset", type=click.Choice(["fourier", "classic", "maco"]), default="fourier")
@click.option("--size", type=int, help="Side of the picture in pixels; the preset's if left out.")
@click.option("--steps", type=int, help="Steps on the whole picture; the preset's if left out.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the start.")
@click.option("--facets", type=int, help="So many pictures of each unit, pushed apart.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting of a maximisation in the config, such as --set learning_rate=0.2. May "
    "be given several times.",
)
@network_input("--input-size")
@_common
def maximization(
    units: Sequence[str],
    preset: str,
    size: int | None,
    steps: int | None,
    seed: int,
    facets: int | None,
    settings: Sequence[str],
    **common: Any,
) -> None:
    """The picture that a unit answers to most strongly, and what it is worth."""
    from generator import single_pictures
    from generator.api import entry

    own = own_settings(settings)
    if none := [name for name, value in own.items() if value is None]:
        raise click.BadParameter(f"'{none[0]}' has no value.", param_hint="--set")
    options = entry(preset, **{"size": size, "steps": steps, "seed": seed, "facets": facets, **own})
    place = single_pictures.Place(common["place"], several=len(set(units)) > 1)
    report, network = _begin(common)
    _draw(network, options, single_pictures.units(network, units), (), place, report, common)


def own_settings(written: Sequence[str], option: str = "--set") -> dict[str, Any]:
    """Settings such as ``noise=[125, 190]``: the value as in a config."""
    import yaml

    found = {}
    for word in written:
        name, sign, value = word.partition("=")
        if not (sign and name.strip()):
            raise click.BadParameter(f"'{word}' is not NAME=VALUE.", param_hint=option)
        try:
            found[name.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise click.BadParameter(f"'{value}' is no value.", param_hint=option) from None
    return found


@render.command()
@_layer(required=True)
@click.option(
    "--draw",
    type=click.Choice(["signed", "gray", "rgb"]),
    default="signed",
    show_default=True,
    help="signed: one scale, zero neutral; gray: each kernel over its own range; rgb: in colour, "
    "for layers that read three channels.",
)
@network_input("--input-size", "--size")
@_common
def kernels(layers: Sequence[str], draw: str, **common: Any) -> None:
    """A sheet of a convolution's kernels."""
    from generator import single_pictures
    from generator.config.problems import read_entry
    from generator.visualizations.kernels import KernelsOptions

    options = read_entry(KernelsOptions, {"kind": "kernels", "layers": [*layers], "draw": draw})
    report, network = _begin(common)
    chosen = single_pictures.whole_layers(network, layers)
    place = single_pictures.Place(common["place"], several=len(chosen) > 1)
    _draw(network, options, chosen, (), place, report, common)


@render.command()
@_unit(required=False)
@_layer(required=False)
@click.option("-i", "--image", type=click.Path(path_type=Path), required=True, help="A photo.")
@click.option(
    "--draw",
    type=click.Choice(["auto", "heat", "signed", "gray"]),
    default="auto",
    show_default=True,
    help="The colours; auto: signed where values can be below zero, heat elsewhere.",
)
@network_input("--input-size", "--size")
@_common
def activations(
    units: Sequence[str], layers: Sequence[str], image: Path, draw: str, **common: Any
) -> None:
    """What a unit answers to a photo; with --layer, a sheet of all of a layer's maps."""
    from generator import single_pictures
    from generator.photos import images
    from generator.visualizations.activations import ActivationsOptions

    if bool(units) == bool(layers):
        raise click.UsageError("Give --unit for single maps, or --layer for a whole sheet.")
    show = "filter" if units else "grid"
    fields = {"kind": "activations", "layers": ["*"], "show": show, "draw": draw}
    options = ActivationsOptions.model_validate(fields)
    photo = images.describe(image)
    images.open_pixels(photo)
    if common["place"].exists() and image.samefile(common["place"]):
        raise click.UsageError("--output would take the place of --image.")
    report, network = _begin(common)
    if units:
        chosen = single_pictures.units(network, units)
    else:
        chosen = single_pictures.whole_layers(network, layers)
    count = sum(map(len, chosen.values())) if units else len(chosen)
    place = single_pictures.Place(common["place"], several=count > 1)
    _draw(network, options, chosen, (photo,), place, report, common)


def _begin(common: dict[str, Any]) -> tuple[ConsoleReport, Network]:
    """The network that was asked for."""
    from generator import model
    from generator.building.prepare import load_network
    from generator.config.load import load_config

    report = ConsoleReport(quiet=common["quiet"])
    named, weights, config = common["model"], common["weights"], common["config"]
    given = {name: common[name] for name in ("channels", "mean", "std")}
    given["size"] = common["input_size"]
    if config is None:
        weights = weights or "default"
        return report, model.load(named or MODEL, weights=weights, report=report.say, **given)
    if named or weights:
        raise click.UsageError("The network comes from --config, or from --model and --weights.")
    if any(value is not None for value in given.values()):
        raise click.UsageError("What the network's input is like comes from --config as well.")
    return report, load_network(load_config(config), report)


def _draw(
    network: Network,
    options: Options,
    chosen: Chosen,
    photos: Sequence[Picture],
    place: Place,
    report: ConsoleReport,
    common: dict[str, Any],
) -> None:
    """Make the pictures, write each, and tell what they are worth."""
    from generator import single_pictures
    from generator.cli import tables

    rows = []
    for made in single_pictures.make(network, options, chosen, photos, report):
        file = place.write(made, network.layer(made.layer))
        rows.append(tables.picture_row(made, file))
    if common["as_json"]:
        print_json(rows)
    elif options.kind == "maximization" and not common["quiet"]:
        print_table(tables.score_table(rows))
    report.say(f"{counted(len(rows), 'picture')} written: {', '.join(r['file'] for r in rows)}")
