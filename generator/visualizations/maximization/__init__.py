"""Activation maximisation: the picture that a filter answers to most strongly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from generator.images import Picture
from generator.visualizations.base import (
    Drawing,
    Figure,
    Options,
    Request,
    Result,
    Task,
    Visualization,
)
from generator.visualizations.maximization.presets import PRESETS, Settings

if TYPE_CHECKING:
    from generator.model.network import Network


class MaximizationOptions(Options):
    """``kind: maximization``: a picture for each chosen filter of each layer.

    A preset gives every setting; whatever is written beside it replaces that one setting.
    """

    kind: Literal["maximization"]
    preset: Literal["classic"] = Field("classic", description="A documented set of settings.")
    size: PositiveInt | None = Field(None, description="Side of the square picture, in pixels.")
    steps: PositiveInt | None = Field(None, description="Steps of gradient ascent.")
    learning_rate: PositiveFloat | None = Field(None, description="Adam's step size.")
    weight_decay: NonNegativeFloat | None = Field(None, description="Adam's L2 penalty.")
    keep_every: PositiveInt | None = Field(
        None, description="Keep the emerging picture every this many steps."
    )
    seed: NonNegativeInt | None = Field(
        None, description="Seed of the starting noise; with the unit's name it fixes the picture."
    )
    snapshots: bool = Field(True, description="Show the picture emerging, step by step.")

    def settings(self) -> Settings:
        """The preset with this entry's own settings in place."""
        own = self.model_dump(include=set(Settings.model_fields), exclude_none=True)
        return PRESETS[self.preset].model_copy(update=own)


class Maximization(Visualization[MaximizationOptions]):
    """Pictures made by gradient ascent on one unit's mean activation (Erhan et al. 2009).

    Tensors: ``picture`` uint8 ``(H, W, 3)``; ``noise``, where it started, alike; ``steps`` uint8
    ``(n, H, W, 3)``, the picture at ``facts["iterations"]``, which count from 1.
    """

    name = "maximization"
    version = 1
    title = "Activation maximisation"
    Options = MaximizationOptions

    def tasks(self, options: MaximizationOptions, request: Request) -> Iterable[Task]:
        parameters: dict[str, Any] = options.settings().model_dump(mode="json")
        for layer in request.layers:
            for channel in request.channels[layer.name]:
                yield Task(self.name, layer.name, "prefix", channel, parameters=parameters)

    def figures(self, options: MaximizationOptions, request: Request) -> Iterable[Figure]:
        for task in self.tasks(options, request):
            yield Figure(task, "picture", "picture", Drawing("rgb"), channel=task.channel)
            yield Figure(task, "noise", "noise", Drawing("rgb"), channel=task.channel)
            if options.snapshots:
                yield Figure(task, "steps", "steps", Drawing("frames"), channel=task.channel)

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        from generator.visualizations.maximization.classic import maximise  # brings torch

        for task in tasks:
            settings = Settings.model_validate(task.parameters)
            yield task, maximise(network, task.layer, int(task.channel or 0), settings)
