"""The code that a module class runs, as text: a network is its code as much as its weights."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

_PLAIN = (bool, int, float, str, bytes, type(None))


def forward_source(kind: type) -> tuple[str, ...]:
    """The source of a class's functions, and of the functions and constants that they name.

    Follows the class's bases and plain global names, as far as they lie outside torch itself.
    Where no source is to be had (a class made in an interactive session, say) the function's
    bytecode stands in for it.
    """
    found: dict[str, None] = {}
    waiting = [function for base in kind.__mro__ for function in _functions_of(base)]
    seen: set[types.CodeType] = set()
    while waiting:
        function = waiting.pop(0)
        if function.__code__ in seen or _is_torch(function.__module__):
            continue
        seen.add(function.__code__)
        found.setdefault(_text(function))
        for name, value in _globals_of(function):
            if isinstance(value, types.FunctionType):
                waiting.append(value)
            elif isinstance(value, _PLAIN):
                found.setdefault(f"{name} = {value!r}")
    return tuple(found)


def compiled_code(module: nn.Module) -> tuple[str, ...]:
    """What TorchScript or torch.fx made of a module's forward, with the numbers in it."""
    from torch import fx, jit

    graph = vars(module).get("_graph", vars(module).get("graph"))
    if isinstance(graph, fx.Graph):
        return (str(graph),)

    if not isinstance(module, jit.ScriptModule) or not hasattr(module, "forward"):
        return ()
    # Without comments: they say in which file the code was found.
    compiled = re.sub(r" # .*", "", str(module.inlined_graph))
    named = sorted(set(re.findall(r'GetAttr\[name="(\w+)"\]', compiled)))
    values = [(name, getattr(module, name, None)) for name in named]
    return (compiled, *(f"{name} = {value!r}" for name, value in values if _is_plain(value)))


def _is_plain(value: object) -> bool:
    return isinstance(value, _PLAIN)


def _is_torch(module: str | None) -> bool:
    return module is None or module.split(".")[0] in ("torch", "builtins")


def _functions_of(kind: type) -> Iterator[types.FunctionType]:
    if _is_torch(kind.__module__):
        return
    for _, value in sorted(vars(kind).items()):
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        if isinstance(value, types.FunctionType):
            yield value


def _globals_of(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    for name in sorted(_names(function.__code__)):
        if name in function.__globals__ and not name.startswith("__"):
            yield name, function.__globals__[name]


def _names(code: types.CodeType) -> set[str]:
    """The names that the code looks up, with those of the functions inside it."""
    inside = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*map(_names, inside))


def _text(function: types.FunctionType) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError, SyntaxError):
        code = function.__code__
        constants = [each for each in code.co_consts if isinstance(each, _PLAIN)]
        return f"{function.__qualname__} {code.co_code.hex()} {code.co_names} {constants}"
