"""The gallery's engine from Python: maximisation pictures of any network, as arrays and scores.

>>> from generator.api import maximize
>>> pictures = maximize("vgg16-hed", "features.22", [100, 5])
>>> pictures[0].picture.shape, pictures[0].scores.activation  # doctest: +SKIP
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from generator import model as models
from generator.config.problems import read_entry
from generator.errors import ConfigError, FilterError
from generator.model.network import Network
from generator.visualizations.base import Array
from generator.visualizations.maximization import batch_size
from generator.visualizations.maximization.options import MaximizationOptions
from generator.visualizations.maximization.presets import Settings

if TYPE_CHECKING:
    from torch import nn

    from generator.visualizations.maximization.grading import Graded
    from generator.visualizations.maximization.scores import Scores

Preset = Literal["fourier", "classic", "maco"]


@dataclass(frozen=True)
class Maximized:
    """A unit's picture, or one facet of it, with how it emerged and what it is worth.

    Arrays are uint8 RGB. ``steps`` is ``(n, H, W, 3)``, the picture after each of ``iterations``,
    which count from 1; the last is the finished one. ``settings`` repeat it exactly.
    """

    layer: str
    channel: int
    facet: int  # from 1
    picture: Array  # (H, W, 3)
    noise: Array  # alike: where it started
    steps: Array
    iterations: tuple[int, ...]
    scores: Scores
    settings: Settings


def maximize(
    model: str | nn.Module | Network,
    layer: str,
    channels: int | Sequence[int],
    *,
    preset: Preset = "fourier",
    size: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    facets: int = 1,
    together: bool = False,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
    input_size: tuple[int, int] | None = None,
    **settings: Any,
) -> list[Maximized]:
    """The pictures that channels of a layer answer to most strongly.

    Args:
        model: a module, which is copied and not touched; the name of a network as in the config
            (``vgg16-hed``, ``torchvision:resnet18``, ``package.module:factory``); or a `Network`.
        layer: its dotted name, such as ``features.22``.
        channels: one or several.
        preset: ``fourier``; ``classic``, Adam on the pixels alone; or ``maco``, natural contrast.
        size: side of the pictures in pixels; the preset's when left out.
        steps: of gradient ascent on the whole picture; the preset's when left out.
        seed: of the start. A unit's picture depends on it and the settings, on nothing else.
        facets: pictures of each channel, pushed apart to show what else drives it.
        together: one picture that all of the channels share.
        mean, std: of the input's channels on the scale 0..1; ImageNet's when left out. Not of a
            `Network`, which has its own.
        input_size: height and width of the network's input in pixels; 224x224 when left out. Not
            of a `Network`.
        settings: any other of `Settings`, such as ``diversity=2``, ``crop=160``, ``retries=0``.

    Returns:
        One for each channel in their order, facet by facet. With ``together``, one for each
        channel too: the same picture, each with that channel's scores.

    Raises:
        ConfigError: a setting that does not exist, is out of range, or that a `Network` has.
        ModelError: the network cannot be loaded, or does not run; or there is no such GPU.
        LayerError: no such layer, or, as FilterError, no such channel.
    """
    network = _network(model, input_size, mean, std)
    wanted = [channels] if isinstance(channels, int) else list(channels)
    given = {"size": size, "steps": steps, "seed": seed, "facets": facets, **settings}
    check_channels(network, layer, wanted)
    read = network.preprocessing
    chosen = entry(preset, **given).settings_for(network.layer(layer), read.size, read.channels)
    if together:
        return _together(network, layer, wanted, chosen)
    return [made for batch in each_batch(network, layer, wanted, chosen) for made in batch]


def entry(preset: str, /, **given: Any) -> MaximizationOptions:
    """A preset, or the one among ``given``, with other settings in place of some.

    ``None`` changes nothing.

    Raises:
        ConfigError: a setting that does not exist, or is out of range.
    """
    own = {name: value for name, value in given.items() if value is not None}
    allowed = sorted(Settings.model_fields.keys() - {"channels"})  # these are the network's
    unknown = sorted(own.keys() - set(allowed))
    if unknown:
        near = [difflib.get_close_matches(name.lower(), allowed, n=1) for name in unknown]
        meant = _quoted([found[0] for found in near if found])
        are = "is no setting" if len(unknown) == 1 else "are no settings"
        hints = [f"Did you mean {meant}?"] if meant else []
        hints += [] if all(near) else [f"Settings are: {', '.join(allowed)}."]
        raise ConfigError(f"{_quoted(unknown)} {are} of a maximisation picture.", " ".join(hints))
    fields = {"kind": "maximization", "layers": ["*"], "preset": preset, **own}
    return read_entry(MaximizationOptions, fields)


def check_channels(network: Network, layer: str, channels: Sequence[int]) -> None:
    """See that the layer is there and has all of the channels.

    Raises:
        LayerError: there is no such layer; the nearest names are told.
        FilterError: it has no such channel; it is told how many there are.
    """
    count = network.layer(layer).channels
    wrong = sorted({channel for channel in channels if not 0 <= channel < count})
    if wrong:
        raise FilterError(
            f"Layer '{layer}' has no filter {', '.join(map(str, wrong))}: "
            f"it has {count}, numbered 0 to {count - 1}."
        )
    if not channels:
        raise FilterError(f"No filter of layer '{layer}' was asked for.")


def each_batch(
    network: Network, layer: str, channels: Sequence[int], settings: Settings
) -> Iterator[list[Maximized]]:
    """The same as `maximize`, a few units at a time, each batch as soon as it is made."""
    from generator.visualizations.maximization.grading import maximise  # brings torch

    at_once = batch_size(settings)
    for first in range(0, len(channels), at_once):
        batch = channels[first : first + at_once]
        units = maximise(network, layer, batch, settings)
        yield [
            _maximized(layer, channel, number, graded, settings)
            for channel, unit in zip(batch, units, strict=True)
            for number, graded in enumerate(unit.facets, start=1)
        ]


def _together(
    network: Network, layer: str, channels: Sequence[int], settings: Settings
) -> list[Maximized]:
    from generator.visualizations.maximization.grading import maximise_together  # brings torch

    if settings.facets > 1:
        raise ConfigError(
            "Several channels share one picture, or one has several facets: not both."
        )
    graded = maximise_together(network, layer, channels, settings)
    return [
        _maximized(layer, channel, 1, one, settings)
        for channel, one in zip(channels, graded, strict=True)
    ]


def _maximized(
    layer: str, channel: int, facet: int, graded: Graded, settings: Settings
) -> Maximized:
    return Maximized(
        layer=layer,
        channel=channel,
        facet=facet,
        picture=graded.picture,
        noise=graded.noise,
        steps=graded.steps,
        iterations=graded.iterations,
        scores=graded.scores,
        settings=settings,
    )


def _network(
    model: str | nn.Module | Network,
    size: tuple[int, int] | None,
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
) -> Network:
    if isinstance(model, Network):
        asked = {"input_size": size, "mean": mean, "std": std}
        extra = [name for name, value in asked.items() if value is not None]
        if extra:
            raise ConfigError(
                f"{' and '.join(extra)} cannot be changed: this network is loaded already.",
                "Give its name or its module in its place.",
            )
        return model
    if isinstance(model, str):
        return models.load(model, size=size, mean=mean, std=std)
    return models.wrap(model, size=size, mean=mean, std=std)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
