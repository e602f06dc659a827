"""The files of a new gallery: config, photos, a page about the network, and a workflow for CI."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generator.config.load import load_config
from generator.config.network import Model
from generator.config.schema import Image
from generator.model.layers import Layer
from generator.model.sources.request import is_factory, read_factory
from generator.photos import images, seeing
from generator.render.wording import escaping, words
from generator.starting.choosing import Choice
from generator.starting.fitting import Fitting, Wanted
from generator.utils.resources import default_config, docs_folder
from generator.utils.wording import counted
from generator.visualizations import registry

Host = Literal["github", "gitlab", "none"]

CONFIG = "site_config.yml"
UNITS = 4  # of each layer, for which pictures are made
MAPS = 16  # of each layer, on a sheet
WORKFLOWS: Mapping[Host, str] = {
    "github": ".github/workflows/gallery.yml",
    "gitlab": ".gitlab-ci.yml",
}
_FILES = Path(__file__).resolve().parent / "starter"
_PLAIN = re.compile(r"[A-Za-z_./~][\w./:-]*[\w/]|[A-Za-z_]")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_EXTRAS = {"timm:": "timm"}  # sources of networks that are installed apart


@dataclass(frozen=True)
class Start:
    """What a new gallery is made of.

    Attributes:
        folder: where it goes.
        repository: the root of the git repository around the folder, if there is one.
        model, weights: as in its config.
        fitting: the network, and what the config says of its input.
        choice: what is shown of it.
        photos: pictures of the user's own to copy; the package's when there are none.
        host: whose CI is to build it.
    """

    folder: Path
    repository: Path | None
    model: Model
    weights: str
    fitting: Fitting
    choice: Choice
    photos: Sequence[Path] = ()
    host: Host = "github"


def repository_of(folder: Path) -> Path | None:
    """The root of the git repository that a folder lies in, or would lie in."""
    here = Path(os.path.abspath(folder))  # noqa: PTH100 (it need not exist)
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), None)


def seen_from(folder: Path, named: str) -> str:
    """What names a network or weights here, as a config in the folder names it.

    Files are relative to the folder, and so are modules that lie here, neither in the folder nor
    among the installed packages; all other names stay.
    """
    path = Path(named).expanduser()
    if path.is_file() and not path.is_absolute():
        return Path(os.path.relpath(path, folder)).as_posix()
    if not is_factory(named):
        return named
    place, module, attribute = read_factory(named)
    here = os.path.realpath("")
    elsewhere = [str(folder), *(each for each in sys.path if os.path.realpath(each) != here)]
    if not place and (_has(elsewhere, module) or not _has([here], module)):
        return named
    code = Path(os.path.relpath(Path(place).expanduser(), folder)).as_posix()
    return f"{code}/{module}:{attribute}" if code != "." else f"{module}:{attribute}"


def _has(folders: Sequence[str], module: str) -> bool:
    """Whether a module, or the package around it, lies in one of these folders."""
    importlib.invalidate_caches()
    return PathFinder.find_spec(module.partition(".")[0], folders) is not None


def places(folder: Path, repository: Path | None, photos: Sequence[Path], host: Host) -> list[Path]:
    """Every file that a new gallery is made of, before anything of the network is known."""
    names = [*_photo_names(photos or _own_photos()).values()]
    inside = ["docs/network.md", ".gitignore", "requirements.txt", CONFIG]
    paths = [folder / "images" / name for name in names]
    if host != "none":
        paths.append((repository or folder) / WORKFLOWS[host])
    return [*paths, *(folder / name for name in inside)]


def files(start: Start) -> dict[Path, bytes]:
    """The content of each of the `places` that is needed; the config comes last.

    A network that reads neither colour nor gray has no use for the package's photos.

    Raises:
        PictureError: one of the user's photos is none, or not one for the network.
    """
    channels = start.fitting.network.preprocessing.channels
    for path in start.photos:
        picture = images.describe(path)
        images.open_pixels(picture)
        seeing.check(picture, channels)
    values = _values(start)
    made: dict[Path, bytes] = {
        start.folder / "images" / name: path.read_bytes()
        for path, name in _photo_names(_photos(start)).items()
    }
    if start.host != "none":
        place = (start.repository or start.folder) / WORKFLOWS[start.host]
        made[place] = _rendered(f"{start.host}.yml.j2", _below(start))
    for name, template in (
        ("docs/network.md", "network.md.j2"),
        (".gitignore", "gitignore"),
        ("requirements.txt", "requirements.txt.j2"),
        (CONFIG, "site_config.yml.j2"),
    ):
        made[start.folder / name] = _rendered(template, values)
    return made


def _photos(start: Start) -> Sequence[Path]:
    """The photos to copy: the user's, or the package's where these suit the network."""
    suit = start.fitting.network.preprocessing.channels in (1, 3)
    return start.photos or (_own_photos() if suit else ())


def workflow(host: Host, folder: str = "") -> str:
    """A workflow that builds the gallery in a folder of its repository, and shows it."""
    values = {"folder": folder, "prefix": f"{folder}/" if folder else ""}
    return _rendered(f"{host}.yml.j2", values).decode()


def _below(start: Start) -> dict[str, str]:
    """Where in its repository the gallery lies: empty for the root."""
    folder = ""
    if start.repository is not None:
        folder = start.folder.resolve().relative_to(start.repository.resolve()).as_posix()
    folder = "" if folder == "." else folder
    return {"folder": folder, "prefix": f"{folder}/" if folder else ""}


def _values(start: Start) -> dict[str, Any]:
    """What the templates show."""
    network, choice = start.fitting.network, start.choice
    preprocessing = network.preprocessing
    convolutions = sum(layer.convolution is not None for layer in network.layers)
    photos = _photos(start)
    ranked = photos and any(len(layer.shape) == 3 for layer in choice.units)
    return {
        "name": network.card.name,
        "description": f"What the filters of {network.card.name} look for, layer by layer.",
        "weights_in_words": network.card.weights,
        "description_of_network": network.card.description,
        "model": start.model.model_dump() if start.model.args else start.model.source,
        "weights": start.weights,
        "extras": [extra for mark, extra in _EXTRAS.items() if start.model.source.startswith(mark)],
        "input": _input(start.fitting.wanted),
        "tried": start.fitting.tried,
        "pictures": bool(photos),
        "photos": _credited() if photos and not start.photos else [],
        "reads": preprocessing.channels,
        "classified": bool(photos and network.classes and "predictions" in registry()),
        "unnamed": 0 if network.classes or network.outputs < 2 else network.outputs,
        "size": words.size(preprocessing.size),
        "channels": counted(preprocessing.channels, "channel"),
        "count": len(network.layers),
        "layers": "its one layer runs"
        if len(network.layers) == 1
        else f"{len(network.layers)} of its layers run",
        "convolutions": f"{convolutions} of them convolutions"
        if convolutions
        else "none of them a convolution",
        "parameters": sum(layer.parameters for layer in network.layers),
        "why": choice.why,
        "shown": choice.shown,
        "kernels": choice.kernels,
        "maps": choice.maps,
        "units": choice.units,
        "top_maps": MAPS,
        "filters": f"{{top: {UNITS}}}" if ranked else f"{{random: {UNITS}}}",
        "gives": _gives,
        "sees": _sees,
    }


def _input(wanted: Wanted) -> dict[str, Any]:
    """The ``input`` of the config: what is not as the network's source says.

    Means and deviations stay as many as they are: one of each would say that the network reads gray
    pictures.
    """
    given = {name: value for name, value in vars(wanted).items() if value is not None}
    written = {
        name: value[0] if isinstance(value, tuple) and len(value) == 1 else value
        for name, value in given.items()
    }
    if wanted.size and len(set(wanted.size)) == 1:
        written["size"] = wanted.size[0]
    return written


def _gives(layer: Layer) -> str:
    if len(layer.shape) == 3:
        return f"{words.number(layer.channels)} maps of {words.size(layer.shape[1:])}"
    return f"{words.number(layer.channels)} numbers"


def _sees(layer: Layer) -> str:
    if layer.receptive_field is None:
        return "not known" if len(layer.shape) == 3 else "the whole picture"
    return f"{words.size(layer.receptive_field)} pixels"


def _own_photos() -> list[Path]:
    """The package's photos, which anyone may copy and publish."""
    folder = docs_folder() / "images"
    return [folder / Path(photo.path).name for photo in _listed()]


def _credited() -> list[Image]:
    """The package's photos as the new config names them."""
    return [
        photo.model_copy(update={"path": f"images/{Path(photo.path).name}"}) for photo in _listed()
    ]


def _listed() -> Sequence[Image]:
    return load_config(default_config()).images


def _photo_names(photos: Sequence[Path]) -> dict[Path, str]:
    """What each photo is called in the new folder: its own name, numbered where two share one."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in dict.fromkeys(photos):
        name, number = path.name, 2
        while name.lower() in taken:  # some file systems take them for one
            name, number = f"{path.stem}-{number}{path.suffix}", number + 1
        taken.add(name.lower())
        names[path] = name
    return names


def _rendered(template: str, values: Mapping[str, Any]) -> bytes:
    environment = Environment(
        loader=FileSystemLoader(_FILES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "yaml": _yaml,
        "shell": shlex.quote,
        "editable_md": escaping.editable_md,
        "number": words.number,
    }
    return environment.get_template(template).render(values).encode("utf-8", "replace")


def _yaml(value: Any) -> str:
    """A value on one line of YAML: words that can stand for themselves alone, the rest as JSON."""
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    return json.dumps(value)
