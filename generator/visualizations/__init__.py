"""The visualizations, by name: the built-in ones and any that an installed package offers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from generator.visualizations.base import Visualization
from generator.visualizations.installed import ENTRY_POINTS, load_all

__all__ = ["ENTRY_POINTS", "registry"]


@functools.cache
def registry() -> Mapping[str, Visualization[Any]]:
    """Every installed visualization by name, in alphabetical order.

    Raises:
        ConfigError: an installed package's visualization cannot be loaded, or two share a name.
    """
    return {found.name: found for found in load_all(metadata.entry_points(group=ENTRY_POINTS))}
