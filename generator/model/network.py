"""A loaded network, and what the gallery has to know about it. Imports without torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from generator.errors import ClassError, LayerError
from generator.model.layers import Layer, Layout, find, nearest
from generator.model.tracing.dependencies import Dependence
from generator.model.tracing.digests import Digests
from generator.photos.seeing import LUMINANCE
from generator.utils.wording import with_article

if TYPE_CHECKING:
    from torch import Tensor, nn

    from generator.model.sources.request import Request
    from generator.model.tracing.trace import Trace

Planes: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reference:
    """A paper or a page to cite."""

    title: str
    url: str
    authors: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Card:
    """What the site says about where a network came from."""

    name: str  # "VGG16 (HED)"
    source: str  # as the config names it: "vgg16-hed"
    description: str = ""
    weights: str = ""  # what the weights are, in words
    licence: str = ""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes input: resized to ``size``, put on 0..1, then ``(x - mean) / std``.

    ``bands`` are the channels that people are shown, counted from 1: three as red, green and blue,
    or one, gray. Left out, the first three, or the first where there are fewer.
    """

    size: tuple[int, int]  # height, width in pixels
    mean: tuple[float, ...]
    std: tuple[float, ...]
    bands: tuple[int, ...] = ()

    @property
    def channels(self) -> int:
        """How many channels the input has: 3 for colour, 1 for gray."""
        return len(self.mean)

    @property
    def shown(self) -> tuple[int, int, int]:
        """The channels that are shown as red, green and blue, counted from 0."""
        bands = self.bands or ((1, 2, 3) if self.channels >= 3 else (1,))
        red, green, blue = bands if len(bands) == 3 else bands * 3
        return (red - 1, green - 1, blue - 1)

    @property
    def full_scale(self) -> float:
        """What white is before the mean is subtracted: 255 for networks that read bytes, else 1."""
        return 255.0 if all(abs(std * 255 - 1) < 1e-3 for std in self.std) else 1.0


