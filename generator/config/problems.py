"""What is wrong with a config, in plain words, all of it at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from generator.config.places import Keys, Places, dotted
from generator.errors import ConfigError
from generator.utils.wording import counted

ModelT = TypeVar("ModelT", bound=BaseModel)

_LONGEST = 300  # characters of a message that may quote the config


@dataclass(frozen=True)
class Problem:
    """One mistake. ``line`` is 0 where the whole file is meant."""

    line: int
    keys: Keys
    message: str


def config_error(places: Places, problems: Iterable[Problem]) -> ConfigError:
    """One error that lists the problems, a line each, in the order of the file."""
    lines = [
        f"  {': '.join(_head(places, problem))}: {one_line(problem.message)}"
        for problem in sorted(problems, key=lambda problem: problem.line)
    ]
    count = counted(len(lines), "mistake")
    return ConfigError("\n".join([f"{one_line(str(places.path))} has {count}:", *lines]))


def _head(places: Places, problem: Problem) -> Iterator[str]:
    file = one_line(str(places.path))
    yield f"{file}:{problem.line}" if problem.line else file
    if problem.keys:
        yield dotted(problem.keys)


def one_line(text: str) -> str:
    """The text without line breaks, control characters and what no terminal can show."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def did_you_mean(word: str, allowed: Sequence[str]) -> str:
    """``did you mean 'filters'? ``, or nothing when no allowed word is near."""
    near = difflib.get_close_matches(word.lower(), allowed, n=1)
    return f"did you mean '{near[0]}'? " if near else ""


def explain(
    error: ValidationError, data: Any, places: Places, models: Mapping[Keys, type[BaseModel]]
) -> list[Problem]:
    """Pydantic's errors as problems of the file.

    Args:
        error: what pydantic found.
        data: what it was given, as read from the file.
        places: where the data's keys stand.
        models: which model reads the mapping at which keys, ``()`` being the whole file; models
            inside those are found through their fields.
    """
    plain: list[Problem] = []
    branches: dict[Keys, list[Problem]] = {}
    for details in error.errors(include_url=False):
        if _long_enough(details):
            continue
        keys, branch = _in_data(details, data)
        message = _message(details, models)
        problem = Problem(places.line(keys), keys, message)
        if branch is None:
            plain.append(problem)
        else:
            branches.setdefault(branch, []).append(problem)
    return plain + [_best(problems) for problems in branches.values()]


def read_entry(model: type[ModelT], fields: dict[str, Any]) -> ModelT:
    """An entry of a config that is written elsewhere, such as on the command line.

    Raises:
        ConfigError: it has mistakes; they are told in the words of a config's, a line each.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        found = explain(error, fields, Places(), {(): model})
        lines = [": ".join(filter(None, (dotted(each.keys), each.message))) for each in found]
        raise ConfigError("\n".join(f"{line}." for line in lines)) from None


def _long_enough(details: ErrorDetails) -> bool:
    """Whether a list only seems too short, because pydantic counts the items that passed."""
    found = details["input"]
    least = details.get("ctx", {}).get("min_length", 0)
    return details["type"] == "too_short" and len(found) >= least


def _in_data(details: ErrorDetails, data: Any) -> tuple[Keys, Keys | None]:
    """The keys of an error that exist in the data; and where a choice of types began, if any did.

    Pydantic mixes the names of tried types into its locations, such as ``("size", "int")``.
    """
    location = details["loc"][:-1] if details["type"] == "missing" else details["loc"]
    keys: Keys = ()
    branch: Keys | None = None
    for step in location:
        inside = isinstance(data, dict) and step in data
        if inside or (isinstance(data, list) and isinstance(step, int) and step < len(data)):
            keys, data = (*keys, step), data[step]
        elif branch is None:
            branch = keys
    return keys, branch


def _best(problems: list[Problem]) -> Problem:
    """Of a choice of types, what hinders the one that came furthest."""
    depth = max(len(problem.keys) for problem in problems)
    best = [problem for problem in problems if len(problem.keys) == depth]
    words = dict.fromkeys(problem.message for problem in best)
    return Problem(best[0].line, best[0].keys, "; or ".join(words))


_WORDS = {
    "string_type": "expected text",
    "string_unicode": "holds characters that are no text",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_parsing_size": "expected a smaller whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected keys with values",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
}


def _message(details: ErrorDetails, models: Mapping[Keys, type[BaseModel]]) -> str:
    kind, location = details["type"], details["loc"]
    context = {key: _tidy(value) for key, value in details.get("ctx", {}).items()}
    if kind == "value_error":
        return _short(str(context["error"]))
    if kind == "missing":
        last = location[-1]
        return f"'{last}' is missing" if isinstance(last, str) else f"item {last + 1} is missing"
    if kind == "extra_forbidden":
        allowed = sorted(_allowed(location[:-1], models))
        near = did_you_mean(str(location[-1]), allowed)
        return f"no such key; {near}Allowed: {', '.join(allowed)}"
    if kind in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", context["expected"])
        if isinstance(details["input"], str):
            near = did_you_mean(details["input"], allowed)
            return f"cannot be {shown(details['input'])}; {near}Allowed: {', '.join(allowed)}"
        return f"expected one of {context['expected']}, found {shown(details['input'])}"
    if context.get("min_length") == 1:
        return "must not be empty"
    words = _WORDS.get(kind)
    if words is None:
        return _short(details["msg"][:1].lower() + details["msg"][1:])
    return f"{words.format_map(context)}, found {shown(details['input'])}"


def _tidy(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value


def _allowed(location: Keys, models: Mapping[Keys, type[BaseModel]]) -> set[str]:
    """The keys that a mapping at this location may have."""
    start = max((keys for keys in models if location[: len(keys)] == keys), key=len)
    found = [models[start]]
    for step in location[len(start) :]:
        fields = [model.model_fields[step] for model in found if step in model.model_fields]
        if fields:
            found = [inner for field in fields for inner in _models(field.annotation)]
        else:  # an item of a list, or the name of a type that was tried
            found = [model for model in found if step == model.__name__] or found
    return {name for model in found for name in model.model_fields}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def shown(value: Any) -> str:
    """A value of the config as a message may quote it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        names = ", ".join(map(str, list(value)[:3]))
        return f"keys with values ({names}{', …' if len(value) > 3 else ''})"
    return repr(value if len(str(value)) <= 60 else f"{str(value)[:59]}…")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
