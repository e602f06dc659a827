"""What natural pictures are like, measured on the photos that come with the package."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from generator.photos import images
from generator.utils.resources import docs_folder


@functools.cache
def natural_magnitudes(size: int) -> npt.NDArray[np.float32]:
    """The mean magnitude of natural pictures' spectra, ``(3, size, size // 2 + 1)`` float32.

    Of the package's photos, squished to ``size``, values 0..1: always the same, so that a picture
    made from it does not depend on the photos of a gallery.
    """
    spectra = [np.abs(np.fft.rfft2(photo, axes=(0, 1))) for photo in _photos(size)]
    mean: npt.NDArray[np.float64] = np.mean(spectra, axis=0)
    return mean.transpose(2, 0, 1).astype(np.float32)


@functools.cache
def natural_high_frequency(size: int) -> float:
    """The mean of :func:`high_frequency` over the package's photos."""
    return float(np.mean([high_frequency(photo) for photo in _photos(size)]))


def high_frequency(picture: npt.NDArray[np.floating]) -> float:
    """The share of a picture's contrast that is finer than four pixels a cycle.

    Args:
        picture: ``(H, W, 3)``, any range.

    Returns:
        0 for a picture of one colour; about 0.35 for the square root of white noise's share. It is
        the ratio of root-mean-square contrasts, so that it reads as an amplitude.
    """
    gray = np.asarray(picture, dtype=np.float64).mean(axis=2)
    energy = np.abs(np.fft.fft2(gray - gray.mean())) ** 2
    total = energy.sum()
    if total <= 1e-12:
        return 0.0
    down = np.fft.fftfreq(gray.shape[0])[:, None]
    across = np.fft.fftfreq(gray.shape[1])[None, :]
    return float(np.sqrt(energy[np.hypot(down, across) > 0.25].sum() / total))


@functools.cache
def _photos(size: int) -> tuple[npt.NDArray[np.float64], ...]:
    files = images.find(["images/*.jpg"], docs_folder())
    return tuple(images.resize(images.open_pixels(file), (size, size)) / 255 for file in files)
