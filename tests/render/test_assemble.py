"""What a page is told of a picture, besides the picture."""

from __future__ import annotations

import pytest

from generator.model.layers import Layer
from generator.render.assemble import _tiles
from generator.visualizations.base import Drawing, Figure, Task

LAYER = Layer("features.0", "Conv2d", 0, 1, (64, 8, 8), 112)


@pytest.mark.parametrize(
    ("index", "tiles"), [((), 64), ((None, 0), 64), (((1, 5, 7), 0), 3), (((4,),), 1)]
)
def test_a_sheet_knows_how_many_tiles_it_has(index, tiles: int) -> None:
    task = Task("kernels", LAYER.name, "layer")
    sheet = Figure(task, "kernels", "kernels", Drawing("gray", sheet=True), index=index)
    assert _tiles(sheet, LAYER) == tiles


def test_what_is_no_sheet_has_no_tiles() -> None:
    task = Task("activations", LAYER.name, "prefix", 3)
    assert _tiles(Figure(task, "map", "maps", Drawing("heat"), index=(0,)), LAYER) == 0
