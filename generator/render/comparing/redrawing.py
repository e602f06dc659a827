"""Which pictures have other pixels than on the site before, found out beside other work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from generator.errors import SiteError
from generator.machines.parallel import cores
from generator.render.comparing import difference
from generator.render.comparing.matching import Matches
from generator.render.data_files.manifest import Listed
from generator.render.gallery import Shown
from generator.utils.programs import started

_FEW = 16  # pairs are compared before a program has started
_SHARE = 250  # pairs are worth a program of their own


@dataclass(frozen=True)
class Pair:
    """A picture whose pixels changed: as the old site lists it, and as the gallery shows it now.

    ``difference`` is in 0..255, see `difference.difference`; ``None`` where the
    old file was damaged or gone.
    """

    old: Listed
    new: Shown
    difference: float | None


@contextmanager
def redrawn(
    matches: Matches, site: Path, files: Mapping[str, Path]
) -> Iterator[Callable[[], list[Pair]]]:
    """Compare pictures beside what the block does, where there are many in programs of their own.

    Threads would not do: while the block renders pages, each of their steps waits for Python's
    lock, and so does the block.

    Args:
        matches: which picture is which. Files of the same digest are not opened.
        site: the site that will be replaced.
        files: the gallery's pictures, by their path on the site.

    Yields:
        Gives those whose pixels changed, once that is known. Raises SiteError where a program broke
        off.
    """
    others = [(old, new) for old, new in matches.pairs if old.digest != new.digest]
    files_of = [(str(site / old.file), old.digest, str(files[new.src])) for old, new in others]
    if len(others) <= _FEW:
        yield lambda: _found(others, [difference.apart(*each) for each in files_of])
        return
    jobs = min(-(-len(others) // _SHARE), cores())
    with ThreadPoolExecutor(jobs) as pool, ExitStack() as programs:
        answers = [
            pool.submit(_answer, programs.enter_context(started(difference.__file__)), share)
            for share in (files_of[first::jobs] for first in range(jobs))
        ]

        def found() -> list[Pair]:
            far: list[float | str] = [difference.SAME for _ in others]
            for first, answer in enumerate(answers):
                far[first::jobs] = answer.result()
            return _found(others, far)

        yield found


def _found(others: Iterable[tuple[Listed, Shown]], far: Iterable[float | str]) -> list[Pair]:
    return [
        Pair(old, new, None if isinstance(apart, str) else apart)
        for (old, new), apart in zip(others, far, strict=True)
        if apart != difference.SAME
    ]


def _answer(program: Popen[bytes], pairs: Sequence[tuple[str, str, str]]) -> list[float | str]:
    """What `difference`, as a program, says of pairs of files."""
    said, _ = program.communicate(json.dumps(pairs).encode())
    if program.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise SiteError(
            f"Pictures could not be compared with those of the site before: {''.join(last)}.",
            "Move that site away, and there is nothing to compare.",
        )
    answer: list[float | str] = json.loads(said)
    return answer
