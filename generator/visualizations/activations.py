"""What each filter answers to a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PositiveInt

from generator.errors import LayerError
from generator.model.layers import Layer
from generator.photos import seeing
from generator.photos.images import Picture
from generator.visualizations.base import (
    Array,
    Drawing,
    Fact,
    Figure,
    PictureOptions,
    Request,
    Result,
    Style,
    Task,
    Visualization,
    six_digits,
)
from generator.visualizations.kernels import kernel_sheet, kernel_task

if TYPE_CHECKING:
    from generator.model.network import Network

Mode = Literal["network", "convolutions"]

_CHAIN = 40.0  # forward passes to a chain of convolutions, of which none makes maps smaller


class ActivationsOptions(PictureOptions):
    """``kind: activations``: maps of chosen filters, or sheets of all of a layer's maps."""

    kind: Literal["activations"]
    mode: Mode = Field(
        "network",
        description=(
            "network: the true forward pass; convolutions: the convolutions alone, each fed the "
            "one before, no ReLU, no pooling, the picture not normalised."
        ),
    )
    show: Literal["filter", "grid", "strip"] = Field(
        "grid",
        description=(
            "filter: the chosen filters' maps beside the photo; grid: a sheet of maps a layer; "
            "strip: the chosen filters of each layer, side by side."
        ),
    )
    draw: Literal["auto", "heat", "signed", "gray"] = Field(
        "auto",
        description=(
            "auto: signed where values can be below zero, heat elsewhere; gray: each map over "
            "its own range."
        ),
    )
    scale: Literal["each", "layer"] = Field(
        "each", description="On a sheet: each map over its own range, or all over the layer's."
    )
    kernels: bool = Field(False, description="Show the layer's kernels beside a grid.")
    tile: PositiveInt = Field(112, description="Width of one map on a sheet, in pixels, at most.")


class Activations(Visualization[ActivationsOptions]):
    """A layer's output for one picture: tensor ``maps``, float32 ``(C, H, W)``.

    A task without a channel keeps all of the layer's maps; one with a channel keeps that map alone,
    as ``(1, H, W)``: a strip through the deep layers must not fill the disk. Fact ``peaks`` has the
    highest value of each map that is kept.
    """

    name = "activations"
    version = 3
    title = "Activation maps"
    Options = ActivationsOptions

    def tasks(self, options: ActivationsOptions, request: Request) -> Iterable[Task]:
        for layer in request.layers:
            if len(layer.shape) != 3:
                raise LayerError(
                    f"Layer '{layer.name}' ({layer.type}) gives {layer.shape}: not maps.",
                    hint="Choose layers whose output has a height and a width.",
                )
            if options.mode == "convolutions" and layer.ordinal is None:
                raise LayerError(
                    f"Layer '{layer.name}' is a {layer.type}: mode: convolutions runs "
                    "convolutions only.",
                    hint="Choose convolutions, for example conv:2, or use mode: network.",
                )
            channels = (None,) if options.show == "grid" else request.channels[layer.name]
            for picture in request.pictures:
                for channel in channels:
                    yield map_task(layer, picture, options.mode, channel)
            if options.kernels and layer.convolution:
                yield kernel_task(layer)

    def figures(self, options: ActivationsOptions, request: Request) -> Iterable[Figure]:
        for picture in request.pictures:
            for layer in request.layers:
                if options.show == "grid":
                    yield _grid(options, request, layer, picture)
                else:
                    yield from _maps(options, request, layer, picture)
        if options.show == "grid" and options.kernels:
            for layer in request.layers:
                if layer.convolution:
                    rgb = layer.convolution.depth == 3
                    yield kernel_sheet(layer, request.rows(layer), "rgb" if rgb else "signed")

    def batches(self, tasks: Sequence[Task]) -> Iterable[Sequence[Task]]:
        """All layers of a picture together: they need one forward pass."""
        ordered = sorted(tasks, key=_pass)
        return [list(group) for _, group in groupby(ordered, key=_pass)]

    def effort(self, network: Network, tasks: Sequence[Task]) -> float:
        chain = tasks[0].parameters["mode"] == "convolutions"
        return super().effort(network, tasks) * (_CHAIN if chain else 1)

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        preprocessing = network.preprocessing
        picture = pictures[str(tasks[0].picture)]
        pixels = seeing.seen(picture, preprocessing.size, preprocessing.channels)
        maps = _forward(network, pixels, _pass(tasks[0])[1], [task.layer for task in tasks])
        for task in tasks:
            values = maps[task.layer]
            if task.parameters.get("keep") == "means":
                flat = _means(values)
                told = [_finite(mean) for mean in flat]
                yield task, Result({"means": flat.astype(np.float32)}, {"means": told})
            elif task.channel is None:
                means = _means(values)
                strongest = np.where(np.isfinite(means), means, -np.inf).argmax()
                facts: dict[str, Fact] = {"strongest": int(strongest), "peaks": _peaks(values)}
                yield task, Result({"maps": values}, facts | _broken(values))
            else:
                kept = np.ascontiguousarray(values[task.channel][None])
                facts = {"mean": _rounded(_mean(kept)), "peaks": _peaks(kept)}
                yield task, Result({"maps": kept}, facts | _broken(kept))


