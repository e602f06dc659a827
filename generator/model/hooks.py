"""Hooks on a network's modules, for as long as a block lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from torch import nn

Enter: TypeAlias = Callable[[str, tuple[Any, ...]], None]
"""Called before a module runs, with its name and its positional inputs."""

Leave: TypeAlias = Callable[[str, tuple[Any, ...], Any], None]
"""Called after a module ran, with its name, its positional inputs and its output."""


@contextmanager
def hooked(
    parts: Iterable[tuple[str, nn.Module]],
    *,
    enter: Enter | None = None,
    leave: Leave | None = None,
) -> Iterator[None]:
    """Within the block, hear of the calls of some modules. All hooks are removed at its end.

    Threads may share the modules: only the calls of the thread that entered the block are heard.

    Args:
        parts: the modules, each with the name that it is reported by.
        enter: see `Enter`. What it raises ends the forward pass.
        leave: see `Leave`. What it raises ends the forward pass.
    """
    thread = threading.get_ident()

    def entering(name: str, call: Enter) -> Callable[..., None]:
        def hook(_: nn.Module, inputs: tuple[Any, ...]) -> None:
            if threading.get_ident() == thread:
                call(name, inputs)

        return hook

    def leaving(name: str, call: Leave) -> Callable[..., None]:
        def hook(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            if threading.get_ident() == thread:
                call(name, inputs, output)

        return hook

    with ExitStack() as hooks:
        for name, part in parts:
            if enter is not None:
                hooks.callback(part.register_forward_pre_hook(entering(name, enter)).remove)
            if leave is not None:
                hooks.callback(part.register_forward_hook(leaving(name, leave)).remove)
        yield
