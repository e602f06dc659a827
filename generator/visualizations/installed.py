"""Visualizations of installed packages, loaded and checked. Ours come in by the same door."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Any

from generator.errors import ConfigError, typed_line
from generator.utils.wording import with_article
from generator.visualizations.base import Options, Visualization

ENTRY_POINTS = "cnn_gallery.visualizations"
OURS = "cnn-gallery"
_NAME = re.compile(r"[a-z][a-z0-9-]*")  # it stands in file names, addresses and configs


def load_all(entries: Iterable[metadata.EntryPoint]) -> Iterator[Visualization[Any]]:
    """The visualizations that entry points offer, by name in alphabetical order.

    Raises:
        ConfigError: one cannot be loaded, is none, or lacks something; or two share a name. The
            message names the package.
    """
    offered: dict[str, tuple[Visualization[Any], str]] = {}
    for entry in sorted(entries, key=lambda entry: entry.name):
        found = _load(entry)
        known, package = offered.get(found.name, (found, ""))
        if type(known) is not type(found):
            raise ConfigError(
                f"Two packages offer a visualization '{entry.name}': {package} and {_from(entry)}.",
                hint="Uninstall one of them.",
            )
        offered[found.name] = (found, _from(entry))
    return iter(found for found, _ in offered.values())


def _load(entry: metadata.EntryPoint) -> Visualization[Any]:
    _check_version(entry)
    try:
        found = entry.load()()
    except (Exception, SystemExit) as error:  # it is others' code
        raise _unusable(entry, f"cannot be loaded: {typed_line(error)}") from error
    if not isinstance(found, Visualization):
        raise _unusable(entry, f"is {with_article(type(found).__name__)}, not a Visualization")
    for words in _lacks(entry, found):
        raise _unusable(entry, words)
    return found


def _lacks(entry: metadata.EntryPoint, found: Visualization[Any]) -> Iterator[str]:
    """What the contract asks for and the visualization does not have."""
    for name, kind in (("name", str), ("title", str), ("version", int), ("Options", type)):
        if not isinstance(getattr(found, name, None), kind):
            yield f"has no '{name}': its class has to say it"
            return
    if found.name != entry.name:
        yield f"calls itself '{found.name}': both names have to be the same"
    if not _NAME.fullmatch(found.name):
        yield "has a name of other signs than small letters, digits and '-'"
    if not issubclass(found.Options, Options):
        yield "has 'Options' that are not made from generator.visualizations.base.Options"
        return
    kind_of = found.Options.model_fields["kind"].annotation
    if kind_of is not str and typing.get_args(kind_of) != (found.name,):
        yield f"has options of another kind: write kind: Literal[{found.name!r}] in them"


def _check_version(entry: metadata.EntryPoint) -> None:
    """That the package is for this version of ours, as far as it says."""
    if entry.dist is None or entry.dist.name == OURS:
        return
    from packaging.requirements import InvalidRequirement, Requirement

    for line in entry.dist.requires or ():
        try:
            need = Requirement(line)
        except InvalidRequirement:
            continue  # pip has complained of it
        if need.name.lower().replace("_", "-") == OURS and need.marker is None:
            have = _version()
            if have and not need.specifier.contains(have, prereleases=True):
                raise _unusable(entry, f"needs {OURS}{need.specifier}, and this is {have}")


def _version() -> str:
    try:
        return metadata.version(OURS)
    except metadata.PackageNotFoundError:  # runs from its source
        return ""


def _unusable(entry: metadata.EntryPoint, words: str) -> ConfigError:
    package = entry.dist.name if entry.dist else ""
    return ConfigError(
        f"The visualization '{entry.name}' of {_from(entry)} {words}.",
        hint=f"Install another version of the package, or remove it: pip uninstall {package}"
        if package
        else "Install another version of the package that offers it, or remove it.",
    )


def _from(entry: metadata.EntryPoint) -> str:
    """The package that an entry point is of, with its version."""
    if entry.dist is None:
        return f"a package ({entry.value})"
    return f"the package {entry.dist.name} {entry.dist.version}"
