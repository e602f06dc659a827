"""Quick JSON says what Python's own says, and reads what that wrote."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.utils import quick_json

TEXT = st.text(st.characters())  # half surrogates too: names of files have them
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_comes_back_here_and_in_python(value: object) -> None:
    written = quick_json.written(value)
    assert quick_json.read(written) == json.loads(written) == value


@given(VALUES)
def test_what_python_wrote_is_read(value: object) -> None:
    assert quick_json.read(json.dumps(value).encode()) == value


def test_numbers_that_are_none_come_back() -> None:
    assert math.isnan(quick_json.read(quick_json.written(math.nan)))


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        quick_json.written(object())
    with pytest.raises(ValueError):
        quick_json.read(b"{")
