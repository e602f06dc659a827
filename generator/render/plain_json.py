"""Values as JSON has them, and the text of files for programs: the same values, the same text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def as_text(fields: Mapping[str, Any]) -> str:
    """A file about a site as JSON: the same fields, the same text. Lists have a line an item."""
    parts = [f"{_json(name)}: {_block(value)}" for name, value in fields.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _block(value: Any) -> str:
    """A value as JSON; of a list, each item on a line of its own: there are thousands."""
    if not isinstance(value, list | tuple) or not value:
        return _json(value)
    return "[\n" + ",\n".join(map(_json, value)) + "\n]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def as_json(value: Any, **style: Any) -> str:
    """JSON text in ``style``, see `json.dumps`. Values that need `plain` are rare, so it waits."""
    try:
        return json.dumps(value, allow_nan=False, **style)
    except (TypeError, ValueError):
        return json.dumps(plain(value), allow_nan=False, **style)


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
