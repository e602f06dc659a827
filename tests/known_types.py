"""Mistakes that mypy must see, though it skips some inner packages of torch and dask.

Each has an ``ignore``, and under ``--strict`` one that nothing needs is an error: where a type is
not known any more, mypy says so here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import distributed
    import torch

    tensor: int = torch.zeros(1).mean()  # type: ignore[assignment]
    layer: str = torch.nn.Conv2d(1, 1, 1).weight  # type: ignore[assignment]
    graph: str = torch.fx.Graph().nodes  # type: ignore[assignment]
    script: str = torch.jit.ScriptModule()  # type: ignore[assignment]
    program: str = torch.export.export(torch.nn.ReLU(), ())  # type: ignore[assignment]
    memory: str = torch.cuda.max_memory_allocated()  # type: ignore[assignment]
    client: str = distributed.Client()  # type: ignore[assignment, no-untyped-call]
