"""``torchvision:NAME``: torchvision's classifiers, by name."""

from __future__ import annotations

import contextlib
import difflib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from generator.errors import FetchError, ModelError, WeightsError
from generator.model.checkpoints import checkpoint
from generator.model.network import Card, Preprocessing, Reference
from generator.model.sources.building import seeded
from generator.model.sources.factory import IMAGENET
from generator.model.sources.request import Loaded, Request
from generator.model.sources.torchvision_import import import_torchvision

# Heads halfway, that helped training. They do not run when the network answers.
_WITH_AUXILIARY = ("googlenet", "inception_v3")
_AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")

_PAGE = Reference("Models and pre-trained weights", "https://docs.pytorch.org/vision/stable/models")


def load(request: Request) -> Loaded:
    """Build a classifier with torchvision's weights, random ones, or those of a file."""
    models = import_torchvision()
    name = request.source.removeprefix("torchvision:")
    _check_name(models, name)
    file = request.weights_file
    known = models.get_model_weights(name)
    if file is not None:
        state = checkpoint.read(file)
        helped = any(weight.startswith(_AUXILIARY) for weight in state)
        module = _random(models, name, request, auxiliary=helped)
        checkpoint.fill(module, state, file.name)
        card = _card(request, name, f"from the file {file.name}")
        return Loaded(module, card, _made_for(known, module), _usual_classes(known, request))
    if request.weights == "none":
        module = _random(models, name, request, auxiliary=False)
        card = _card(request, name, f"random, seed {request.seed}")
        return Loaded(module, card, _made_for(known, module))
    weights = _weights(known, name, request.weights)
    module = _pretrained(models, name, weights, request)
    recipe = weights.meta.get("recipe")
    references = (Reference(f"How {weights.name} was trained", recipe),) if recipe else ()
    card = _card(request, name, f"torchvision's {weights.name}", references)
    return Loaded(module, card, _preprocessing(weights), _classes(weights))


def _random(models: Any, name: str, request: Request, *, auxiliary: bool) -> torch.nn.Module:
    """The network with random weights, with or without the heads that only training needs."""
    args = dict(request.args)
    if name in _WITH_AUXILIARY:
        # Their own random weights take a minute; torch's are as random.
        args = {"aux_logits": auxiliary, "init_weights": False, **args}
    try:
        module: torch.nn.Module = seeded(
            lambda: models.get_model(name, weights=None, **args), request.seed
        )
    except (TypeError, ValueError) as error:
        raise _unfit(name, error) from error
    return module


def _unfit(name: str, error: Exception) -> ModelError:
    return ModelError(
        f"torchvision cannot make '{name}' like that: {error}",
        "Look at 'args' under 'model' in the config, and at torchvision's page of that network.",
    )


def _check_name(models: Any, name: str) -> None:
    known = models.list_models(module=models)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3) or ["vgg16", "resnet18"]
        raise ModelError(
            f"torchvision has no classifier called '{name}'.",
            f"Did you mean {' or '.join(close)}? There are {len(known)}: "
            f"https://docs.pytorch.org/vision/stable/models",
        )


def _weights(known: Any, name: str, wanted: str) -> Any:
    if wanted == "default":
        return known.DEFAULT
    if wanted in known.__members__:
        return known[wanted]
    names = [weights.name for weights in known]
    raise WeightsError(
        f"torchvision's {name} has no weights called '{wanted}'.",
        f"Write one of {', '.join([*names, 'default', 'none'])}, or the path of a .pt, .pth or "
        ".safetensors file.",
    )


def _pretrained(models: Any, name: str, weights: Any, request: Request) -> torch.nn.Module:
    path = _cached(weights)
    there = path.is_file()
    if not there:
        megabytes = weights.meta.get("_file_size", 0)
        request.report(f"Fetching torchvision's {name}, {weights.name} ({megabytes:.0f} MB)")
    try:
        # torch.hub prints where it stores what.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            module: torch.nn.Module = seeded(
                lambda: models.get_model(name, weights=weights, progress=False, **request.args),
                request.seed,
            )
    except TypeError as error:
        raise _unfit(name, error) from error
    except Exception as error:
        if request.args and isinstance(error, ValueError):
            raise _unfit(name, error) from error
        if there:
            raise WeightsError(
                f"The downloaded weights {path} cannot be read ({type(error).__name__}).",
                "Delete the file to have it fetched again.",
            ) from error
        raise FetchError(
            f"The weights {weights.name} of torchvision's {name} could not be fetched: {error}.",
            f"On a machine with a network download {weights.url}, and put the file "
            f"{path.name} into {path.parent}.",
        ) from error
    return module


def _cached(weights: Any) -> Path:
    """Where torch.hub keeps the file of these weights."""
    return Path(torch.hub.get_dir()) / "checkpoints" / str(weights.url).rsplit("/", 1)[-1]


def _classes(weights: Any) -> tuple[str, ...]:
    return tuple(map(str, weights.meta.get("categories", ())))


def _usual_classes(known: Any, request: Request) -> tuple[str, ...]:
    """Of weights in a file: those of the default ones, unless another number was asked for."""
    return _classes(known.DEFAULT) if len(known) and not request.args else ()


def _made_for(known: Any, module: torch.nn.Module) -> Preprocessing:
    """Of other weights than torchvision's: most likely they continue the default ones.

    Transformers tell the size that their positions are made for.
    """
    usual = _preprocessing(known.DEFAULT) if len(known) else IMAGENET
    side = getattr(module, "image_size", None)
    return replace(usual, size=(side, side)) if isinstance(side, int) else usual


def _preprocessing(weights: Any) -> Preprocessing:
    transforms = weights.transforms()
    side = int(transforms.crop_size[0])
    return Preprocessing(
        size=(side, side),
        mean=tuple(map(float, transforms.mean)),
        std=tuple(map(float, transforms.std)),
    )


def _card(
    request: Request, name: str, weights: str, references: tuple[Reference, ...] = ()
) -> Card:
    return Card(
        name=name,
        source=request.source,
        description=f"The classifier {name} of torchvision.",
        weights=weights,
        licence="torchvision is BSD-3-Clause; its weights may carry the terms of their data.",
        references=(_PAGE, *references),
    )
