"""Measure the maximisation engine: time to quality, overhead, memory; side by side, in one run.

    python tests/benchmarks/maximization.py --quick
    python tests/benchmarks/maximization.py --lucent --cache rivals.json --sheet sheet.png

Ratios are of processor time, which neighbours on the machine disturb less than the clock.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path
from unittest.mock import patch

import torch
from gpu import rates
from measuring import SHARES, Judge, Unit, draw_units
from overhead import LAYERS, memory, steps_against_bare
from rivals import INSTALL, Album, Original, lucent_or_none
from time_to_quality import Made, ours, report, save_sheet, soonest, theirs

from generator import model
from generator.model.arithmetic import best_precision
from generator.model.freed_memory import keep_freed_memory
from generator.model.network import Network

_PARTS = ("quality", "overhead", "memory")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds; memory at two steps")
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS, metavar="PART")
    parser.add_argument("--units", type=int, default=None, help="how many, 12 when left out")
    parser.add_argument("--seed", type=int, default=2024, help="of the draw of units")
    parser.add_argument("--layers", type=int, nargs="+", default=None, help="numbers of features")
    parser.add_argument("--lucent", action="store_true", help="compare with torch-lucent too")
    parser.add_argument("--original", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--grading", action="store_true", help="time our grading as well")
    parser.add_argument(
        "--cache", "--lucent-cache", type=Path, help="JSON file of the rivals' pictures"
    )
    parser.add_argument("--cached", action="store_true", help="rivals' pictures of the file only")
    parser.add_argument(
        "--soonest", action="store_true", help="time to the original's robust activation"
    )
    parser.add_argument("--sheet", type=Path, help="PNG file: ours and the rivals', side by side")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser.parse_args()


def quality(network: Network, asked: argparse.Namespace) -> None:
    units = draw_units(network, asked.units or 12, asked.seed, asked.layers or tuple(SHARES))
    judge, album = Judge(network), Album(asked.cache)
    # Rivals first, as they are by themselves: without the memory that our networks' processes keep.
    rivals: dict[str, dict[Unit, Made]] = {}
    steps = 2 if asked.quick else 5
    if asked.original:
        rivals["original"] = theirs(
            Original(network), units, judge, album, steps=steps, cached=asked.cached
        )
    if asked.lucent:
        lucent = lucent_or_none(network)
        if lucent is None:
            print(f"torch-lucent is not installed. To compare with it:\n{INSTALL}\n")
        else:
            rivals["lucent"] = theirs(lucent, units, judge, album, steps=steps, cached=asked.cached)
    keep_freed_memory()
    mine, graded = ours(network, units, judge, grade=asked.grading)
    print(f"\n## Time to quality\n\n{report(units, mine, graded, rivals)}\n", flush=True)
    if asked.soonest and "original" in rivals:
        print(f"{soonest(network, units, judge, mine, rivals['original'])}\n", flush=True)
    if asked.sheet:
        save_sheet(asked.sheet, units, [mine, *rivals.values()])


def main() -> None:
    asked = arguments()
    with patch("generator.model.sources.loading.keep_freed_memory"):
        network = model.load("vgg16-hed", report=print)
    print(
        f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"{best_precision(asked.device)}\n"
    )
    if asked.device == "cuda":
        print(rates(network, asked.layers, asked.units))
        return
    if "quality" in asked.parts:
        quality(network, asked)
    keep_freed_memory()
    if "overhead" in asked.parts:
        rounds = 2 if asked.quick else 5
        ratios = steps_against_bare(network, asked.layers or LAYERS, rounds)
        print(f"## A step against the bare trunk's, batch of 4\n\n{ratios}", flush=True)
    if "memory" in asked.parts:
        print(f"## Memory, features.28\n\n{memory(28, (4, 16), 2 if asked.quick else None)}")


if __name__ == "__main__":
    main()