def _peaks(maps: Array) -> list[Fact]:
    """The highest value of each map; none where one of its values is no number, or infinite."""
    return [_finite(peak) for peak in maps.max(axis=(1, 2))]


def _means(maps: Array) -> Array:
    """The mean of each map ``(C, H, W)``, in float64."""
    with np.errstate(invalid="ignore", over="ignore"):  # no numbers, and infinite ones, are told
        means: Array = maps.reshape(len(maps), -1).mean(axis=1, dtype=np.float64)
    return means


def _mean(maps: Array) -> float:
    with np.errstate(invalid="ignore", over="ignore"):
        return float(maps.mean())


def _finite(value: float) -> Fact:
    return six_digits(value) if math.isfinite(value) else None


def _rounded(value: float) -> Fact:
    return round(value, 4) if math.isfinite(value) else None


def _broken(maps: Array) -> dict[str, Fact]:
    """How many values are no numbers, or infinite; nothing where none is."""
    count = int(np.count_nonzero(~np.isfinite(maps)))
    return {"not_numbers": count} if count else {}


def map_task(
    layer: Layer, picture: Picture, mode: Mode = "network", channel: int | None = None
) -> Task:
    """The task that gives a layer's maps for a picture: all of them, or one channel's."""
    # The chain feeds each convolution the one that ran before, whatever the network feeds it.
    scope: Literal["prefix", "executed"] = "prefix" if mode == "network" else "executed"
    return Task(Activations.name, layer.name, scope, channel, picture.name, {"mode": mode})


def means_task(layer: Layer, picture: Picture) -> Task:
    """The task that gives the mean of each of a layer's maps for a picture, and no maps.

    Its tensor ``means`` is float32 ``(C,)``; its fact of the same name says it again.
    """
    parameters: dict[str, Fact] = {"mode": "network", "keep": "means"}
    return Task(Activations.name, layer.name, "prefix", None, picture.name, parameters)


def _pass(task: Task) -> tuple[str, str]:
    return (str(task.picture), str(task.parameters["mode"]))


def _forward(
    network: Network, pixels: Array, mode: str, names: Sequence[str]
) -> Mapping[str, Array]:
    from generator.model.capture import capture  # here, because it brings torch
    from generator.model.chain import chain

    if mode == "network":
        outputs = capture(network.module, network.input(pixels), names)
    else:
        outputs = chain(network, pixels, names)
    maps = {name: network.layer(name).maps(outputs[name]) for name in names}
    return {name: np.ascontiguousarray(maps[name][0].float().numpy()) for name in names}


def _style(options: ActivationsOptions, layer: Layer) -> Style:
    if options.draw != "auto":
        return options.draw
    return "signed" if layer.signed else "heat"


def _maps(
    options: ActivationsOptions, request: Request, layer: Layer, picture: Picture
) -> Iterator[Figure]:
    for channel in request.channels[layer.name]:
        yield Figure(
            map_task(layer, picture, options.mode, channel),
            role="map",
            tensor="maps",
            index=(0,),
            channel=channel,
            drawing=Drawing(_style(options, layer), tile=max(request.size), pixelated=True),
        )


def _grid(options: ActivationsOptions, request: Request, layer: Layer, picture: Picture) -> Figure:
    return Figure(
        map_task(layer, picture, options.mode),
        role="maps",
        tensor="maps",
        index=(request.rows(layer),),
        drawing=Drawing(
            _style(options, layer),
            scale=options.scale,
            sheet=True,
            tile=options.tile,
            pixelated=True,
        ),
    )
