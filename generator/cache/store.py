"""Content-addressed tensors on disk.

``records/<key>.2.json`` says what a task made and points to ``objects/<aa>/<sha256>.safetensors``,
which hold the tensors. A record is written after its object, both beside and then renamed, so that
what can be found is whole. Nothing is trusted unread: a record carries its own digest, and an
object whose bytes do not have the digest it is filed under is a miss.

The number in a record's name is that of its format, so versions of this program that write others
share a folder without replacing each other's records. Format 1, ``records/<key>.json`` without a
digest of its own, is read; any other is set aside: a miss, left where it is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import safetensors
import safetensors.numpy

from generator.cache.folders import Folders
from generator.cache.sealed import Unsound, seal, unseal
from generator.errors import CacheError, reason_of
from generator.utils.files import flush_folder, write_atomically
from generator.visualizations.base import Array, Fact, Result

FORMAT = 2
UNSEALED = 1  # the format before, which had no digest of its own

Absence: TypeAlias = Literal["absent", "damaged", "set aside"]


@dataclass(frozen=True)
class Record:
    """What is known of a task that ran, without reading its tensors."""

    key: str
    identity: Mapping[str, Fact]  # what the key was made from
    object: str  # SHA-256 of the tensors' file
    size: int  # of that file, in bytes
    facts: Mapping[str, Fact]
    seconds: float  # how long it took to compute


class SetAside(Exception):
    """A record of a format that this version cannot read."""


def as_bytes(tensors: Mapping[str, Array]) -> bytes:
    """Arrays by name, as safetensors."""
    # safetensors writes an array's memory as it lies, so a transposed one would be scrambled.
    return safetensors.numpy.save(
        {name: np.asarray(array, order="C") for name, array in tensors.items()}
    )


class Cache(Folders):
    """Folders of records and objects."""

    def record(self, key: str) -> Record | None:
        """The record of a task, or ``None`` where there is none that can be used.

        The record's own bytes are checked. The object is looked for, with its size, but not read.
        """
        return next((record for record, _, _ in self._serving(key)), None)

    def files(self, key: str) -> tuple[str, ...]:
        """The files that serve a task, its record and its object, wherever they lie; or none."""
        return next(((where, tensors) for _, where, tensors in self._serving(key)), ())

    def sound(self, key: str) -> bool:
        """Whether a task's result is there and whole: its object has its digest."""
        return any(self._is_whole(tensors, record) for record, _, tensors in self._serving(key))

    def absence(self, key: str) -> Absence:
        """Why a task has no result that can be used; see `absences` for many of them."""
        return self.absences([key])[key]

    def absences(self, keys: Iterable[str]) -> dict[str, Absence]:
        """Why tasks have no result that can be used, by key.

        ``damaged``: there is a record, but it or its object does not have its digest, or the
        object is gone. ``set aside``: there is one of a format that this version cannot read.
        """
        asked = list(keys)
        layers = self._layers if asked else ()
        strange = {name.partition(".")[0] for layer in layers for name in _others(layer)}
        return {key: self._absence(key, key in strange) for key in asked}

    def load(self, key: str) -> Result | None:
        """A task's result, or ``None`` where it is missing or its bytes are damaged."""
        for record, _, tensors in self._serving(key):
            with suppress(OSError, safetensors.SafetensorError):
                content = Path(tensors).read_bytes()
                if hashlib.sha256(content).hexdigest() == record.object:
                    return Result(safetensors.numpy.load(content), record.facts)
        return None

    def store(
        self, key: str, identity: Mapping[str, Fact], result: Result, seconds: float
    ) -> Record:
        """File a result under its key.

        Raises:
            CacheError: the folder cannot be written, for example because the disk is full.
        """
        return self.file(key, identity, as_bytes(result.tensors), result.facts, seconds)

    def file(
        self,
        key: str,
        identity: Mapping[str, Fact],
        content: bytes,
        facts: Mapping[str, Fact],
        seconds: float,
    ) -> Record:
        """File a result whose tensors are safetensors' bytes already; see `store`."""
        digest = hashlib.sha256(content).hexdigest()
        base = self._bases[0]
        self.known.expect(f"{base}/{_object_name(digest)}")
        self.known.expect(f"{base}/{_record_name(key, FORMAT)}", _fields_in)
        record = Record(key, identity, digest, len(content), facts, round(seconds, 3))
        try:
            # Written even where it exists: the file there may be the damaged one we replace.
            write_atomically(object_path(self.folder, digest), content)
            # The object's name must be on the disk before a record that leads to it.
            flush_folder(object_path(self.folder, digest).parent)
            sealed = seal({"format": FORMAT, **vars(record)})
            write_atomically(record_path(self.folder, key), sealed)
            flush_folder(record_path(self.folder, key).parent)  # hours of work stay done
        except OSError as error:
            where = error.filename or self.folder
            raise CacheError(
                f"The cache cannot be written: {where}: {reason_of(error)}.",
                hint="Make room or change output.cache; what is done so far is kept.",
            ) from error
        return record

    def _candidates(self, key: str) -> Iterator[str]:
        """The files in which a record that we can read may be, the best first."""
        for base in self._bases:
            for version in (FORMAT, UNSEALED):
                yield f"{base}/{_record_name(key, version)}"

    def _serving(self, key: str) -> Iterator[tuple[Record, str, str]]:
        """Sound records of a task, each with its file and an object of the right size."""
        for path in self._candidates(key):
            with suppress(OSError, Unsound, SetAside):
                record = _record(self.known.recall(path, _fields_in))
                if record.key != key:
                    continue
                for base in self._bases:
                    tensors = f"{base}/{_object_name(record.object)}"
                    with suppress(OSError):
                        if os.stat(tensors).st_size == record.size:  # noqa: PTH116
                            yield record, path, tensors

    def _is_whole(self, tensors: str, record: Record) -> bool:
        try:
            return self.known.digest(tensors) == record.object
        except OSError:
            return False

    def _absence(self, key: str, strange: bool) -> Absence:
        found: Absence = "set aside" if strange else "absent"
        for path in self._candidates(key):
            try:
                read_record(Path(path))
                return "damaged"  # its object is, or is gone
            except FileNotFoundError:
                continue
            except SetAside:
                found = "set aside"
            except (OSError, Unsound):
                return "damaged"
        return found


