"""Captum's methods, on one photo. They are given a copy of the network: hooks go on it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import cast

import captum.attr
import numpy as np
import torch
from torch import Tensor

from generator.errors import LayerError
from generator.model.gradients import flowing
from generator.model.hooks import hooked
from generator.model.layers import Layer
from generator.model.network import Network
from generator.photos.images import Picture
from generator.visualizations.base import Array, Fact, Result
from generator.visualizations.predictions import class_facts, network_input, ranked, shares

_AT_ONCE = 8  # pictures in one forward pass
_CELL = 4  # pixels a side, over which integrated gradients are summed


class Attributor:
    """A network and a photo: each class's logit taken apart, by each method.

    Args:
        network: a classifier.
        picture: the photo.
    """

    def __init__(self, network: Network, picture: Picture) -> None:
        self._network = network
        # Depthwise convolutions are twice as quick when the channels of a place lie together.
        self._module = copy.deepcopy(network.module).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for part in self._module.modules():
            if getattr(part, "inplace", False):
                part.inplace = False  # or it writes over what hooks kept
        self._input = network_input(network, picture)
        with torch.inference_mode():
            self._logits = network.logits(self._input)[0].float().numpy()
        self._shares, whose = shares(self._logits)
        self._own = whose == "own"  # a softmax, which is not to be followed by another

    def result(self, channel: int | None, parameters: Mapping[str, Fact]) -> Result:
        """A task's map and facts; see `attribution.Attribution`.

        Args:
            channel: the class's number; ``None`` to go by the rank.
            parameters: the task's.

        Raises:
            LayerError: the network has no maps for Grad-CAM, or not at that layer; or it lets no
            gradient through.
        """
        target, rank = channel, parameters.get("rank")
        if target is None:
            target = ranked(self._logits)[int(str(rank)) - 1]
        facts = class_facts(target, self._logits, self._shares)
        if channel is None:
            facts["rank"] = rank
        with flowing("the network's answer"):
            match parameters["method"]:
                case "grad-cam":
                    found, more = self._grad_cam(target, parameters["at"])
                case "integrated-gradients":
                    found, more = self._integrated(target, int(str(parameters["steps"])))
                case _:
                    sides = (int(str(parameters["window"])), int(str(parameters["stride"])))
                    found, more = self._occlusion(target, *sides), {}
        return Result({"map": found}, {**facts, **more})

    def _grad_cam(self, target: int, at: Fact) -> tuple[Array, dict[str, Fact]]:
        name, before = (str(at), False) if at is not None else self._last_maps()
        self._network.layer(name)
        method = captum.attr.LayerGradCam(self._module, self._module.get_submodule(name))
        found = cast(
            Tensor,
            method.attribute(
                self._input, target, attribute_to_layer_input=before, relu_attributions=True
            ),
        )
        if found.dim() != 4:
            raise LayerError(
                f"Layer '{name}' gives no maps, so Grad-CAM has no places to tell apart.",
                "Name a convolution under 'at', or leave it out.",
            )
        places: list[Fact] = [int(side) for side in found.shape[2:]]
        large = captum.attr.LayerAttribution.interpolate(
            found, self._network.preprocessing.size, interpolate_mode="bilinear"
        )
        return _array(large[0, 0]), {"at": name, "places": places}

    def _last_maps(self) -> tuple[str, bool]:
        """Where the last maps are, and whether that is what the layer reads: what pooling reads is
        whole, where the last layer with maps may be one of several branches.

        Raises:
            LayerError: the network has no maps.
        """
        layers = self._network.layers
        mapped = [at for at, layer in enumerate(layers) if _has_places(layer)]
        if not mapped:
            raise LayerError(
                "No layer of the network gives maps, so Grad-CAM has no places to tell apart.",
                "Use the methods integrated-gradients and occlusion.",
            )
        last, after = layers[mapped[-1]], layers[mapped[-1] + 1 :]
        if after and self._reads_maps(after[0].name):
            return after[0].name, True
        return last.name, False

    def _reads_maps(self, name: str) -> bool:
        seen: list[torch.Size] = []

        def look(_: str, inputs: tuple[object, ...]) -> None:
            seen.extend(value.shape for value in inputs if isinstance(value, Tensor))

        part = [(name, self._module.get_submodule(name))]
        with hooked(part, enter=look), torch.inference_mode():
            self._module(self._input)
        return len(seen) == 1 and len(seen[0]) == 4 and seen[0][2] * seen[0][3] > 1

    def _integrated(self, target: int, steps: int) -> tuple[Array, dict[str, Fact]]:
        method = captum.attr.IntegratedGradients(self._module)
        found = method.attribute(
            self._input, target=target, n_steps=steps, internal_batch_size=_AT_ONCE
        )
        with torch.inference_mode():
            gray = self._module(torch.zeros_like(self._input))[0, target]
        gap = float(found.sum()) - (float(self._logits[target]) - float(gray))
        return _summed(_array(found[0].sum(dim=0))), {"gap": float(f"{gap:.3g}")}

    def _occlusion(self, target: int, window: int, stride: int) -> Array:
        channels = self._input.shape[1]
        found = captum.attr.Occlusion(self._to_shares).attribute(
            self._input,
            sliding_window_shapes=(channels, window, window),
            strides=(channels, stride, stride),
            target=target,
            perturbations_per_eval=_AT_ONCE,
        )
        return _array(found[0, 0])

    def _to_shares(self, inputs: Tensor) -> Tensor:
        logits = cast(Tensor, self._module(inputs))
        return logits if self._own else logits.softmax(dim=1)


def _has_places(layer: Layer) -> bool:
    """Whether a layer answers with maps of more than one place, as they are."""
    return len(layer.shape) == 3 and layer.layout is None and layer.shape[1] * layer.shape[2] > 1


def _array(values: Tensor) -> Array:
    return np.ascontiguousarray(values.detach().float().cpu().numpy())


def _summed(values: Array) -> Array:
    """Sums over squares of ``_CELL`` pixels; what remains at the right and below is padded."""
    rows, columns = (-side % _CELL for side in values.shape)
    padded = np.pad(values, ((0, rows), (0, columns)))
    shape = (padded.shape[0] // _CELL, _CELL, padded.shape[1] // _CELL, _CELL)
    sums: Array = padded.reshape(shape).sum(axis=(1, 3), dtype=np.float64)
    return sums.astype(np.float32)
