"""What of the cache cannot be used, in words: once each, whoever finds it."""

from __future__ import annotations

from collections.abc import Iterable

from generator.cache.store import Absence
from generator.utils.report import Report


def tell_losses(absences: Iterable[Absence], report: Report) -> None:
    """Say how many cached results cannot be used, and what is done about it.

    Args:
        absences: why each missing result is missing, see `generator.cache.store.Cache.absences`.
        report: told nothing of those that never were there.
    """
    found = list(absences)
    _tell(found.count("damaged"), "damaged: {it} computed again", report)
    words = "of another version of cnn-gallery: {it} set aside, and computed again"
    _tell(found.count("set aside"), words, report)


def tell_damaged_pictures(number: int, report: Report) -> None:
    """Say how many drawn pictures are damaged, if any are."""
    _tell(number, "damaged: {it} drawn again", report, noun="picture")


def _tell(number: int, words: str, report: Report, noun: str = "result") -> None:
    if number == 1:
        report.warn(f"1 cached {noun} is {words.format(it='it is')}.")
    elif number:
        report.warn(f"{number} cached {noun}s are {words.format(it='they are')}.")
