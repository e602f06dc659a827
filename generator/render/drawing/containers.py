"""Files of pictures as their formats lay them out: what shows the picture, and nothing besides.

Nothing is decoded: the pixels are the same, bit by bit. Damaged files are read as far as they can
be; what is left of them is for decoders to judge.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
# The chunks of a PNG that browsers need to show it. Others tell of people, programs and places.
_PNG_SHOWN = frozenset(
    b"IHDR PLTE IDAT IEND tRNS bKGD sPLT hIST pHYs sBIT "
    b"gAMA cHRM sRGB iCCP cICP mDCV cLLI acTL fcTL fdAT".split()
)

_JPEG = b"\xff\xd8\xff"
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
# Frames, tables, scans and restarts: SOF0 to SOF15 with DHT and DAC, SOS, DQT, DNL, DRI, DHP, EXP.
_JPEG_SHOWN = frozenset([*range(0xC0, 0xC8), *range(0xC9, 0xD0), *range(0xDA, 0xE0)])
# In the data of a scan, FF before 00 is a value, and before D0 to D7 a restart.
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")

_GIF = (b"GIF87a", b"GIF89a")
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")

_WEBP_SHOWN = frozenset([b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"])
_WEBP_FRAME = 16  # bytes before the chunks of a frame: its place, size and time

_AVIF_SHOWN = frozenset([b"ftyp", b"meta", b"mdat", b"moov", b"moof"])


def shown_only(data: bytes) -> bytes:
    """A PNG, JPEG, GIF, WebP or AVIF without what is not needed to show it, also behind its end.

    Text, comments, thumbnails, EXIF, XMP, C2PA and whatever programs of their own put there goes;
    colour profiles stay. In an AVIF, only what lies beside the picture is seen, and blanked. Other
    files, and those that hold no such thing, are as they were.
    """
    if data.startswith(_PNG):
        return _PNG + b"".join(chunk for kind, chunk in _png(data) if kind in _PNG_SHOWN)
    if data.startswith(_JPEG):
        return data[:2] + b"".join(_jpeg(data))
    if data.startswith(_GIF):
        return b"".join(_gif(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[4:8] == b"ftyp":
        return _avif(data)
    return data


def _png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG in their order: the kind of each, and all of its bytes."""
    at, kind = len(_PNG), b""
    while len(data) - at >= 8 and kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at : at + 12 + length]  # its length, kind, content and checksum
        at += 12 + length
    if at < len(data):
        yield (b"" if kind == b"IEND" else kind), data[at:]  # hidden behind its end, or cut short


def _jpeg(data: bytes) -> Iterator[bytes]:
    """The segments of a JPEG that show it, each with the data of a scan after it, up to its end."""
    at, kind = 2, 0
    while kind != _JPEG_END and (found := _JPEG_MARKER.search(data, at)):
        at, kind = found.end(), data[found.end() - 1]
        if kind in (_JPEG_END, 0x01):  # markers without a length
            yield b"\xff\xd9" if kind == _JPEG_END else b""
            continue
        length = int.from_bytes(data[at : at + 2])
        content = data[at + 2 : at + length]
        at += max(2, length)
        if kind in _JPEG_SHOWN:
            yield found.group() + data[found.end() : at]
        elif kind == 0xE0 and content.startswith(b"JFIF\0") and len(content) >= 14:
            yield b"\xff\xe0\x00\x10" + content[:12] + b"\0\0"  # no thumbnail, 0 x 0 pixels
        elif kind == 0xEE and content.startswith(b"Adobe") and len(content) >= 12:
            yield b"\xff\xee\x00\x0e" + content[:12]  # says which colours the values are
        elif kind == 0xE2 and content.startswith(b"ICC_PROFILE\0"):
            yield found.group() + data[found.end() : at]
        if kind == _JPEG_SCAN:
            end = _JPEG_MARKER.search(data, at)
            start, at = at, end.start() if end else len(data)
            yield data[start:at]


def _gif(data: bytes) -> Iterator[bytes]:
    """The blocks of a GIF that show it: its head, its frames, and how often they are repeated."""
    at = 13 + _gif_colours(data[10:11])
    yield data[:at]
    control = b""  # of the next frame: how long it is shown, and what is transparent in it
    while at < len(data):
        start, kind = at, data[at]
        if kind == 0x2C:
            at = _gif_blocks(data, start + 11 + _gif_colours(data[start + 9 : start + 10]))
            yield control + data[start:at]
            control = b""
        elif kind == 0x21:
            at = _gif_blocks(data, start + 2)
            block, label = data[start:at], data[start + 1 : start + 2]
            if label == b"\xf9":
                control = block
            elif label == b"\x01":  # text, which the control before it belongs to
                control = b""
            elif label == b"\xff" and block[3:14] in _GIF_LOOPS and block[14:16] == b"\x03\x01":
                yield block[:18] + b"\0"
        elif kind == 0x3B:
            yield data[start : start + 1]
            return
        else:
            at += 1  # between blocks, some have zeros


def _gif_colours(flags: bytes) -> int:
    """How many bytes the table of colours has that these flags announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    """Where a row of blocks ends, each with its length before it, up to one of no length."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return min(at + 1, len(data))


def _webp(data: bytes) -> bytes:
    chunks = list(_webp_chunks(data[12 : 8 + int.from_bytes(data[4:8], "little")]))
    profile = any(kind == b"ICCP" for kind, _, _ in chunks)
    content, size = b"", 4
    for kind, length, inner in chunks:
        if kind == b"VP8X":  # whose flags say that there are EXIF and XMP, or a colour profile
            inner = bytes(each & (0xF3 if profile else 0xD3) for each in inner[:1]) + inner[1:]
        if kind == b"ANMF":
            whole = len(inner)
            inner = inner[:_WEBP_FRAME] + b"".join(
                _webp_chunk(*each) for each in _webp_chunks(inner[_WEBP_FRAME:])
            )
            length -= whole - len(inner)
        content += _webp_chunk(kind, length, inner)
        size += 8 + length + length % 2 if kind in _WEBP_SHOWN else 0
    return b"RIFF" + size.to_bytes(4, "little") + b"WEBP" + content


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Chunks: the kind of each, its length as it says, and its content, which may be cut short."""
    at = 0
    while len(data) - at >= 8:
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, length, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _webp_chunk(kind: bytes, length: int, content: bytes) -> bytes:
    """A chunk's bytes; none of one that shows nothing."""
    if kind not in _WEBP_SHOWN:
        return b""
    padding = b"\0" if length % 2 and len(content) == length else b""
    return kind + length.to_bytes(4, "little") + content + padding


def _avif(data: bytes) -> bytes:
    """Boxes besides those of the picture become empty ones as long: places are counted in bytes."""
    kept, at, shown = bytearray(data), 0, 0
    while len(data) - at >= 8:
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:  # it is in the next eight bytes
            length, head = int.from_bytes(data[at + 8 : at + 16]), 16
        end = min(at + length, len(data)) if length else len(data)
        if end - at < head:
            break  # no box
        if kind in _AVIF_SHOWN:
            shown = end
        else:
            kept[at + 4 : at + 8] = b"free"
            kept[at + head : end] = bytes(end - at - head)
        at = end
    return bytes(kept[:shown])
