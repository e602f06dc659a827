"""When a picture that was made again is the one that a site shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from generator.photos.images import Pixels
from generator.proof.judging import agree, judge
from generator.proof.remake import Remade
from generator.render.data_files.manifest import Listed
from generator.render.drawing.encoding import Drawn, png

CHANCE = np.random.default_rng(0)
SHOWN, OTHER = CHANCE.integers(0, 256, (2, 12, 12, 3)).astype(np.uint8)
FACTS = {"activation": 10.0, "robust": 8.0, "rank": 1, "flags": []}


def listed(role: str = "picture", **facts: Any) -> Listed:
    return Listed(
        file=f"pictures/{role}.png",
        visualization="maximization",
        role=role,
        width=12,
        height=12,
        bytes=1,
        digest="",
        facts={**FACTS, **facts},
    )


def remade(
    pixels: Pixels | None,
    *,
    role: str = "picture",
    said: dict[str, Any] | None = None,
    **facts: Any,
) -> Remade:
    drawings = () if pixels is None else (Drawn(png(pixels), ".png", 12, 12),)
    return Remade(listed(role, **(said or {})), drawings, {**FACTS, **facts})


class Answers:
    """Pretends that a unit answers so strongly to the picture shown, and to any other."""

    def __init__(self, shown: Sequence[float] = (10, 8), other: Sequence[float] = (10, 8)) -> None:
        self.values = {png(SHOWN): shown}
        self.other = other
        self.asked = 0

    def __call__(self, _: Listed, content: bytes) -> Sequence[float]:
        self.asked += 1
        return self.values.get(content, self.other)


def verdict(again: Remade, answers: Answers | None = None, *, numbers: bool = True) -> tuple:
    found = judge(png(SHOWN), again, answers or Answers(), numbers=numbers)
    return found.verdict, found.note


def test_the_same_pixels_are_the_same_and_no_unit_is_asked() -> None:
    answers = Answers()
    assert verdict(remade(SHOWN), answers) == ("same", "")
    assert answers.asked == 0


def test_a_rounding_is_close() -> None:
    assert verdict(remade(SHOWN ^ 1)) == ("close", "")


def test_another_picture_may_be_as_strong() -> None:
    assert verdict(remade(OTHER, activation=10.15, robust=8.1), Answers((10, 8), (10.1, 8.1))) == (
        "as strong",
        "",
    )


@pytest.mark.parametrize(
    ("fact", "value", "note"),
    [
        ("activation", 10.3, "activation is 10.0 by the site, and 10.3 now"),
        ("robust", 7.8, "robust is 8.0 by the site, and 7.8 now"),
    ],
)
def test_a_picture_that_is_told_to_be_stronger_or_weaker_differs(
    fact: str, value: float, note: str
) -> None:
    assert verdict(remade(OTHER, **{fact: value})) == ("differs", note)


def test_a_file_that_is_not_as_strong_as_told_differs() -> None:
    """The manifest's numbers are right, but the file shows something else."""
    found = verdict(remade(OTHER), Answers(shown=(2.5, 8.0)))
    assert found == ("differs", "activation of this file is 2.5, of the one made again 10")
    found = verdict(remade(OTHER), Answers(shown=(10, 6.5)))
    assert found == ("differs", "robust of this file is 6.5, of the one made again 8")


def test_the_way_to_a_picture_is_judged_by_what_is_told() -> None:
    answers = Answers(shown=(0, 0))
    assert verdict(remade(OTHER, role="noise"), answers) == ("as strong", "")
    assert answers.asked == 0
    assert verdict(remade(OTHER, role="step", activation=11.0))[0] == "differs"


def test_what_says_no_strength_has_to_be_the_same() -> None:
    again = Remade(listed().model_copy(update={"facts": {"mean": 1.0}}), remade(OTHER).drawings, {})
    assert verdict(again) == ("differs", "no picture that may come out otherwise")


def test_other_numbers_beside_the_same_picture_differ_where_they_must_not() -> None:
    again = remade(SHOWN, said={"rank": 2})
    assert verdict(again) == ("differs", "its fact 'rank' is not what was found now")
    assert verdict(again, numbers=False) == ("same", "")
    # They are about the finished picture: its noise does not depend on how well it went.
    assert verdict(remade(SHOWN, role="noise", said={"rank": 2})) == ("same", "")


def test_facts_that_only_the_site_has_are_not_asked_for() -> None:
    assert verdict(remade(SHOWN, said={"photo": 3.0})) == ("same", "")


def test_of_several_drawings_the_nearest_counts() -> None:
    both = (*remade(OTHER).drawings, *remade(SHOWN).drawings)
    assert verdict(Remade(listed(), both, FACTS)) == ("same", "")


def test_no_such_picture_and_no_such_size() -> None:
    note = "today's config, network and photos ask for no such picture"
    assert verdict(remade(None)) == ("differs", note)
    assert verdict(remade(SHOWN[:-1])) == ("differs", "another size, or other frames")


def test_a_file_that_cannot_be_decoded_is_damaged() -> None:
    found = judge(b"no picture", remade(SHOWN), Answers(), numbers=True)
    assert found.verdict == "damaged" and "cannot be decoded" in found.note


@pytest.mark.parametrize(
    ("said", "found", "same"),
    [
        (1.0, 1.019, True),
        (1.0, 1.03, False),
        (0, 0.0, True),
        (0.0, 1e-9, False),
        ([100.0, 1e-9], [100.0, 1.0], True),  # of a layer's answers, the small are noise
        ([100.0, 0.0], [100.0, 3.0], False),
        ([1.0], [1.0, 1.0], False),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2.01}]}, True),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, False),
        ({"a": 1}, {"b": 1}, False),
        (["dead"], ["dead"], True),
        (["dead"], [], False),
        (None, None, True),
        (None, 0.0, False),
        (True, 1, True),
        ("x", 1.0, False),
    ],
)
def test_what_numbers_say_the_same(said: Any, found: Any, same: bool) -> None:
    assert agree(said, found) is same
