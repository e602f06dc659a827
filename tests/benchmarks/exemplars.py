"""How fast natural examples are found, and in how much memory.

    python tests/benchmarks/exemplars.py [--size 56] 100 1000

Pictures are pieces of the four photos that come with the package, mirrored and not, drawn by a
fixed seed. For each number of them: one pass for all units of VGG16's 13 convolutions, then the
examples of 26 of its units. Each runs in a process of its own, whose highest memory is told, and
the seconds of processor time. ``--size`` is that of the network's input, in pixels.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from generator.building.prepare import prepare
from generator.config.load import load_config
from generator.utils.report import Silent
from generator.utils.resources import docs_folder

SIDE = 300  # pixels of a picture, at most

CONFIG = """\
model: vgg16-hed
input: {{size: {size}}}
exemplars: pictures
visualizations:
  - {{kind: exemplars, layers: "conv:*", filters: {{random: 2}}}}
"""


def write_pictures(folder: Path, count: int) -> None:
    photos = [Image.open(path) for path in sorted((docs_folder() / "images").glob("*.jpg"))]
    chance = np.random.default_rng(0)
    for number in range(count):
        photo = photos[number % len(photos)]
        side = int(chance.integers(120, min(SIDE, *photo.size)))
        left, top = (int(chance.integers(0, length - side)) for length in photo.size)
        piece = photo.crop((left, top, left + side, top + side))
        piece = ImageOps.mirror(piece) if chance.random() < 0.5 else piece
        piece.save(folder / f"{number:05}.jpg", quality=90)


def measure(count: int, size: int) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        write_pictures(folder / "pictures", count)
        (folder / "site_config.yml").write_text(CONFIG.format(size=size), encoding="utf-8")
        started = time.perf_counter()
        found = prepare(load_config(folder / "site_config.yml"), Silent())
        planned, busy = time.perf_counter(), time.process_time()
        ranking = [item for item in found.plan.tasks if item.task.channel is None]
        found.workshop.compute(ranking, Silent())
        ranked, busy = time.perf_counter(), time.process_time() - busy
        found.workshop.compute(found.missing(), Silent())
        done = time.perf_counter()
        cache = sum(path.stat().st_size for path in (folder / ".cnn-gallery").rglob("*.*"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{count:6} pictures: planned in {planned - started:.1f} s; "
        f"one pass {ranked - planned:.1f} s, {count / (ranked - planned):.2f} pictures/s, "
        f"{busy / count:.2f} s of processor time a picture; "
        f"examples of 26 units {done - ranked:.1f} s; "
        f"cache {cache / 1e6:.0f} MB; highest memory {peak:.0f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("counts", type=int, nargs="*", default=[100, 1000])
    given = parser.parse_args()
    if len(given.counts) == 1:
        print(measure(given.counts[0], given.size))
    else:
        for each in given.counts:
            command = [sys.executable, __file__, "--size", str(given.size), str(each)]
            subprocess.run(command, check=True)
