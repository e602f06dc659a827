"""How the steps that lead to a layer are put together, as lines for its digest.

A row of torch's own modules, each fed the one before, needs no line: the modules in their order
say it all. Everything else is said: what reads what, in which order of arguments, and each
operation of the network's own code with its numbers. No line holds a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from generator.model.tracing.dependencies import Constant, Held, Journal, Picture, Source, Unit


def lines(
    journal: Journal,
    ends: Sequence[Source],
    place: Mapping[str, int],
    digest: Callable[[Held], str],
) -> Iterator[str]:
    """The lines for some tensors.

    Args:
        journal: of the forward pass.
        ends: where the tensors come from.
        place: the number of each module in the digest.
        digest: of a parameter or buffer.
    """
    path = journal.path(ends)
    position = {number: index for index, number in enumerate(path)}

    def said(source: Source) -> str:
        if isinstance(source, Held):
            return f"held {digest(source)}"
        if isinstance(source, Constant):
            return f"constant {source.digest}"
        return "picture" if isinstance(source, Picture) else f"step {position[source]}"

    used: set[str] = set()
    before: Source = Picture()
    for index, number in enumerate(path):
        unit = journal.units[number]
        if unit.operation or unit.sources != [before] or unit.modules[-1] in used:
            what = unit.operation or _module(unit, place)
            yield f"{index} {what} {'; '.join(map(said, unit.sources))}"
        if not unit.operation:
            used.add(unit.modules[-1])
        before = number
    if list(ends) != [before]:
        yield f"answers {'; '.join(map(said, ends))}"


def _module(unit: Unit, place: Mapping[str, int]) -> str:
    return f"module {place[unit.modules[-1]]}"
