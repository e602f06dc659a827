"""Pictures of any number of channels: arrays in ``.npy`` and ``.npz`` files."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from generator.errors import PictureError, reason_of

Stack: TypeAlias = npt.NDArray[np.float32]
"""``(H, W, C)``; what integers hold is put on 0..1 by their type, other numbers are as they are."""

SUFFIXES = (".npy", ".npz")
MOST_VALUES = 256_000_000  # a gigabyte of float32

_AGAIN = "Save one array of numbers, of shape (H, W), (H, W, C) or (C, H, W), with numpy.save."


def is_stack(path: Path) -> bool:
    """Whether the file is one of these by its name."""
    return path.suffix.lower() in SUFFIXES


def open_stack(path: Path) -> Stack:
    """The array in a file. The shortest of the first and the last side is that of the channels.

    Raises:
        PictureError: it cannot be read, is damaged, is no such array, or is too large.
    """
    try:
        with path.open("rb") as file:
            array = _member(file, path) if path.suffix.lower() == ".npz" else _array(file, path)
    except PictureError:
        raise
    except OSError as error:
        raise PictureError(f"The picture '{path}' cannot be read: {reason_of(error)}.") from error
    except Exception as error:  # readers of archives raise whatever a damaged one makes them
        raise PictureError(f"The picture '{path}' is damaged: {error}.", hint=_AGAIN) from error
    if array.ndim == 2:
        array = array[:, :, None]
    elif array.shape[0] < array.shape[2]:
        array = np.moveaxis(array, 0, -1)
    return _floats(array)


def _member(file: IO[bytes], path: Path) -> npt.NDArray[Any]:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        if len(names) != 1:
            raise PictureError(f"'{path}' holds {len(names)} arrays, not one.", hint=_AGAIN)
        with archive.open(names[0]) as member:
            return _array(member, path)


def _array(file: IO[bytes], path: Path) -> npt.NDArray[Any]:
    """The array, once its header says that it is one of numbers and not too large."""
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"version {version} of the format is not known")
    shape, by_column, kind = read(file)
    if kind.kind not in "buif" or len(shape) not in (2, 3) or 0 in shape:
        raise PictureError(
            f"The picture '{path}' is an array of {kind} of shape {shape}, not of numbers in rows "
            "and columns.",
            hint=_AGAIN,
        )
    count = int(np.prod(shape, dtype=object))
    if count > MOST_VALUES:
        raise PictureError(
            f"The picture '{path}' is too large: it has {count:,} values.",
            hint=f"At most {MOST_VALUES:,} are read; make it smaller.",
        )
    content = file.read(count * kind.itemsize)  # no more than there is
    if len(content) < count * kind.itemsize:
        raise ValueError("it ends too early")
    values = np.frombuffer(content, kind, count)
    return values.reshape(shape, order="F" if by_column else "C")


def _floats(array: npt.NDArray[Any]) -> Stack:
    values = array.astype(np.float32)
    if array.dtype.kind in "ui":
        values = values / np.float32(np.iinfo(array.dtype).max)
    return np.ascontiguousarray(values)


def resize_stack(stack: Stack, size: tuple[int, int]) -> Stack:
    """Squished to ``size`` as ``(H, W)``: each channel bilinear and antialiased, in float32."""
    height, width = size
    planes = [
        np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
        for plane in np.moveaxis(stack, -1, 0)
    ]
    return np.stack(planes, axis=-1)


def shown_stack(stack: Stack, bands: Sequence[int]) -> npt.NDArray[np.uint8]:
    """Three channels, or one, as a picture: uint8 ``(H, W, 3)``.

    Values in 0..1 are as they are; others go from the darkest 1 % to the brightest 1 % of what is
    shown. What is no number is black.

    Args:
        bands: the channels shown as red, green and blue, or one, counted from 0; those that the
            picture does not have are its last one.
    """
    chosen = stack[:, :, [min(band, stack.shape[2] - 1) for band in bands]]
    finite = chosen[np.isfinite(chosen)]
    low, high = 0.0, 1.0
    if finite.size and (finite.min() < 0 or finite.max() > 1):
        low, high = map(float, np.percentile(finite, [1, 99]))
    share = (np.nan_to_num(chosen, nan=low, posinf=high, neginf=low) - low) / ((high - low) or 1)
    pixels = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels[:, :, :1], 3, axis=2)
