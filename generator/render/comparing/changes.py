"""``changes.json``: what changed in the pictures since the build before, for programs to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field

from generator.render.data_files.about_site import Fields, PictureFile, SitePath, read_about
from generator.render.data_files.manifest import Model
from generator.utils.wording import counted

CHANGES = "changes.json"
BEFORE = "changes/before/"  # where a site keeps the pictures of the build before
FORMAT: Literal[1] = 1  # raised when a key changes its meaning or goes away


class Drawn(PictureFile):
    """It lies on this site, or if it was removed, on the one before."""


class Before(Fields):
    """A picture as it was, in a copy on this site."""

    file: SitePath
    digest: str
    width: int
    height: int
    style: str | None = None
    scale: str | None = None
    low: float | None = None
    high: float | None = None


class Redrawn(Drawn):
    """A picture whose pixels changed.

    ``difference`` is the root mean square of the difference of its values, in 0..255; ``None``
    where the old file was damaged or gone. ``facts`` and ``parameters`` are pairs, before and
    now: scores that both builds know, and parameters that differ. ``before`` is there for the
    pictures that changed most.
    """

    difference: float | None = None
    facts: dict[str, tuple[float, float]] = Field(default_factory=dict)
    parameters: dict[str, tuple[Any, Any]] = Field(default_factory=dict)
    before: Before | None = None


class Likely(Fields):
    """A class, its name, and its share of all, 0 to 1."""

    number: int = Field(validation_alias=AliasChoices("class", "number"))
    name: str
    share: float


class Answered(Fields):
    """What a classifier took a photo for, and what it takes it for now; both of the same length."""

    image: str
    before: tuple[Likely, ...]
    now: tuple[Likely, ...]

    @property
    def otherwise(self) -> bool:
        """Whether another class comes first."""
        return [each.number for each in self.before[:1]] != [each.number for each in self.now[:1]]


class State(Fields):
    """What a build was made from and how much it made."""

    generator: str
    model: Model
    weights_digest: str | None = None
    pictures: int


class Weights(Fields):
    """Whether the weights changed, and which layers did, in order of execution.

    ``None`` where the build before did not say what it was made from.
    """

    changed: bool | None = None
    layers: tuple[str, ...] | None = None


class LayerChanges(Fields):
    """How many pictures of a layer changed; without a layer, of the photos."""

    layer: str | None
    added: int = 0
    removed: int = 0
    redrawn: int = 0


class Changes(Fields):
    """All that ``changes.json`` says; without a ``before`` there was nothing to compare with."""

    format: Literal[1] = FORMAT
    before: State | None = None
    after: State | None = None
    weights: Weights = Weights()
    unchanged: int = 0
    layers: tuple[LayerChanges, ...] = ()
    added: tuple[Drawn, ...] = ()
    removed: tuple[Drawn, ...] = ()
    redrawn: tuple[Redrawn, ...] = ()
    answers: tuple[Answered, ...] = ()

    @property
    def any(self) -> bool:
        """Whether any picture changed, or what a photo is taken for."""
        return bool(self.added or self.removed or self.redrawn or self.answers)

    @property
    def summary(self) -> str:
        """How many changed: ``34 pictures redrawn, 2 new, 1 gone, 196 as they were``."""
        photos = counted(len(self.answers), "photo")
        return (
            f"{counted(len(self.redrawn), 'picture')} redrawn, {len(self.added)} new, "
            f"{len(self.removed)} gone, {self.unchanged} as they were"
            f"{f'; other predictions for {photos}' if self.answers else ''}"
        )


def read_changes(site: Path) -> Changes:
    """What changed when a site was built.

    Raises:
        Unreadable: it does not say, or its file is damaged or of another format.
    """
    return read_about(site, CHANGES, Changes)
