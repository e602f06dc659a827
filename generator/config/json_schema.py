"""The config's types as a JSON Schema, with which an editor completes and checks a config.

``python -m generator.config.json_schema`` writes the schema that comes with the package.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from generator.config.schema import Kinds, SiteConfig

SCHEMA_FILE = Path(__file__).parent.parent / "site_config.schema.json"

_Json = dict[str, Any]


def json_schema(kinds: Kinds) -> _Json:
    """The schema of a config whose ``visualizations`` may be of these kinds.

    Each kind has a definition of its own, called as the kind is.
    """
    classes = {kind: visualization.Options for kind, visualization in kinds.items()}
    models: dict[type[BaseModel], None] = dict.fromkeys([SiteConfig, *classes.values()])
    references, whole = models_json_schema([(model, "validation") for model in models])
    definitions: _Json = whole["$defs"]
    names = {model: references[model, "validation"]["$ref"].rpartition("/")[2] for model in models}
    schema: _Json = definitions[names[SiteConfig]]
    entries = {kind: _entry(kind, definitions[names[model]]) for kind, model in classes.items()}
    for name in {*names.values(), "Options"}:
        definitions.pop(name, None)
    choices = [{"$ref": f"#/$defs/{kind}"} for kind in entries]
    schema["properties"]["visualizations"]["items"] = {"anyOf": choices}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cnn-gallery's site_config.yml",
        "description": "A gallery of a convolutional network. Paths are relative to the config.",
    }
    return _tidy(schema | head | {"$defs": definitions | entries})


def _entry(kind: str, definition: _Json) -> _Json:
    named = {"const": kind, "description": "Which visualization this entry asks for."}
    properties = definition["properties"] | {"kind": named}
    return definition | {"title": kind, "properties": properties}


def _tidy(schema: _Json) -> _Json:
    """Without what says nothing: the titles of keys, and null for keys that may be left out."""
    tidy = {key: _tidied(value) for key, value in schema.items()}
    properties = tidy.get("properties", {})
    tidy |= {"properties": {k: _plain(v) for k, v in properties.items()}} if properties else {}
    return tidy


def _tidied(value: Any) -> Any:
    if isinstance(value, dict):
        return _tidy(value)
    return [_tidied(item) for item in value] if isinstance(value, list) else value


def _plain(field: _Json) -> _Json:
    field = {key: value for key, value in field.items() if key != "title"}
    if field.get("default", ...) is None:
        del field["default"]
        choices = [choice for choice in field.pop("anyOf", []) if choice != {"type": "null"}]
        field |= choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {}
    return field


def schema_text(kinds: Kinds) -> str:
    """The schema as it stands in its file."""
    return json.dumps(json_schema(kinds), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    from generator.visualizations import registry

    SCHEMA_FILE.write_text(schema_text(registry()), encoding="utf-8")
