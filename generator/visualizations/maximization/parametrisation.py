"""What gradient ascent changes, and the picture that it stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from generator.visualizations.base import Array
from generator.visualizations.maximization.natural import natural_magnitudes
from generator.visualizations.maximization.presets import Settings

# The square root of natural colours' covariance, columns scaled to at most 1: steps along its
# columns (light, blue-orange, green-purple) are decorrelated (Olah et al. 2017, appendix).
_COLOURS = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
_COLOURS = _COLOURS / _COLOURS.norm(dim=0).max()

# The pixels' learning rate is in units of ImageNet's standard deviation, as in the original,
# whatever scale the network itself reads: 0.1 is about 6 of 256 gray levels a step.
_MEAN = torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1)
_STD = torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1)

_CONTRAST = 0.25  # of a spectrum's first picture
_START = 0.005  # standard deviation of a spectrum's first coefficients
_FLOOR = 0.01  # of the strongest ring's gradient: the least that any ring counts as having
_RINGS = 24  # of frequencies, each with one second moment


class Parametrisation(Protocol):
    """How the variables of the optimisation, a point ``(N, ...)``, stand for N pictures."""

    def start(self, seeds: Sequence[int]) -> Tensor:
        """The first point ``(N, ...)``: each picture's from its own seed, and from nothing else."""

    def pictures(self, point: Tensor) -> Tensor:
        """The pictures ``(N, C, size, size)``, differentiable.

        Spectra give values in 0..1; pixels may leave that range.
        """

    def values(self, point: Tensor) -> Tensor:
        """The pictures before they are squashed into 0..1, ``(N, C, size, size)``."""

    def point(self, values: Tensor) -> Tensor:
        """The point ``(N, ...)`` whose :meth:`values` are nearest to these."""

    def pooled(self, squares: Tensor) -> Tensor:
        """Squared gradients ``(N, ...)``, averaged over the variables that share a step size.

        Of a shape that broadcasts to the point's.
        """


def parametrisation_for(settings: Settings, size: int, device: torch.device) -> Parametrisation:
    """The parametrisation that the settings name, of square pictures of that size."""
    if settings.parametrisation == "pixels":
        return _Pixels(settings.noise, size, settings.channels, device)
    if settings.parametrisation == "maco":
        return _Maco(size, settings.channels, device)
    return _Fourier(size, settings.channels, device)


