"""Which step of a forward pass a tensor came from, through views and writing in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

from generator.model.tracing.dependencies import Held, Picture, Source

# A view: the memory, and which part of it is looked at how. Weak references, so that a pass under
# observation takes no more memory than any other; what they compare by stays unique.
_View: TypeAlias = tuple[StorageWeakRef, int, tuple[int, ...], tuple[int, ...], Any]


class UnseenError(Exception):
    """A tensor holds what no operation was seen to write there."""


def storage_of(tensor: Tensor) -> StorageWeakRef:
    """The memory that a tensor looks at.

    Raises:
        UnseenError: it is no plain tensor (sparse, nested, ...).
    """
    try:
        return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
    except (NotImplementedError, RuntimeError) as error:
        raise UnseenError("a tensor has no plain memory") from error


class Aliases:
    """For each piece of memory, and each view of it, the unit that wrote it last.

    Args:
        module: the network: its parameters and buffers are known from the start.
        picture: its input.
    """

    def __init__(self, module: nn.Module, picture: Tensor) -> None:
        self._held: dict[StorageWeakRef, list[Held]] = {}
        for name, part in module.named_modules():
            for key, tensor in [
                *part.named_parameters(recurse=False),
                *part.named_buffers(recurse=False),
            ]:
                self._held.setdefault(storage_of(tensor), []).append(Held(name, key))
        self._picture = storage_of(picture)
        self._views: dict[_View, int] = {}
        self._written: dict[StorageWeakRef, int] = {}
        self._blank: set[StorageWeakRef] = set()

    def sources(self, tensor: Tensor, running: Sequence[str]) -> list[Source] | None:
        """Where a tensor's content came from; None where that is not known.

        Where something wrote into the memory after the view was made, both count. A tensor that
        several modules hold is the running one's, or else all of theirs.
        """
        storage = storage_of(tensor)
        written, view = self._written.get(storage), self._views.get(_view(tensor, storage))
        if written is not None or view is not None:
            return list(dict.fromkeys(_latest(written, view)))
        if storage == self._picture:
            return [Picture()]
        if storage in self._held:
            held = self._held[storage]
            own = [each for each in held if each.module in running[-1:]]
            return [*(own or held)]
        return None

    def is_held(self, tensor: Tensor) -> bool:
        """Whether a tensor looks at the memory of a parameter or buffer."""
        return storage_of(tensor) in self._held

    def is_blank(self, tensor: Tensor) -> bool:
        """Whether a tensor's memory was asked for and, as far as was seen, never written to."""
        return tensor.numel() > 0 and storage_of(tensor) in self._blank

    def made(self, tensor: Tensor, unit: int, *, blank: bool = False) -> None:
        """An operation gave a tensor, in memory of its own or as a view."""
        storage = storage_of(tensor)
        written = self._written.get(storage)
        view = _view(tensor, storage)
        if self._views.get(view, -1) >= (written or 0):
            return  # the same view of the same content, once more: detach() gives one
        self._views[view] = unit
        known = written is not None or storage in self._held or storage == self._picture
        if not known:
            self._written[storage] = unit
            if blank:
                self._blank.add(storage)

    def handed_on(self, tensor: Tensor, unit: int) -> None:
        """A module answered with a tensor that was there before: who reads it now reads that."""
        self._views[_view(tensor, storage_of(tensor))] = unit

    def wrote(self, tensor: Tensor, unit: int) -> None:
        """A unit wrote into a tensor."""
        storage = storage_of(tensor)
        self._views[_view(tensor, storage)] = unit
        self._written[storage] = unit
        self._blank.discard(storage)


def _view(tensor: Tensor, storage: StorageWeakRef) -> _View:
    shape = (tuple(tensor.shape), tuple(tensor.stride()))
    return (storage, int(tensor.storage_offset()), *shape, tensor.dtype)


def _latest(written: int | None, view: int | None) -> list[int]:
    if written is None or view is None:
        return [unit for unit in (written, view) if unit is not None]
    return [view] if view >= written else [view, written]
