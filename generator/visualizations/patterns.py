"""How a config names layers: a list of patterns, or one alone."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints


def as_list(value: Any) -> Any:
    """A lone value as a list of one; lists, and nothing at all, as they are."""
    return value if value is None or isinstance(value, list | tuple) else [value]


# A layer may be called 3, so numbers do for text: `coerce_numbers_to_str` in the models.
Pattern: TypeAlias = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Some = Field(min_length=1)
_Written: TypeAlias = Annotated[str, _Some] | int

Patterns: TypeAlias = Annotated[
    tuple[Pattern, ...],
    BeforeValidator(as_list, json_schema_input_type=_Written | list[_Written]),
]
SomePatterns: TypeAlias = Annotated[
    tuple[Pattern, ...],
    _Some,
    BeforeValidator(as_list, json_schema_input_type=_Written | Annotated[list[_Written], _Some]),
]
