"""Networks: loaded, listed layer by layer, listened to, and digested.

Importing this package does not import torch; loading a network does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.model.network import Network
from generator.utils.report import Say, silent

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Network", "load", "wrap"]


def load(
    source: str,
    *,
    args: Mapping[str, Any] | None = None,
    weights: str = "default",
    seed: int = 0,
    size: tuple[int, int] | None = None,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
    classes: tuple[str, ...] = (),
    channels: int | None = None,
    span: tuple[float, float] | None = None,
    bands: tuple[int, ...] | None = None,
    folder: Path = Path(),
    report: Say = silent,
) -> Network:
    """Load a network, run it once to list its layers, and make it ready to be looked at.

    Args:
        source: ``vgg16-hed``; ``efficientnet-lite0``; ``torchvision:NAME`` for one of
            torchvision's classifiers; ``timm:NAME``; ``package.module:factory``, a callable of the
            user's that returns an ``nn.Module``; or the path of a ``.pt2`` file that
            ``torch.export.save`` wrote.
        args: what the factory is called with; torchvision and timm take arguments too.
        weights: ``default``; ``none`` for random ones; the name of one of torchvision's or timm's,
            such as ``IMAGENET1K_V1``; or the file of a state dict, see `checkpoint`.
        seed: of the random weights.
        size: height and width of the input in pixels; by default what the weights were made for.
        mean, std: of the input's channels on the scale 0..1; by default as the weights were
            trained. One number each for networks that read gray pictures.
        channels: of the input; by default the source's, or as many as ``mean`` has numbers.
        span, bands: see `adjusting.Adjustment`.
        classes: the names of its outputs, in their order; by default as its source knows them.
        folder: where relative files, and the modules of factories, are looked for.
        report: is given one line when something takes a while.

    Raises:
        ModelError: the source is unknown or broken, or does not run on such an input.
        WeightsError: the weights are missing, unreadable, unsafe or for another network.
        FetchError: a download failed.
        ClassError: it has another number of outputs than ``classes`` has names.
    """
    from generator.model.adjusting import Adjustment
    from generator.model.sources.loading import load_network
    from generator.model.sources.request import Request

    adjustment = Adjustment(size, mean, std, channels, span, bands)
    request = Request(source, weights, seed, folder, report, args or {})
    return load_network(request, adjustment, classes)


def wrap(
    module: nn.Module,
    *,
    size: tuple[int, int] | None = None,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
) -> Network:
    """A network from a module that is at hand; the module itself is copied, and not touched.

    Args:
        module: any network that reads pictures ``(N, 3, H, W)``, or gray ones.
        size: height and width of its input in pixels; 224x224 when left out.
        mean, std: of the input's channels on the scale 0..1; ImageNet's when left out.

    Raises:
        ModelError: it cannot be copied, or does not run on such an input.
    """
    from generator.model.adjusting import Adjustment
    from generator.model.sources.factory import of_module
    from generator.model.sources.loading import made_ready

    return made_ready(of_module(module), Adjustment(size, mean, std))