def record_path(folder: Path, key: str, version: int = FORMAT) -> Path:
    """Where a cache keeps a task's record in one of the formats that can be read."""
    return folder / _record_name(key, version)


def object_path(folder: Path, digest: str) -> Path:
    """Where a cache keeps tensors, by the SHA-256 of their file."""
    return folder / _object_name(digest)


def _record_name(key: str, version: int) -> str:
    return f"records/{key}.json" if version == UNSEALED else f"records/{key}.{version}.json"


def _object_name(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest}.safetensors"


def read_record(path: Path) -> Record:
    """The record in a file.

    Raises:
        OSError: the file cannot be read.
        SetAside: another version wrote it.
        Unsound: it is damaged.
    """
    return _record(_fields_in(str(path)))


def _fields_in(path: str) -> dict[str, Any]:
    """The fields of the record in a file; see `read_record`."""
    content = Path(path).read_bytes()
    try:
        fields = unseal(content)
    except Unsound:
        fields = _unsealed(content)
    if "format" not in fields:
        raise Unsound("not a record")
    if fields.pop("format") not in (FORMAT, UNSEALED):
        raise SetAside
    _record(fields)
    return fields


def _record(fields: Mapping[str, Any]) -> Record:
    try:
        record = Record(**fields)
        bytes.fromhex(record.object + record.key)
    except (TypeError, ValueError) as error:
        raise Unsound("not a record") from error
    return record


def _unsealed(content: bytes) -> dict[str, Any]:
    """The fields of a record that carries no digest: of format 1, or one that we do not know."""
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unsound("not JSON") from error
    # With a seal that does not fit, it was damaged after it was written.
    if not isinstance(fields, dict) or fields.get("format") == FORMAT:
        raise Unsound("not a record, or one whose seal does not fit")
    return fields


def _others(folder: Path) -> list[str]:
    """The names of a cache's records that are of none of the formats that can be read."""
    try:
        names = os.listdir(folder / "records")  # noqa: PTH208 (names alone, and there are many)
    except OSError:
        return []
    return [
        name
        for name in names
        if name.endswith(".json")
        and not name.startswith(".")
        and name.count(".") > 1
        and not name.endswith(f".{FORMAT}.json")
    ]
