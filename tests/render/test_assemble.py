"""What a page is told of a picture, besides the picture."""

from __future__ import annotations

import pytest

from generator.model.layers import Layer
from generator.render.assemble import _channels
from generator.visualizations.base import Drawing, Figure, Task

LAYER = Layer("features.0", "Conv2d", 0, 1, (64, 8, 8), 112)


@pytest.mark.parametrize(
    ("index", "channels"),
    [
        ((), tuple(range(64))),
        ((None, 0), tuple(range(64))),
        (((1, 5, 7), 0), (1, 5, 7)),
        (((4,),), (4,)),
    ],
)
def test_a_sheet_knows_the_filter_of_each_tile(index, channels: tuple[int, ...]) -> None:
    task = Task("kernels", LAYER.name, "layer")
    sheet = Figure(task, "kernels", "kernels", Drawing("gray", sheet=True), index=index)
    assert _channels(sheet, LAYER) == channels


def test_what_is_no_sheet_has_no_tiles() -> None:
    task = Task("activations", LAYER.name, "prefix", 3)
    assert _channels(Figure(task, "map", "maps", Drawing("heat"), index=(0,)), LAYER) == ()
