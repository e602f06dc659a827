"""Finding the weights among what training scripts save, and the names that a network gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from torch import Tensor

# Where training scripts put the state dict when they save other things with it. In this order:
# where there is a running average too, the weights themselves are taken.
_WRAPPERS = (
    *("state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params"),
    *("state_dict_ema", "model_ema", "ema_state_dict", "ema", "ema_model", "params_ema"),
)
_DEEPEST = 5  # dictionaries in dictionaries
# What DataParallel, torch.compile, FSDP and checkpointing of activations put into names.
_INSERTED = frozenset(["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"])


def state_in(content: Any) -> dict[str, Tensor]:
    """The state dict in what a file holds: weights by name; empty where there is none.

    It may lie in dictionaries in dictionaries, under the names that are in use, or under any name
    where it is the only one.
    """
    return _state_in(content, _DEEPEST)


def _state_in(content: Any, deepest: int) -> dict[str, Tensor]:
    if not isinstance(content, Mapping) or not deepest:
        return {}
    own = {
        name: value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if own and (len(own) == len(content) or any("." in name for name in own)):
        return own
    inside = {key: value for key, value in content.items() if isinstance(value, Mapping)}
    for key in _WRAPPERS:
        if found := _state_in(inside.get(key), deepest - 1):
            return found
    others = [found for value in inside.values() if (found := _state_in(value, deepest - 1))]
    return others[0] if len(others) == 1 else {}


def renamed(state: Mapping[str, Tensor], expected: Collection[str]) -> dict[str, Tensor]:
    """The state dict by the network's names, where only wrapping tells them apart.

    What was inserted by tools comes out of names, and what stands before all of them (``model.``,
    ``module._orig_mod.``, ``encoder.``) comes off, or is put there, where more names fit then.
    """
    expected = set(expected)
    names = {name: _plain(name, expected) for name in state}
    before = _prefix(names.values(), expected)
    if before:
        names = {name: new.removeprefix(before) for name, new in names.items()}
    elif wanting := _prefix(expected, set(names.values())):
        names = {name: wanting + new for name, new in names.items()}
    if len(set(names.values())) < len(names):
        return dict(state)  # two would have one name: better said as they are
    return {new: state[name] for name, new in names.items()}


def _plain(name: str, expected: Collection[str]) -> str:
    """A name without what tools inserted, unless the network has it so."""
    if name in expected:
        return name
    parts = name.split(".")
    return ".".join([*(part for part in parts[:-1] if part not in _INSERTED), parts[-1]])


def _prefix(names: Collection[str], expected: Collection[str]) -> str:
    """What most of the names have before an expected one; nothing where most have nothing."""
    found = Counter(before for name in names for before in _before(name, expected))
    return max(found, key=lambda before: (found[before], -len(before)), default="")


def _before(name: str, expected: Collection[str]) -> Iterator[str]:
    """What may be taken from the beginning of a name so that an expected one is left."""
    parts = name.split(".")
    for count in range(len(parts)):
        if ".".join(parts[count:]) in expected:
            yield "".join(f"{part}." for part in parts[:count])
