"""The original README's activation maps: convolutions only, one fed by the one before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from generator.errors import LayerError
from generator.model.convolutions.fast import convolve_fast
from generator.model.network import Network


def chain(
    network: Network,
    pixels: npt.NDArray[np.uint8] | npt.NDArray[np.float32],
    names: Sequence[str],
) -> dict[str, torch.Tensor]:
    """Run the network's convolutions in order, without the ReLUs and pools between them.

    This is not what the network computes; it is what the original showed. The picture is not
    normalised: values 0 to 1, or 0 to 255 for a network that reads those.

    Args:
        pixels: as `Network.planes` takes them.
        names: the convolutions whose output is wanted.

    Returns:
        For each name, float32 ``(1, C, H, W)``.

    Raises:
        LayerError: a convolution does not read as many channels as the one before it gives, as
            in networks with branches.
    """
    values = _raw(network, pixels)
    outputs: dict[str, torch.Tensor] = {}
    convolutions = [layer for layer in network.layers if layer.ordinal is not None]
    wanted = set(names)
    with torch.inference_mode():
        for layer in convolutions:
            if not wanted - outputs.keys():
                break
            module = network.submodule(layer.name)
            if module.in_channels != values.shape[1]:
                raise LayerError(
                    f"The chain of convolutions breaks at '{layer.name}': it reads "
                    f"{module.in_channels} channels, and is given {values.shape[1]}.",
                    hint="Use mode: network; this network's convolutions are not one chain.",
                )
            values = convolve_fast(module, values)
            outputs[layer.name] = values
    return {name: outputs[name] for name in names}


def _raw(network: Network, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> torch.Tensor:
    full_scale = network.preprocessing.full_scale
    if pixels.dtype == np.uint8 and network.preprocessing.channels == 3:
        values = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).float()
        return values * (full_scale / 255)
    planes = (network.planes(pixels) * full_scale).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1)))[None]
