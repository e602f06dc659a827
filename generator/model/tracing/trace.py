"""What runs in a network's forward pass, in which order, and what it sees of the input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from generator.errors import InputError, ModelError, typed_line
from generator.model.hooks import hooked
from generator.model.layers import Convolution, Layer, Layout, told_apart_by_case
from generator.model.layout import layout_of
from generator.model.tracing.functions import BetweenModules
from generator.model.tracing.one_input import check_one_input
from generator.model.tracing.other_sizes import sized
from generator.model.tracing.receptive_field import Reach, after, padding, pair
from generator.utils.wording import counted


@dataclass(frozen=True)
class Trace:
    """What one forward pass showed.

    ``calls`` names every module that ran, containers included, in the order of their first calls.
    ``output`` is what the network returns: the layer that gave it, or, where the network's own code
    had the last word, a layer of no name that stands for the whole network and is not among
    ``layers``. ``None`` where it returns something other than a batch of tensors.
    """

    layers: tuple[Layer, ...]
    calls: tuple[str, ...]
    output: Layer | None = None


def trace(module: nn.Module, shape: tuple[int, int, int]) -> Trace:
    """Run the network once on zeros and write down its layers.

    A module that runs more than once is listed once, with its first output. Modules that hold
    other modules are containers, and no layers; so are those that return something other than a
    batch of tensors, and those that TorchScript compiled.

    Args:
        module: the network, in evaluation mode.
        shape: the input's ``(C, H, W)``.

    Raises:
        InputError: the network does not run on such an input.
        ModelError: it runs no layer, or reads more than one input.
    """
    check_one_input(module)
    # What TorchScript compiled takes no hooks.
    parts = {
        name: part
        for name, part in module.named_modules()
        if not isinstance(part, torch.jit.ScriptModule)
    }
    recorder = _Recorder(parts)
    size = "x".join(map(str, (1, *shape)))
    # Not in inference mode: it keeps no version counters, which show writing in place.
    with (
        hooked(parts.items(), enter=recorder.enter, leave=recorder.leave),
        BetweenModules(recorder.between, recorder.reach_of, recorder.give),
        torch.no_grad(),
        torch.random.fork_rng(devices=[]),
    ):
        torch.manual_seed(0)
        try:
            zeros = torch.zeros(1, *shape)
            recorder.start(zeros)
            module(zeros)
        except Exception as error:
            raise InputError(
                f"The network does not run on an input of {size} (batch, channels, height, width): "
                f"{typed_line(error)}",
                _advice(module, shape, error),
            ) from error
    if not recorder.layers:
        raise ModelError(
            "The network ran, but none of its modules did: there is no layer to show.",
            "Layers are torch modules (nn.Conv2d, nn.ReLU, ...); functions are not seen.",
        )
    fixed = sized(module, tuple(recorder.layers.values()), shape)
    for name in fixed:
        recorder.layers[name] = replace(recorder.layers[name], any_size=False)
    recorder.layers = {each.name: each for each in told_apart_by_case(recorder.layers.values())}
    return Trace(tuple(recorder.layers.values()), tuple(recorder.calls), recorder.output())


# What networks, and torch for them, raise on a picture of the wrong size. Not what is derived from
# these: a NotImplementedError, say, is a RuntimeError too.
_OF_SIZES = (RuntimeError, ValueError, AssertionError, IndexError)


def _advice(module: nn.Module, shape: tuple[int, int, int], error: Exception) -> str:
    first = next((part for part in module.modules() if isinstance(part, nn.Conv2d)), None)
    if first is not None and first.in_channels != shape[0]:
        read = counted(first.in_channels, "channel")
        return (
            f"Its first convolution reads {read}, and pictures have {shape[0]}: "
            f"write 'channels: {first.in_channels}' under 'input'."
        )
    if type(error) in _OF_SIZES:
        return "Does it expect another size? Write 'input: {size: [height, width]}' in the config."
    return f"The fault is in its code: run it by itself first, on torch.zeros{(1, *shape)}."


@dataclass
class _Recorder:
    """Listens to a forward pass. Keeps each tensor alive, so that its id means it alone."""

    parts: Mapping[str, nn.Module]
    layers: dict[str, Layer] = field(default_factory=dict)
    calls: dict[str, None] = field(default_factory=dict)
    reaches: dict[int, tuple[Tensor, int, Reach]] = field(default_factory=dict)
    givers: dict[int, str] = field(default_factory=dict)  # of remembered tensors, by their ids
    returned: tuple[nn.Module, Tensor] | None = None  # by the network as a whole
    layouts: dict[int, Layout | None] = field(default_factory=dict)  # likewise
    convolutions: int = 0
    pending: Reach = field(default_factory=Reach)  # of the input of the layer that runs now
    inside: int = 0  # layers that run now
    size: tuple[int, int] = (1, 1)  # of the network's input
    grids: dict[tuple[int, int], None] = field(default_factory=dict)  # of maps, the latest last

    def start(self, tensor: Tensor) -> None:
        self.size = (tensor.shape[2], tensor.shape[3])
        self._remember(tensor, Reach(field=(1, 1), step=(1, 1)))

    def enter(self, name: str, inputs: tuple[Any, ...]) -> None:
        self.calls.setdefault(name)
        if _is_layer(name, self.parts[name]):
            # Now, not when leaving: a module that writes in place changes its input.
            self.pending = self._reach_of(inputs)
            self.inside += 1

    def leave(self, name: str, inputs: tuple[Any, ...], output: Any) -> None:
        module = self.parts[name]
        is_layer = _is_layer(name, module)
        self.inside -= is_layer
        if not isinstance(output, Tensor) or output.dim() < 2:
            return
        if is_layer:
            reach = after(module, self.pending)
            layout = self._layout(module, inputs, output)
            self._remember(output, reach)
            self.givers[id(output)] = name
            self.layouts[id(output)] = layout
            if name not in self.layers:
                self._add(name, module, output, reach, layout)
        if not name:
            self.returned = (module, output)

    def output(self) -> Layer | None:
        """What the network returned: see :class:`Trace`."""
        if self.returned is None:
            return None
        module, tensor = self.returned
        giver = self.givers.get(id(tensor))
        if giver is not None and self.reaches[id(tensor)][1] == tensor._version:
            return self.layers[giver]
        shape, signed = tuple(tensor.shape[1:]), self._reach_of((tensor,)).signed
        return Layer("", type(module).__name__, len(self.layers), None, shape, 0, signed=signed)

    def between(self) -> bool:
        """Whether what runs now belongs to no layer."""
        return not self.inside

    def reach_of(self, tensor: Tensor) -> Reach:
        """What is known of a tensor."""
        if id(tensor) not in self.reaches:
            return Reach()
        _, version, reach = self.reaches[id(tensor)]
        # Something that is not known between two modules wrote into it: all bets are off.
        return reach if tensor._version == version else Reach()

    def give(self, tensor: Tensor, reach: Reach) -> None:
        """Note what is known of a tensor that a function gave, between two layers."""
        self._remember(tensor, reach)
        self.givers.pop(id(tensor), None)

    def _reach_of(self, inputs: tuple[Any, ...]) -> Reach:
        tensors = [value for value in inputs if isinstance(value, Tensor)]
        return self.reach_of(tensors[0]) if len(tensors) == 1 else Reach()

    def _remember(self, tensor: Tensor, reach: Reach) -> None:
        self.reaches[id(tensor)] = (tensor, tensor._version, reach)

    def _layout(self, module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Layout | None:
        """How the answer becomes maps. Of a module that works in place, what it read is it."""
        read = inputs[0] if len(inputs) == 1 else None
        same = isinstance(read, Tensor) and read.shape == output.shape
        known = same and id(read) in self.layouts
        grids = list(reversed(self.grids))
        inherited = self.layouts[id(read)] if known else None
        layout = layout_of(module, inherited, known, output, grids, self.size)
        maps = layout.maps(output) if layout else output
        if maps.dim() == 4 and len(maps) == 1:
            grid = (maps.shape[2], maps.shape[3])
            self.grids.pop(grid, None)
            self.grids[grid] = None
        return layout

    def _add(
        self, name: str, module: nn.Module, output: Tensor, reach: Reach, layout: Layout | None
    ) -> None:
        convolution = _convolution(module) if isinstance(module, nn.Conv2d) else None
        if convolution is not None:
            self.convolutions += 1
        self.layers[name] = Layer(
            name=name,
            type=type(module).__name__,
            index=len(self.layers),
            ordinal=None if convolution is None else self.convolutions,
            shape=tuple((layout.maps(output) if layout else output).shape[1:]),
            parameters=sum(parameter.numel() for parameter in module.parameters()),
            receptive_field=reach.field,
            field_step=reach.step,
            field_start=reach.start,
            convolution=convolution,
            signed=reach.signed,
            layout=layout,
        )


def _is_layer(name: str, module: nn.Module) -> bool:
    # A parametrized module (weight norm, say) holds its parametrization, and is a layer still.
    if "parametrizations" in name.split("."):
        return False
    return all(child == "parametrizations" for child, _ in module.named_children())


def _convolution(module: nn.Conv2d) -> Convolution:
    return Convolution(
        kernel=pair(module.kernel_size),
        stride=pair(module.stride),
        padding=padding(module),
        dilation=pair(module.dilation),
        groups=module.groups,
        depth=module.in_channels // module.groups,
    )
