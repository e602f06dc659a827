"""State dicts from files, and into networks. A file is never allowed to run code."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from generator.errors import WeightsError
from generator.model.request import CHECKPOINTS

# Where training scripts put the state dict when they save other things with it.
_WRAPPERS = ("state_dict", "model", "model_state_dict")
# What DataParallel and torch.compile put before every name.
_PREFIXES = ("module.", "_orig_mod.")
_SHOWN = 3


def restore(module: nn.Module, path: Path) -> None:
    """Put a file's weights into a network, every one of them.

    Raises:
        WeightsError: as ``read`` does; or the file's names and shapes are not the network's.
    """
    state = read(path)
    expected = module.state_dict()
    # Counts batches seen in training; files older than torch 0.4.1 have none. Not used here.
    missing = [
        name for name in expected if name not in state and not name.endswith("num_batches_tracked")
    ]
    unexpected = [name for name in state if name not in expected]
    reshaped = [
        f"{name} (the file has {_shape(state[name])}, the network {_shape(expected[name])})"
        for name in expected
        if name in state and _shape(state[name]) != _shape(expected[name])
    ]
    if missing or unexpected or reshaped:
        raise WeightsError(
            "\n".join(
                [
                    f"'{path.name}' is for another network:",
                    *_listed("that it lacks", missing),
                    *_listed("that the network has no place for", unexpected),
                    *_listed("of another shape", reshaped),
                ]
            ),
            "Where the network was changed (another number of classes, say), write a function "
            "that builds it and name that: 'package.module:factory'.",
        )
    module.load_state_dict(state, strict=False)


def read(path: Path) -> dict[str, Tensor]:
    """The state dict in a ``.pt``, ``.pth`` or ``.safetensors`` file, on the CPU.

    One level of wrapping (``{"state_dict": ...}``) and the ``module.`` of DataParallel come off.

    Raises:
        WeightsError: no such file, not a checkpoint, or one that would run code when opened.
    """
    if not path.is_file():
        what = "is a folder, not a weights file" if path.is_dir() else "does not exist"
        raise WeightsError(
            f"The weights file '{path}' {what}.",
            "A relative path starts at the config's folder. 'weights' may also be 'default' "
            "or 'none'.",
        )
    if path.suffix not in CHECKPOINTS:
        raise WeightsError(
            f"'{path.name}' is not a kind of weights file that can be read.",
            f"Save a state dict as one of {', '.join(CHECKPOINTS)}.",
        )
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    return _state_dict(content, path)


def _read_safetensors(path: Path) -> Any:
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise _not_a_checkpoint(path, error) from error


def _read_torch(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        payload = re.search(r"(?:GLOBAL|global|class|function) `?([\w.]+\.[\w.]+)", str(error))
        if payload is None:
            raise _not_a_checkpoint(path, error) from error
        raise WeightsError(
            f"'{path.name}' holds more than weights: opening it would call {payload[1]}. "
            "Such a file can run any code, so it was not opened.",
            "Save the weights alone: torch.save(model.state_dict(), 'weights.pt').",
        ) from error
    except Exception as error:  # torch.load fails in a dozen ways on a file that is not its own
        raise _not_a_checkpoint(path, error) from error


def _not_a_checkpoint(path: Path, error: Exception) -> WeightsError:
    empty = path.stat().st_size == 0
    what = "is empty" if empty else "is damaged, or is not a checkpoint at all"
    return WeightsError(
        f"The weights file '{path.name}' {what} ({type(error).__name__}).",
        "Save the weights with torch.save(model.state_dict(), 'weights.pt'), or as .safetensors.",
    )


def _state_dict(content: Any, path: Path) -> dict[str, Tensor]:
    for key in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if not isinstance(content, Mapping) or not content or not all(map(_is_entry, content.items())):
        raise WeightsError(
            f"'{path.name}' holds {_described(content)}, not a state dict (weights by name).",
            "Save the weights with torch.save(model.state_dict(), 'weights.pt').",
        )
    state = dict(content)
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return state


def _is_entry(item: tuple[Any, Any]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], Tensor)


def _described(content: Any) -> str:
    if isinstance(content, Mapping):
        if not content:
            return "an empty dictionary"
        return f"a dictionary of {', '.join(repr(key) for key in list(content)[:_SHOWN])}"
    return f"a {type(content).__name__}"


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"


def _listed(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    noun = "weight" if len(names) == 1 else "weights"
    return [f"  {len(names)} {noun} {what}: {', '.join(names[:_SHOWN])}{more}"]
