"""Thousands of pictures in chunks, so that a pass over them can be resumed and added to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from generator.photos.images import Picture

LARGEST = 128  # pictures: what is lost at most when a pass is killed


def chunks(pictures: Iterable[Picture], largest: int = LARGEST) -> list[tuple[str, ...]]:
    """The pictures' names in groups of at most ``largest``, by what the pictures are.

    Pictures stand in the order of their digests; a group that is too large is split by the next
    bit of them. So one picture more, or less, changes one group and leaves all others as they are,
    whatever the files are called and in whichever order they come.
    """
    by_digest = {picture.digest: picture.name for picture in pictures}
    return list(_split([(digest, by_digest[digest]) for digest in sorted(by_digest)], 0, largest))


def _split(named: Sequence[tuple[str, str]], bit: int, largest: int) -> Iterator[tuple[str, ...]]:
    if len(named) <= largest:
        if named:
            yield tuple(name for _, name in named)
        return
    for side in (0, 1):
        yield from _split([each for each in named if _bit(each[0], bit) == side], bit + 1, largest)


def _bit(digest: str, place: int) -> int:
    return int(digest[place // 4], 16) >> (3 - place % 4) & 1
