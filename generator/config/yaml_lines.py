"""YAML that remembers its lines: plain values, where each stands, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from generator.config.places import Keys
from generator.config.problems import Problem

MOST_VALUES = 200_000  # an alias of aliases can stand for billions
DEEPEST = 50  # levels of nesting

_TAG = "tag:yaml.org,2002:"
_HALF = re.compile(r"[\ud800-\udfff]")  # PyYAML lets escapes through that no file can hold


class _Loader(yaml.SafeLoader):
    """Tells numbers, true, false and null from text as YAML 1.2 does.

    PyYAML follows YAML 1.1, where the language ``no`` is false, ``1:30`` is 90, ``1e-6`` is text
    and a title may turn into a date.
    """

    yaml_implicit_resolvers = {}  # noqa: RUF012 (declared so by PyYAML)


for _name, _pattern, _first in (
    ("merge", r"<<", "<"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))


@dataclass(frozen=True)
class Document:
    """What a YAML text holds. ``lines`` counts from 1; ``lines[()]`` is where the text begins."""

    data: Any
    lines: dict[Keys, int]
    problems: tuple[Problem, ...]


def read_yaml(text: str) -> Document:
    """The text's one document as dicts, lists and scalars, with the line of every key and item.

    Never raises: a text that is no YAML gives a document without data and with one problem.
    Duplicate keys, unknown tags and values that contain themselves are problems too.
    """
    reader = _Reader()
    loader = _Loader("")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = None if node is None else reader.item(node, ())
    except yaml.MarkedYAMLError as error:
        return Document(None, {}, (_syntax(error),))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        words = f"the character U+{ord(text[error.position]):04X} is not allowed in YAML"
        return Document(None, {}, (Problem(line, (), words),))
    except RecursionError:
        return Document(None, {}, (Problem(0, (), "nested far too deeply"),))
    except (ValueError, OverflowError):  # PyYAML on escapes and versions beyond all numbers
        words = "this is not YAML: an escape or a number out of range"
        return Document(None, {}, (Problem(loader.line + 1, (), words),))
    return Document(data, reader.lines, tuple(reader.problems))


class _Reader:
    """Walks PyYAML's nodes once; collects lines and problems on the way."""

    def __init__(self) -> None:
        self.lines: dict[Keys, int] = {}
        self.problems: list[Problem] = []
        self._count = 0
        self._open: list[yaml.Node] = []

    def value(self, node: yaml.Node, keys: Keys) -> Any:
        self._count += 1
        if self._count > MOST_VALUES:
            _stop(node, f"the file stands for more than {MOST_VALUES:,} values")
        if any(node is outer for outer in self._open):
            _stop(node, "this value contains itself")
        if len(self._open) > DEEPEST:
            _stop(node, f"nested more than {DEEPEST} levels deep")
        self._open.append(node)
        try:
            return self._read(node, keys)
        finally:
            self._open.pop()

    def _read(self, node: yaml.Node, keys: Keys) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, keys)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.item(item, (*keys, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            if _HALF.search(node.value):
                self._problem(
                    node, keys, "an escape stands for half a character (\\ud800 to \\udfff)"
                )
                return None
            try:
                return _scalar(node)
            except ValueError:
                pass
        tag = node.tag.replace(_TAG, "!!")
        self._problem(node, keys, f"this cannot be read as '{tag}'; leave the tag out")
        return None

    def item(self, node: yaml.Node, keys: Keys) -> Any:
        self.lines[keys] = _line(node)
        return self.value(node, keys)

    def _mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for base in _merged(node):
            found = self.value(base, keys)
            if isinstance(found, dict):
                merged.update(found)
            else:
                self._problem(base, keys, "'<<' takes the keys of a mapping, and this is none")
        return merged | self._written(node, keys)

    def _written(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Any]:
        written: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                continue
            if not isinstance(key, yaml.ScalarNode) or _HALF.search(key.value):
                self._problem(key, keys, "a key must be one word")
                continue
            name, place = key.value, (*keys, key.value)
            if name in written:
                words = f"given twice, first on line {first[name]}; keep one of them"
                self._problem(key, place, words)
                continue
            first[name] = self.lines[place] = _line(key)
            written[name] = self.value(value, place)
        return written

    def _problem(self, node: yaml.Node, keys: Keys, words: str) -> None:
        self.problems.append(Problem(_line(node), keys, words))


def _merged(node: yaml.MappingNode) -> Iterator[yaml.Node]:
    """The mappings that ``<<`` names, the weakest first: among several, the first one wins."""
    for key, value in node.value:
        if key.tag == f"{_TAG}merge":
            many = isinstance(value, yaml.SequenceNode)
            yield from reversed(value.value if many else [value])


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """The scalar's value.

    Raises:
        ValueError: its tag does not fit its text, or is none of YAML's own.
    """
    text: str = node.value
    match node.tag.removeprefix(_TAG):
        case "str" | "merge":
            return text
        case "null":
            return None
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "int":
            return _number(text, int(text))
        case "float":
            return _number(text, float(re.sub(r"\.(?=[a-zA-Z])", "", text)))
    raise ValueError(node.tag)


def _number(text: str, number: float) -> str | int | float:
    """The number, unless that would forget how it was written.

    A layer may be called 1.10, which is not 1.1. Where a number is wanted, pydantic reads it from
    the text.
    """
    digits = re.fullmatch(r"[-+0-9.]+", text)
    return text if digits and str(number) != text else number


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _stop(node: yaml.Node, words: str) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=words, problem_mark=node.start_mark)


_SYNTAX = (  # what PyYAML says, and what that means to someone who edits a file
    (
        "cannot start any token",
        "a tab, or a character such as @ or %: indent with spaces, quote text",
    ),
    ("mapping values are not allowed", "a ':' where none fits: mind the indentation, quote text"),
    ("could not find expected ':'", "a key without ':', or a line with the wrong indentation"),
    ("expected <block end>", "the indentation does not fit the lines before, or ',' is missing"),
    ("expected the node content", "something is missing here, between brackets or after ','"),
    ("found another document", "a second document begins here ('---'); keep one"),
    ("or ']'", "a '[' is not closed with ']', or a ',' is missing"),
    ("or '}'", "a '{' is not closed with '}', or a ',' is missing"),
)


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    problem = error.problem or "this is not YAML"
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a quoted scalar":
        problem, mark = "a quote is opened here and never closed", error.context_mark or mark
    words = next((ours for theirs, ours in _SYNTAX if theirs in problem), problem)
    if mark is None:
        return Problem(0, (), words)
    return Problem(mark.line + 1, (), f"column {mark.column + 1}: {words}")
