"""What a build costs that has nothing to do, beside ``import torch`` on the same machine.

    python tests/benchmarks/noop.py [-c site_config.yml] [--pairs 15]

Without a config a tiny project is built in a temporary folder first; a config's site has to be
built already. Pairs of runs alternate, so that whatever else the machine does befalls both; the
medians count. Then the check alone is timed for sites of 250 to 8,000 files.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import tiny_project  # noqa: E402

from generator.cache import ledger as ledgers  # noqa: E402
from generator.incremental.unchanged import cache_folder, last_build  # noqa: E402
from generator.utils.stamps import Stamp, stamp  # noqa: E402

COUNTS = (250, 1000, 4000, 8000)
MOST = 0.4  # of the time of ``import torch``


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as place:
        config = arguments.config or built(Path(place))
        if not last_build(config).up_to_date:
            sys.exit(f"{config}: {last_build(config).change}. Build it first.")
        pairs = [(seconds(torch_alone()), seconds(a_build(config))) for _ in range(arguments.pairs)]
        imports, builds = map(statistics.median, zip(*pairs, strict=True))
        ratio = statistics.median(build / torch for torch, build in pairs)
        checks = {count: check(config, Path(place) / str(count), count) for count in COUNTS}
    print(json.dumps({"torch": imports, "build": builds, "ratio": ratio, "check": checks}))
    print(f"import torch {imports:.2f} s, build {builds:.2f} s, ratio {ratio:.2f}")
    for count, took in checks.items():
        print(f"the check of {count:,} files of a site: {took * 1000:.0f} ms")
    if ratio > MOST:
        sys.exit(f"More than {MOST} of the time of import torch.")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-c", "--config", type=Path, help="of a site that is built already")
    parser.add_argument("--pairs", type=int, default=15)
    return parser.parse_args()


def built(folder: Path) -> Path:
    tiny_project.write(folder)
    tiny_project.build(folder, [sys.executable, "-m", "generator"], surroundings())
    return folder / "site_config.yml"


def torch_alone() -> list[str]:
    return [sys.executable, "-c", "import torch"]


def a_build(config: Path) -> list[str]:
    return [sys.executable, "-m", "generator", "build", "-c", str(config)]


def surroundings() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=surroundings())
    return time.perf_counter() - started


def check(config: Path, folder: Path, count: int) -> float:
    """Seconds that it takes to see that a site of so many files is as it was; the median of 7."""
    cache = cache_folder(config)
    known = ledgers.latest(cache, config) if cache else None
    assert known is not None
    files: dict[str, Stamp] = {}
    for number in range(count):
        path = folder / f"layers-{number % 20}" / f"unit-{number}.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture %d" % number)
        os.utime(path, (1_700_000_000.5, 1_700_000_000.5))
        files[path.relative_to(folder).as_posix()] = stamp(path)
    other = folder / "site_config.yml"  # a config of its own, so that the other's ledger stays
    other.write_text(f"output: {{cache: {json.dumps(str(folder.with_suffix('.cache')))}}}")
    files[other.name] = stamp(other)
    larger = replace(known, config=str(other), site=str(folder), site_files=files)
    ledgers.write(larger, folder.with_suffix(".cache"))
    times = []
    for _ in range(7):
        started = time.perf_counter()
        last = last_build(other)
        times.append(time.perf_counter() - started)
        assert last.up_to_date, last.change
    return statistics.median(times)


if __name__ == "__main__":
    main()
