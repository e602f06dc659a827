"""What a layer's numbers depend on, read off the journal of one forward pass.

The journal (``watching.py`` writes it) is a graph. Its nodes are *units*: a call of one of torch's
own modules, or a single operation of the network's own code. Its edges say whose outputs a unit
read, through views and writing in place. A layer depends on the units that its output leads back
to, on the parameters and buffers that those read, and on the modules in whose forward they ran,
since that code put them together.

That holds for every picture only while no value of a tensor reaches Python, where an ``if`` could
look at it. What holds where one did is said at :class:`Dependence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

Kind = Literal["traced", "executed", "whole"]


@dataclass(frozen=True)
class Dependence:
    """What a layer depends on.

    Attributes:
        kind: ``traced``: what its output leads back to. ``executed``: every module that ran before
            it, those that never ran, and all that the modules hold in which values were read.
            ``whole``: all of the network.
        modules: the names of the modules that count, containers included: those that ran in order
            of first calls, then the others.
        reason: why it was not traced, as the end of a sentence; empty where it was.
    """

    kind: Kind
    modules: tuple[str, ...]
    reason: str = ""


class Held(NamedTuple):
    """A parameter or buffer, by the name of the module that holds it and its own."""

    module: str
    key: str


class Constant(NamedTuple):
    """A tensor that is no parameter and no buffer; ``digest`` is of its content."""

    digest: str


class Picture(NamedTuple):
    """The network's input."""


Source: TypeAlias = int | Held | Constant | Picture
"""What a unit read: the output of another unit, by its number, or a tensor that was there."""


@dataclass
class Unit:
    """One step of a forward pass.

    Attributes:
        modules: the names of those that were running, outermost first.
        operation: its name and arguments, ``[0]`` being the first of ``sources``; empty for a call
            of a module of torch's own, which is known by its type and configuration.
        sources: what it read, in order.
        reads: which of its own parameters and buffers a module's call read.
    """

    modules: tuple[str, ...]
    operation: str = ""
    sources: list[Source] = field(default_factory=list)
    reads: dict[Held, None] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What was known when a module first returned.

    Attributes:
        sources: its outputs.
        age: how many units there were.
        values: the modules in whose forward a tensor's values had reached Python, and how.
        sizes: those in whose forward a tensor's size had.
        lost: why the graph can no longer be known; empty while it can.
    """

    sources: tuple[Source, ...]
    age: int
    values: Mapping[str, str]
    sizes: frozenset[str]
    lost: str


@dataclass
class Journal:
    """What one forward pass did. ``lost`` says why none of it can be relied on."""

    units: list[Unit] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    lost: str = ""

    def path(self, ends: Iterable[Source]) -> list[int]:
        """The numbers of the units that some tensors lead back to, in order of execution."""
        found: set[int] = set()
        waiting = [end for end in ends if isinstance(end, int)]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += [each for each in self.units[number].sources if isinstance(each, int)]
        return sorted(found)

    def modules(self, path: Sequence[int]) -> set[str]:
        """The modules in which these units ran, and those whose tensors they read."""
        running = {name for number in path for name in self.units[number].modules}
        return running | {held.module for held in self.held(path)}

    def held(self, path: Sequence[int]) -> set[Held]:
        """The parameters and buffers that these units read."""
        units = [self.units[number] for number in path]
        read = {held for unit in units for held in unit.reads}
        return read | {each for unit in units for each in unit.sources if isinstance(each, Held)}

    def constants(self, age: int) -> list[str]:
        """The digests of the constants that were read before the unit of that number, once each."""
        read = (each for unit in self.units[:age] for each in unit.sources)
        return list(dict.fromkeys(each.digest for each in read if isinstance(each, Constant)))


class Dependencies:
    """The dependence of every module that ran.

    Args:
        journal: of a forward pass.
        calls: the modules that ran, in order of first calls.
        holding: for every module's name, in order, the parameters and buffers of its own.
    """

    def __init__(
        self, journal: Journal, calls: Sequence[str], holding: Mapping[str, Sequence[Held]]
    ) -> None:
        self.journal = journal
        self._calls = tuple(calls)
        self._holding = holding
        every = range(len(journal.units))
        self._ran = {*calls, *(name for unit in journal.units for name in unit.modules)}
        self._read = journal.held(every)

    def of(self, name: str) -> Dependence:
        """What a module that ran depends on."""
        answer = self.journal.answers.get(name)
        lost = self.journal.lost or (answer.lost if answer else "")
        if lost:
            return self._whole(lost)
        if answer is None or not answer.sources:
            return Dependence("executed", self.executed(name), "what it answers are no tensors")
        path = self.journal.path(answer.sources)
        running = self.journal.modules(path)
        steering = [module for module in answer.values if module in running]
        if "" in steering:
            return self._whole(answer.values[""])
        if steering:
            chosen = self._below(steering)
            modules = self._ordered([*self.executed(name), *chosen])
            return Dependence("executed", modules, answer.values[steering[0]])
        return Dependence("traced", self._ordered([*running, *self.unread(answer, running)]))

    def executed(self, name: str) -> tuple[str, ...]:
        """The modules that ran up to one, with those inside it, and those that never ran by
        themselves but hold something: a forward may have read it from there.
        """
        before = self._calls[: self._calls.index(name) + 1]
        inside = self._below([name]) & set(self._calls)
        silent = [other for other, held in self._holding.items() if held and other not in self._ran]
        return self._ordered([*before, *inside, *silent])

    def unread(self, answer: Answer, running: set[str]) -> set[str]:
        """Modules whose turn may come with a picture of another size.

        Those that nothing was read of, below a module that looked at a size before the answer.
        """
        return {
            name
            for name in self._below(answer.sizes & running)
            if name not in self._ran and not self._read.intersection(self._holding[name])
        }

    def _whole(self, reason: str) -> Dependence:
        return Dependence("whole", self._ordered(self._holding), reason)

    def _below(self, names: Iterable[str]) -> set[str]:
        """Modules of these names, and all that they hold."""
        starts = tuple(f"{name}." if name else "" for name in names)
        return {name for name in self._holding if f"{name}.".startswith(starts)}

    def _ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = set(names)
        known = dict.fromkeys([*self._calls, *self._holding])
        return tuple(name for name in known if name in wanted)
