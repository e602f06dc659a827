"""What a gallery of thousands of units costs: drawn and built, and built again after a change.

    python tests/benchmarks/scale.py [--units 500 1000 2000 4224] [--keep FOLDER]

A network of thirteen convolutions in the shape of VGG16's, its results made up: kernels, the maps
of four photos, and a picture of 224 pixels for each unit are put straight into a cache. Then the
command line builds the site, once as it is, once after the last layer was trained further and its
results are new, and once with nothing to do. Wall and processor time are those of the build and of
all that it starts; its network is loaded and traced each time, and is part of them.

With ``--keep`` the projects stay in a folder, to look at, and are not filled again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias
from unittest import mock

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT)]

from generator.building.prepare import Prepared, prepare  # noqa: E402
from generator.config.load import load_config  # noqa: E402
from generator.planning.identity import Planned  # noqa: E402
from generator.utils.report import Silent  # noqa: E402
from generator.visualizations.base import Array, Fact, Result  # noqa: E402

Blocks: TypeAlias = tuple[tuple[int, ...], ...]

BLOCKS: Blocks = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
UNITS = sum(sum(block) for block in BLOCKS)  # 4,224
SIDE = 224  # pixels

MODEL = """\
import torch
from torch import nn

BLOCKS = {blocks}
TRAINED = 0  # how often the last layer was trained further


def factory():
    parts, depth = [], 3
    for block in BLOCKS:
        for width in block:
            parts += [nn.Conv2d(depth, width, 3, padding=1), nn.ReLU(inplace=True)]
            depth = width
        parts.append(nn.MaxPool2d(2))
    network = nn.Sequential(*parts)
    with torch.no_grad():
        network[-3].bias += TRAINED
    return network
