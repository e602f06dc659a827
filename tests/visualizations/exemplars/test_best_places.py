"""The best places of many parts are the best of all, in whichever order the parts come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.visualizations.exemplars.best import KEPT, SIDES, Places, best


def places(values: list[float], first: int, lots: np.random.Generator) -> Places:
    """Of one unit, a place a picture."""
    count = len(values)
    return Places(
        values=np.array([values], np.float32),
        lots=lots.random((1, count), dtype=np.float32),
        pictures=np.arange(first, first + count, dtype=np.int32)[None],
        spots=np.arange(count, dtype=np.int32)[None],
    )


@pytest.mark.parametrize("side", SIDES)
@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(-3, 3).map(float), max_size=30), min_size=1, max_size=5),
    st.integers(0, 99),
)
def test_best_of_parts_is_best_of_all(side: str, values: list[list[float]], seed: int) -> None:
    chance = np.random.default_rng(seed)
    parts, first = [], 0
    for each in values:
        parts.append(places(each, first, chance))
        first += len(each)
    everything = best(side, Places.none(1), *parts)
    one_by_one = Places.none(1)
    for part in reversed(parts):
        one_by_one = best(side, one_by_one, part)
    for name, array in vars(everything).items():
        assert np.array_equal(array, vars(one_by_one)[name]), name
    flat = sorted((value for each in values for value in each), reverse=side == "top")
    assert everything.values[0].tolist() == flat[:KEPT]


@pytest.mark.parametrize(("side", "first"), [("top", [2.0, 1.0]), ("bottom", [1.0, 2.0])])
def test_places_without_a_number_come_last(side: str, first: list[float]) -> None:
    values = [np.inf, 1.0, np.nan, -np.inf, 2.0]
    found = best(side, places(values, 0, np.random.default_rng(0)))
    assert found.values[0, :2].tolist() == first


def test_equal_values_are_chosen_by_lot_and_not_by_order() -> None:
    chance = np.random.default_rng(1)
    found = best("bottom", *(places([0.0], number, chance) for number in range(3 * KEPT)))
    assert set(found.pictures[0]) != set(range(KEPT))


def test_places_survive_being_stored() -> None:
    some = places([1.0, 2.0], 4, np.random.default_rng(2))
    again = Places.read(some.arrays("top"), "top")
    assert all(np.array_equal(array, vars(again)[name]) for name, array in vars(some).items())
    assert some.later(10).pictures.tolist() == [[14, 15]]
