"""How long a unit takes, and what its picture is worth, beside the original and lucent."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from measuring import Judge, Picture, Seconds, Unit, median, table, timed
from PIL import Image
from rivals import Album, Lucent, Original

from generator.model.network import Network
from generator.model.trunk import Trunk
from generator.visualizations.maximization.engine import climb
from generator.visualizations.maximization.grading import maximise
from generator.visualizations.maximization.options import MaximizationOptions
from generator.visualizations.maximization.presets import Settings

_NOTHING = Seconds(float("nan"), float("nan"))
_BATCH = 4
_SHARES = (0.2, 0.4)  # of the sketch's steps, tried for the time to the original's quality


@dataclass(frozen=True)
class Made:
    """A unit's picture, how long it took, and its activation, plain and robust."""

    picture: Picture
    seconds: Seconds
    plain: float
    robust: float


def ours(
    network: Network, units: Sequence[Unit], judge: Judge, *, grade: bool, share: float = 1.0
) -> tuple[dict[Unit, Made], dict[Unit, Seconds]]:
    """By the default preset, batches of four; and, where asked for, the time with its grading.

    With ``share``, by fewer of the sketch's steps. The picture is the first attempt's. Grading is
    what a gallery does besides: scores, the second seed's sketch and new tries.
    """
    made: dict[Unit, Made] = {}
    graded: dict[Unit, Seconds] = {}
    for name, group in itertools.groupby(units, key=lambda unit: unit.name):
        members = list(group)
        settings = settings_of(network, name)
        fewer = {"sketch_steps": round(settings.sketch_steps * share)}
        settings = settings.model_copy(update=fewer)
        # Fewer than four units of a layer are made beside others of it, as in a gallery.
        width = network.layer(name).channels
        fill = [channel for channel in range(width) if channel not in {u.channel for u in members}]
        for batch in (members[at : at + _BATCH] for at in range(0, len(members), _BATCH)):
            channels = [unit.channel for unit in batch] + fill[: _BATCH - len(batch)]
            pictures, spent = timed(partial(_climb, network, name, channels, settings))
            for unit, picture in zip(batch, pictures, strict=False):
                plain, robust = judge.activations(unit, picture)
                made[unit] = Made(picture, spent * (1 / _BATCH), plain, robust)
                _say("ours", unit, made[unit])
            if grade:
                _, whole = timed(partial(maximise, network, name, channels, settings))
                graded |= dict.fromkeys(batch, whole * (1 / _BATCH))
    return made, graded


def settings_of(network: Network, layer: str) -> Settings:
    """The default preset's, as a gallery has them for that layer."""
    options = MaximizationOptions(kind="maximization", layers=[layer], device="cpu")
    return options.settings_for(network.layer(layer), network.preprocessing.size)


def soonest(
    network: Network,
    units: Sequence[Unit],
    judge: Judge,
    mine: dict[Unit, Made],
    original: dict[Unit, Made],
) -> str:
    """Time to the original's robust activation: the least that was tried of ours that reaches it.

    Runs with fewer steps, not one run looked at earlier: each is a whole picture of its own.
    """
    reached: dict[Unit, float] = {}
    tried = {unit: {1.0: mine[unit]} for unit in units}
    for share in _SHARES:
        made, _ = ours(network, units, judge, grade=False, share=share)
        for unit in units:
            tried[unit][share] = made[unit]
    rows: list[list[object]] = []
    for unit in original:
        enough = [one for one in tried[unit].values() if one.robust >= original[unit].robust]
        if enough:
            least = min(one.seconds.cpu for one in enough)
            reached[unit] = original[unit].seconds.cpu / least
        rows.append([str(unit), reached.get(unit, "not reached")])
    lines = [table(["unit", "times faster to the original's robust activation"], rows)]
    found = [reached.get(unit, 0.0) for unit in original]
    lines.append(
        f"Reached on {len(reached)} of {len(original)}; median, with 0 for the others: "
        f"{statistics.median(found):.1f}x. Tried: {', '.join(f'{s:.0%}' for s in (*_SHARES, 1))} "
        "of the steps."
    )
    return "\n".join(lines)


def _climb(
    network: Network, layer: str, channels: Sequence[int], settings: Settings
) -> list[Picture]:
    trunk = Trunk(network, layer, torch.device("cpu"), getattr(torch, settings.precision))
    return list(climb(trunk, channels, settings).pictures)


