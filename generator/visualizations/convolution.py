"""How a filter works: one kernel of the first convolution, sliding over a piece of a photo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from generator.errors import LayerError
from generator.photos import images, seeing
from generator.photos.images import Picture
from generator.visualizations.base import (
    Array,
    Drawing,
    Fact,
    Figure,
    PictureOptions,
    Request,
    Result,
    Task,
    Visualization,
)
from generator.visualizations.kernels import geometry

if TYPE_CHECKING:
    from generator.model.network import Network

_COLOUR = 3  # channels of which nothing need be told

Fraction = Annotated[float, Field(ge=0, le=1)]


class ConvolutionOptions(PictureOptions):
    """``kind: convolution``: an animation for each chosen filter and picture."""

    kind: Literal["convolution"]
    at: tuple[Fraction, Fraction] = Field(
        (0.5, 0.5),
        description="The middle of the piece of photo, as shares of its width and height.",
    )
    patch: Annotated[int, Field(ge=3, le=12)] = Field(
        6, description="Width and height of the piece of photo, in pixels of the network's input."
    )
    input_channel: NonNegativeInt = Field(
        0, description="Which plane of the input is shown: 0 red, 1 green, 2 blue."
    )


class Parameters(BaseModel):
    """What a convolution task's key holds; see :class:`ConvolutionOptions`."""

    model_config = ConfigDict(frozen=True)

    at: tuple[float, float]
    patch: int
    input_channel: int


class Convolution(Visualization[ConvolutionOptions]):
    """One input plane's share of one filter's response, number by number.

    Tensors: ``patch`` uint8 ``(n, n, 3)``, the piece of photo; ``input`` float32, the plane as the
    network reads it (normalised, zero padding included); ``kernel`` float32 ``(kH, kW)``;
    ``output`` float32, the plane's share of the response: ``output = input * kernel`` summed over
    each window, without bias.
    """

    name = "convolution"
    version = 1
    title = "How a filter works"
    Options = ConvolutionOptions

    def tasks(self, options: ConvolutionOptions, request: Request) -> Iterable[Task]:
        for layer in request.layers:
            depth = geometry(layer).depth
            if layer.ordinal != 1 or options.input_channel >= depth:
                raise LayerError(
                    f"The animation slides a kernel over the photo itself; layer '{layer.name}' "
                    f"cannot show that for input channel {options.input_channel}.",
                    hint="Choose conv:1, and an input channel that it reads.",
                )
        for figure in self.figures(options, request):
            yield figure.task

    def figures(self, options: ConvolutionOptions, request: Request) -> Iterable[Figure]:
        parameters = Parameters(**options.model_dump(include=set(Parameters.model_fields)))
        values = parameters.model_dump(mode="json")
        for layer in request.layers:
            for channel in request.channels[layer.name]:
                for picture in request.pictures:
                    task = Task(self.name, layer.name, "prefix", channel, picture.name, values)
                    yield Figure(
                        task,
                        role="animation",
                        tensor="output",
                        channel=channel,
                        drawing=Drawing("convolution"),
                    )

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        for task in tasks:
            yield task, _slide(network, task, pictures[str(task.picture)])


def _slide(network: Network, task: Task, picture: Picture) -> Result:
    shape = geometry(network.layer(task.layer))
    parameters = Parameters.model_validate(task.parameters)
    plane = parameters.input_channel
    preprocessing = network.preprocessing
    read = network.input(seeing.seen(picture, preprocessing.size, preprocessing.channels))
    values = _cut(read[0, plane].numpy(), parameters)
    patch = _cut(images.resize(seeing.shown(picture), preprocessing.size), parameters)
    padded = np.pad(values, [(side, side) for side in shape.padding])
    kernel = network.kernels(task.layer)[task.channel, plane]
    channels = preprocessing.channels
    other: dict[str, Fact] = {} if channels == _COLOUR else {"channels": channels}
    return Result(
        {
            "patch": patch,
            "input": padded,
            "kernel": kernel,
            "output": correlate(padded, kernel, shape.stride),
        },
        {"padding": shape.padding[0], "stride": shape.stride[0], "plane": plane} | other,
    )


def _cut(pixels: Array, parameters: Parameters) -> Array:
    size = parameters.patch
    height, width = pixels.shape[:2]
    left = round(parameters.at[0] * (width - size))
    top = round(parameters.at[1] * (height - size))
    return np.ascontiguousarray(pixels[top : top + size, left : left + size])


def correlate(plane: Array, kernel: Array, stride: tuple[int, int]) -> Array:
    """What a convolution layer does to one plane: the cross-correlation, without bias.

    Shapes: ``(H, W)`` padded already, ``(kH, kW)``, to ``((H-kH)//s+1, (W-kW)//s+1)``, float32.
    """
    windows = np.lib.stride_tricks.sliding_window_view(plane, kernel.shape)
    windows = windows[:: stride[0], :: stride[1]]
    sums: Array = np.einsum("ijkl,kl->ij", windows, kernel, dtype=np.float64)
    return sums.astype(np.float32)
