"""Everything that can change a site, listed before it is read.

What changes while a build runs must not pass for what was built from. So files are looked at
before the build opens them; those that only loading the network tells of, as they are opened.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from generator.building.pool import looks
from generator.cache.ledger import Inputs, Listing
from generator.config.schema import SiteConfig, locate
from generator.incremental.environment import entry_points, environment
from generator.model.sources.request import is_factory, read_factory
from generator.utils.resources import docs_folder, templates_folder
from generator.utils.stamps import Stamp, listed, stamp
from generator.visualizations import ENTRY_POINTS, registry

_PACKAGE = Path(__file__).resolve().parent.parent
_UNKNOWN = Stamp(-1, 0)  # what no file is: a build that saw one change has to be repeated
# Read by compiled code, which tells nobody. A factory's are looked for beside the config.
_UNHEARD = ("*.safetensors", "*/*.safetensors", "*.h5", "*/*.h5", "*.hdf5", "*/*.hdf5")
_CODE = ("*.py", "*/__init__.py")  # what an import beside the config may find


def gather(config: SiteConfig) -> Inputs:
    """What the build of a config will read, as it is now. To be called before it reads any of it.

    Besides the config: weights, photos, templates and pages with all that their globs and folders
    hold, this package's own code, visualizations of other packages, and what is installed.
    """
    looked = time.time_ns()
    looks = dict.fromkeys(_looks(config))
    listings = tuple(Listing(*look, listed(*look)) for look in looks)
    paths = [_absolute(Path(folder, name)) for folder, _, names in listings for name in names]
    paths += [str(path) for path in entry_points(ENTRY_POINTS)]
    named = (config.weights, config.model.source)  # files, where they are no other names
    paths += [_absolute(locate(name, config.folder)) for name in named]
    paths += [_absolute(config.classes_file)] if config.classes_file else []
    files = {path: stamp(path) for path in dict.fromkeys(paths) if Path(path).is_file()}
    # It was read already, so it counts only if it still is what was read.
    own = _absolute(config.path)
    files[own] = _as_read(stamp(own), config.digest)
    return Inputs(looked, files, listings, environment())


def with_network(inputs: Inputs, config: SiteConfig, opened: Mapping[str, Stamp]) -> Inputs:
    """The inputs with what loading the network read: weights, and a factory's code and files.

    Args:
        inputs: what was known before.
        config: the config.
        opened: the files that were opened for it, as they were then.
    """
    made = (_inside(config.cache_folder), _inside(config.site_folder))
    files = {
        path: _as_opened(path, before)
        for path, before in opened.items()
        if not os.path.realpath(path).startswith((*_NOT_INPUTS, *made))
    }
    for path in _code(config):
        now = stamp(path)
        files[path] = now if now.time < inputs.looked else _UNKNOWN
    return replace(inputs, files={**files, **inputs.files})


def _looks(config: SiteConfig) -> Iterator[tuple[str, str | None]]:
    """Where a build looks for files: folders with globs, or without for all they hold."""
    yield str(_PACKAGE), "**/*.py"
    yield str(templates_folder()), None
    for kind in registry().values():
        if theirs := kind.templates():
            yield _absolute(theirs), None
    yield str(docs_folder()), "images/*.jpg"  # what natural photos are like is learnt from these
    yield _absolute(locate(config.templates, config.folder)), None
    yield _absolute(locate(config.docs, config.folder)), None
    folder = _absolute(config.folder)
    for image in config.images:
        yield folder, image.path
    for where, pattern in looks(config):
        yield _absolute(where), pattern
    if _module(config):
        for pattern in (*_CODE, *_UNHEARD):
            yield _absolute(_code_folder(config)), pattern


def _code(config: SiteConfig) -> Iterator[str]:
    """The files of the user's modules: beside the config or the factory, or of a package named."""
    kinds = (type(each).__module__ for each in registry().values())
    packages = {_package(name) for name in (*kinds, _module(config)) if name} - {"generator"}
    beside = (_inside(config.folder), _inside(_code_folder(config)))
    real_folder = functools.cache(os.path.realpath)  # of many modules it is the same
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not file or not os.path.isfile(file):  # noqa: PTH113 (torch alone has two thousand)
            continue
        folder, own = os.path.split(file)
        real = os.path.realpath(os.path.join(real_folder(folder), own))  # noqa: PTH118
        ours = real.startswith(beside) or _package(name) in packages
        if ours and not real.startswith(_NOT_INPUTS):
            yield _absolute(file)


def _module(config: SiteConfig) -> str:
    """The module of a factory that the config names as its model; or nothing."""
    source = config.model.source
    return read_factory(source).module if is_factory(source) else ""


def _code_folder(config: SiteConfig) -> Path:
    """Where the module of a factory is looked for; beside the config where none is named."""
    named = read_factory(config.model.source).folder if _module(config) else ""
    return locate(named, config.folder)


def _package(module: str) -> str:
    return module.partition(".")[0]


def _as_read(now: Stamp, digest: str) -> Stamp:
    return now if now.digest == digest else _UNKNOWN


def _as_opened(path: str, before: Stamp) -> Stamp:
    try:
        now = stamp(path)
    except OSError:
        return _UNKNOWN
    return now if now[:2] == before[:2] else _UNKNOWN


def _absolute(path: str | Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 (links stay: what they lead to may change)


def _inside(folder: Path) -> str:
    return os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 (a Path has no trailing slash)


def _libraries() -> tuple[str, ...]:
    """Folders of installed code, which its versions stand for, and of what the system makes up."""
    paths = sysconfig.get_paths()
    installed = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    made_up = ("/dev/", "/proc/", "/sys/")
    return (*sorted(_inside(Path(path)) for path in installed), *made_up)


_NOT_INPUTS = _libraries()
