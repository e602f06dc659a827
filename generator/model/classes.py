"""The names of a classifier's outputs: read from a file, and looked up. Needs no torch."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import ClassError, reason_of

if TYPE_CHECKING:
    from generator.model.network import Network

LARGEST_FILE = 4_000_000  # bytes: more is no list of names


def read_classes(path: Path) -> tuple[str, ...]:
    """The names in a text file, one a line, in the order of the network's outputs.

    Raises:
        ClassError: the file cannot be read, is no text, or a line of it is empty.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ClassError(
            f"The class names in '{path}' cannot be read: {reason_of(error)}."
        ) from error
    try:
        text = content.decode("utf-8-sig") if len(content) <= LARGEST_FILE else None
    except UnicodeDecodeError:
        text = None
    if text is None or not all(c.isprintable() or c.isspace() for c in text):
        raise ClassError(
            f"'{path}' is no list of class names.", "Write one name a line, as text in UTF-8."
        )
    names = [" ".join(line.split()) for line in text.rstrip().splitlines()]
    if "" in names or not names:
        raise ClassError(
            f"'{path}' has no name in line {names.index('') + 1 if names else 1}.",
            "Each output needs a name on a line of its own; write a number for one without.",
        )
    return tuple(names)


def check_names(network: Network) -> None:
    """Make sure that there is one name for each of the network's outputs, or none at all.

    Raises:
        ClassError: there are more or fewer, or the network is no classifier.
    """
    if not network.classes:
        return
    network.check_classifies()
    if len(network.classes) != network.outputs:
        raise ClassError(
            f"There are {len(network.classes):,} class names, and the network "
            f"{network.card.name} has {network.outputs:,} outputs.",
            "Give one name for each output, in their order.",
        )


def find_class(written: str, names: Sequence[str], count: int) -> int:
    """The number of a class that is written as a number, from 0, or as its name in any case.

    Args:
        written: by the user.
        names: of the outputs, or none where they are not known.
        count: how many outputs there are.

    Raises:
        ClassError: there is no such class, or several are called like this.
    """
    if written.isascii() and written.isdigit():
        if int(written) >= count:
            raise ClassError(f"There is no class {written}: they are numbered 0 to {count - 1}.")
        return int(written)
    lower = [name.lower() for name in names]
    found = [number for number, name in enumerate(lower) if name == written.lower()]
    if len(found) > 1:
        numbers = " and ".join(map(str, found))
        raise ClassError(f"Several classes are called '{written}': write {numbers}.")
    if not found:
        raise ClassError(f"No class is called '{written}'.", _nearest(written.lower(), names))
    return found[0]


def _nearest(written: str, names: Sequence[str]) -> str:
    if not names:
        return "The classes of this network have no names; write their numbers, from 0."
    lower = {name.lower(): name for name in names}
    inside = [name for key, name in lower.items() if written in key][:3]
    close = [lower[key] for key in difflib.get_close_matches(written, lower, n=3)]
    near = list(dict.fromkeys([*inside, *close]))[:4] or [names[0], names[-1]]
    return f"The nearest are: {', '.join(near)}."
