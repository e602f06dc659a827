"""SHA-256 of what a layer's numbers depend on: the base of every cache key.

The same in every process and on every machine: nothing depends on ids, on Python's hash seed or
on the order of a dictionary. A digest never covers names, so moving a layer costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from generator.model.tracing import hashing
from generator.model.tracing.dependencies import Dependence, Dependencies, Held
from generator.model.tracing.source_code import compiled_code, forward_source
from generator.model.tracing.wiring import lines

if TYPE_CHECKING:
    from torch import Tensor, nn


class Digests:
    """The digests of one network, each computed when first asked for, and kept.

    Args:
        module: the network; it must not change any more.
        calls: the names of the modules that ran, containers included, in order of first calls.
        shape: the input's ``(C, H, W)``.
    """

    def __init__(
        self, module: nn.Module, calls: Iterable[str], shape: tuple[int, int, int]
    ) -> None:
        self._modules = dict(module.named_modules(remove_duplicate=False))
        self._calls = tuple(calls)
        self._shape = shape
        self._root = module
        self._own: dict[tuple[str, tuple[str, ...]], str] = {}
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
        return hashing.of_texts("layer", (self._module(other) for other in inside))

    def prefix(self, name: str) -> str:
        """Of what a module that ran depends on, and of how that is put together."""
        if name not in self._prefixes:
            dependence = self.dependence(name)
            made = {"traced": self._traced, "executed": self._executed, "whole": self._whole}
            self._prefixes[name] = made[dependence.kind](name, dependence)
        return self._prefixes[name]

    def executed(self, name: str) -> str:
        """Of every module that ran up to and including one, in that order, and nothing else.

        Modules that hold parameters but never ran by themselves are always counted.
        """
        modules = self._dependencies.executed(name)
        return hashing.of_texts("prefix", map(self._module, modules))

    def dependence(self, name: str) -> Dependence:
        """What a module that ran depends on."""
        return self._dependencies.of(name)

    def weights(self) -> str:
        """Of all the parameters and buffers, by name."""
        named = [*self._root.named_parameters(), *self._root.named_buffers()]
        parts = (f"{name}={self._tensor(tensor)}" for name, tensor in sorted(named, key=_first))
        return hashing.of_texts("weights", parts)

    @cached_property
    def _dependencies(self) -> Dependencies:
        from generator.model.tracing.watching import watch

        holding = {
            name: [Held(name, key) for key, _ in _tensors_of(module)]
            for name, module in self._root.named_modules()
        }
        return Dependencies(watch(self._root, self._shape), self._calls, holding)

    def _traced(self, name: str, dependence: Dependence) -> str:
        journal = self._dependencies.journal
        ends = journal.answers[name].sources
        path = journal.path(ends)
        running, held = journal.modules(path), journal.held(path)
        # Of a module that only other sizes would call, all counts.
        modules = [
            self._module(each, held if each in running else None) for each in dependence.modules
        ]
        place = {module: index for index, module in enumerate(dependence.modules)}
        wired = lines(journal, ends, place, self._held)
        return hashing.of_texts("prefix", [*modules, *wired])

    def _executed(self, name: str, dependence: Dependence) -> str:
        journal = self._dependencies.journal
        answer = journal.answers.get(name)
        constants = journal.constants(answer.age) if answer else ()
        modules = map(self._module, dependence.modules)
        return hashing.of_texts("executed", [*modules, "", *constants])

    def _whole(self, name: str, dependence: Dependence) -> str:
        journal = self._dependencies.journal
        constants = journal.constants(len(journal.units))
        modules = map(self._module, dependence.modules)
        return hashing.of_texts("whole", [*modules, "", *constants])

    def _held(self, held: Held) -> str:
        return self._tensor(dict(_tensors_of(self._modules[held.module]))[held.key])

    def _module(self, name: str, read: Collection[Held] | None = None) -> str:
        """Of one module without its children, with all that it holds or what was read of it."""
        module = self._modules[name]
        own = sorted(_tensors_of(module))
        kept = tuple(key for key, _ in own if read is None or Held(name, key) in read)
        if (name, kept) not in self._own:
            kind = f"{type(module).__module__}.{type(module).__qualname__}"
            tensors = [f"{key}={self._tensor(tensor)}" for key, tensor in own if key in kept]
            configuration = [module.extra_repr(), *_settings(module)]
            code = [*forward_source(type(module)), *compiled_code(module)]
            parts = [kind, *configuration, *tensors, *code]
            self._own[name, kept] = hashing.of_texts("module", parts)
        return self._own[name, kept]

    def _tensor(self, tensor: Tensor) -> str:
        if id(tensor) not in self._tensors:
            self._tensors[id(tensor)] = hashing.of_tensor(tensor)
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


def _first(item: tuple[str, Any]) -> str:
    return item[0]
