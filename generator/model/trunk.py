"""A network cut off at one layer, of which only the wanted channels are computed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from generator.errors import LayerError, first_line
from generator.model.convolutions.fast import speed_up
from generator.model.convolutions.torus import on_a_torus
from generator.model.freed_memory import give_freed_memory_back
from generator.model.gradients import flowing
from generator.model.hooks import hooked
from generator.model.network import Network
from generator.model.relu6 import loosened, overflowing
from generator.model.run_mode import COMPANY, quickest_mode, rounds_alone
from generator.model.tracing.calls import find_cut, find_only_source

_LEAST = 8  # channels computed at a time; with fewer, libraries choose other arithmetic


class _Reached(BaseException):
    """Carries a tensor out of the forward; a network's ``except Exception`` lets it pass."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class Trunk:
    """A network as far as a layer, on a device, in a number format; the weights are a copy.

    Nothing after the layer runs. Where the layer is a convolution, or channelwise modules that
    follow one, only the wanted channels of that convolution are computed; where that cannot be
    proven by a trial run, the whole layer is.

    Attributes:
        layer: the layer's name.
        sliced: whether channels are computed one by one.
    """

    def __init__(
        self,
        network: Network,
        layer: str,
        device: torch.device | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._layer = network.layer(layer)
        self.layer = layer
        self.device = device or torch.device("cpu")
        self.dtype = dtype
        self._network = network
        give_freed_memory_back()
        module = copy.deepcopy(network.module).requires_grad_(False).eval()
        self.module = module.to(self.device, dtype)
        # Tried on the copy: threads share the network, and would hear each other's trials.
        shape = (1, network.preprocessing.channels, *network.preprocessing.size)
        zeros = torch.zeros(shape, device=self.device, dtype=dtype)
        self._mode, calls = quickest_mode(self.module, zeros, layer)
        self._cut = find_cut(self.module, layer, calls)
        self._only_source = find_only_source(self.module, layer, calls)
        speed_up(self.module)
        self._endless = False
        self._alone: dict[tuple[torch.Size, bool], bool] = {}

    @property
    def sliced(self) -> bool:
        return self._cut is not None

    @property
    def shown(self) -> tuple[int, int, int]:
        """The input's channels that are shown as red, green and blue, counted from 0."""
        return self._network.preprocessing.shown

    @property
    def stride(self) -> int:
        """Pixels of the picture to one of the layer's map, rounded; 1 where it has no map."""
        return self._layer.stride(self._network.preprocessing.size[0])

    @property
    def takes_any_size(self) -> bool:
        """Whether the network, as far as the layer, gives maps of pictures of any size."""
        return self._layer.scalable

    @contextmanager
    def endless(self, wanted: bool = True) -> Iterator[None]:
        """Within the block, each map goes on at the other side of its edges, as on a torus."""
        before, self._endless = self._endless, wanted
        try:
            with on_a_torus(self.module) if wanted else nullcontext():
                yield
        finally:
            self._endless = before

    def check_sketch(self, side: int) -> None:
        """Make sure that the network runs, as far as the layer, on a sketch of that side.

        Raises:
            LayerError: it does not.
        """
        channels = self._network.preprocessing.channels
        zeros = torch.zeros((1, channels, side, side), device=self.device)
        try:
            with torch.no_grad(), self.endless():
                self.maps(zeros)
        except Exception as error:  # whatever its code raises
            raise LayerError(
                f"Layer '{self.layer}' gives nothing for a sketch of {side}x{side} pixels: "
                f"{first_line(error)}",
                "Write a larger 'sketch', or 'sketch_steps: 0' to do without one.",
            ) from error

    def maps(self, pictures: Tensor) -> Tensor:
        """All of the layer's outputs ``(N, C, ...)`` for pictures in 0..1, ``(N, 3, H, W)``."""
        answer = self._run_to(self.layer, self._read(pictures), before=False)
        return self._layer.maps(answer)

    def means(self, picture: Tensor) -> npt.NDArray[np.float32]:
        """The mean of each map for one picture ``(1, 3, H, W)`` in 0..1: ``(C,)`` float32."""
        maps = self.maps(picture)[0].float()
        means = maps.flatten(1).mean(dim=1) if maps.dim() > 1 else maps
        return np.asarray(means.detach().cpu().numpy(), dtype=np.float32)

    def units(
        self,
        pictures: Tensor,
        channels: Sequence[int],
        leak: float = 0.0,
        overflow: float = 0.0,
    ) -> Tensor:
        """Of each picture, the map of one channel: ``(N, ...)``. Gradients flow.

        Args:
            pictures: ``(N, 3, H, W)`` in 0..1.
            channels: the N channels, one for each picture.
            leak: what the layer's own ReLUs let through below zero, where channels are sliced.
            overflow: what a ReLU6 at the layer lets through above 6, and below zero the leak. Where
                each filter reads one channel, of another ReLU6, that lets the leak through too.

        Raises:
            LayerError: the network's forward ends without running the layer.
        """
        source = self._only_source if overflow else None
        with loosened(source, leak):
            return self._units(pictures, channels, leak, overflow)

    def _wants_company(self, shape: torch.Size) -> bool:
        """Whether a picture of that shape ``(1, C, H, W)`` is rounded otherwise when alone."""
        if self.device.type != "cpu":
            return True
        if (found := self._alone.get((shape, self._endless))) is None:
            with flowing(f"layer '{self.layer}'"):
                found = rounds_alone(self._some_maps, shape)
            self._alone[shape, self._endless] = found
        return found

    def _some_maps(self, pictures: Tensor) -> Tensor:
        """Maps of a few channels, before what follows their convolution could silence them."""
        if self._cut is None:
            return self.maps(pictures)
        convolution = self.module.get_submodule(self._cut.convolution)
        read = self._run_to(self._cut.convolution, self._read(pictures), before=True)
        width = self._layer.channels
        return self._slice(convolution, read, [n % width for n in range(_LEAST)])

    def _units(
        self, pictures: Tensor, channels: Sequence[int], leak: float, overflow: float
    ) -> Tensor:
        if len(channels) == 1 and self._wants_company(pictures.shape):
            # So that its numbers do not depend on what it is computed beside.
            twice = pictures.repeat(COMPANY, 1, 1, 1)
            return self._together(twice, list(channels) * COMPANY, leak, overflow)[:1]
        return self._together(pictures, channels, leak, overflow)

    def _together(
        self, pictures: Tensor, channels: Sequence[int], leak: float, overflow: float
    ) -> Tensor:
        own = torch.arange(len(channels), device=pictures.device)
        if self._cut is None:
            chosen = torch.tensor(channels, device=pictures.device)
            if overflow and isinstance(self.module.get_submodule(self.layer), nn.ReLU6):
                read = self._run_to(self.layer, self._read(pictures), before=True)
                return overflowing(read[own, chosen], leak, overflow)
            return self.maps(pictures)[own, chosen]
        read = self._run_to(self._cut.convolution, self._read(pictures), before=True)
        maps = self._slice(self.module.get_submodule(self._cut.convolution), read, channels)
        maps = maps[own, own][:, None]
        for name in self._cut.tail:
            module = self.module.get_submodule(name)
            if overflow and isinstance(module, nn.ReLU6):
                maps = overflowing(maps, leak, overflow)
                continue
            leaky = leak > 0 and isinstance(module, nn.ReLU)
            maps = functional.leaky_relu(maps, leak) if leaky else module(maps)
        return maps[:, 0]

    def _read(self, pictures: Tensor) -> Tensor:
        values = self._network.normalise(pictures)
        return values.to(self.dtype).contiguous(memory_format=self._mode.memory)

    def _slice(self, module: nn.Module, read: Tensor, channels: Sequence[int]) -> Tensor:
        assert isinstance(module, nn.Conv2d)
        wanted = list(channels) + [channels[0]] * (_LEAST - len(channels))
        index = torch.tensor(wanted, device=read.device)
        bias = None if module.bias is None else module.bias[index]
        maps: Tensor = module._conv_forward(read, module.weight[index], bias)
        return maps

    def _run_to(self, name: str, inputs: Tensor, *, before: bool) -> Tensor:
        """What goes into a module, or what comes out of it; nothing after that runs."""
        if self._mode.one_at_a_time and len(inputs) > 1:
            each = [self._run_to(name, one[None], before=before) for one in inputs]
            return torch.cat(each)

        def enter(_: str, read: tuple[Any, ...]) -> None:
            raise _Reached(read[0])

        def leave(_: str, __: tuple[Any, ...], output: Any) -> None:
            raise _Reached(output)

        part = [(name, self.module.get_submodule(name))]
        try:
            with hooked(part, enter=enter) if before else hooked(part, leave=leave):
                self.module(inputs)
        except _Reached as stop:
            return stop.tensor
        raise LayerError(f"The network's forward pass ended without running layer '{name}'.")
