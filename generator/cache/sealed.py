"""JSON that carries the SHA-256 of its own bytes, so that a single changed digit is found.

A sealed file is plain JSON, one line a field::

    {"sha256": "9f86d081…",
    "facts": {"activation": 12.5},
    "key": "ab12…"}

The digest is that of every byte after its own closing quote. Equal fields give equal bytes, unless
somebody brings another writer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

_OPENING = b'{"sha256": "'
_HEAD = len(_OPENING) + 64 + 1  # and the digest with its closing quote
_SEAL = "sha256"


class Unsound(ValueError):
    """The bytes are not what was sealed: damaged, cut short, or never sealed at all."""


def _sorted(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def seal(fields: Mapping[str, Any], write: Callable[[Any], bytes] = _sorted) -> bytes:
    """The fields as sealed JSON in UTF-8.

    Args:
        fields: what it says.
        write: makes JSON of a field. Left out, keys within fields are sorted, too.

    Raises:
        ValueError: a field is called ``sha256``, which is the seal's own name.
        TypeError: a value is not JSON.
    """
    if _SEAL in fields:
        raise ValueError(f"A sealed file has no field '{_SEAL}' besides its seal.")
    lines = [_sorted(name) + b": " + write(fields[name]) for name in fields]
    body = b"".join(b",\n" + line for line in sorted(lines)) + b"}\n"
    return _OPENING + hashlib.sha256(body).hexdigest().encode() + b'"' + body


def unseal(content: bytes, read: Callable[[bytes], Any] = json.loads) -> dict[str, Any]:
    """The fields of a sealed file, without the seal.

    Args:
        content: of the file.
        read: reads JSON.

    Raises:
        Unsound: a byte is not as it was written.
    """
    body = content[_HEAD:]
    head = _OPENING + hashlib.sha256(body).hexdigest().encode() + b'"'
    if content[:_HEAD] != head:
        raise Unsound("the seal does not fit the content")
    fields: dict[str, Any] = read(content)
    del fields[_SEAL]
    return fields
