"""The visualizations, by name: the built-in ones and any that an installed package offers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from generator.errors import ConfigError
from generator.visualizations.base import Visualization

ENTRY_POINTS = "cnn_gallery.visualizations"


@functools.cache
def registry() -> Mapping[str, Visualization[Any]]:
    """Every installed visualization by name, in alphabetical order.

    Raises:
        ConfigError: an installed package's visualization cannot be loaded, or two share a name.
    """
    found: dict[str, Visualization[Any]] = {}
    for entry in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        visualization = _load(entry)
        if type(found.get(visualization.name)) not in (type(None), type(visualization)):
            raise ConfigError(f"Two installed packages offer a visualization '{entry.name}'.")
        found[visualization.name] = visualization
    return found


def _load(entry: metadata.EntryPoint) -> Visualization[Any]:
    try:
        visualization = entry.load()()
    except Exception as error:
        raise ConfigError(
            f"The visualization '{entry.name}' ({entry.value}) cannot be loaded: {error}",
            hint="Reinstall the package that offers it, or remove the package.",
        ) from error
    if not isinstance(visualization, Visualization):
        raise ConfigError(f"The visualization '{entry.name}' ({entry.value}) is not one.")
    return visualization
