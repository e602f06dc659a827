"""What a network is given of a picture, and what people are shown of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import ImageOps

from generator.errors import PictureError
from generator.photos import images
from generator.photos.images import Picture, Pixels
from generator.photos.stacks import SUFFIXES, Stack, is_stack, open_stack, resize_stack

# How much red, green and blue weigh in a gray value: ITU-R BT.601, as Pillow's mode "L" has it.
LUMINANCE = (0.299, 0.587, 0.114)


def seen(picture: Picture, size: tuple[int, int], channels: int) -> Pixels | Stack:
    """What a network of so many input channels is given of a picture, before it is normalised.

    Args:
        picture: a photo, for networks of one channel or three; an array of as many channels as the
            network reads; for four, a photo with transparency does too.
        size: height and width of the result, in pixels.
        channels: how many the network reads.

    Returns:
        uint8 ``(H, W, 3)`` of a photo, also for networks of one channel; else float32
        ``(H, W, channels)``, on 0..1 or as it is in the array.

    Raises:
        PictureError: as `images.open_pixels`; or it has another number of channels.
    """
    if is_stack(picture.path):
        stack = open_stack(picture.path)
        if stack.shape[2] != channels:
            raise _other_channels(picture.path, stack.shape[2], channels)
        return resize_stack(stack, size)
    if channels in (1, 3):
        return images.resize(images.open_pixels(picture), size)
    with images.opened(picture.path) as image:
        if channels != 4 or image.mode != "RGBA":
            raise _other_channels(picture.path, len(image.getbands()), channels)
        values = np.array(ImageOps.exif_transpose(image), np.float32) / np.float32(255)
    return resize_stack(values, size)


def check(picture: Picture, channels: int) -> None:
    """Make sure that a picture is one for networks of so many input channels.

    Raises:
        PictureError: it is not; or as `images.open_pixels`.
    """
    if channels not in (1, 3) or is_stack(picture.path):
        seen(picture, (1, 1), channels)


def shown(picture: Picture) -> Pixels:
    """The picture as people are shown what the network sees: uint8 ``(H, W, 3)``, gray or not.

    Raises:
        PictureError: as `images.open_pixels`.
    """
    pixels = images.open_pixels(picture)
    return gray(pixels) if picture.gray else pixels


def gray(pixels: Pixels) -> Pixels:
    """The luminance of a picture ``(H, W, 3)``, three times."""
    values = np.rint(pixels.astype(np.float64) @ np.array(LUMINANCE)).astype(np.uint8)
    return np.repeat(values[:, :, None], 3, axis=2)


def for_network(
    pictures: Sequence[Picture], channels: int, bands: tuple[int, ...]
) -> tuple[Picture, ...]:
    """Pictures that know how they are shown beside a network of so many input channels.

    Args:
        pictures: as they were found.
        channels: how many the network reads.
        bands: those that are shown as red, green and blue, or the one that is, counted from 0.
    """
    return tuple(
        replace(picture, gray=channels == 1, bands=bands)
        if _differs(picture, channels)
        else picture
        for picture in pictures
    )


def _differs(picture: Picture, channels: int) -> bool:
    return channels == 1 or is_stack(picture.path)


def _other_channels(path: Path, found: int, wanted: int) -> PictureError:
    return PictureError(
        f"The picture '{path}' has {found} channels, and the network reads {wanted}.",
        hint=f"Give pictures of {wanted} channels: arrays of shape (H, W, {wanted}), in files of "
        f"{' or '.join(SUFFIXES)}.",
    )
