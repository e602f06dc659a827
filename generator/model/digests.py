"""SHA-256 of what a layer's numbers depend on: the base of every cache key.

The same in every process and on every machine: nothing depends on ids, on Python's hash seed or
on the order of a dictionary. A digest never covers names, so moving a layer costs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from generator.model.source_code import forward_source

if TYPE_CHECKING:
    from torch import Tensor, nn


class Digests:
    """The digests of one network, each computed when first asked for, and kept.

    Args:
        module: the network; it must not change any more.
        calls: the names of the modules that ran, containers included, in order of first calls.
    """

    def __init__(self, module: nn.Module, calls: Iterable[str]) -> None:
        self._modules = dict(module.named_modules(remove_duplicate=False))
        self._calls = tuple(calls)
        self._root = module
        self._own: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        # By identity: tied weights are hashed once. The modules keep the tensors alive.
        self._tensors: dict[int, str] = {}

    def ran(self, name: str) -> bool:
        """Whether the module of that name ran."""
        return name in self._calls

    def layer(self, name: str) -> str:
        """Of one module, with what it holds: types, configuration, parameters, buffers."""
        inside = [
            other
            for other in self._modules
            if other == name or name == "" or other.startswith(f"{name}.")
        ]
        return _combined("layer", (self._module(other) for other in inside))

    def prefix(self, name: str) -> str:
        """Of everything that ran up to and including a module, and of how it was put together.

        Modules that hold parameters but never ran by themselves are always counted: a forward
        may have read their parameters directly, which cannot be seen from outside.
        """
        if name not in self._prefixes:
            before = self._calls[: self._calls.index(name) + 1]
            inside = [other for other in self._calls if other.startswith(f"{name}.")]
            parts = dict.fromkeys([*before, *inside, *self._unheard()])
            self._prefixes[name] = _combined("prefix", (self._module(part) for part in parts))
        return self._prefixes[name]

    def weights(self) -> str:
        """Of all the parameters and buffers, by name."""
        named = [*self._root.named_parameters(), *self._root.named_buffers()]
        parts = (f"{name}={self._tensor(tensor)}" for name, tensor in sorted(named, key=_first))
        return _combined("weights", parts)

    def _unheard(self) -> list[str]:
        heard = {id(self._modules[name]) for name in self._calls}
        return [
            name
            for name, module in self._modules.items()
            if id(module) not in heard and _tensors_of(module)
        ]

    def _module(self, name: str) -> str:
        """Of one module without its children."""
        if name not in self._own:
            module = self._modules[name]
            kind = f"{type(module).__module__}.{type(module).__qualname__}"
            tensors = [
                f"{key}={self._tensor(tensor)}" for key, tensor in sorted(_tensors_of(module))
            ]
            configuration = [module.extra_repr(), *_settings(module)]
            parts = [kind, *configuration, *tensors, *forward_source(type(module))]
            self._own[name] = _combined("module", parts)
        return self._own[name]

    def _tensor(self, tensor: Tensor) -> str:
        import torch

        if id(tensor) not in self._tensors:
            digest = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}\n".encode())
            # As bytes, since numpy does not know every type that torch does (bfloat16).
            flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            digest.update(flat.numpy().data)
            self._tensors[id(tensor)] = digest.hexdigest()
        return self._tensors[id(tensor)]


def _tensors_of(module: nn.Module) -> list[tuple[str, Tensor]]:
    own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    return [(name, tensor) for name, tensor in own if tensor is not None]


def _settings(module: nn.Module) -> list[str]:
    """Plain attributes, such as a ``scale`` that the author's forward multiplies by."""
    from torch import nn

    plain = (bool, int, float, str, type(None))
    found = []
    for key in sorted(vars(module).keys() - vars(nn.Module()).keys()):
        value = vars(module)[key]
        values = value if isinstance(value, list | tuple) else (value,)
        if all(isinstance(each, plain) for each in values):
            found.append(f"{key}={value!r}")
    return found


def _combined(what: str, parts: Iterable[str]) -> str:
    """Of several texts in order; a text's length goes first, so that none runs into the next."""
    digest = hashlib.sha256(f"cnn-gallery {what}\n".encode())
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(encoded)}\n".encode())
        digest.update(encoded)
    return digest.hexdigest()


def _first(item: tuple[str, Any]) -> str:
    return item[0]
