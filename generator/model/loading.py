"""The registry of sources, and the way from a source to a Network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from generator.errors import ModelError
from generator.model import factory, hed, lite0, torchvision_models
from generator.model.classes import check_names
from generator.model.network import Network, Preprocessing
from generator.model.request import Loaded, Request
from generator.model.trace import trace


@dataclass(frozen=True)
class Source:
    """A kind of source: how the config writes it, and what loads it."""

    written: str
    matches: Callable[[str], bool]
    load: Callable[[Request], Loaded]


# In this order: the last one takes anything with a colon in it.
SOURCES = (
    Source("vgg16-hed", lambda source: source == "vgg16-hed", hed.load),
    Source("efficientnet-lite0", lambda source: source == "efficientnet-lite0", lite0.load),
    Source(
        "torchvision:NAME (such as torchvision:resnet18)",
        lambda source: source.startswith("torchvision:"),
        torchvision_models.load,
    ),
    Source("package.module:factory", lambda source: ":" in source, factory.load),
)


def load_network(
    request: Request,
    *,
    size: tuple[int, int] | None,
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
    classes: tuple[str, ...] = (),
) -> Network:
    """What ``generator.model.load`` does."""
    source = next((each for each in SOURCES if each.matches(request.source)), None)
    if source is None:
        raise ModelError(
            f"'{request.source}' names no network.",
            f"Write one of: {'; '.join(each.written for each in SOURCES)}.",
        )
    return made_ready(source.load(request), size=size, mean=mean, std=std, classes=classes)


def made_ready(
    loaded: Loaded,
    *,
    size: tuple[int, int] | None,
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
    classes: tuple[str, ...] = (),
) -> Network:
    """A network on the CPU, in float32 and evaluation mode, with its layers listed.

    Raises:
        ModelError: it does not run on such an input.
        ClassError: it has another number of outputs than ``classes`` has names.
    """
    known = loaded.preprocessing
    preprocessing = _checked(
        replace(known, size=size or known.size, mean=mean or known.mean, std=std or known.std)
    )
    # A factory may have left its network anywhere, in any precision.
    module = loaded.module.cpu().float().eval()
    layers = trace(module, (preprocessing.channels, *preprocessing.size))
    module.requires_grad_(False)
    network = Network(module, loaded.card, preprocessing, layers, classes or loaded.classes)
    check_names(network)
    return network


def _checked(preprocessing: Preprocessing) -> Preprocessing:
    mean, std, size = preprocessing.mean, preprocessing.std, preprocessing.size
    if len(mean) != len(std) or len(mean) not in (1, 3):
        raise ModelError(
            f"The model's 'mean' has {len(mean)} numbers and its 'std' {len(std)}.",
            "Give three of each (red, green, blue), or one of each for gray pictures.",
        )
    if not all(map(math.isfinite, (*mean, *std))) or min(std) <= 0:
        raise ModelError(
            f"The model's 'mean' is {list(mean)} and its 'std' {list(std)}.",
            "Means have to be finite and standard deviations above zero, on the scale 0..1.",
        )
    if min(size) < 1:
        raise ModelError(
            f"The model's 'size' is {size[0]}x{size[1]} pixels.", "Give a height and a width."
        )
    return preprocessing
