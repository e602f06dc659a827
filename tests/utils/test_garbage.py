"""Garbage is collected seldom within the block, and as before after it."""

from __future__ import annotations

import gc

import pytest

from generator.utils.garbage import infrequent_gc


def test_the_usual_thresholds_come_back_whatever_happens() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="spilt"), infrequent_gc():
        assert gc.get_threshold() > usual and gc.isenabled()
        raise ValueError("spilt")
    assert gc.get_threshold() == usual


def test_it_works_as_a_decorator() -> None:
    usual = gc.get_threshold()
    assert infrequent_gc()(gc.get_threshold)() != usual == gc.get_threshold()


def test_what_was_made_counts_as_old_after_it() -> None:
    searches: list[int] = []
    with infrequent_gc():
        made = [{} for _ in range(5000)]
        gc.callbacks.append(lambda phase, info: searches.append(info["generation"]))
    made += [{} for _ in range(100)]  # fewer than the usual threshold
    gc.callbacks.pop()
    assert searches == [] and len(made) == 5100


def test_what_others_froze_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with infrequent_gc():
            pass
        assert gc.get_freeze_count() == frozen > 0
    finally:
        gc.unfreeze()
