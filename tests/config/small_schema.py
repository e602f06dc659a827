"""Just enough of JSON Schema to hold our own schema to what `load_config` accepts."""

import re
from typing import Any

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int | float,
    "boolean": bool,
}
KNOWN = {
    *("$schema", "$defs", "$ref", "title", "description", "default", "type", "const", "enum"),
    *("properties", "required", "additionalProperties", "anyOf", "items", "prefixItems"),
    *("minItems", "maxItems", "minLength", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "pattern"),
}


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema and not fits(value, root["$defs"][schema["$ref"].split("/")[-1]], root):
        return False
    if "anyOf" in schema and not any(fits(value, choice, root) for choice in schema["anyOf"]):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    kind = schema.get("type")
    if kind and (
        not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        return False
    return (
        _fits_group(value, schema, root)
        and _fits_list(value, schema, root)
        and _fits_scalar(value, schema)
    )


def _fits_group(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    fields = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False
    return (
        set(schema.get("required", ())) <= set(value)
        and not (closed and set(value) - set(fields))
        and all(fits(value[key], fields[key], root) for key in fields if key in value)
    )


def _fits_list(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if not isinstance(value, list):
        return True
    each = schema.get("prefixItems") or [schema.get("items", {})] * len(value)
    right_length = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
    return right_length and all(fits(v, s, root) for v, s in zip(value, each, strict=False))


def _fits_scalar(value: Any, schema: dict[str, Any]) -> bool:
    if isinstance(value, str):
        long_enough = len(value) >= schema.get("minLength", 0)
        return long_enough and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, int | float):
        return (
            schema.get("minimum", value) <= value <= schema.get("maximum", value)
            and schema.get("exclusiveMinimum", value - 1) < value
            and value < schema.get("exclusiveMaximum", value + 1)
        )
    return True
