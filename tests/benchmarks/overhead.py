"""A step of ours against the bare trunk's forward and backward, and how much memory units take."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence

import torch
from measuring import Seconds, bare, median, table, timed
from time_to_quality import settings_of

from generator import model
from generator.model.network import Network
from generator.model.trunk import Trunk
from generator.photos.images import Picture
from generator.visualizations.base import Request
from generator.visualizations.maximization import Maximization, MaximizationOptions
from generator.visualizations.maximization.engine import climb
from generator.visualizations.maximization.presets import PRESETS, Settings
from generator.visualizations.maximization.stages import stages

LAYERS = (1, 3, 15, 22, 28)
_BATCH = 4


def steps_against_bare(network: Network, layers: Sequence[int], rounds: int) -> str:
    """For a step on the whole picture and one on the sketch: ours, the bare trunk's, the ratio."""
    rows: list[list[object]] = []
    for layer in layers:
        trunk = Trunk(network, f"features.{layer}")
        whole = PRESETS["fourier"].model_copy(
            update={"sketch": None, "sketch_steps": 0, "keep_every": 100_000}
        )
        own = settings_of(network, trunk.layer)
        sketch = own.model_copy(update={"steps": 1, "keep_every": 100_000})
        side = stages(sketch, trunk.stride, sketched=True)[0].size
        for settings, name, size in ((whole, "steps", whole.size), (sketch, "sketch_steps", side)):
            own, other = _side_by_side(network, layer, trunk, settings, name, size, rounds)
            ratio = own.cpu / other.cpu
            rows.append([f"features.{layer}", size, own.cpu, other.cpu, ratio])
            print(f"features.{layer} at {size}: {ratio:.3f} of the bare trunk's", flush=True)
    return table(["layer", "pixels", "ours, core-s", "bare, core-s", "ratio"], rows)


def _side_by_side(
    network: Network,
    layer: int,
    trunk: Trunk,
    settings: Settings,
    name: str,
    size: int,
    rounds: int,
) -> tuple[Seconds, Seconds]:
    """Medians of a step's time; the two take turns, so that neighbours disturb both alike."""
    pieces = bare(network, layer)
    more = 2 if size > 150 else 6

    def ours(steps: int) -> Seconds:
        chosen = settings.model_copy(update={name: steps})
        return timed(lambda: climb(trunk, list(range(_BATCH)), chosen))[1]

    def plain() -> None:
        images = torch.rand(_BATCH, 3, size, size).contiguous(memory_format=torch.channels_last)
        images.requires_grad_()
        torch.autograd.grad(pieces(images)[:, 0].mean(), images)

    ours(1)
    plain()
    mine: list[Seconds] = []
    others: list[Seconds] = []
    for _ in range(rounds):
        mine.append((ours(1 + more) - ours(1)) * (1 / more))
        others.append(timed(_repeated(plain, more))[1] * (1 / more))
    return median(mine), median(others)


def _repeated(work: Callable[[], None], times: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(times):
            work()

    return run


def memory(layer: int, counts: Sequence[int], steps: int | None) -> str:
    """The peak of a process that makes so many units of a layer, and no other."""
    rows: list[list[object]] = []
    for count in counts:
        command = [sys.executable, __file__, json.dumps([layer, count, steps])]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append([count, float(done.stdout)])
        print(f"{count} units: {float(done.stdout):.0f} MiB", flush=True)
    return table(["units", "peak, MiB"], rows)


def _make(layer: int, count: int, steps: int | None) -> None:
    network = model.load("vgg16-hed")
    asked = network.layer(f"features.{layer}")
    short = {} if steps is None else {"steps": steps, "sketch_steps": steps, "retries": 0}
    options = MaximizationOptions(kind="maximization", layers=[asked.name], device="cpu", **short)
    photos: tuple[Picture, ...] = ()
    request = Request(
        (asked,), {asked.name: tuple(range(count))}, photos, network.preprocessing.size
    )
    visualization = Maximization()
    for batch in visualization.batches(list(visualization.tasks(options, request))):
        for _ in visualization.compute(network, batch, {}):
            pass


if __name__ == "__main__":
    import resource

    _make(*json.loads(sys.argv[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak / (1024 if sys.platform != "darwin" else 1024**2))
