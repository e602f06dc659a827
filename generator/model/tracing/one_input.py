"""A gallery shows pictures to a network: one, and nothing beside it."""

from __future__ import annotations

import inspect

from torch import nn

from generator.errors import ModelError


def check_one_input(module: nn.Module) -> None:
    """Make sure that a network can be called with one picture.

    Raises:
        ModelError: its forward needs more than that; the inputs are named.
    """
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):  # of compiled code, which tells nobody what it takes
        return
    needed = [each.name for each in parameters if each.default is each.empty and _counts(each)]
    if len(needed) > 1:
        raise ModelError(
            f"The network reads {len(needed)} inputs ({', '.join(needed)}), and a gallery shows it "
            "one picture.",
            "Write a function that returns a module whose forward takes one picture and calls the "
            "network with the rest: package.module:factory.",
        )


def _counts(parameter: inspect.Parameter) -> bool:
    return parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
