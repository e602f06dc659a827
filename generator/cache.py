"""Content-addressed tensors on disk.

``records/<key>.json`` says what a task made and points to ``objects/<aa>/<sha256>.safetensors``,
which hold the tensors. A record is written after its object, both beside and then renamed, so that
what can be found is whole. Nothing is trusted unread: bytes that do not have the digest they are
filed under are a miss.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from generator.errors import CacheError
from generator.files import write_atomically
from generator.visualizations.base import Fact, Result

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """What is known of a task that ran, without reading its tensors."""

    key: str
    identity: Mapping[str, Fact]  # what the key was made from
    object: str  # SHA-256 of the tensors' file
    size: int  # of that file, in bytes
    facts: Mapping[str, Fact]
    seconds: float  # how long it took to compute


class Cache:
    """A folder of records and objects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record(self, key: str) -> Record | None:
        """The record of a task, or ``None`` where there is none that can be used.

        The object is looked for, with its size, but not read.
        """
        try:
            fields = json.loads(self._record_path(key).read_bytes())
            if fields.pop("format") != FORMAT or fields["key"] != key:
                return None
            record = Record(**fields)
            whole = self._object_path(record.object).stat().st_size == record.size
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return record if whole else None

    def load(self, key: str) -> Result | None:
        """A task's result, or ``None`` where it is missing or its bytes are damaged."""
        record = self.record(key)
        if record is None:
            return None
        try:
            content = self._object_path(record.object).read_bytes()
            if hashlib.sha256(content).hexdigest() != record.object:
                return None
            return Result(safetensors.numpy.load(content), record.facts)
        except (OSError, safetensors.SafetensorError):
            return None

    def store(
        self, key: str, identity: Mapping[str, Fact], result: Result, seconds: float
    ) -> Record:
        """File a result under its key.

        Raises:
            CacheError: the folder cannot be written, for example because the disk is full.
        """
        # safetensors writes an array's memory as it lies, so a transposed one would be scrambled.
        tensors = {name: np.asarray(array, order="C") for name, array in result.tensors.items()}
        content = safetensors.numpy.save(tensors)
        digest = hashlib.sha256(content).hexdigest()
        record = Record(key, identity, digest, len(content), result.facts, round(seconds, 3))
        text = json.dumps({"format": FORMAT, **vars(record)}, indent=1, sort_keys=True)
        try:
            # Written even where it exists: the file there may be the damaged one we replace.
            write_atomically(self._object_path(digest), content)
            write_atomically(self._record_path(key), text.encode())
        except OSError as error:
            raise CacheError(
                f"The cache cannot be written: {error.filename or self.folder}: {error.strerror}.",
                hint="Make room or change output.cache; what is done so far is kept.",
            ) from error
        return record

    def _record_path(self, key: str) -> Path:
        return self.folder / "records" / f"{key}.json"

    def _object_path(self, digest: str) -> Path:
        return self.folder / "objects" / digest[:2] / f"{digest}.safetensors"
