"""What is in a checkpoint's file, or files. A file is never allowed to run code."""

from __future__ import annotations

import json
import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from generator.errors import WeightsError
from generator.model.sources.request import CHECKPOINTS, INDEX
from generator.utils.sizes import shown_size


def read_content(path: Path) -> Any:
    """What was saved to a file, with its tensors on the CPU.

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
    if path.name.endswith(INDEX):
        return _read_parts(path)
    if path.suffix not in CHECKPOINTS:
        raise WeightsError(
            f"'{path.name}' is not a kind of weights file that can be read.",
            f"Save a state dict as one of {', '.join(CHECKPOINTS)}.",
        )
    return _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)


def _read_parts(path: Path) -> dict[str, Tensor]:
    """A checkpoint in several files: the index says which of them has which weight."""
    try:
        places = json.loads(path.read_text("utf-8"))["weight_map"]
        if not all(isinstance(each, str) for pair in places.items() for each in pair):
            raise TypeError("names and files have to be text")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WeightsError(
            f"'{path.name}' is no index of a checkpoint in several files ({type(error).__name__}).",
            "Such an index has a 'weight_map', in which each weight is given its file.",
        ) from error
    parts = {file: _read_part(path, file) for file in dict.fromkeys(places.values())}
    state: dict[str, Tensor] = {}
    for name, file in places.items():
        if not isinstance(parts[file].get(name), Tensor):
            raise WeightsError(
                f"'{path.name}' says that '{file}' has the weight '{name}', which it does not.",
                "The index and its files are of different checkpoints: copy all of them again.",
            )
        state[name] = parts[file][name]
    return state


def _read_part(index: Path, file: str) -> Mapping[str, Any]:
    if file != Path(file).name or file.endswith(INDEX):
        raise WeightsError(
            f"'{index.name}' names '{file}', which is no file beside it.",
            "The files of a checkpoint lie in one folder.",
        )
    if not (index.parent / file).is_file():
        raise WeightsError(
            f"'{index.name}' names '{file}', which is missing.",
            "Copy all files of the checkpoint into one folder.",
        )
    content = read_content(index.parent / file)
    return content if isinstance(content, Mapping) else {}


def _read_safetensors(path: Path) -> Any:
    _check_length(path)
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, ValueError, MemoryError) as error:
        raise _not_a_checkpoint(path, type(error).__name__) from error


def _check_length(path: Path) -> None:
    """See that the file is as long as it claims, before anything of that length is asked for.

    Raises:
        WeightsError: it is not.
    """
    there = path.stat().st_size
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
        if header > there - 8:
            raise _not_a_checkpoint(
                path,
                f"it claims a header of {shown_size(header)}, and has {shown_size(there)} in all",
            )
        ends = re.findall(rb'"data_offsets":\s*\[\s*\d+\s*,\s*(\d{1,19})\s*\]', file.read(header))
    claimed = 8 + header + max(map(int, ends), default=0)
    if claimed > there:
        raise WeightsError(
            f"The weights file '{path.name}' is damaged: it should have {shown_size(claimed)}, and "
            f"has {shown_size(there)}.",
            "Copy or download it again.",
        )


def _read_torch(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        payload = re.search(r"(?:GLOBAL|global|class|function) `?([\w.]+\.[\w.]+)", str(error))
        if payload is None:
            raise _not_a_checkpoint(path, type(error).__name__) from error
        raise WeightsError(
            f"'{path.name}' holds more than weights: opening it would call {payload[1]}. "
            "Such a file can run any code, so it was not opened.",
            "Save the weights alone: torch.save(model.state_dict(), 'weights.pt').",
        ) from error
    except Exception as error:  # torch.load fails in a dozen ways on a file that is not its own
        raise _not_a_checkpoint(path, type(error).__name__) from error


def _not_a_checkpoint(path: Path, why: str) -> WeightsError:
    empty = path.stat().st_size == 0
    what = "is empty" if empty else "is damaged, or is not a checkpoint at all"
    return WeightsError(
        f"The weights file '{path.name}' {what} ({why}).",
        "Save the weights with torch.save(model.state_dict(), 'weights.pt'), or as .safetensors.",
    )
