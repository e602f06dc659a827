"""Pictures in chunks: each once, none too large, and one more changes one chunk."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.photos.images import Picture
from generator.visualizations.exemplars.chunks import chunks


def picture(number: int) -> Picture:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return Picture(digest, f"Picture {number}", Path(f"{number}.jpg"), digest)


@settings(deadline=None)
@given(st.sets(st.integers(0, 10_000), max_size=80), st.integers(1, 9), st.randoms())
def test_each_picture_is_in_one_chunk_whatever_their_order(numbers, largest, chance) -> None:
    pictures = [picture(number) for number in numbers]
    found = chunks(pictures, largest)
    assert sorted(name for chunk in found for name in chunk) == sorted(p.name for p in pictures)
    assert all(0 < len(chunk) <= largest for chunk in found)
    chance.shuffle(pictures)
    assert chunks(pictures, largest) == found


@settings(deadline=None)
@given(st.sets(st.integers(0, 10_000), min_size=1, max_size=80), st.integers(1, 9))
def test_one_more_picture_changes_one_chunk(numbers, largest) -> None:
    *before, new = [picture(number) for number in sorted(numbers)]
    gone = set(chunks(before, largest)) - set(chunks([*before, new], largest))
    assert len(gone) <= 1


def test_the_same_content_counts_once() -> None:
    assert chunks([picture(1), picture(1)]) == [(picture(1).name,)]
