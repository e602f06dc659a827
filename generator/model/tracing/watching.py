"""One forward pass under observation: which operation read what, and in which module.

torch's own two ways to look on do the work: ``TorchDispatchMode`` sees every operation on tensors,
wherever it was called from, and ``TorchFunctionMode`` sees what Python asks of a tensor without an
operation (its size, its values as numpy, its address).
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from generator.model.hooks import hooked
from generator.model.tracing.aliases import Aliases, UnseenError, storage_of
from generator.model.tracing.dependencies import Journal
from generator.model.tracing.notes import Notes

_SIZES = {
    torch.Tensor.shape.__get__,  # type: ignore[attr-defined]
    torch.Tensor.size,
    torch.Tensor.numel,
    torch.Tensor.stride,
    torch.Tensor.__len__,
}
_VALUES = {
    torch.Tensor.numpy,
    torch.Tensor.tolist,
    torch.Tensor.__array__,
    torch.Tensor.__reduce_ex__,
}
_POINTERS = {
    torch.Tensor.data_ptr,
    torch.Tensor.storage,
    torch.Tensor.untyped_storage,
    torch.Tensor.__dlpack__,
    torch.Tensor.data.__set__,  # type: ignore[attr-defined]
}


def watch(module: nn.Module, shape: tuple[int, int, int]) -> Journal:
    """The journal of one forward pass on zeros. Nothing is raised: what fails is not known.

    Args:
        module: the network, in evaluation mode, that was seen to run on such an input.
        shape: the input's ``(C, H, W)``.
    """
    if any(map(_compiled, module.modules())):
        return Journal(lost="a part of the network is compiled")
    journal, strangers = _pass(module, shape, ())
    if not strangers or journal.lost:
        return journal
    # Tensors came up that the pass did not make, and no module holds: constants, if they were
    # there before it. Only then is everything that is there looked through.
    return _pass(module, shape, _alive())[0]


def _pass(
    module: nn.Module, shape: tuple[int, int, int], constants: Collection[StorageWeakRef]
) -> tuple[Journal, bool]:
    """A journal, and whether tensors came up that are neither made nor among the constants."""
    opaque = {name for name, part in module.named_modules() if _is_opaque(part)}
    zeros = torch.zeros(1, *shape)
    try:
        notes = Notes(Aliases(module, zeros), opaque, constants)
        with ExitStack() as stack:
            stack.enter_context(torch.no_grad())
            stack.enter_context(torch.random.fork_rng(devices=[]))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            stack.enter_context(
                hooked(module.named_modules(), enter=notes.enter, leave=notes.leave)
            )
            stack.enter_context(_Operations(notes))
            stack.enter_context(_Questions(notes))
            module(zeros)
    except Exception as error:  # the network ran without an observer; what broke is the observing
        return Journal(lost=f"it does not run under observation ({type(error).__name__})"), False
    if constants and notes.strangers:
        notes.journal.lost = "a tensor comes from where torch cannot see"
    return notes.journal, notes.strangers


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation on tensors."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._notes = notes

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Else torch imports its compiler, for seconds, only to leave this class alone.
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        if self._notes.busy:
            return func(*args, **given)
        call = _draws(func, self._notes) if _may_draw(func) else func
        if _shows_values(func, args):
            self._notes.value_read("a tensor's value is read")
        return self._notes.operation(call, func._schema, args, given)


class _Questions(TorchFunctionMode):
    """Sees what Python asks of tensors."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self._notes = notes

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if not self._notes.busy:
            if func in _SIZES:
                self._notes.size_read()
            elif func in _VALUES:
                self._notes.value_read("a tensor's values are read")
            elif func in _POINTERS:
                self._notes.lose("a tensor's memory is used directly")
        return func(*args, **(kwargs or {}))


def _shows_values(func: Any, args: Sequence[Any]) -> bool:
    """Whether an operation's answer is a number for Python, or of a size that values decide."""
    if torch.Tag.data_dependent_output in func.tags:
        return True
    if func._schema.name == "aten::index":
        # By numbers, the size is that of the numbers; by a mask, as many as are true.
        return any(each.dtype in (torch.bool, torch.uint8) for each in args[1] if each is not None)
    return torch.Tag.dynamic_output_shape in func.tags


def _may_draw(func: Any) -> bool:
    return torch.Tag.nondeterministic_seeded in func.tags


def _draws(func: Any, notes: Notes) -> Callable[..., Any]:
    """The operation, with a note if it draws random numbers: what ran before decides them."""

    def call(*args: Any, **kwargs: Any) -> Any:
        before = torch.random.get_rng_state()
        answer = func(*args, **kwargs)
        if kwargs.get("generator") is not None or not torch.equal(
            before, torch.random.get_rng_state()
        ):
            notes.value_read("random numbers are drawn")
        return answer

    return call


def _is_opaque(part: nn.Module) -> bool:
    """Whether type, configuration, parameters and buffers say all that a module does."""
    hooked = part._forward_hooks or part._forward_pre_hooks
    own = type(part).__module__.startswith("torch.nn.") and "forward" not in vars(part)
    return own and not hooked and next(part.children(), None) is None


def _compiled(part: nn.Module) -> bool:
    return (
        isinstance(part, torch.jit.ScriptModule)
        or type(part).__name__ == "OptimizedModule"
        or getattr(part, "_compiled_call_impl", None) is not None
    )


def _alive() -> set[StorageWeakRef]:
    """The memory of every tensor there is."""
    found: set[StorageWeakRef] = set()
    for each in gc.get_objects():
        if issubclass(type(each), Tensor):
            try:
                found.add(storage_of(each))
            except UnseenError:
                continue
    return found
