"""Counts and lists in sentences."""

from __future__ import annotations

from generator.utils.wording import counted, in_a_row, in_lines, quoted


def test_nouns_are_counted() -> None:
    assert [counted(number, "task") for number in (0, 1, 2)] == ["0 tasks", "1 task", "2 tasks"]


def test_names_beyond_the_most_are_counted() -> None:
    assert in_a_row(["a", "b", "c"], most=3) == "a, b, c"
    assert in_a_row(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
    assert quoted(["a", "b"]) == "'a', 'b'"


def test_lines_beyond_the_most_are_counted() -> None:
    assert in_lines(["a", "b"], most=2) == "  a\n  b"
    assert in_lines(["a", "b", "c"], most=1) == "  a\n  … and 2 more"
