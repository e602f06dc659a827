"""Sealed JSON: it comes back as it was, and not at all when a single byte is another."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cache.sealed import Unsound, seal, unseal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.text().filter(lambda name: name != "sha256"), JSON, max_size=4)


@given(FIELDS)
def test_what_was_sealed_comes_back(fields: dict[str, object]) -> None:
    assert unseal(seal(fields)) == fields


@given(FIELDS, st.data())
def test_any_other_byte_is_found(fields: dict[str, object], data: st.DataObject) -> None:
    content = bytearray(seal(fields))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unsound):
        unseal(bytes(content))


@given(FIELDS, st.data())
def test_a_shorter_file_is_found(fields: dict[str, object], data: st.DataObject) -> None:
    content = seal(fields)
    with pytest.raises(Unsound):
        unseal(content[: data.draw(st.integers(0, len(content) - 1))])


def test_it_is_plain_json_with_a_line_a_field() -> None:
    content = seal({"b": [1, 2], "a": {"y": 1, "x": 0.1}})
    assert json.loads(content).keys() == {"sha256", "a", "b"}
    assert content.decode().splitlines()[1:] == ['"a": {"x": 0.1, "y": 1},', '"b": [1, 2]}']


def test_equal_fields_give_equal_bytes_in_whatever_order() -> None:
    assert seal({"a": 1, "b": {"c": 2, "d": 3}}) == seal({"b": {"d": 3, "c": 2}, "a": 1})


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"a": 1}', b"\x00" * 200])
def test_what_was_never_sealed_is_unsound(content: bytes) -> None:
    with pytest.raises(Unsound):
        unseal(content)


def test_the_seal_has_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="no field 'sha256'"):
        seal({"sha256": "mine"})
