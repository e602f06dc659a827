"""How a reader makes a picture again: the line to type."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from generator.render.gallery import Shown
from generator.render.wording import worth
from generator.visualizations.base import Fact
from generator.visualizations.maximization.presets import PRESETS

# What decides the speed and the last digits, and differs between machines.
_MACHINE = frozenset({"device", "precision"})
_DEFAULT = "fourier"
_NETWORK = frozenset({"channels"})
_OPTIONS = ("size", "steps", "seed", "facets")  # those with an option of their own


def command(shown: Shown, network: Sequence[str], settings: Sequence[str] | None = None) -> str:
    """The line of ``cnn-gallery render`` that makes a maximisation picture; empty for others.

    Args:
        shown: the picture.
        network: the options that name its network, such as ``--model vgg16-hed``.
        settings: its own `options`, where they are known.
    """
    if shown.visualization != "maximization" or shown.layer is None or shown.channel is None:
        return ""
    line = ["cnn-gallery", "render", "maximization", *network]
    own = options(shown.parameters or {}) if settings is None else settings
    line += ["--unit", f"{shown.layer.name}:{shown.channel}", *own]
    preset = worth.preset(shown.parameters)
    # Else the picture of one preset would replace that of another.
    apart = "" if preset in ("", _DEFAULT) else f"-{preset}"
    line += ["--output", f"{shown.layer.slug}-{shown.channel}{apart}.png"]
    return shlex.join(line)


@cache  # asked of every unit
def _usual(preset: str) -> dict[str, Any]:
    return PRESETS[preset].model_dump(mode="json")


def options(parameters: Mapping[str, Fact]) -> list[str]:
    """The preset, and the settings in which the picture differs from it."""
    preset = PRESETS.get(str(parameters.get("preset")))
    if preset is None:
        return []
    usual = _usual(preset.preset)
    found = [] if preset.preset == _DEFAULT else ["--preset", preset.preset]
    for name, value in parameters.items():
        if name in _MACHINE | _NETWORK or name not in usual or usual[name] == value:
            continue
        if name in _OPTIONS:
            found += [f"--{name}", str(value)]
        else:
            found += ["--set", f"{name}={json.dumps(value)}"]
    return found
