"""``timm:NAME``: the networks of timm, by name. timm is an extra: ``cnn-gallery[timm]``."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from contextlib import nullcontext
from types import ModuleType
from typing import Any

from torch import nn

from generator.errors import FetchError, ModelError, WeightsError, first_line
from generator.model.checkpoints import checkpoint
from generator.model.network import Card, Preprocessing, Reference
from generator.model.sources.building import seeded
from generator.model.sources.hub import hub
from generator.model.sources.request import Loaded, Request
from generator.model.sources.torchvision_import import import_torchvision

_HUB = ("hf-hub:", "hf_hub:")
_PAGE = Reference("PyTorch Image Models", "https://github.com/huggingface/pytorch-image-models")


def load(request: Request) -> Loaded:
    """Build a network of timm's with its pretrained weights, random ones, or those of a file.

    Raises:
        ModelError: timm is not installed, or has no such network.
        WeightsError: it has no such weights.
        FetchError: the Hugging Face Hub could not be reached.
    """
    timm = _timm()
    name = request.source.removeprefix("timm:")
    file = request.weights_file
    if not name.startswith(_HUB):
        name = _known(timm, name, request)
    elif file is None and request.weights not in ("default", "none"):
        raise WeightsError(
            f"'{request.source}' has no weights called '{request.weights}'.",
            "Write 'default', 'none', or the path of a file of weights.",
        )
    pretrained = file is None and request.weights != "none"
    module = _built(timm, name, request, pretrained)
    if file is not None:
        checkpoint.restore(module, file)
    words = "random, seed " + str(request.seed)
    if pretrained:
        words = f"timm's {_tag(module) or name}"
    card = Card(
        name=name.removeprefix(_HUB[0]).removeprefix(_HUB[1]),
        source=request.source,
        description=f"The network {name} of timm.",
        weights=f"from the file {file.name}" if file else words,
        licence=_licence(module),
        references=(_PAGE,),
    )
    classes = _classes(timm, module, request) if pretrained else ()
    return Loaded(module, card, preprocessing_of(timm, module, request.args), classes)


def _timm() -> ModuleType:
    import_torchvision()  # ours knows how; timm imports it too
    try:
        return importlib.import_module("timm")
    except ImportError as error:
        raise ModelError(
            f"Networks of timm need the package timm, which cannot be imported: "
            f"{first_line(error)}.",
            "Install it: python -m pip install 'cnn-gallery[timm]'",
        ) from error


def _known(timm: ModuleType, written: str, request: Request) -> str:
    """The name that timm knows, with the tag of the weights where they are asked for by name."""
    name, _, tag = written.partition(".")
    if not timm.is_model(name):
        close = difflib.get_close_matches(name, timm.list_models(), n=3) or ["resnet50d"]
        raise ModelError(
            f"timm has no network called '{name}'.",
            f"Did you mean {' or '.join(close)}? timm.list_models() lists all; those of the "
            "Hugging Face Hub are written timm:hf-hub:OWNER/NAME.",
        )
    if request.weights not in ("default", "none") and request.weights_file is None:
        tag = request.weights
    every = (each.partition(".") for each in timm.list_pretrained())
    tags = [known for own, _, known in every if own == name]
    if tag and tag not in tags:
        raise WeightsError(
            f"timm's {name} has no weights called '{tag}'.",
            f"Write one of {', '.join([*tags, 'default', 'none'])}, or the path of a file.",
        )
    return f"{name}.{tag}" if tag else name


def _built(timm: ModuleType, name: str, request: Request, pretrained: bool) -> nn.Module:
    if pretrained:
        request.report(f"Loading timm's {name}; weights that are not here yet are fetched, once")
    fetches = pretrained or name.startswith(_HUB)
    unreachable = ""
    try:
        with hub() if fetches else nullcontext("") as unreachable:
            module: nn.Module = seeded(
                lambda: timm.create_model(name, pretrained=pretrained, **request.args),
                request.seed,
            )
        return module
    except TypeError as error:
        raise ModelError(
            f"timm cannot make '{name}' like that: {error}.",
            "Look at 'args' under 'model' in the config.",
        ) from error
    except Exception as error:  # of the hub, of sockets, of timm: whatever there is
        if not fetches:
            raise ModelError(f"timm cannot make '{name}': {error}.") from error
        raise FetchError(
            f"'{name}' could not be fetched from the Hugging Face Hub: "
            f"{unreachable or first_line(error).rstrip('.')}.",
            "On a machine with a network, load it once with timm.create_model(..., "
            "pretrained=True), save its state dict, and name that file as 'weights'. "
            "'weights: none' makes random ones.",
        ) from error


def preprocessing_of(timm: ModuleType, module: nn.Module, args: Mapping[str, Any]) -> Preprocessing:
    """The input that timm's data config tells of, as ``args`` changed it.

    A network made for other channels has the weights of red, green and blue over and over, or
    their sum for one channel; so its mean and deviation are theirs over and over, or their mean.
    """
    config = timm.data.resolve_model_data_config(module)
    channels = int(args.get("in_chans") or config["input_size"][0])
    size = args.get("img_size") or config["input_size"][1:]
    height, width = (size, size) if isinstance(size, int) else size
    return Preprocessing(
        size=(int(height), int(width)),
        mean=_spread(config["mean"], channels),
        std=_spread(config["std"], channels),
    )


def _spread(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    if channels == 1 and len(values) != 1:
        return (sum(values) / len(values),)
    return tuple(float(values[channel % len(values)]) for channel in range(channels))


def _classes(timm: ModuleType, module: nn.Module, request: Request) -> tuple[str, ...]:
    """The names of its outputs: those that come with the weights, or ImageNet's."""
    if "num_classes" in request.args:
        return ()
    config = _pretrained_config(module)
    if config.get("label_names"):
        described = config.get("label_descriptions") or {}
        return tuple(str(described.get(name, name)) for name in config["label_names"])
    subset = timm.data.infer_imagenet_subset(module)
    return tuple(timm.data.ImageNetInfo(subset).label_descriptions()) if subset else ()


def _pretrained_config(module: nn.Module) -> Mapping[str, Any]:
    config = getattr(module, "pretrained_cfg", None)
    return config if isinstance(config, Mapping) else {}


def _tag(module: nn.Module) -> str:
    config = _pretrained_config(module)
    return ".".join(filter(None, [config.get("architecture"), config.get("tag")]))


def _licence(module: nn.Module) -> str:
    named = _pretrained_config(module).get("license")
    terms = f"{named}, says timm" if named else "may carry the terms of their data"
    return f"timm is Apache-2.0; its weights: {terms}."
