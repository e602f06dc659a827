"""``kind: maximization``: a preset, and whatever the config puts in place of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, NonNegativeInt, ValidationError, create_model, model_validator

from generator.errors import ConfigError, ModelError
from generator.model.arithmetic import best_device, best_precision
from generator.model.layers import Layer
from generator.visualizations.base import PictureOptions
from generator.visualizations.maximization.presets import PRESETS, Settings
from generator.visualizations.maximization.suiting import for_input, suited
from generator.visualizations.patterns import SomePatterns

_STILLS = 6

# These have fields of their own below, or are the network's.
_ASKED = frozenset({"preset", "device", "precision", "channels"})


def _own_settings() -> dict[str, Any]:
    """Each setting of a preset as an optional field: same type, same limits, same words."""
    return {
        name: (
            Annotated[(field.annotation, name, *field.metadata)] | None,
            Field(default=None, description=f"{field.description} The preset's when left out."),
        )
        for name, field in Settings.model_fields.items()
        if name not in _ASKED
    }


if TYPE_CHECKING:
    _Overrides = PictureOptions
else:
    _Overrides = create_model("_Overrides", __base__=PictureOptions, **_own_settings())


class MaximizationOptions(_Overrides):
    """A picture for each chosen filter of each layer.

    A preset gives every setting; whatever is written beside it replaces that one setting.
    """

    needs_pictures: ClassVar[bool] = False  # with some, pictures are compared with photos

    kind: Literal["maximization"]
    layers: SomePatterns = Field(
        ("output",),
        description="Dotted names (features.15), globs (features.*), ordinals among the "
        "convolutions (conv:10, conv:2-4, conv:*), or output: a list, or one alone. To be left out "
        "where classes are named.",
    )
    classes: SomePatterns | None = Field(
        None,
        description="Classes of a classifier, by number or name, such as 281 or espresso: the "
        "filters of its output, before any softmax. A list, or one alone.",
    )
    preset: Literal["fourier", "classic", "maco"] = Field(
        "fourier",
        description="A documented set of settings: fourier, classic (Adam on the pixels, and "
        "nothing else) or maco (natural contrast).",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the network runs: on a GPU if there is one, when left out."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="The network's numbers: what the machine is quick with, when left out."
    )
    snapshots: bool = Field(
        True, description="Show the picture emerging from its start, step by step."
    )
    frames: NonNegativeInt | None = Field(
        None,
        description="So many frames of the emerging picture side by side on pages, at most; when "
        "left out 6 for classic, and none for other presets, of which open cards show a few.",
    )

    @model_validator(mode="after")
    def _of_something(self) -> MaximizationOptions:
        if self.classes is None and "layers" not in self.model_fields_set:
            raise ValueError("'layers' is missing")
        if self.classes is not None and self.model_fields_set & {"layers", "filters"}:
            raise ValueError("'classes' stands for layers and filters: leave these out")
        return self

    @property
    def output_classes(self) -> tuple[str, ...]:
        return self.classes or ()

    @model_validator(mode="after")
    def _fits(self) -> MaximizationOptions:
        try:
            self._preset()
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return self

    @property
    def stills(self) -> int:
        """How many frames are shown side by side, at most."""
        if self.frames is None:
            return _STILLS if self.preset == "classic" and self.snapshots else 0
        return self.frames

    def settings(self, size: tuple[int, int] | None = None, channels: int = 3) -> Settings:
        """The preset with this entry's own settings in place, for this machine and a network.

        Args:
            size, channels: of the network's input; large and in colour when left out.

        Raises:
            ModelError: a GPU is asked for, and there is none.
            ConfigError: the entry's settings do not fit the network's input.
        """
        available = best_device()
        device = available if self.device == "auto" else self.device
        if device == "cuda" != available:
            raise ModelError(
                "device: cuda asks for a GPU, and torch sees none on this machine.",
                hint="Leave 'device' out to use what there is.",
            )
        precision = best_precision(device) if self.precision == "auto" else self.precision
        try:
            found = self._preset(size, channels)
        except ValidationError as error:
            words = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{words}.", "The size is that of the network's input.") from None
        return found.model_copy(update={"device": device, "precision": precision})

    def settings_for(self, layer: Layer, size: tuple[int, int], channels: int = 3) -> Settings:
        """The settings with which pictures of a layer's units are made: see `suiting.suited`.

        Args:
            layer: the layer.
            size: height and width of the network's input.
            channels: how many it reads.

        Raises:
            ModelError: a GPU is asked for, and there is none.
            LayerError: the layer does not run on pictures of the size that is asked for.
        """
        asked: int | None = getattr(self, "size", None)
        sketch: int | None = getattr(self, "sketch", None)
        return suited(self.settings(size, channels), layer, size, asked, sketch)

    def _preset(self, size: tuple[int, int] | None = None, channels: int = 3) -> Settings:
        own = {name: getattr(self, name) for name in _own_settings()}
        given = {name: value for name, value in own.items() if value is not None}
        preset = PRESETS[self.preset]
        if size is not None and "size" not in given:
            preset = for_input(preset, size)
        return Settings.model_validate({**preset.model_dump(), **given, "channels": channels})
