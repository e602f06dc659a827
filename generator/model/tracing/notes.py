"""The journal of a forward pass, as it is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._pytree import tree_leaves

from generator.model.tracing import hashing
from generator.model.tracing.aliases import Aliases, UnseenError, storage_of
from generator.model.tracing.dependencies import Answer, Constant, Held, Journal, Source, Unit

_PLAIN = (bool, int, float, complex, str, type(None))
_SETTINGS = (torch.dtype, torch.device, torch.layout, torch.memory_format)


class Notes:
    """Writes a journal while a network runs.

    Args:
        aliases: knows the network's tensors.
        opaque: the modules whose calls are single units.
        constants: the memory of all other tensors that are there from the start.

    Attributes:
        journal: what was seen so far.
        strangers: whether a tensor came up that nothing had made.
        busy: whether the notes are being written just now: what is done to tensors meanwhile is
            no part of the pass.
    """

    def __init__(
        self, aliases: Aliases, opaque: Collection[str], constants: Collection[StorageWeakRef]
    ) -> None:
        self.journal = Journal()
        self.strangers = False
        self.busy = False
        self._aliases = aliases
        self._opaque = opaque
        self._constants = constants
        self._running: list[tuple[str, int]] = []  # modules, and the units there when they began
        self._open: int | None = None  # the unit of the opaque module that runs now
        self._values: dict[str, str] = {}
        self._sizes: set[str] = set()
        self._lost = ""
        self._fresh = False  # whether the operation takes over a tensor that Python just made

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Within the block, nothing is noted."""
        before, self.busy = self.busy, True
        try:
            yield
        except UnseenError as error:
            self.lose(str(error))
        finally:
            self.busy = before

    def lose(self, reason: str) -> None:
        """From here on, who feeds whom is no longer known."""
        self._lost = self._lost or reason

    def value_read(self, how: str) -> None:
        """What a tensor holds reached the code of the module that runs now."""
        if self._running:
            name = self._running[-1][0]
            self._values.setdefault(name, f"{how} in {_place(name)}")

    def size_read(self) -> None:
        """How large a tensor is reached the code of the module that runs now."""
        self._sizes.update(name for name, _ in self._running[-1:])

    def enter(self, name: str, _: tuple[Any, ...]) -> None:
        """A module begins."""
        self._running.append((name, len(self.journal.units)))
        self._open = None

    def leave(self, name: str, _: tuple[Any, ...], output: Any) -> None:
        """A module ends, and answers."""
        leaves = tree_leaves(output)
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        began = next((age for other, age in reversed(self._running) if other == name), 0)
        # A module that only hands on its input is a step all the same.
        sources = [each for tensor in tensors for each in self._handed_on(tensor, began)]
        self._open = None
        while self._running and self._running.pop()[0] != name:
            pass  # these ended with an error that the network's own code caught
        if len(tensors) < sum(leaf is not None for leaf in leaves):
            self._told(name)
        if name not in self.journal.answers:
            age, sizes = len(self.journal.units), frozenset(self._sizes)
            answer = Answer(tuple(sources), age, dict(self._values), sizes, self._lost)
            self.journal.answers[name] = answer

    def operation(
        self, call: Callable[..., Any], schema: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        """Run an operation, and note what it reads, what it writes and what it gives."""
        with self.writing():
            number, unit = self._unit()
            self._fresh = schema.name == "aten::lift_fresh"
            said = [
                self._said(argument, value, number, unit)
                for argument, value in _arguments(schema, args, kwargs)
            ]
            if number != self._open:
                unit.operation = f"{schema.name}.{schema.overload_name}({', '.join(said)})"
        answer = call(*args, **kwargs)
        with self.writing():
            for tensor in _tensors(answer):
                self._aliases.made(tensor, number, blank="empty" in schema.name)
            for argument, value in _arguments(schema, args, kwargs):
                if argument.alias_info is not None and argument.alias_info.is_write:
                    self._written(value, number)
        return answer

    def _unit(self) -> tuple[int, Unit]:
        """The unit that an operation belongs to, new or open, with its number."""
        modules = tuple(module for module, _ in self._running)
        if self._open is None:
            self.journal.units.append(Unit(modules))
            if modules and modules[-1] in self._opaque:
                self._open = len(self.journal.units) - 1
            return len(self.journal.units) - 1, self.journal.units[-1]
        return self._open, self.journal.units[self._open]

    def _said(self, argument: Any, value: Any, number: int, unit: Unit) -> str:
        """An argument as text; the tensors in it join the unit's sources."""
        if isinstance(value, Tensor):
            if argument.alias_info is None and self._aliases.is_blank(value):
                self.lose("memory was written to by other means than torch's operations")
            return self._joined(self._sources(value), number, unit)
        if isinstance(value, list | tuple):
            return f"({', '.join(self._said(argument, each, number, unit) for each in value)})"
        if isinstance(value, _PLAIN):
            return repr(value)
        if not isinstance(value, _SETTINGS):
            self.lose(f"an operation was given a {type(value).__name__}")
        return str(value)

    def _joined(self, sources: Sequence[Source], number: int, unit: Unit) -> str:
        places = []
        for source in sources:
            if number == self._open and isinstance(source, Held) and source[0] == unit.modules[-1]:
                unit.reads.setdefault(source)
            elif source != number:
                if number != self._open or source not in unit.sources:
                    unit.sources.append(source)
                places.append(len(unit.sources) - 1)
        return str(places)

    def _sources(self, tensor: Tensor) -> list[Source]:
        running = [name for name, _ in self._running]
        found = self._aliases.sources(tensor, running)
        if found is not None:
            return found
        if self._fresh and not self._values.keys().isdisjoint(running):
            return [Constant("")]  # of values that were read, perhaps: others with every picture
        if not self._fresh and storage_of(tensor) not in self._constants:
            self.strangers = True
        return [Constant(hashing.of_tensor(tensor))]

    def _written(self, value: Any, number: int) -> None:
        for tensor in _tensors(value):
            if self._aliases.is_held(tensor) or storage_of(tensor) in self._constants:
                self.journal.lost = "the network changes its own parameters, buffers or constants"
            self._aliases.wrote(tensor, number)

    def _handed_on(self, tensor: Tensor, began: int) -> list[Source]:
        """Where an answer came from, with a step of its own if the module only passed it on."""
        with self.writing():
            sources = self._sources(tensor)
            if any(isinstance(each, int) and each >= began for each in sources):
                return sources
            modules = tuple(module for module, _ in self._running)
            self.journal.units.append(Unit(modules, sources=sources))
            self._aliases.handed_on(tensor, len(self.journal.units) - 1)
            return [len(self.journal.units) - 1]
        return []

    def _told(self, name: str) -> None:
        """A module answered with more than tensors: what it knew, its caller knows."""
        for caller, _ in self._running[-1:]:
            if name in self._values:
                self._values.setdefault(caller, self._values[name])
            if name in self._sizes:
                self._sizes.add(caller)


def _arguments(
    schema: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Iterator[tuple[Any, Any]]:
    """Each argument that was given, as the operation declares it, with its value."""
    yield from zip(schema.arguments, args, strict=False)
    for argument in schema.arguments[len(args) :]:
        if argument.name in kwargs:
            yield argument, kwargs[argument.name]


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors(each)


def _place(name: str) -> str:
    return f"the module '{name}'" if name else "the network's own forward"
