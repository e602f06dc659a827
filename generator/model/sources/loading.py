"""The registry of sources, and the way from a source to a Network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generator.errors import ModelError
from generator.model.adjusting import Adjustment
from generator.model.checkpoints.checkpoint import check_finite
from generator.model.classes import check_names
from generator.model.freed_memory import keep_freed_memory
from generator.model.network import Network
from generator.model.sources import factory, hed, lite0, timm_models, torchvision_models
from generator.model.sources.request import PROGRAM, Loaded, Request
from generator.model.tracing.trace import trace


@dataclass(frozen=True)
class Source:
    """A kind of source: how the config writes it, and what loads it."""

    written: str
    matches: Callable[[str], bool]
    load: Callable[[Request], Loaded]


def _exported(request: Request) -> Loaded:
    from generator.model.sources import exported  # brings torch.export, which takes its time

    return exported.load(request)


# In this order: the last one takes anything with a colon in it.
SOURCES = (
    Source("vgg16-hed", lambda source: source == "vgg16-hed", hed.load),
    Source("efficientnet-lite0", lambda source: source == "efficientnet-lite0", lite0.load),
    Source(
        "torchvision:NAME (such as torchvision:resnet18)",
        lambda source: source.startswith("torchvision:"),
        torchvision_models.load,
    ),
    Source(
        "timm:NAME (such as timm:resnet50d)",
        lambda source: source.startswith("timm:"),
        timm_models.load,
    ),
    Source(
        "a file.pt2 that torch.export saved", lambda source: source.endswith(PROGRAM), _exported
    ),
    Source("package.module:factory", lambda source: ":" in source, factory.load),
)


def load_network(
    request: Request, adjustment: Adjustment, classes: tuple[str, ...] = ()
) -> Network:
    """What ``generator.model.load`` does."""
    return made_ready(source_of(request).load(request), adjustment, classes, request)


def source_of(request: Request) -> Source:
    """The kind of source that a request names.

    Raises:
        ModelError: there is none.
    """
    source = next((each for each in SOURCES if each.matches(request.source)), None)
    if source is None:
        raise ModelError(
            f"'{request.source}' names no network.",
            f"Write one of: {'; '.join(each.written for each in SOURCES)}.",
        )
    return source


def made_ready(
    loaded: Loaded,
    adjustment: Adjustment,
    classes: tuple[str, ...] = (),
    origin: Request | None = None,
) -> Network:
    """A network on the CPU, in float32 and evaluation mode, with its layers listed.

    Args:
        loaded: the network as its source gave it.
        adjustment: what its pictures are to be like.
        classes: names for its outputs, in place of those that the source knows.
        origin: what its source was asked for, if there is one.

    Raises:
        ModelError: it does not run on such an input.
        ClassError: it has another number of outputs than ``classes`` has names.
    """
    keep_freed_memory()  # before there are threads that run the network
    preprocessing = adjustment.of(loaded.preprocessing)
    # A factory may have left its network anywhere, in any precision.
    module = loaded.module.cpu().float().eval()
    check_finite(module)
    layers = trace(module, (preprocessing.channels, *preprocessing.size))
    module.requires_grad_(False)
    network = Network(module, loaded.card, preprocessing, layers, classes or loaded.classes, origin)
    check_names(network)
    return network