def theirs(
    rival: Original | Lucent,
    units: Sequence[Unit],
    judge: Judge,
    album: Album,
    *,
    steps: int,
    cached: bool,
) -> dict[Unit, Made]:
    """A rival's pictures, from the album where it has them; with ``cached``, no others.

    Its time is that of a few steps measured now, times its number of steps, so that all ratios are
    of one run: a cached picture has no time.
    """
    made: dict[Unit, Made] = {}
    for _, group in itertools.groupby(units, key=lambda unit: unit.layer):
        members = list(group)
        seconds = _step(rival, members[0], steps) * rival.steps
        for unit in members:
            make = None if cached else partial(rival.picture, unit)
            picture = album.picture(rival.name, unit, make)
            if picture is not None:
                plain, robust = judge.activations(unit, picture)
                made[unit] = Made(picture, seconds, plain, robust)
                _say(rival.name, unit, made[unit])
    return made


def _say(name: str, unit: Unit, made: Made) -> None:
    """Progress: a run takes minutes."""
    print(
        f"{name} {unit}: {made.seconds.cpu:.1f} core-s, {made.seconds.wall:.1f} s, "
        f"activation {made.plain:.1f}, robust {made.robust:.1f}",
        flush=True,
    )


def _step(rival: Original | Lucent, unit: Unit, steps: int) -> Seconds:
    """One step's time: a run of several less a run of one, so that the start does not count."""

    def run(count: int) -> Seconds:
        if isinstance(rival, Lucent):
            return timed(lambda: rival.picture(unit, count, whole=True))[1]
        return timed(lambda: rival.picture(unit, count))[1]

    run(1)
    return median([(run(1 + steps) - run(1)) * (1 / steps) for _ in range(2)])


def report(
    units: Sequence[Unit],
    mine: dict[Unit, Made],
    graded: dict[Unit, Seconds],
    rivals: dict[str, dict[Unit, Made]],
) -> str:
    """A row a unit, and medians."""
    head = ["unit", "ours, core-s", "wall s", "with grading", "ours, plain / robust"]
    for name in rivals:
        head += [f"{name}, core-s", f"{name}, plain / robust", "times faster", "robust, ours"]
    rows: list[list[object]] = []
    for unit in units:
        own = mine[unit]
        row: list[object] = [str(unit), own.seconds.cpu, own.seconds.wall]
        row += [graded.get(unit, _NOTHING).cpu, f"{own.plain:.0f} / {own.robust:.0f}"]
        for made in rivals.values():
            other = made.get(unit)
            if other is None:
                row += [""] * 4
                continue
            row += [other.seconds.cpu, f"{other.plain:.0f} / {other.robust:.0f}"]
            row += [other.seconds.cpu / own.seconds.cpu, f"{_share(own.robust, other.robust):.2f}x"]
        rows.append(row)
    lines = [table(head, rows)]
    for name, made in rivals.items():
        if not made:
            continue
        faster = [made[unit].seconds.cpu / mine[unit].seconds.cpu for unit in made]
        better = [_share(mine[unit].robust, made[unit].robust) for unit in made]
        higher = sum(ratio >= 1 for ratio in better)
        lines.append(
            f"Against {name}: median {statistics.median(faster):.1f}x faster (core-seconds); "
            f"robust activation no lower on {higher} of {len(made)}, "
            f"median ratio {statistics.median(better):.2f}."
        )
    return "\n".join(lines)


def _share(one: float, other: float) -> float:
    """Of two activations; endless where the other picture leaves the unit silent."""
    return one / other if other > 0 else float("inf")


def save_sheet(file: Path, units: Sequence[Unit], columns: Sequence[dict[Unit, Made]]) -> None:
    """A contact sheet: a row a unit, a column a method, in the order given."""
    gap, side = 6, 224
    width, height = (count * (side + gap) + gap for count in (len(columns), len(units)))
    sheet = np.full((height, width, 3), 255, dtype=np.uint8)
    for down, unit in enumerate(units):
        for across, made in enumerate(columns):
            top, left = gap + down * (side + gap), gap + across * (side + gap)
            if unit in made:
                sheet[top : top + side, left : left + side] = made[unit].picture
    Image.fromarray(sheet).save(file)
