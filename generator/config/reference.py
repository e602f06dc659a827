"""The config reference: a page of the docs, made from the JSON Schema.

``python -m generator.config.reference`` writes the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.config.json_schema import json_schema
from generator.config.schema import Kinds

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "config.md"

EXAMPLE = """\
site:
  name: My network, filter by filter

model: torchvision:vgg16
weights: IMAGENET1K_V1

images:
  - photos/*.jpg
  - path: photos/cat.png
    title: A cat
    alt: A tabby cat looks into the camera

layers: conv:*

visualizations:
  - kind: kernels
    layers: conv:1
  - kind: activations
    layers: [conv:1, features.10]
    filters: [1, 5, "10-20"]
  - kind: maximization
    layers: features.15
    filters: {top: 4}
"""

_INTRODUCTION = """\
# The config, key by key

<!-- Made by `python -m generator.config.reference` from the config's types. Edit those. -->

A gallery is described by one file, `site_config.yml`. Every key may be left out, and a key with
nothing after it counts as left out. Paths are relative to the folder of the config.

```yaml
{example}```

All mistakes are reported at once, each with its line and key. An editor that knows JSON Schema
finds them while you type: name the schema in the first line, with the path of the file
`site_config.schema.json` that lies in the installed package.

```yaml
# yaml-language-server: $schema=path/to/site_config.schema.json
```

Numbers, `true`, `false` and `null` are read as in YAML 1.2: `no` and `on` are words, and
`2024-05-01` is text.
"""

_FILTERS = """\
## filters

Filters are counted from 0. `filters` takes one of these:

| written | means |
|---|---|
| `all` | every filter of the layer; so does leaving the key out |
| `17` | one filter |
| `[1, 5, "10-20"]` | filters by number, and ranges with both ends in them |
| `"1, 5, 10-20"` | the same in one piece of text |
| `{top: 4}` | the four that answer most strongly |
| `{random: 4}` | four by chance; always the same four for a seed and a layer |
"""

_Json = dict[str, Any]


def reference(kinds: Kinds) -> str:
    """The page as Markdown."""
    schema = json_schema(kinds)
    definitions: _Json = schema["$defs"]
    parts = [_INTRODUCTION.format(example=EXAMPLE), "## All keys\n", _table(schema, definitions)]
    for name, field in schema["properties"].items():
        group = definitions.get(_target(field))
        if group:
            parts += [f"## {name}\n", f"{_words(group)}\n", _table(group, definitions)]
    inner = (("model", "Model"), ("dask", "Dask"), ("cache", "Cache"), ("images", "Image"))
    for heading, name in inner:
        group = definitions[name]
        parts += [f"## {heading}\n", f"{_words(group)}\n", _table(group, definitions)]
    parts += ["## visualizations\n", "Each entry names its `kind`, and has that kind's keys.\n"]
    for kind in kinds:
        entry = definitions[kind]
        parts += [f"### {kind}\n", f"{_words(entry)}\n", _table(entry, definitions)]
    return "\n".join([*parts, _FILTERS])


def _table(group: _Json, definitions: _Json) -> str:
    rows = ["| key | takes | left out | what it does |", "|---|---|---|---|"]
    for name, field in group["properties"].items():
        takes = _cell(_takes(field, definitions))
        rows.append(
            f"| `{name}` | {takes} | {_default(name, field, group)} "
            f"| {_cell(_words(field) or _words(definitions.get(_target(field), {})))} |"
        )
    return "\n".join(rows) + "\n"


def _default(name: str, field: _Json, group: _Json) -> str:
    if name in group.get("required", ()):
        return "must be given"
    default = field.get("default", "")
    if default in ("", []):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _takes(field: _Json, definitions: _Json) -> str:
    """The values that a field takes, in words."""
    target = _target(field)
    if target == "Filters":
        return "[filters](#filters)"
    if target:
        return f"[keys](#{'images' if target == 'Image' else target.lower()})"
    if "anyOf" in field:
        return _choices(field["anyOf"], definitions)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{choice}`" for choice in field["enum"])
    if field["type"] == "array":
        return _list(field, definitions)
    names = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}
    names["object"] = "keys with values"
    kind: str = field["type"]
    return names.get(kind, kind) + _bounds(field)


def _choices(choices: list[_Json], definitions: _Json) -> str:
    several = [choice for choice in choices if choice.get("type") == "array"]
    single = [choice for choice in choices if choice not in several]
    kinds = [choice.get("type") for choice in single]
    if "string" in kinds:  # where text will do, a number is read as text
        single = [choice for choice in single if choice.get("type") != "integer"]
    words = " or ".join(_takes(choice, definitions) for choice in single)
    for choice in several:
        items = choice.get("prefixItems", [])
        words += f", or a list of {f'{len(items)} ' if items else ''}such"
    return words


def _list(field: _Json, definitions: _Json) -> str:
    if "prefixItems" in field:
        items = [_takes(item, definitions) for item in field["prefixItems"]]
        alike = len(set(items)) == 1
        return f"list of {len(items)}, {f'each {items[0]}' if alike else ', '.join(items)}"
    choices = field["items"].get("anyOf", [])
    if choices and {_target(choice) for choice in choices} <= _kinds(definitions):
        return "list of [entries](#visualizations)"
    return f"list, each {_takes(field['items'], definitions)}"


def _kinds(definitions: _Json) -> set[str]:
    return {name for name, group in definitions.items() if "kind" in group.get("properties", {})}


def _bounds(field: _Json) -> str:
    words = {
        "minimum": "from {} up",
        "exclusiveMinimum": "more than {}",
        "maximum": "to {}",
        "exclusiveMaximum": "less than {}",
    }
    if "minimum" in field and abs(field.get("maximum", 2**63)) < 2**62:
        return f" from {field['minimum']} to {field['maximum']}"
    found = [words[key].format(field[key]) for key in words if abs(field.get(key, 2**63)) < 2**62]
    return f" {' '.join(found)}" if found else ""


def _target(field: _Json) -> str:
    return str(field.get("$ref", "")).rpartition("/")[2]


def _words(field: _Json) -> str:
    """A description as Markdown; docstrings mark code by two backticks."""
    return " ".join(str(field.get("description", "")).replace("``", "`").split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    from generator.visualizations import registry

    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(reference(registry()), encoding="utf-8")
