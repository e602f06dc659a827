"""The pieces of a picture that the network is shown, step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class View:
    """A square piece of a picture, turned: its centre and side as shares of the picture's side."""

    across: float
    down: float
    side: float
    angle: float  # degrees
    pixels: int  # side of what the network is shown

    @property
    def whole(self) -> bool:
        """Whether it is the picture as it is."""
        return self == View(0.5, 0.5, 1.0, 0.0, self.pixels)


# Held out: no climb uses these. Shifts of 3 to 8 pixels of 224, rescaled and turned a little.
HELD_OUT: Sequence[tuple[float, float, float, float]] = (
    (3 / 224, -5 / 224, 0.95, 2.0),
    (-7 / 224, 4 / 224, 1.05, -2.0),
    (8 / 224, 8 / 224, 1.0, 3.0),
    (-4 / 224, -6 / 224, 0.92, -4.0),
)


def held_out(size: int) -> list[View]:
    """The views on which a finished picture's robustness is judged."""
    return [
        View(0.5 + across, 0.5 + down, side, angle, size) for across, down, side, angle in HELD_OUT
    ]


def look(pictures: Tensor, view: View, *, endless: bool = False) -> Tensor:
    """The view of each picture, ``(N, 3, pixels, pixels)``: bilinear, differentiable.

    Beyond its edges a picture goes on as if mirrored there; an ``endless`` one goes on from its
    other side.
    """
    size = pictures.shape[-1]
    if view.whole and size == view.pixels:
        return pictures
    across, down, side = view.across, view.down, view.side
    if endless:
        # Whole pixels by rolling, so that the view is a middle piece of four copies.
        shift = (round((0.5 - down) * size), round((0.5 - across) * size))
        pictures = torch.roll(pictures, shift, dims=(2, 3)).repeat(1, 1, 2, 2)
        across, down, side = 0.5, 0.5, side / 2
    turn = math.radians(view.angle)
    cos, sin = side * math.cos(turn), side * math.sin(turn)
    matrix = torch.tensor(
        [[cos, -sin, 2 * across - 1], [sin, cos, 2 * down - 1]], device=pictures.device
    )
    shape = [pictures.shape[0], 3, view.pixels, view.pixels]
    grid = functional.affine_grid(matrix.expand(shape[0], 2, 3), shape, align_corners=False)
    return functional.grid_sample(
        pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


_BEND = 2.0  # standard deviation of the bending, in pixels: more takes activation away
_CONTROLS = 5  # points a side between which it is smooth


def spread(values: Tensor, size: int, seed: int) -> Tensor:
    """An endless picture laid over a larger one, bent smoothly so that no two repeats are alike.

    Args:
        values: ``(N, C, s, s)``, which goes on from its other side.
        size: side of the larger picture.
        seed: of the bending; the same for all N.

    Returns:
        ``(N, C, size, size)``, bicubic.
    """
    side = values.shape[-1]
    copies = -(-(size + 2 * side) // side)
    field = torch.randn((1, 2, _CONTROLS, _CONTROLS), generator=torch.Generator().manual_seed(seed))
    bend = functional.interpolate(field, (size, size), mode="bicubic", align_corners=True)[0]
    bend = bend.to(values.device) * _BEND
    along = torch.arange(size, device=values.device) + 0.5 + (copies * side - size) / 2
    across = (along[None, :] + bend[0]) * (2 / (copies * side)) - 1
    down = (along[:, None] + bend[1]) * (2 / (copies * side)) - 1
    grid = torch.stack([across, down], dim=-1).expand(len(values), size, size, 2)
    return functional.grid_sample(
        values.repeat(1, 1, copies, copies),
        grid,
        mode="bicubic",
        padding_mode="reflection",
        align_corners=False,
    )
