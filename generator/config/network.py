"""What the config says about the network: where it comes from, and what it reads."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from generator.config.fields import Bands, Channels, Deviations, Group, Means, Named, Number, Size


class Model(Group):
    """Where the network comes from. A name alone, without keys, is ``source``."""

    source: Named = Field(
        default="vgg16-hed",
        min_length=1,
        description="vgg16-hed, torchvision:NAME, timm:NAME, package.module:factory (with a folder "
        "before it where the module does not lie beside the config), or the path of a .pt2 file.",
    )
    args: dict[str, Any] = Field(
        default_factory=dict,
        description="What the factory is called with, by name; torchvision and timm take "
        "arguments too, such as num_classes.",
    )

    def __hash__(self) -> int:
        return hash((self.source, *self.args))


def _model(value: Any) -> Any:
    return value if isinstance(value, dict | Model) else {"source": value}


ModelField: TypeAlias = Annotated[
    Model, BeforeValidator(_model, json_schema_input_type=str | Model)
]


class Input(Group):
    """How a picture becomes the network's input, where it should not be as the network's own."""

    size: Size | None = Field(
        default=None,
        description="Height and width in pixels, or one number for both; the network's own when "
        "left out.",
    )
    mean: Means | None = Field(
        default=None,
        description="Subtracted from each channel of a picture in 0..1; one number, or one for "
        "each channel.",
    )
    std: Deviations | None = Field(
        default=None,
        description="What each channel is then divided by; as many numbers as in mean.",
    )
    channels: Channels | None = Field(
        default=None,
        description="How many channels the network reads: 3 for colour, 1 for gray, more for "
        "other pictures; the network's own, or as many as mean has numbers, when left out.",
    )
    range: tuple[Number, Number] | None = Field(
        default=None,
        description="What black and white become before mean is subtracted: [0, 255] or [-1, 1]; "
        "mean and std are then on that scale, 0 and 1 when left out.",
    )
    bands: Bands | None = Field(
        default=None,
        description="Which channels the site shows as red, green and blue, counted from 1: "
        "[3, 2, 1]; or one, shown gray. The first three when left out.",
    )

    @model_validator(mode="after")
    def _as_many(self) -> Input:
        for name, values in (("mean", self.mean), ("std", self.std)):
            if values is None or self.channels is None or len(values) in (1, self.channels):
                continue
            raise ValueError(f"{name} takes 1 or {self.channels} numbers, found {len(values)}")
        if self.mean and self.std and len(self.mean) != len(self.std):
            counts = f"{len(self.mean)} and {len(self.std)}"
            raise ValueError(f"mean and std need as many numbers each, found {counts}")
        if self.range is not None and self.range[0] >= self.range[1]:
            raise ValueError(f"range has to rise, found {list(self.range)}")
        if self.bands is not None and len(self.bands) not in (1, 3):
            raise ValueError(f"bands takes 1 or 3 channels, found {len(self.bands)}")
        return self
