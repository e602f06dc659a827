"""Visualizations that only have options: the config never asks them for more."""

from types import SimpleNamespace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from generator.visualizations.base import Options


class Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int = Field(1, ge=0, description="Pixels.")
    colour: str = Field("gray", description="Any word.")


class EtchingOptions(Options):
    """``kind: etching``: lines."""

    kind: Literal["etching"]
    mode: Literal["wet", "dry"] = Field("dry", description="How.")
    size: int | tuple[int, int] = Field(64, description="Pixels.")
    frame: Frame | None = Field(None, description="What goes around it.")
    strength: float = Field(1.0, description="How much.")


class PosterOptions(Options):
    """``kind: poster``: one sheet."""

    kind: Literal["poster"]


KINDS = {
    "etching": SimpleNamespace(Options=EtchingOptions),
    "poster": SimpleNamespace(Options=PosterOptions),
}