class Network:
    """A network ready to be looked at: in evaluation mode, without gradients for its weights.

    Nothing here changes after loading; threads may share a network.

    Attributes:
        module: the network itself, on the CPU, in float32.
        card: where it came from.
        preprocessing: how a picture becomes its input.
        layers: the modules that compute something and ran, in order of first execution.
        output: what it returns: one of the layers, or one of no name that stands for all of it;
            ``None`` where it returns something other than a batch of tensors.
        classes: the names of a classifier's outputs, in their order; none where they are not known.
        origin: what its source was asked for; ``None`` for a module that was at hand.
    """

    def __init__(
        self,
        module: nn.Module,
        card: Card,
        preprocessing: Preprocessing,
        trace: Trace,
        classes: tuple[str, ...] = (),
        origin: Request | None = None,
    ) -> None:
        self.module = module
        self.card = card
        self.preprocessing = preprocessing
        self.layers = trace.layers
        self.output = trace.output
        self.classes = classes
        self.origin = origin
        shape = (preprocessing.channels, *preprocessing.size)
        self._digests = Digests(module, trace.calls, shape)

    def layer(self, name: str) -> Layer:
        """The layer of that dotted name.

        Raises:
            LayerError: there is none; the hint lists the nearest names.
        """
        if self.output is not None and name == self.output.name:
            return self.output
        return find(self.layers, name)

    def layout(self, name: str) -> Layout | None:
        """How a layer's answer becomes maps; ``None`` where it is maps, or is no layer."""
        return next((layer.layout for layer in self.layers if layer.name == name), None)

    @property
    def outputs(self) -> int:
        """How many classes it tells apart: its outputs, where these are ``(N, outputs)``; else 0.

        What the numbers stand for is not known: a network that answers otherwise, with a place in
        some space say, counts as a classifier here.
        """
        return self.output.shape[0] if self.output and len(self.output.shape) == 1 else 0

    def logits(self, inputs: Tensor) -> Tensor:
        """What it answers, ``(N, outputs)``, as it is: without a softmax, unless it ends in one.

        Gradients flow where the inputs ask for them.

        Args:
            inputs: a batch, as :meth:`input` makes it.

        Raises:
            ClassError: it does not answer with one row of numbers a picture.
        """
        self.check_classifies()
        answer: Tensor = self.module(inputs)
        return answer

    def check_classifies(self) -> None:
        """Make sure that it answers with one row of numbers a picture.

        Raises:
            ClassError: it does not.
        """
        if not self.outputs:
            gives = "something else" if self.output is None else _sides(self.output.shape)
            raise ClassError(
                f"The network {self.card.name} tells no classes apart: for each picture it "
                f"answers {gives}, not one row of numbers.",
                "Choose a network with its classifier, such as efficientnet-lite0 or "
                "torchvision:resnet18.",
            )

    def submodule(self, name: str) -> nn.Module:
        """The module of that dotted name, a layer or a block of them.

        Raises:
            LayerError: there is none; the hint lists the nearest names.
        """
        try:
            return self.module.get_submodule(name)
        except AttributeError:
            hint = nearest(self.layers, name)
            raise LayerError(f"No layer is called '{name}'.", hint) from None

    def planes(self, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> Planes:
        """A picture as planes ``(H, W, C)`` on the scale 0..1, in float64.

        Args:
            pixels: already at the preprocessing's size. RGB, uint8, ``(H, W, 3)``: a network of
                one channel is given the luminance (ITU-R BT.601). Or float32 ``(H, W, C)``.
        """
        height, width = self.preprocessing.size
        channels = 3 if pixels.dtype == np.uint8 else self.preprocessing.channels
        known = pixels.dtype in (np.uint8, np.float32)
        if not known or pixels.shape != (height, width, channels):
            expected = f"uint8 or float32 pixels {(height, width, channels)}"
            raise ValueError(f"expected {expected}, got {pixels.dtype} {pixels.shape}")
        # In float64, so that mean and std round once, at the end.
        values = pixels.astype(np.float64)
        if pixels.dtype != np.uint8:
            return values
        values = values / 255
        if self.preprocessing.channels == 1:
            values = values @ np.array(LUMINANCE)[:, None]
        return values

    def input(self, pixels: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> Tensor:
        """A picture as the network's input: ``(1, C, H, W)`` float32, normalised.

        Args:
            pixels: as :meth:`planes` takes them.
        """
        import torch

        values = self.planes(pixels)
        values = (values - self.preprocessing.mean) / self.preprocessing.std
        channels_first = values.transpose(2, 0, 1).astype(np.float32)
        return torch.from_numpy(np.ascontiguousarray(channels_first))[None]

    def normalise(self, values: Tensor) -> Tensor:
        """Pictures in 0..1, ``(N, C, H, W)``, as the network's input. Gradients flow through.

        A network of one channel is given the luminance of colour pictures, as by :meth:`input`.
        """
        import torch

        if self.preprocessing.channels == 1 and values.shape[1] == 3:
            weights = torch.tensor(LUMINANCE, device=values.device).view(1, 3, 1, 1)
            values = (values * weights).sum(dim=1, keepdim=True)
        shape = (1, -1, 1, 1)
        mean = torch.tensor(self.preprocessing.mean, device=values.device).view(shape)
        std = torch.tensor(self.preprocessing.std, device=values.device).view(shape)
        return (values - mean) / std

    @cached_property
    def arithmetic(self) -> str:
        """The kind of arithmetic it runs in, as keys name it: device type and number format."""
        parameter = next(self.module.parameters(), None)
        if parameter is None:
            return "cpu float32"
        return f"{parameter.device.type} {str(parameter.dtype).removeprefix('torch.')}"

    def kernels(self, name: str) -> npt.NDArray[np.float32]:
        """A convolution's weights, ``(C_out, C_in / groups, kH, kW)``: a copy.

        Raises:
            LayerError: no such layer, or not a two-dimensional convolution.
        """
        from torch import nn

        module = self.submodule(name)
        if not isinstance(module, nn.Conv2d):
            raise LayerError(
                f"Layer '{name}' has no kernels: it is {with_article(type(module).__name__)}.",
                "Choose a convolution: conv:1 is the first, and conv:* are all of them.",
            )
        return np.array(module.weight.detach().numpy(), dtype=np.float32)

    def digest(self, name: str, scope: Literal["layer", "prefix", "executed"]) -> str:
        """SHA-256 (hex) of what a layer's numbers depend on; the same in every process.

        Args:
            name: a layer's dotted name.
            scope: ``layer`` for the module's own type, configuration, parameters and buffers;
                ``prefix`` for what its answer depends on (see :meth:`dependence`);
                ``executed`` for all that the forward pass ran up to and including it.

        Raises:
            LayerError: no such layer, or one that did not run.
        """
        if scope == "layer":
            self.submodule(name)
            return self._digests.layer(name)
        self._check_ran(name)
        return self._digests.prefix(name) if scope == "prefix" else self._digests.executed(name)

    def dependence(self, name: str) -> Dependence:
        """What a layer's answer depends on, and how that is known.

        The first call runs the network once, under observation.

        Raises:
            LayerError: no such layer, or one that did not run.
        """
        self._check_ran(name)
        return self._digests.dependence(name)

    def _check_ran(self, name: str) -> None:
        if not self._digests.ran(name):
            self.layer(name)

    @property
    def weights_digest(self) -> str:
        """SHA-256 (hex) of all parameters and buffers, with their names."""
        return self._digests.weights()


def _sides(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
