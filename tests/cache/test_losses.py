"""What of the cache cannot be used is said once, in words that count."""

from __future__ import annotations

from generator.cache.losses import tell_damaged_pictures, tell_losses
from generator.utils.report import Silent


class Warned(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def warn(self, message: str) -> None:
        self.lines.append(message)


def test_each_reason_is_said_in_one_line() -> None:
    report = Warned()
    tell_losses(["absent", "damaged", "set aside", "damaged", "absent", "set aside"], report)
    assert report.lines == [
        "2 cached results are damaged: they are computed again.",
        "2 cached results are of another version of cnn-gallery: they are set aside, and computed "
        "again.",
    ]


def test_one_is_told_as_one() -> None:
    report = Warned()
    tell_losses(["damaged"], report)
    tell_damaged_pictures(1, report)
    assert report.lines == [
        "1 cached result is damaged: it is computed again.",
        "1 cached picture is damaged: it is drawn again.",
    ]


def test_what_never_was_there_is_not_worth_a_word() -> None:
    report = Warned()
    tell_losses(["absent"] * 3, report)
    tell_damaged_pictures(0, report)
    assert report.lines == []