def unit_seed(settings: Settings, unit: str, attempt: int = 0) -> int:
    """A 63-bit seed from the settings' seed and the unit's name alone."""
    digest = hashlib.sha256(f"{settings.seed}:{attempt}:{unit}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


class _Pixels:
    """The pixels themselves, from uniform noise, in units of ImageNet's standard deviation."""

    def __init__(
        self, noise: tuple[int, int], size: int, channels: int, device: torch.device
    ) -> None:
        self._noise, self._size, self._channels = noise, size, channels
        mean, std = (_MEAN, _STD) if channels == 3 else (_MEAN.mean(), _STD.mean())
        self._mean, self._std = mean.to(device), std.to(device)

    def start(self, seeds: Sequence[int]) -> Tensor:
        shape = (self._size, self._size, self._channels)
        noise = [
            np.random.default_rng(seed).integers(*self._noise, shape, dtype=np.uint8)
            for seed in seeds
        ]
        values = torch.from_numpy(np.stack(noise)).permute(0, 3, 1, 2).to(self._mean.device)
        return self.point(values.float() / 255)

    def pictures(self, point: Tensor) -> Tensor:
        return point * self._std + self._mean

    def values(self, point: Tensor) -> Tensor:
        return self.pictures(point)

    def point(self, values: Tensor) -> Tensor:
        return (values - self._mean) / self._std

    def pooled(self, squares: Tensor) -> Tensor:
        return squares


class _Fourier:
    """A spectrum with decorrelated colours (Olah et al. 2017).

    Coefficients ``(N, C, size, size // 2 + 1, 2)``, the last axis real and imaginary, are divided
    by their frequency, as natural pictures' are, and squashed into 0..1 by a sigmoid. All
    coefficients of about the same frequency share one step size, so that the gradient's own
    proportions between them, its forms, are kept. Where there are other than three channels,
    nobody knows how they belong together: each is by itself.
    """

    def __init__(self, size: int, channels: int, device: torch.device) -> None:
        self._size, self._channels = size, channels
        cycles = _frequencies(size)
        self._scale = (_CONTRAST / cycles).to(device)
        alone = torch.eye(channels) * _COLOURS[:, 0].mean()  # as bright as light is in colour
        self._colours = (_COLOURS if channels == 3 else alone).to(device)
        rings = (cycles / cycles.max() * _RINGS).long().clamp_max(_RINGS - 1).flatten()
        self._ring = rings.to(device)
        self._members = torch.bincount(rings, minlength=_RINGS).clamp_min(1).to(device)

    def start(self, seeds: Sequence[int]) -> Tensor:
        shape = (self._channels, self._size, self._size // 2 + 1, 2)
        draws = [torch.randn(shape, generator=torch.Generator().manual_seed(s)) for s in seeds]
        return torch.stack(draws).to(self._scale.device) * _START

    def pictures(self, point: Tensor) -> Tensor:
        return torch.sigmoid(torch.einsum("ij,njhw->nihw", self._colours, self.values(point)))

    def values(self, point: Tensor) -> Tensor:
        return _inverse(torch.view_as_complex(point) * self._scale)

    def point(self, values: Tensor) -> Tensor:
        spectra = [torch.fft.rfft2(one, norm="ortho") for one in values]
        return torch.view_as_real(torch.stack(spectra) / self._scale)

    def pooled(self, squares: Tensor) -> Tensor:
        flat = squares.mean(dim=-1).flatten(2)
        sums = torch.zeros((*flat.shape[:2], _RINGS), device=flat.device)
        means: Tensor = sums.index_add_(2, self._ring, flat) / self._members
        # A ring that hardly matters must not be blown up to the size of one that does: that would
        # draw the rounding of a view's edges onto a picture of one colour.
        means = means + _FLOOR**2 * means.amax(dim=(1, 2), keepdim=True)
        return means[:, :, self._ring].reshape(*flat.shape[:2], *self._scale.shape, 1)


class _Maco:
    """Only phases, over the magnitudes of natural pictures (MACO, Fel et al. 2023).

    Phases ``(N, C, size, size // 2 + 1)`` in radians.
    """

    def __init__(self, size: int, channels: int, device: torch.device) -> None:
        self._size, self._channels = size, channels
        magnitudes = torch.from_numpy(natural_magnitudes(size))
        if channels != 3:
            magnitudes = magnitudes.mean(dim=0, keepdim=True).repeat(channels, 1, 1)
        self._magnitudes = magnitudes.to(device)
        # In these columns each wave's conjugate has a coefficient too.
        self._doubled = [0] if size % 2 else [0, size // 2]

    def start(self, seeds: Sequence[int]) -> Tensor:
        shape = (self._channels, self._size, self._size // 2 + 1)
        draws = [torch.rand(shape, generator=torch.Generator().manual_seed(s)) for s in seeds]
        return torch.stack(draws).to(self._magnitudes.device) * (2 * torch.pi)

    def pictures(self, point: Tensor) -> Tensor:
        return torch.sigmoid(self.values(point))

    def values(self, point: Tensor) -> Tensor:
        phases = self._conjugate(point)
        waves = _inverse(torch.polar(self._magnitudes.expand_as(phases), phases))
        centred = waves - waves.mean(dim=(1, 2, 3), keepdim=True)
        return centred / (centred.std(dim=(1, 2, 3), keepdim=True) + 1e-4)

    def point(self, values: Tensor) -> Tensor:
        return torch.stack([torch.fft.rfft2(one).angle() for one in values])

    def _conjugate(self, point: Tensor) -> Tensor:
        """Phases in which conjugates agree: where they did not, waves would lose magnitude."""
        pairs = (self._size - 1) // 2
        phases = point.clone()
        for column in self._doubled:
            phases[..., -pairs:, column] = -point[..., 1 : pairs + 1, column].flip(-1)
        return phases

    def pooled(self, squares: Tensor) -> Tensor:
        return squares


def _frequencies(size: int) -> Tensor:
    """Cycles a pixel of each coefficient ``(size, size // 2 + 1)``; at least the lowest one."""
    down = torch.fft.fftfreq(size)[:, None]
    across = torch.fft.rfftfreq(size)[None, :]
    cycles: Tensor = (down.square() + across.square()).sqrt().clamp_min(1 / size)
    return cycles


def _inverse(spectra: Tensor) -> Tensor:
    """Spectra ``(N, C, size, size // 2 + 1)`` to waves ``(N, C, size, size)``.

    One picture at a time: a transform of a batch may round otherwise than that of a part of it.
    """
    size = spectra.shape[-2]
    return torch.stack([torch.fft.irfft2(one, s=(size, size), norm="ortho") for one in spectra])


def as_bytes(pictures: Tensor) -> Array:
    """Pictures ``(N, C, H, W)`` as they are scored: clipped to 0..1, uint8 ``(N, H, W, C)``."""
    values = (pictures.detach().float().clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(values.permute(0, 2, 3, 1).cpu().numpy())
