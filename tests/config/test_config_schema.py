"""The JSON Schema and the reference: made from the types, up to date, and right about them."""

import pytest
import yaml
from pretend_kinds import KINDS
from small_schema import fits

from generator.config.json_schema import SCHEMA_FILE, json_schema, schema_text
from generator.config.reference import EXAMPLE, PAGE, reference
from generator.visualizations import registry


def test_the_schema_in_the_package_is_up_to_date():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(registry()), (
        "run: python -m generator.config.json_schema"
    )


def test_the_reference_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == reference(registry()), (
        "run: python -m generator.config.reference"
    )


@pytest.mark.parametrize("kinds", [KINDS, registry()], ids=["pretended", "installed"])
def test_every_key_is_described(kinds):
    schema = json_schema(kinds)
    groups = [schema, *schema["$defs"].values()]
    fields = [
        (name, field) for group in groups for name, field in group.get("properties", {}).items()
    ]
    assert len(fields) > 30
    for name, field in fields:
        target = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
        assert field.get("description") or target.get("description"), name


def test_each_kind_has_a_definition_of_its_own():
    definitions = json_schema(KINDS)["$defs"]
    assert definitions["etching"]["properties"]["kind"]["const"] == "etching"
    assert "mode" in definitions["etching"]["properties"]
    assert "mode" not in definitions["poster"]["properties"]


def test_two_kinds_may_share_their_options():
    kinds = {"etching": KINDS["poster"], "poster": KINDS["poster"]}
    definitions = json_schema(kinds)["$defs"]
    assert [definitions[kind]["properties"]["kind"]["const"] for kind in kinds] == [*kinds]


def test_the_example_fits_the_schema():
    schema = json_schema(registry())
    assert fits(yaml.safe_load(EXAMPLE), schema, schema)


RIGHT = [
    "site: {name: Mine, language: pt-BR}",
    "seed: 3",
    "input: {size: 96, mean: 0.5, std: 2}",
    "input: {size: [96, 64], mean: [1, 2, 3], std: [1, 2, 3]}",
    "images: a.jpg",
    "images: {path: a.jpg, alt: x}",
    "images: [a.jpg, {path: a.jpg}]",
    "layers: conv:1",
    "layers: 3",
    "layers: [3, conv:1]",
    "layers: []",
    "visualizations: [{kind: etching, layers: a, mode: wet, size: [1, 2], frame: {width: 2}}]",
] + [
    f"visualizations: [{{kind: poster, layers: [a, 3], filters: {filters}}}]"
    for filters in ("all", "3", "'1, 5-6'", "[1, '5-6']", "{top: 3}", "{random: 1}")
]
WRONG = [
    "sede: 3",
    "seed: x",
    "seed: true",
    "seed: -1",
    "site: mine",
    "site: {nmae: x}",
    "site: {name: ''}",
    "site: {language: English}",
    "input: {size: 0}",
    "input: {size: [1]}",
    "input: {size: [1, 2, 3]}",
    "input: {std: 0}",
    "images: 3",
    "images: [{title: x}]",
    "layers: {a: 1}",
    "layers: ['']",
    "visualizations: {kind: poster}",
    "visualizations: [{kind: pster, layers: a}]",
    "visualizations: [{layers: a}]",
    "visualizations: [{kind: poster}]",
    "visualizations: [{kind: poster, layers: []}]",
    "visualizations: [{kind: poster, layers: a, mode: wet}]",
    "visualizations: [{kind: etching, layers: a, mode: wett}]",
] + [
    f"visualizations: [{{kind: poster, layers: a, filters: {filters}}}]"
    for filters in ("some", "[]", "[-1]", "{top: 0}", "{tpo: 1}", "{top: 1, random: 1}", "true")
]


@pytest.mark.parametrize("text", RIGHT)
def test_an_editor_accepts_what_is_right(desk, text):
    schema = json_schema(KINDS)
    desk.load(text)
    assert fits(yaml.safe_load(text), schema, schema)


@pytest.mark.parametrize("text", WRONG)
def test_an_editor_marks_what_is_wrong(desk, text):
    schema = json_schema(KINDS)
    desk.mistake(text)
    assert not fits(yaml.safe_load(text), schema, schema)


def test_the_reference_names_every_key_and_kind():
    page = reference(KINDS)
    for words in ("### etching", "### poster", "| `mode` | `wet` or `dry` | `dry` | How. |"):
        assert words in page
    assert "| `layers` | text, or a list of such | must be given |" in page
    assert "| `visualizations` | list of [entries](#visualizations) |" in page
