"""The values that the config's keys take, where they are more than plain text or a number."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from generator.config.problems import shown
from generator.visualizations.patterns import as_list

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
_LONGEST_NAME, _LONGEST_PATH = 255, 4000  # bytes, and letters, that systems take
LARGEST = 4096  # pixels: more is a slip of the finger, and fills the memory


def _address(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s/]+\S*", value):
        raise ValueError(f"expected an address that starts with https://, found {shown(value)}")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(LANGUAGE, value):
        raise ValueError(f"expected a language such as en, no or pt-BR, found {shown(value)}")
    return value


def _short(value: str) -> str:
    """That looking for a file of that name is no error of the system's."""
    longest = max(len(part.encode("utf-8", "replace")) for part in re.split(r"[/\\]", value))
    if longest > _LONGEST_NAME or len(value) > _LONGEST_PATH:
        raise ValueError(f"is too long for a file: {shown(value)}")
    return value


def _path(value: str) -> str:
    if not value.strip():
        raise ValueError("expected a path, found nothing")
    if not value.isprintable():
        raise ValueError("expected a path, found characters that no path should have")
    return value


class Group(BaseModel):
    """Keys that belong together. A key with nothing after it counts as left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, value: Any) -> Any:
        return written(value) if isinstance(value, dict) else value


def written(group: dict[str, Any]) -> dict[str, Any]:
    """The keys of a group that have something after them."""
    return {key: value for key, value in group.items() if value is not None}


Pixels: TypeAlias = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
Language: TypeAlias = Annotated[
    str, AfterValidator(_language), Field(json_schema_extra={"pattern": LANGUAGE})
]
Named: TypeAlias = Annotated[str, AfterValidator(_short)]  # a path, or a name of something else
PathText: TypeAlias = Annotated[Named, AfterValidator(_path)]
Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Channels: TypeAlias = Annotated[int, Field(ge=1, le=1024, strict=True)]
Deviation: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _both_sides(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(f"expected a whole number, or [height, width], found {shown(value)}")
    return value if value is None or isinstance(value, list | tuple) else [value, value]


Size: TypeAlias = Annotated[
    tuple[Pixels, Pixels],
    BeforeValidator(_both_sides, json_schema_input_type=Pixels | tuple[Pixels, Pixels]),
]
Means: TypeAlias = Annotated[
    tuple[Number, ...],
    Field(min_length=1, max_length=1024),
    BeforeValidator(as_list, json_schema_input_type=Number | list[Number]),
]
Deviations: TypeAlias = Annotated[
    tuple[Deviation, ...],
    Field(min_length=1, max_length=1024),
    BeforeValidator(as_list, json_schema_input_type=Deviation | list[Deviation]),
]
Bands: TypeAlias = Annotated[
    tuple[Channels, ...],
    Field(min_length=1, max_length=3),
    BeforeValidator(as_list, json_schema_input_type=Channels | list[Channels]),
]
