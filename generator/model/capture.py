"""A forward pass as far as some layers, and what they answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from generator.errors import LayerError
from generator.model.hooks import hooked
from generator.utils.wording import with_article

Made = TypeVar("Made")


class _HeardAll(BaseException):
    """Ends a forward pass early. Not an Exception, which a network's own code might swallow."""


def capture(module: nn.Module, inputs: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """What the layers answer to the inputs, without gradients: ``{name: (N, ...)}``.

    The forward pass ends after the last layer that was asked for. Of a layer that runs more than
    once, the first answer is meant. Answers are copies: a ReLU that works in place, coming next,
    cannot change them. Threads may share a module, each hearing its own pass only.

    Args:
        module: the network.
        inputs: a batch, as ``Network.input`` makes it.
        names: dotted names of layers.

    Raises:
        LayerError: no such layer, one that did not run, or one that answers with something other
            than a tensor.
    """
    return summarise(module, inputs, names, lambda _, answer: answer.clone())


def summarise(
    module: nn.Module,
    inputs: Tensor,
    names: Sequence[str],
    make: Callable[[str, Tensor], Made],
) -> dict[str, Made]:
    """What ``make`` makes of each layer's answer, as :func:`capture` hears it.

    Args:
        make: given a layer's name and its answer, which it must neither change nor keep: the next
            module may. So of many layers no more than one answer need be in memory.

    Raises:
        LayerError: as `capture`.
    """
    answers: dict[str, Made] = {}

    def hear(name: str, _: tuple[Any, ...], output: Any) -> None:
        if name not in answers:
            answers[name] = make(name, _tensor(name, output))
        if len(answers) == len(set(names)):
            raise _HeardAll

    if not names:
        return {}
    parts = [(name, _submodule(module, name)) for name in dict.fromkeys(names)]
    with torch.inference_mode(), hooked(parts, leave=hear), suppress(_HeardAll):
        module(inputs)
    silent = [name for name in names if name not in answers]
    if silent:
        raise LayerError(
            f"Layer '{silent[0]}' did not run in the network's forward pass.",
            "'cnn-gallery layers' lists the layers that do.",
        )
    return {name: answers[name] for name in names}


def _submodule(module: nn.Module, name: str) -> nn.Module:
    try:
        return module.get_submodule(name)
    except AttributeError:
        raise LayerError(
            f"No layer is called '{name}'.", "'cnn-gallery layers' lists the network's layers."
        ) from None


def _tensor(name: str, output: Any) -> Tensor:
    if not isinstance(output, Tensor):
        raise LayerError(
            f"Layer '{name}' answers with {with_article(type(output).__name__)}, not with one "
            "tensor: there is nothing to draw.",
            "Choose a layer inside it, or the one after it.",
        )
    return output
