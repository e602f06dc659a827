"""What runs between a network's modules: sums, concatenations and ReLUs that are no modules.

A residual block adds its input to its output, a dense one puts both side by side. Of what any other
function gives, nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from generator.model.tracing.receptive_field import Reach, joined, rectified

_SUMS = frozenset({"add", "add_", "__add__", "__radd__", "__iadd__"})
_CONCATENATIONS = frozenset({"cat", "concat", "concatenate"})
_RELUS = frozenset({"relu", "relu_"})


class BetweenModules(TorchFunctionMode):
    """Within the block, tells the reach of what each function gives that is called.

    Args:
        listening: whether to listen now; what a layer does inside is its own.
        reach_of: what is known of a tensor.
        remember: told what is known of a new one, or of one that was written to.
    """

    def __init__(
        self,
        listening: Callable[[], bool],
        reach_of: Callable[[Tensor], Reach],
        remember: Callable[[Tensor, Reach], None],
    ) -> None:
        super().__init__()
        self._listening, self._reach_of, self._remember = listening, reach_of, remember

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        # Before it runs: one that works in place changes what it reads.
        reach = self._reach(func, args, given) if self._listening() else None
        result = func(*args, **given)
        if reach is not None and isinstance(result, Tensor):
            self._remember(result, reach)
        return result

    def _reach(
        self, func: Callable[..., Any], args: Sequence[Any], given: dict[str, Any]
    ) -> Reach | None:
        name = getattr(func, "__name__", "")
        if name in _RELUS and args and isinstance(args[0], Tensor):
            return rectified(self._reach_of(args[0]))
        if name in _SUMS and len(args) == 2 and not given:  # no alpha, by which it may subtract
            terms = [each for each in args if _depends_on_picture(each)]
            if len({each.shape for each in terms}) != 1:
                return None  # one is spread over the other's places
            reach = joined([self._reach_of(each) for each in terms])
            return reach if len(terms) == len(args) else replace(reach, signed=True)
        if name in _CONCATENATIONS and args and isinstance(args[0], list | tuple):
            along = args[1] if len(args) > 1 else given.get("dim", 0)
            return joined([self._reach_of(each) for each in args[0]]) if along == 1 else None
        return None


def _depends_on_picture(value: object) -> bool:
    """Not numbers and parameters, which are the same for each picture and place."""
    return isinstance(value, Tensor) and not isinstance(value, nn.Parameter)
