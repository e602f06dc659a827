"""The presets: frozen sets of settings, each one documented way to make a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from generator.model.arithmetic import Device, Precision

_COLOUR = 3

Steps = Annotated[int, Field(ge=1, le=100_000)]
Side = Annotated[int, Field(ge=16, le=2048)]


class Settings(BaseModel):
    """Everything that decides a maximisation picture, next to the unit and the network.

    The descriptions are the documentation: they are what the config reference shows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str = Field(description="The preset that the settings started from.")
    parametrisation: Literal["pixels", "fourier", "maco"] = Field(
        description="What is changed: pixels; a spectrum with decorrelated colours (Olah et al. "
        "2017); or only the phases of a natural spectrum (MACO, Fel et al. 2023)."
    )
    objective: Literal["mean", "centre"] = Field(
        default="mean", description="What rises: the mean of the filter's map, or its middle value."
    )
    facets: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Pictures of each filter, from as many starts, pushed apart to show what else "
        "drives it.",
    )
    diversity: float = Field(
        default=1.0,
        ge=0,
        description="How hard facets are pushed apart: at 1, being all alike costs as much as the "
        "filter answers.",
    )
    size: Side = Field(default=224, description="Side of the square picture, in pixels.")
    sketch: Side | None = Field(
        default=None,
        description="Side of a small picture without edges that is made first, then spread, bent, "
        "over the whole; none in classic. Up to half as large again for the first layer, and "
        "for deep ones, whose maps of it would be tiny.",
    )
    sketch_steps: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Steps of gradient ascent on the sketch; half as many again for each halving "
        "of the layer's map below a quarter of the picture.",
    )
    steps: Steps = Field(description="Steps of gradient ascent on the whole picture.")
    learning_rate: float = Field(
        gt=0, description="The optimiser's largest step, in units of what is changed."
    )
    momentum: Literal["adam", "nadam"] = Field(
        default="adam",
        description="Adam (Kingma & Ba 2015), or with Nesterov's momentum (Dozat 2016).",
    )
    decay: Literal["none", "linear"] = Field(
        default="none",
        description="Whether the learning rate stays, or falls: over the sketch to its half, and "
        "a fifth is left for the whole picture; without a sketch, and in maco, over the whole "
        "picture to an eighth.",
    )
    warm_up: int = Field(default=0, ge=0, description="First steps, in which the rate rises.")
    weight_decay: float = Field(default=0.0, ge=0, description="Adam's L2 penalty.")
    crop: Side | None = Field(
        default=None,
        description="Side of the piece of the whole picture that the network sees at a step; all "
        "of it when left out.",
    )
    jitter: int = Field(
        default=0, ge=0, le=64, description="Pixels by which a picture seen whole is shifted."
    )
    rotate: float = Field(
        default=0.0, ge=0, le=45, description="The piece is turned by up to so much, °."
    )
    rescale: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="The piece is enlarged or reduced by up to this share.",
    )
    redirect: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the steps in which a ReLU at the layer lets some gradient through "
        "below zero, so that a silent filter can wake up.",
    )
    overflow: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="What a ReLU6 at the layer lets through above 6, so that a filter at its limit "
        "can be driven on; at a tenth where the layer is one and this is left out.",
    )
    noise: tuple[int, int] = Field(
        default=(125, 190),
        description="Pixels only: the first picture's values, from low up to but without high.",
    )
    retries: int = Field(
        default=0, ge=0, le=10, description="New starts for a picture that fails a threshold."
    )
    second_seed: bool = Field(
        default=False, description="Whether a second sketch is made, to see if starts agree."
    )
    channels: int = Field(default=3, ge=1, description="Of the picture: the network's own.")
    device: Device = Field(default="cpu", description="Where the network runs.")
    precision: Precision = Field(default="float32", description="The network's numbers.")
    keep_every: Steps | None = Field(
        default=None,
        description="The emerging picture is kept every so many steps. By fourier and maco it is "
        "kept after 1, 2, 4, 8 and so on, since most of it emerges in the first few.",
    )
    seed: int = Field(
        default=0, ge=0, description="Seed of the start; with the unit it fixes the picture."
    )

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.crop is not None and self.crop > self.size:
            raise ValueError(f"crop is {self.crop}, larger than size, {self.size}")
        if not 0 <= self.noise[0] < self.noise[1] <= 256:
            raise ValueError(f"noise is {list(self.noise)}; give a low and a high within 0 to 256")
        return self

    def keeps(self, step: int) -> bool:
        """Whether the emerging picture is kept after a step; they count from 1."""
        if self.keep_every is None:
            return step & (step - 1) == 0  # a power of two
        return step % self.keep_every == 0

    def parameters(self) -> dict[str, Any]:
        """As JSON values, of which keys are made: without what is as it always was."""
        own = self.model_dump(mode="json")
        if own["channels"] == _COLOUR:
            del own["channels"]
        if not own["overflow"]:
            del own["overflow"]
        return own


CLASSIC = Settings(
    preset="classic",
    parametrisation="pixels",
    steps=50,
    learning_rate=0.1,
    weight_decay=1e-6,
    noise=(125, 190),
    keep_every=5,
)
"""The original README's method: Adam on the pixels, nothing else. Strong, and fragile: shifting
the picture by three pixels can take half of the activation away."""

FOURIER = Settings(
    preset="fourier",
    parametrisation="fourier",
    sketch=64,
    sketch_steps=75,
    steps=2,
    learning_rate=0.5,
    momentum="nadam",
    decay="linear",
    warm_up=4,
    jitter=8,
    rotate=5,
    rescale=0.05,
    redirect=0.3,
    retries=1,
    second_seed=True,
)
"""The default. A small picture without edges is made first: a step on it costs a tenth of one on
the whole. Spread over the whole and bent a little, it is finished on the network as it is. Every
step sees it shifted, turned and rescaled: what does not survive that is not kept."""

MACO = FOURIER.model_copy(update={"preset": "maco", "parametrisation": "maco", "steps": 4})
"""Magnitudes as in natural pictures, only phases change: less contrast, more natural forms. Those
of the whole picture are not those of the sketch, which takes more steps to finish."""

_COARSER = 6  # times fewer steps
_SMALL, _SMALL_SKETCH = 64, 64  # sides of pictures, in pixels, that need not be smaller


def coarse(settings: Settings, *, smaller: bool) -> Settings:
    """The same in a sixth of the steps, tried once: for builds that are short of time.

    Args:
        settings: of the picture as it should be.
        smaller: whether the network runs on pictures of half the side as well. They take a quarter
            of the time, and are shown as they are.
    """

    def fewer(steps: int) -> int:
        return -(-steps // _COARSER)

    changed: dict[str, int | bool | None] = {
        "sketch_steps": fewer(settings.sketch_steps),
        "steps": fewer(settings.steps),
        "keep_every": fewer(settings.keep_every) if settings.keep_every else None,
        "retries": 0,
        "second_seed": False,
    }
    if smaller and settings.size >= 2 * _SMALL:
        size = settings.size // 2
        changed["size"] = size
        changed["crop"] = min(settings.crop, size) if settings.crop else None
        changed["sketch"] = min(settings.sketch, _SMALL_SKETCH) if settings.sketch else None
    return settings.model_copy(update=changed)


PRESETS: Mapping[str, Settings] = {
    settings.preset: settings for settings in (CLASSIC, FOURIER, MACO)
}
