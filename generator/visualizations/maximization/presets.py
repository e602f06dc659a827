"""The presets: frozen sets of settings, each one documented way to make a picture."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Everything that decides a maximisation picture, next to the unit and the network."""

    model_config = ConfigDict(frozen=True)

    preset: str
    size: int  # pixels; the picture is square
    steps: int
    learning_rate: float
    weight_decay: float
    noise: tuple[int, int]  # the starting picture's uint8 values: low, high (not included)
    keep_every: int  # steps between kept pictures
    seed: int = 0


CLASSIC = Settings(
    preset="classic",
    size=224,
    steps=50,
    learning_rate=0.1,
    weight_decay=1e-6,
    noise=(125, 190),
    keep_every=5,
)

PRESETS: Mapping[str, Settings] = {"classic": CLASSIC}
