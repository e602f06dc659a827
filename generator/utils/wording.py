"""Counts and lists in sentences, the same in all messages."""

from __future__ import annotations

from collections.abc import Sequence

_LINES = 20  # as many as a person will read at once


def counted(number: int, noun: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def with_article(word: str) -> str:
    """``a ReLU``, ``an int``."""
    return f"{'an' if word[:1] in 'aeioAEIO' else 'a'} {word}"


def in_a_row(names: Sequence[str], most: int = 5) -> str:
    """Names within a sentence, at most so many of them: ``mine.txt, paper.pdf and 7 more``."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def quoted(names: Sequence[str]) -> str:
    """The same with quotation marks: ``'mine.txt', 'paper.pdf' and 7 more``."""
    return in_a_row([f"'{name}'" for name in names])


def in_lines(texts: Sequence[str], most: int = _LINES) -> str:
    """Texts below a sentence, each on a line of its own and indented, at most so many of them."""
    lines = [f"  {text}" for text in texts[:most]]
    if len(texts) > most:
        lines.append(f"  … and {len(texts) - most} more")
    return "\n".join(lines)
