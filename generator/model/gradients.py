"""Networks that let no gradient through, told in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generator.errors import LayerError


@contextmanager
def flowing(start: str) -> Iterator[None]:
    """Within the block, gradients are asked for that lead from somewhere back to the picture.

    Args:
        start: where from, in words: ``layer 'features.3'``.

    Raises:
        LayerError: there are none.
    """
    try:
        yield
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        raise LayerError(
            f"No gradient leads from {start} back to the picture: the network's forward switches "
            "gradients off (torch.no_grad, torch.inference_mode or detach); take that out."
        ) from error
