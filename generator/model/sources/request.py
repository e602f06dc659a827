"""What a source of networks is asked for, and what it gives."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.model.network import Card, Preprocessing
from generator.utils.report import Say

if TYPE_CHECKING:
    from torch import nn

CHECKPOINTS = (".pt", ".pth", ".safetensors", ".bin", ".ckpt", ".tar")
INDEX = ".index.json"  # of a checkpoint in several files
PROGRAM = ".pt2"
WORDS = ("default", "none")


class FactoryName(NamedTuple):
    """``../code/package.module:factory``, taken apart; the folder may be left out, and is empty."""

    folder: str
    module: str
    attribute: str


def is_factory(source: str) -> bool:
    """Whether a source names a function of the user's own."""
    others = source.startswith(("torchvision:", "timm:")) or source.endswith(PROGRAM)
    return ":" in source and not others


def read_factory(source: str) -> FactoryName:
    """The parts of a source that names a factory."""
    place, _, attribute = source.rpartition(":")
    return FactoryName(*posixpath.split(place), attribute)


@dataclass(frozen=True)
class Request:
    """The arguments of ``generator.model.load`` that a source sees."""

    source: str
    weights: str
    seed: int
    folder: Path
    report: Say
    args: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weights_file(self) -> Path | None:
        """The file that ``weights`` names, or None where it is a word such as ``default``."""
        path = self.folder / Path(self.weights).expanduser()
        written_as_path = (
            path.name.endswith((*CHECKPOINTS, INDEX)) or len(Path(self.weights).parts) > 1
        )
        if self.weights in WORDS or not (written_as_path or path.is_file()):
            return None
        return path


@dataclass(frozen=True)
class Loaded:
    """A network with its weights in place, and what its source knows about it.

    ``classes`` are the names of a classifier's outputs, in their order; none where the source does
    not know them.
    """

    module: nn.Module
    card: Card
    preprocessing: Preprocessing
    classes: tuple[str, ...] = ()
