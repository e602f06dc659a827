"""ReLU6 with a way out: what is beyond its limits lets a little through, so that a picture climbs.

Beyond 0 and 6 a ReLU6 answers the same to everything, and no gradient leads back. A filter that
starts there stays there. Deeper in, a depthwise filter has one channel to listen to: where that is
beyond a limit everywhere, the filter is deaf however it is driven itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from torch import Tensor, nn

_LOW, _HIGH = 0.0, 6.0


def overflowing(maps: Tensor, leak: float, overflow: float) -> Tensor:
    """ReLU6, but for ``leak`` times what is below 0 and ``overflow`` times what is above 6."""
    below, above = maps.clamp(max=_LOW), maps.clamp(min=_HIGH) - _HIGH
    return maps.clamp(_LOW, _HIGH) + leak * below + overflow * above


def is_depthwise(module: nn.Module) -> bool:
    """Whether each filter of a convolution reads one channel, that no other filter reads."""
    return isinstance(module, nn.Conv2d) and module.groups == module.out_channels > 1


@contextmanager
def loosened(module: nn.Module | None, leak: float) -> Iterator[None]:
    """Within the block, a ReLU6 lets through ``leak`` times what is beyond either limit."""
    if module is None or leak <= 0:
        yield
        return
    # On the instance, over the class's own; every call of the module goes through it.
    module.forward = partial(overflowing, leak=leak, overflow=leak)
    try:
        yield
    finally:
        del module.forward
