"""Run a network only as far as one of its layers."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class _Reached(BaseException):
    """Carries the output out of the forward; a network's ``except Exception`` lets it pass."""

    def __init__(self, output: torch.Tensor) -> None:
        self.output = output


def run_to(module: nn.Module, inputs: torch.Tensor, layer: str) -> torch.Tensor:
    """The layer's output; nothing after the layer runs. Gradients flow as the caller allows.

    No hook is left behind, whatever happens. The forward stops at the layer's first call.
    """

    def stop(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
        raise _Reached(output)

    handle = module.get_submodule(layer).register_forward_hook(stop)
    try:
        module(inputs)
    except _Reached as reached:
        return reached.output
    finally:
        handle.remove()
    raise RuntimeError(f"layer {layer} did not run")