"""

CONFIG = """\
site: {{name: "{units} units"}}
model: scaled:factory
weights: none
images: photos/*.png
layers: ["conv:*"]
visualizations:
  - {{kind: kernels, layers: "conv:*"}}
  - {{kind: activations, layers: "conv:*"}}
  - {{kind: maximization, layers: "conv:*", snapshots: false}}
"""


@dataclass(frozen=True)
class Cost:
    """What a build took: seconds of wall and processor time, and memory at its peak in MB."""

    wall: float
    processor: float
    memory: float


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as temporary:
        for units in arguments.units:
            folder = (arguments.keep or Path(temporary)) / str(units)
            costs = measure(folder, units)
            named = {name: asdict(cost) for name, cost in costs}
            print(json.dumps({"units": units, **named}), flush=True)
            size, files = size_of(folder / "site")
            print(f"{units:,} units: a site of {files:,} files, {size / 1e6:.0f} MB")
            for name, cost in costs:
                print(
                    f"  {name:<24} {cost.wall:6.1f} s, {cost.processor:6.1f} s of processor time, "
                    f"{cost.memory:,.0f} MB"
                )


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--units", type=int, nargs="+", default=[500, 1000, 2000, UNITS])
    parser.add_argument("--keep", type=Path, help="where the projects stay")
    return parser.parse_args()


def measure(folder: Path, units: int) -> list[tuple[str, Cost]]:
    """The costs of the first build, of one after a layer changed, and of one with nothing to do."""
    write(folder, blocks_of(units))
    fill(folder)
    first = build(folder)
    train(folder)
    fill(folder)
    return [("first build", first), ("one layer changed", build(folder)), ("again", build(folder))]


def blocks_of(units: int) -> Blocks:
    """The widths of VGG16's convolutions, each layer's share of about so many units in all."""
    share = units / UNITS
    return tuple(tuple(max(1, round(width * share)) for width in block) for block in BLOCKS)


def write(folder: Path, blocks: Blocks) -> None:
    """A project of four photos, and of a network with such convolutions."""
    units = sum(map(sum, blocks))
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    (folder / "scaled.py").write_text(MODEL.format(blocks=blocks), encoding="utf-8")
    (folder / "site_config.yml").write_text(CONFIG.format(units=units), encoding="utf-8")
    for number in range(4):
        photo = folder / "photos" / f"photo-{number}.png"
        if not photo.is_file():
            Image.fromarray(texture(number)).save(photo)


def train(folder: Path) -> None:
    """Train the last layer further: its weights change, and no other's."""
    model = folder / "scaled.py"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("TRAINED = 0", "TRAINED = 1"), encoding="utf-8")


def fill(folder: Path) -> int:
    """Put a made-up result into the cache for each task that lacks one; return how many."""
    sys.modules.pop("scaled", None)  # each project has a network of that name, trained or not
    prepared = prepare(load_config(folder / "site_config.yml"), Silent())
    missing = prepared.missing()
    textures = [texture(seed) for seed in range(48)]
    with mock.patch("os.fsync"):  # nothing here has to outlive a power cut
        for planned in missing:
            number = int(planned.key[:8], 16)  # no two tasks, also of later fillings, look alike
            result = made_up(planned, number, prepared, textures)
            prepared.workshop.cache.store(planned.key, planned.identity, result, 0.0)
    return len(missing)


def made_up(planned: Planned, number: int, prepared: Prepared, textures: Sequence[Array]) -> Result:
    """A result of the right shape for a task, unlike all others."""
    task, network = planned.task, prepared.workshop.network
    random = np.random.default_rng(number)
    if task.visualization == "kernels":
        return Result({"kernels": network.kernels(task.layer)})
    if task.visualization == "maximization":
        return Result({"picture": unlike(textures, random)}, scores(number))
    layer = network.layer(task.layer)
    if task.parameters.get("keep") == "means":
        means = random.random(layer.channels, np.float32)
        return Result({"means": means}, {"means": means.tolist()})
    maps = np.stack(
        [small(unlike(textures, random), layer.shape[1]) for _ in range(layer.channels)]
    )
    peaks = maps.max(axis=(1, 2)).tolist()
    return Result({"maps": maps}, {"strongest": 0, "peaks": peaks})


def texture(seed: int) -> Array:
    """Coloured noise as smooth as a photo, uint8 ``(224, 224, 3)``: half as strong an octave up."""
    random = np.random.default_rng(seed)
    across = np.fft.fftfreq(SIDE)
    reach = np.hypot(across[:, None], across[None, :])
    reach[0, 0] = 1.0
    waves = np.fft.fft2(random.standard_normal((3, SIDE, SIDE))) / reach**1.2
    values = np.fft.ifft2(waves).real
    scaled = 128 + 56 * (values - values.mean()) / values.std()
    return np.ascontiguousarray(np.moveaxis(scaled.clip(0, 255), 0, -1).astype(np.uint8))


def unlike(textures: Sequence[Array], random: np.random.Generator) -> Array:
    """One of the textures, rolled, and its colours changed places."""
    chosen = textures[random.integers(len(textures))]
    rolled = np.roll(chosen, tuple(random.integers(SIDE, size=2)), axis=(0, 1))
    return np.ascontiguousarray(rolled[..., random.permutation(3)])


def small(picture: Array, side: int) -> Array:
    """A map as a picture's first colour, float32 ``(side, side)`` around zero."""
    image = Image.fromarray(picture[..., 0]).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image, np.float32) / 64 - 2


def scores(number: int) -> dict[str, Fact]:
    """The facts of a picture: most are strong, some are weak, some dead."""
    flags = {7: ["weak"], 13: ["dead"]}.get(number % 40, [])
    return {
        "activation": 10.0 + number % 97,
        "robust": 8.0 + number % 89,
        "agreement": 0.9,
        "start": 0.1,
        "rank": 1 + number % 5,
        "flags": list(flags),
        "iterations": [64],
        "attempts": 1,
    }


def build(folder: Path) -> Cost:
    """Build the project's site by the command line, in a process of its own."""
    os.sync()  # else the disk would still be busy with the results that were filled in
    # As on a user's machine, what Python compiled is kept.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "generator", "build", "-c", "site_config.yml"],
            cwd=folder,
            env=kept | {"PYTHONPATH": str(ROOT)},
            stdout=said,
            stderr=said,
        )
        _, status, used = os.wait4(process.pid, 0)  # with all that it started itself
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(said.read().decode())
    wall = time.perf_counter() - started
    return Cost(round(wall, 2), round(used.ru_utime + used.ru_stime, 2), used.ru_maxrss / 1024)


def size_of(folder: Path) -> tuple[int, int]:
    """Bytes and number of a folder's files."""
    sizes = [path.stat().st_size for path in files_of(folder)]
    return sum(sizes), len(sizes)


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
