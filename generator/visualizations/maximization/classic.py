"""The original README's method: Adam on the pixels themselves, nothing else."""

from __future__ import annotations

import hashlib

import numpy as np
import torch

from generator.model.network import Network
from generator.model.truncate import run_to
from generator.visualizations.base import Array, Result
from generator.visualizations.maximization.presets import Settings

# The learning rate is in units of ImageNet's standard deviation, as in the original, whatever
# scale the network itself reads: 0.1 is about 6 of 256 gray levels a step.
_MEAN = torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1)
_STD = torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1)


def maximise(network: Network, layer: str, channel: int, settings: Settings) -> Result:
    """Climb the mean of one channel from uniform noise (Erhan et al. 2009).

    Seeded by the settings' seed and the unit's name alone, so that a unit's picture is the same
    whatever else is made beside it.

    Returns:
        uint8 tensors ``picture`` and ``noise`` ``(size, size, 3)`` and ``steps``
        ``(n, size, size, 3)``; facts ``activation`` (the channel's mean on the saved 8-bit
        picture), ``start`` (on the noise) and ``iterations`` (of the kept steps, from 1).
    """
    noise = _noise(settings, f"{layer}:{channel}")
    pixels = torch.from_numpy(noise).permute(2, 0, 1).unsqueeze(0).float() / 255
    point = ((pixels - _MEAN) / _STD).requires_grad_()
    optimizer = torch.optim.Adam(
        [point], lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    kept: list[Array] = []
    iterations: list[int] = []
    for step in range(1, settings.steps + 1):
        optimizer.zero_grad()
        reading = network.normalise(point * _STD + _MEAN)
        loss = -run_to(network.module, reading, layer)[0, channel].mean()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % settings.keep_every == 0 or step == settings.steps:
            kept.append(_saved(point))
            iterations.append(step)
    return Result(
        {"picture": kept[-1], "noise": noise, "steps": np.stack(kept)},
        {
            "activation": _activation(network, layer, channel, kept[-1]),
            "start": _activation(network, layer, channel, noise),
            "iterations": list(iterations),
        },
    )


def _noise(settings: Settings, unit: str) -> Array:
    """uint8 ``(size, size, 3)``, from the seed and the unit's name."""
    digest = hashlib.sha256(f"{settings.seed}:{unit}".encode()).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    low, high = settings.noise
    return generator.integers(low, high, (settings.size, settings.size, 3), dtype=np.uint8)


def _saved(point: torch.Tensor) -> Array:
    """The picture as it is saved: clipped, 8 bits, ``(size, size, 3)``."""
    pixels = (point.detach() * _STD + _MEAN)[0].permute(1, 2, 0)
    return np.ascontiguousarray((pixels.clamp(0, 1) * 255).round().to(torch.uint8).numpy())


def _activation(network: Network, layer: str, channel: int, picture: Array) -> float:
    pixels = torch.from_numpy(picture).permute(2, 0, 1).unsqueeze(0).float() / 255
    with torch.inference_mode():
        response = run_to(network.module, network.normalise(pixels), layer)[0, channel]
    return float(f"{float(response.mean()):.6g}")
