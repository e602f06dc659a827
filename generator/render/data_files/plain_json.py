"""Values as JSON has them, and the text of files for programs: the same values, the same text."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json


def as_text(model: BaseModel) -> bytes:
    """A file about a site as JSON in UTF-8: the same fields, the same bytes.

    Each field, and each item of a field that is a list, has a line of its own.
    """
    parts = [as_json(name) + b": " + _block(value) for name, value in model]
    return b"{\n" + b",\n".join(parts) + b"\n}\n"


def _block(value: Any) -> bytes:
    """A value as JSON; of a list, each item on a line of its own: there are thousands."""
    if not isinstance(value, list | tuple) or not value:
        return as_json(value)
    return b"[\n" + b",\n".join(map(as_json, value)) + b"\n]"


def as_json(value: Any) -> bytes:
    """A value as JSON in UTF-8, without spaces; what is not a finite number is ``null``.

    By pydantic's writer, which takes a quarter of the time of Python's own.

    Raises:
        ValueError: part of it is nothing that JSON has.
    """
    return to_json(value, inf_nan_mode="null")


_LEAVES = frozenset({str, int, bool, type(None)})


def plain(value: Any, *, arranged: bool = False) -> Any:
    """As JSON has it: arrays are lists, and what it cannot say (NaN, infinity) is ``None``.

    Args:
        value: texts, numbers, sequences and mappings, in each other.
        arranged: put the keys of mappings in alphabetical order.
    """
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        return value if value - value == 0.0 else None
    if isinstance(value, (list, tuple)):
        return [plain(item, arranged=arranged) for item in value]
    if hasattr(value, "items"):
        keys = sorted(value, key=str) if arranged else value
        return {
            str(key): item if type(item) in _LEAVES else plain(item, arranged=arranged)
            for key in keys
            for item in (value[key],)
        }
    return value
