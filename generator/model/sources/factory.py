"""``package.module:factory``: the user's own network, from a module beside the config.

``../code/package.module:factory`` is one from another folder.
"""

from __future__ import annotations

import copy
import difflib
import importlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from generator.errors import ModelError, WeightsError
from generator.model.checkpoints import checkpoint
from generator.model.network import Card, Preprocessing
from generator.model.sources.building import seeded, uncompiled
from generator.model.sources.request import WORDS, Loaded, Request, read_factory
from generator.utils.wording import with_article

# What most networks for photos were trained with: ImageNet's statistics, on the scale 0..1.
IMAGENET = Preprocessing(size=(224, 224), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def load(request: Request) -> Loaded:
    """Import the module, call the factory, and load weights if a file is named."""
    place, module_name, attribute = read_factory(request.source)
    folder = request.folder / Path(place).expanduser()
    file = request.weights_file
    if file is None and request.weights not in WORDS:
        raise WeightsError(
            f"'{request.source}' has no weights called '{request.weights}'.",
            "Write 'default' to keep what the factory returns, or the path of a .pt, .pth or "
            ".safetensors file.",
        )
    _forget_namesake(module_name.partition(".")[0], folder)
    with _importable(folder):
        build = _factory(_imported(module_name, folder, request.source), attribute, request.source)
        module = _built(build, request)
    if file is not None:
        checkpoint.restore(module, file)
    card = Card(
        name=attribute,
        source=request.source,
        weights=f"from the file {file.name}" if file else "as the factory returned them",
    )
    return Loaded(module, card, IMAGENET)


def of_module(module: nn.Module) -> Loaded:
    """A copy of a network that is at hand.

    Raises:
        ModelError: it cannot be copied.
    """
    name = type(getattr(module, "_orig_mod", module)).__name__
    try:
        own = uncompiled(copy.deepcopy(module))
    except Exception as error:
        raise ModelError(
            f"The network, {with_article(name)}, cannot be copied: {error}",
            "Let it hold no results of earlier passes: build it anew, and load its state dict.",
        ) from error
    return Loaded(own, Card(name, name, weights="as they are"), IMAGENET)


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """A folder first on the import path, for as long as the block lasts."""
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if entry in sys.path:
            sys.path.remove(entry)


def _forget_namesake(name: str, folder: Path) -> None:
    """Let go of another project's module of that name, which this process loaded before."""
    known = sys.modules.get(name)
    here = PathFinder.find_spec(name, [str(folder.resolve())])
    if known is None or here is None or known.__spec__ is None:
        return
    elsewhere = PathFinder.find_spec(name)
    if known.__spec__.origin not in (here.origin, elsewhere.origin if elsewhere else None):
        for each in [each for each in sys.modules if f"{each}.".startswith(f"{name}.")]:
            del sys.modules[each]


def _imported(name: str, folder: Path, source: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _broken(f"Importing '{name}' failed", error) from error
        place, dot_py, attribute = source.partition(".py:")
        raise ModelError(
            f"The model '{source}' was not found: there is no module '{error.name}'.",
            f"A module is named without its ending: {place}:{attribute}"
            if dot_py
            else f"It is looked for in {folder.resolve()} and among the installed packages. A "
            f"module in another folder is named from the config's, such as "
            f"../{source.rpartition('/')[2]}",
        ) from error
    except ImportError as error:
        if "attempted relative import" not in str(error):
            raise _broken(f"Importing '{name}' failed", error) from error
        package, around = _package(folder.resolve())
        raise ModelError(
            f"The model '{source}' belongs to a package, from which it imports: {error}.",
            f"Name it with its package, {package}.{name}, which lies in {around}.",
        ) from error
    except (Exception, SystemExit) as error:
        raise _broken(f"Importing '{name}' failed", error) from error


def _package(folder: Path) -> tuple[str, Path]:
    """The package that a folder is, by its whole name, and where that lies."""
    parts, around = [folder.name], folder.parent
    while (around / "__init__.py").is_file():
        parts, around = [around.name, *parts], around.parent
    return ".".join(parts), around


def _factory(module: ModuleType, attribute: str, source: str) -> Any:
    found: Any = module
    for part in attribute.split("."):
        found = getattr(found, part, None)
    if callable(found):
        return found
    names = [name for name, value in vars(module).items() if callable(value)]
    names = [name for name in names if not name.startswith("_")]
    close = difflib.get_close_matches(attribute, names, n=3) or names[:5]
    what = "nothing" if found is None else "something that cannot be called"
    raise ModelError(
        f"The model '{source}': '{attribute}' is {what} in '{module.__name__}'.",
        f"Did you mean {' or '.join(close)}?" if close else "The module defines no function.",
    )


def _built(build: Any, request: Request) -> nn.Module:
    _check_arguments(build, request)
    try:
        module = seeded(lambda: build(**request.args), request.seed)
    except (Exception, SystemExit) as error:
        raise _broken(f"Calling '{request.source}' failed", error) from error
    if not isinstance(module, nn.Module):
        raise ModelError(
            f"'{request.source}' returned {with_article(type(module).__name__)}, not a "
            "torch.nn.Module.",
            "A factory returns the network; what it takes is written under model: args.",
        )
    return uncompiled(module)


def _check_arguments(build: Any, request: Request) -> None:
    try:
        signature = inspect.signature(build)
    except (TypeError, ValueError):  # of compiled code, which tells nobody what it takes
        return
    try:
        signature.bind(**request.args)
    except TypeError as error:
        takes = ", ".join(map(str, signature.parameters.values())) or "no arguments"
        raise ModelError(
            f"'{request.source}' cannot be called like that: {error}.",
            f"It takes {takes}. Write them by name under model: args.",
        ) from error


def _broken(what: str, error: BaseException) -> ModelError:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith("<frozen")]
    where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    if isinstance(error, SyntaxError) and error.filename:
        where = f" ({Path(error.filename).name}, line {error.lineno})"
    reason = (error.msg if isinstance(error, SyntaxError) else str(error)).strip() or "no reason"
    return ModelError(
        f"{what}: {type(error).__name__}: {reason}{where}.",
        "The fault is in that code: it has to import and run by itself first.",
    )
