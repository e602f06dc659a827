"""Which filters of a layer: ``all``, numbers and ranges, the strongest, or a random few."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from generator.errors import FilterError

_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")

Count: TypeAlias = Annotated[int, Field(gt=0, strict=True)]


class Filters(BaseModel):
    """A choice of filters: ``all``, ``[1, 5, "10-20"]``, ``{top: 4}`` or ``{random: 4}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: tuple[tuple[int, int], ...] | None = None  # inclusive ranges, as written
    top: Count | None = None
    random: Count | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, Filters):
            return value
        if value is None or value == "all" or value == {}:
            return {}
        if isinstance(value, dict):
            if len(value) != 1 or not set(value) <= {"top", "random"}:
                keys = ", ".join(map(str, value))
                raise ValueError(f"choose one of {{top: N}} and {{random: N}}, found {keys}")
            if None in value.values():
                raise ValueError(f"say how many: {{{next(iter(value))}: 4}}")
            return value
        if isinstance(value, bool) or not isinstance(value, str | int | list | tuple):
            raise ValueError("write 'all', a list of numbers and ranges, {top: N} or {random: N}")
        items = value if isinstance(value, list | tuple) else str(value).split(",")
        if not items:
            raise ValueError("an empty list chooses nothing; leave the key out for all filters")
        return {"numbers": tuple(_range(item) for item in items)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What may be written, rather than the fields that it is read into."""
        number = {"type": "integer", "minimum": 0}
        span = {"type": "string", "pattern": r"^\s*[0-9]{1,9}(-[0-9]{1,9})?\s*$"}
        spans = {"type": "string", "pattern": r"^\s*[0-9]{1,9}(-[0-9]{1,9})?\s*(,|$)"}
        several = {"type": "array", "items": {"anyOf": [number, span]}, "minItems": 1}
        ways = [{"const": "all"}, number, spans, several, _count("top"), _count("random")]
        return {"title": "Filters", "description": "Which filters of a layer.", "anyOf": ways}

    @property
    def all(self) -> bool:
        """Whether every filter of the layer is meant."""
        return self.numbers is None and self.top is None and self.random is None

    def choose(
        self, layer: str, channels: int, seed: int, responses: Sequence[float] = ()
    ) -> tuple[int, ...]:
        """The chosen channels of a layer that has ``channels`` of them, each once.

        ``responses`` ranks the channels for ``top`` (higher first, ties by number); ``random``
        depends on the seed and the layer's name alone.

        Raises:
            FilterError: a filter that the layer does not have.
        """
        if self.top is not None:
            ranked = sorted(range(channels), key=lambda channel: (-responses[channel], channel))
            return tuple(ranked[: self.top])
        if self.random is not None:
            digest = hashlib.sha256(f"{seed}:{layer}".encode()).digest()
            draw = random.Random(digest)
            return tuple(sorted(draw.sample(range(channels), min(self.random, channels))))
        if self.numbers is None:
            return tuple(range(channels))
        wrong = sorted({last for _, last in self.numbers if last >= channels})
        if wrong:
            raise FilterError(
                f"Layer '{layer}' has no filter {', '.join(map(str, wrong))}: "
                f"it has {channels}, numbered 0 to {channels - 1}."
            )
        return tuple(
            dict.fromkeys(n for first, last in self.numbers for n in range(first, last + 1))
        )


def _count(name: str) -> JsonSchemaValue:
    return {
        "type": "object",
        "properties": {name: {"type": "integer", "minimum": 1}},
        "required": [name],
        "additionalProperties": False,
    }


def _range(item: Any) -> tuple[int, int]:
    if isinstance(item, tuple) and len(item) == 2:  # already read: a range of a validated choice
        return (int(item[0]), int(item[1]))
    match = _RANGE.fullmatch(str(item).strip()) if not isinstance(item, bool) else None
    if match is None:
        raise ValueError(f"'{item}' is neither a filter's number nor a range such as \"10-20\"")
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise ValueError(f"the range '{item}' ends before it begins")
    return (first, last)
