"""A layer's kernels: the weights themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from generator.errors import LayerError
from generator.model.layers import Convolution, Layer
from generator.photos.images import Picture
from generator.visualizations.base import (
    Drawing,
    Figure,
    Options,
    Request,
    Result,
    Task,
    Visualization,
)

if TYPE_CHECKING:
    from generator.model.network import Network


class KernelsOptions(Options):
    """``kind: kernels``: one sheet of kernels a layer."""

    kind: Literal["kernels"]
    draw: Literal["signed", "gray", "rgb"] = Field(
        "signed",
        description=(
            "signed: one symmetric scale for the layer, zero neutral; gray: each kernel over its "
            "own range; rgb: the three input channels as a colour."
        ),
    )
    input_channel: NonNegativeInt = Field(
        0, description="Which input channel of each kernel is shown, for signed and gray."
    )
    tile: PositiveInt = Field(48, description="Width of one kernel in pixels, at most.")


class Kernels(Visualization[KernelsOptions]):
    """The kernels of a convolution as they are: float32 ``(C_out, C_in / groups, kH, kW)``."""

    name = "kernels"
    version = 1
    title = "Filters"
    Options = KernelsOptions

    def tasks(self, options: KernelsOptions, request: Request) -> Iterable[Task]:
        for layer in request.layers:
            _check(options, layer)
            yield kernel_task(layer)

    def figures(self, options: KernelsOptions, request: Request) -> Iterable[Figure]:
        for layer in request.layers:
            rows = request.rows(layer)
            yield kernel_sheet(layer, rows, options.draw, options.input_channel, options.tile)

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        for task in tasks:
            yield task, Result({"kernels": network.kernels(task.layer)})


def kernel_task(layer: Layer) -> Task:
    """The task that reads a layer's kernels."""
    return Task(Kernels.name, layer.name, scope="layer")


def kernel_sheet(
    layer: Layer,
    rows: tuple[int, ...] | None,
    draw: Literal["signed", "gray", "rgb"] = "signed",
    input_channel: int = 0,
    tile: int = 48,
) -> Figure:
    """The chosen kernels of a layer on one sheet; ``rows`` as `Request.rows` has them."""
    return Figure(
        kernel_task(layer),
        role="kernels",
        tensor="kernels",
        index=(rows,) if draw == "rgb" else (rows, input_channel),
        drawing=Drawing(
            draw,
            scale="layer" if draw == "signed" else "each",
            sheet=True,
            tile=tile,
            pixelated=True,
        ),
    )


def geometry(layer: Layer) -> Convolution:
    """The layer's convolution.

    Raises:
        LayerError: the layer is not a 2-D convolution.
    """
    if layer.convolution is None:
        raise LayerError(
            f"Layer '{layer.name}' is a {layer.type}: it has no kernels to show.",
            hint="Choose convolutions, for example conv:1 or conv:*.",
        )
    return layer.convolution


def _check(options: KernelsOptions, layer: Layer) -> None:
    depth = geometry(layer).depth
    if options.draw == "rgb" and depth != 3:
        raise LayerError(
            f"Layer '{layer.name}' reads {depth} channels: only kernels of depth 3 have colours.",
            hint="Use draw: signed or draw: gray for this layer.",
        )
    if options.draw != "rgb" and options.input_channel >= depth:
        raise LayerError(
            f"Layer '{layer.name}' has no input channel {options.input_channel}: "
            f"its kernels are {depth} deep, numbered 0 to {depth - 1}."
        )
