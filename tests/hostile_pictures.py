"""Files that a gallery's owner may well have among the photos, and pictures of every odd kind."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (200, 30, 40), (20, 160, 60), (30, 60, 200), (255, 255, 255)

AWKWARD_NAME = """it's "a" <b>bold</b> & wide.png"""
AWKWARD_NAME = AWKWARD_NAME.replace("/", "-")  # the one character that a name cannot have


def quarters(height: int = 40, width: int = 60) -> np.ndarray:
    """Red and green above blue and white: any turn or flip shows."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return pixels


def good(path: Path) -> Path:
    Image.fromarray(quarters()).save(path)
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def no_picture(path: Path) -> Path:
    path.write_text("<!doctype html><title>404</title>\n" * 20)
    return path


def truncated(path: Path) -> Path:
    """The first half of a picture with a lot in it."""
    noise = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    Image.fromarray(noise).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def bomb(path: Path, side: int = 40_000) -> Path:
    """A PNG of a few hundred bytes whose header promises ``side`` x ``side`` pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))
    return path


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def cmyk(path: Path) -> Path:
    Image.fromarray(quarters()).convert("CMYK").save(path, "JPEG", quality=100, subsampling=0)
    return path


def turned(path: Path, orientation: int = 6) -> Path:
    """Stored on its side, with the EXIF note that tells how to hold it."""
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(quarters()).transpose(back).save(path, exif=exif)
    return path


def deep_gray(path: Path) -> Path:
    """16-bit gray, a ramp from 0 to 65535 in 256 columns."""
    ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (8, 1))
    Image.fromarray(ramp).save(path)
    return path


def palette_with_alpha(path: Path) -> Path:
    """A palette whose red is transparent."""
    image = Image.fromarray(quarters()).quantize(4)
    transparent = image.getpixel((0, 0))
    image.save(path, transparency=transparent)
    return path


def half_transparent(path: Path) -> Path:
    alpha = np.full((40, 60, 1), 128, np.uint8)
    Image.fromarray(np.concatenate([quarters(), alpha], axis=-1)).save(path)
    return path


def animated(path: Path) -> Path:
    """Two frames, of which only the first is the quarters."""
    second = Image.fromarray(255 - quarters())
    Image.fromarray(quarters()).save(
        path, save_all=True, append_images=[second], duration=100, lossless=True
    )
    return path
