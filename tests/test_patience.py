"""Garbage is looked for seldom within the block, and as before after it."""

from __future__ import annotations

import gc

import pytest

from generator.patience import patience


def test_the_usual_thresholds_come_back_whatever_happens() -> None:
    usual = gc.get_threshold()
    with pytest.raises(ValueError, match="spilt"), patience():
        assert gc.get_threshold() > usual and gc.isenabled()
        raise ValueError("spilt")
    assert gc.get_threshold() == usual


def test_a_function_can_be_patient() -> None:
    usual = gc.get_threshold()
    assert patience()(gc.get_threshold)() != usual == gc.get_threshold()
