"""Whether builds survive what happens to them, many times over; the figures as a Markdown table.

python tests/benchmarks/reliability.py --rounds 100
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ordeals
from endurance import Start, assert_same, built_project, changed_project, new_project

Attempt = Callable[[], ordeals.Tally]

PARTS = ("kill", "damage", "two", "disk", "tmpfs", "order", "formats")


def main() -> int:
    """Run the chosen parts; the exit status is 1 if anything failed."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="reliability-") as scratch:
        folder = Path(scratch)
        new, changed, built = new_project(folder), changed_project(folder), built_project(folder)
        attempts = {
            "kill": lambda: _kills(new, changed, folder, arguments.rounds, arguments.seed),
            "damage": lambda: _damage(built, folder, arguments.rounds, arguments.seed),
            "two": lambda: _pairs(new, changed, folder, arguments.rounds),
            "disk": lambda: _limits(new, changed, folder),
            "tmpfs": lambda: _small_disks(new, changed, folder),
            "order": lambda: _orders(new, folder),
            "formats": lambda: _formats(built, folder),
        }
        print("| ordeal | rounds | failed | what happened | seconds |\n|---|---|---|---|---|")
        failed = [_report(part, attempts[part]()) for part in arguments.parts]
    return int(any(failed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100, help="of kills, and files damaged")
    parser.add_argument("--seed", type=int, default=0, help="of all that is random")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    return parser.parse_args()


def _report(part: str, attempts: Iterable[Attempt]) -> int:
    """Run attempts, print a row, and say at once what failed; how many did."""
    tally: Counter[str] = Counter()
    rounds = failed = 0
    began = time.monotonic()
    for attempt in attempts:
        rounds += 1
        try:
            tally.update(attempt())
        except Exception as error:  # the other rounds go on
            failed += 1
            said = f"{part}, round {rounds}: {type(error).__name__}: {error}"
            print(said, file=sys.stderr, flush=True)
    words = ", ".join(f"{count} {what}" for what, count in sorted(tally.items()) if count)
    seconds = time.monotonic() - began
    print(f"| {part} | {rounds} | {failed} | {words} | {seconds:.0f} |", flush=True)
    return failed


def _kills(new: Start, changed: Start, folder: Path, rounds: int, seed: int) -> Iterator[Attempt]:
    draw = random.Random(seed)
    for number, start in zip(range(rounds), itertools.cycle([new, changed]), strict=False):
        yield lambda start=start, number=number: ordeals.killed(
            start, folder / f"kill-{number}", draw
        )


def _damage(built: Start, folder: Path, files: int, seed: int) -> Iterator[Attempt]:
    """So many files in all, five before each build."""
    draw = random.Random(seed)
    for number in range(files // 5):
        yield lambda number=number: ordeals.damaged(built, folder / f"damage-{number}", 5, draw)


def _pairs(new: Start, changed: Start, folder: Path, rounds: int) -> Iterator[Attempt]:
    offsets = (0.0, 0.02, 0.05, 0.1, 0.3, 0.7, 1.5, 3.0)
    pairs = itertools.product((new, changed), offsets)
    for number, (start, offset) in enumerate(itertools.islice(pairs, rounds)):
        yield lambda number=number, start=start, offset=offset: ordeals.doubled(
            start, folder / f"pair-{number}", offset
        )


def _limits(new: Start, changed: Start, folder: Path) -> Iterator[Attempt]:
    sizes = (2_000, 5_000, 10_000, 30_000, 100_000, 300_000)
    for number, (start, size) in enumerate(itertools.product((new, changed), sizes)):
        yield lambda number=number, start=start, size=size: ordeals.starved(
            start, folder / f"limit-{number}", size
        )


def _small_disks(new: Start, changed: Start, folder: Path) -> Iterator[Attempt]:
    """Disks of so many KiB more than the project has, made of memory: for root, on Linux."""
    for start, more in itertools.product((new, changed), (40, 200, 500, 1000, 2000, 4000, 6000)):
        yield lambda start=start, more=more: _on_a_small_disk(start, folder / "disk", more)


def _on_a_small_disk(start: Start, place: Path, more: int) -> ordeals.Tally:
    size = more + sum(-(-path.stat().st_size // 4096) * 4 for path in start.folder.rglob("*"))
    with _disk(place, size):
        return ordeals.starved(
            start, place / "project", make_room=lambda: _mount(place, "remount,size=64m")
        )


@contextmanager
def _disk(place: Path, size: int) -> Iterator[None]:
    place.mkdir()
    _mount(place, f"size={size}k")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)
        place.rmdir()


def _mount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)


def _orders(new: Start, folder: Path) -> Iterator[Attempt]:
    ways = itertools.product(("0", "1", "random"), (1, 2, 4))
    for number, (seed, jobs) in enumerate(ways):
        yield lambda number=number, seed=seed, jobs=jobs: _order(
            new, folder / f"order-{number}", seed, jobs
        )


def _order(new: Start, scratch: Path, seed: str, jobs: int) -> ordeals.Tally:
    scratch.mkdir()
    site = ordeals.disordered(scratch, seed, order=jobs, jobs=jobs)
    assert_same(new.site, site, f"PYTHONHASHSEED={seed}, --jobs {jobs}")
    return {"the same": 1}


def _formats(built: Start, folder: Path) -> Iterator[Attempt]:
    yield lambda: ordeals.of_format_1(built, folder / "format-1")
    yield lambda: ordeals.of_format_99(built, folder / "format-99")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
