"""Which filters a choice means, and what it says when it cannot be meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from generator.errors import LayerError
from generator.visualizations.filters import Filters


def choose(written, channels=64, seed=0, responses=(), layer="features.0"):
    return Filters.model_validate(written).choose(layer, channels, seed, responses)


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ("all", (0, 1, 2, 3, 4)),
        (None, (0, 1, 2, 3, 4)),
        (3, (3,)),
        ("3", (3,)),
        ([4, 0], (4, 0)),
        (["1-3"], (1, 2, 3)),
        ([2, "1-3", 2], (2, 1, 3)),
        ("4, 0-1", (4, 0, 1)),
        ([" 2 "], (2,)),
        (["0-0"], (0,)),
    ],
)
def test_what_is_written_is_chosen_in_that_order(written, chosen):
    assert choose(written, channels=5) == chosen


def test_only_all_is_all():
    assert Filters().all
    assert Filters.model_validate("all").all
    assert not Filters.model_validate([0]).all
    assert not Filters.model_validate({"top": 1}).all
    assert not Filters.model_validate({"random": 1}).all


def test_top_takes_the_strongest_and_of_equals_the_first():
    assert choose({"top": 3}, channels=5, responses=[1.0, 5.0, 2.0, 5.0, -1.0]) == (1, 3, 2)
    assert choose({"top": 9}, channels=2, responses=[0.0, 1.0]) == (1, 0)


def test_random_depends_on_the_seed_and_the_layer_alone():
    chosen = choose({"random": 8}, seed=3)
    assert chosen == choose({"random": 8}, seed=3, responses=[1.0] * 64)
    assert len(set(chosen)) == 8
    assert list(chosen) == sorted(chosen)
    assert chosen != choose({"random": 8}, seed=4)
    assert chosen != choose({"random": 8}, seed=3, layer="features.2")
    assert choose({"random": 99}, channels=4) == (0, 1, 2, 3)


def test_random_is_the_same_on_every_machine():
    assert choose({"random": 4}, channels=512, seed=0, layer="features.28") == (60, 251, 448, 506)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ([64], "Layer 'features.0' has no filter 64: it has 64, numbered 0 to 63."),
        ([1, 99, "60-70"], "has no filter 70, 99: it has 64"),
    ],
)
def test_a_filter_out_of_range_says_how_many_there_are(written, words):
    with pytest.raises(LayerError) as caught:
        choose(written)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ([], "an empty list chooses nothing; leave the key out for all filters"),
        ("some", "'some' is neither a filter's number nor a range such as \"10-20\""),
        ([-1], "'-1' is neither a filter's number"),
        ([1.5], "'1.5' is neither a filter's number"),
        ([True], "'True' is neither a filter's number"),
        ([[1]], "'[1]' is neither a filter's number"),
        (["9" * 12], "is neither a filter's number"),
        (True, "write 'all', a list of numbers and ranges, {top: N} or {random: N}"),
        (1.5, "write 'all', a list of numbers and ranges"),
        (["5-3"], "the range '5-3' ends before it begins"),
        ({"top": 1, "random": 2}, "choose one of {top: N} and {random: N}, found top, random"),
        ({"numbers": [1]}, "choose one of {top: N} and {random: N}, found numbers"),
        ({"top": None}, "say how many: {top: 4}"),
        ({"top": 0}, "greater than 0"),
        ({"top": True}, "valid integer"),
        ({"random": "4"}, "valid integer"),
    ],
)
def test_what_cannot_be_meant(written, words):
    with pytest.raises(ValidationError) as caught:
        Filters.model_validate(written)
    assert words in str(caught.value)


def test_a_choice_may_be_given_as_a_choice():
    chosen = Filters.model_validate({"top": 4})
    assert Filters.model_validate(chosen) == chosen


@given(
    written=st.lists(
        st.integers(0, 99)
        | st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda p: f"{min(p)}-{max(p)}"),
        min_size=1,
        max_size=8,
    )
)
def test_each_chosen_filter_once_and_no_other(written):
    chosen = choose(written, channels=100)
    ranges = [str(item).split("-") for item in written]
    meant = {n for ends in ranges for n in range(int(ends[0]), int(ends[-1]) + 1)}
    assert len(chosen) == len(set(chosen))
    assert set(chosen) == meant
    assert chosen[0] == int(ranges[0][0])
