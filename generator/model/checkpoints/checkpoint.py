"""Weights from files into networks: all of them, or a report of what does not fit."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from generator.errors import WeightsError
from generator.model.checkpoints.files import read_content
from generator.model.checkpoints.names import renamed, state_in
from generator.utils.wording import counted, in_a_row, with_article

_SHOWN = 3  # names of weights, at most
_COMPARED = 2000  # names at most, in which the nearest is looked for
_BROKEN = "with infinite values, or some that are no numbers (NaN)"


def restore(module: nn.Module, path: Path) -> None:
    """Put a file's weights into a network, every one of them.

    Raises:
        WeightsError: as ``read`` and ``fill`` do.
    """
    fill(module, read(path), path.name)


def read(path: Path) -> dict[str, Tensor]:
    """The state dict in a checkpoint, on the CPU, whatever it is wrapped in.

    Args:
        path: a ``.safetensors`` file; one that torch saved; or the ``.index.json`` of several.

    Raises:
        WeightsError: no such file, not a checkpoint, or one that would run code when opened.
    """
    content = read_content(path)
    state = state_in(content)
    if not state:
        raise WeightsError(
            f"'{path.name}' holds {_described(content)}, not a state dict (weights by name).",
            "Save the weights with torch.save(model.state_dict(), 'weights.pt').",
        )
    return state


def fill(module: nn.Module, state: Mapping[str, Tensor], file: str) -> None:
    """Put a state dict into a network. What training tools put before names comes off.

    Numbers of half precision become float32; the network's other numbers stay where they are.

    Args:
        module: the network.
        state: weights by name.
        file: what the state dict is called in messages.

    Raises:
        WeightsError: names, shapes or kinds of number are not the network's.
    """
    expected = module.state_dict()
    whole = {name: _dense(each) for name, each in state.items()}
    state = renamed(whole, expected.keys())
    problems = [*_other_names(state, expected), *_other_contents(state, expected)]
    if problems:
        raise WeightsError(
            "\n".join([f"'{file}' is for another network:", *problems]),
            "Where the network was changed (another number of classes, say), write a function "
            "that builds it and name that: 'package.module:factory'.",
        )
    module.load_state_dict(state, strict=False)


def _dense(tensor: Tensor) -> Tensor:
    sparse = tensor.layout is not torch.strided and not tensor.is_nested
    return tensor.to_dense() if sparse else tensor


def check_finite(module: nn.Module) -> None:
    """See that every parameter of a network is a number.

    Raises:
        WeightsError: some are infinite or no numbers; they are named.
    """
    broken = [name for name, each in module.named_parameters() if not _finite(each)]
    # Masks may be infinite.
    broken += [name for name, each in module.named_buffers() if bool(torch.isnan(each).any())]
    if broken:
        raise WeightsError(
            "\n".join(["The network's weights are broken:", *_listed(_BROKEN, broken)]),
            "Training may have diverged: take an earlier checkpoint.",
        )


def _finite(tensor: Tensor) -> bool:
    # A sum is infinite or no number where one of its parts is, and ten times as quick to tell.
    total = tensor.detach().sum(dtype=torch.float64)
    return bool(torch.isfinite(total)) or bool(torch.isfinite(tensor).all())


def _other_names(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> Iterable[str]:
    # Counts batches seen in training; files older than torch 0.4.1 have none. Not used here.
    missing = [
        name for name in expected if name not in state and not name.endswith("num_batches_tracked")
    ]
    unexpected = [name for name in state if name not in expected]
    yield from _listed("that it lacks", [_with_nearest(name, unexpected) for name in missing])
    yield from _listed("that the network has no place for", unexpected)


def _other_contents(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> Iterable[str]:
    both = [(name, state[name], expected[name]) for name in expected if name in state]
    yield from _listed(
        "of another shape",
        [
            f"{name} (the file has {_shape(own)}, the network {_shape(wanted)})"
            for name, own, wanted in both
            if _shape(own) != _shape(wanted)
        ],
    )
    yield from _listed(
        "of another kind of number",
        [
            f"{name} (the file has {_dtype(own)}, the network {_dtype(wanted)})"
            for name, own, wanted in both
            if wanted.is_floating_point() and not own.is_floating_point()
        ],
    )
    # As torch saves what was moved away to save memory.
    yield from _listed(
        "of which only the shape was saved", [n for n, own, _ in both if own.is_meta]
    )


def _with_nearest(name: str, others: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, others[:_COMPARED], n=1, cutoff=0.8)
    return f"{name} (the nearest is {close[0]})" if close else name


def _described(content: object) -> str:
    if isinstance(content, Mapping):
        if not content:
            return "an empty dictionary"
        return f"a dictionary of {', '.join(repr(key) for key in list(content)[:_SHOWN])}"
    return with_article(type(content).__name__)


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _listed(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"  {counted(len(names), 'weight')} {what}: {in_a_row(names, _SHOWN)}"]
