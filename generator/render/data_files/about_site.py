"""Files that a site brings about itself, for programs to read: what they have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from generator.errors import reason_of
from generator.render.gallery import Shown


class Unreadable(ValueError):
    """A file that a site brings about itself is missing, damaged, or of another format."""


def _inside(file: str) -> str:
    strange = "\\" in file or "\0" in file or not file.strip("./")
    if file.startswith("/") or ".." in file.split("/") or strange:
        raise ValueError(f"{file!r} is no path inside a site")
    return file


SitePath = Annotated[str, AfterValidator(_inside)]  # of a file, relative to the site's root


class Fields(BaseModel):
    """Part of a file about a site. Keys that are not known here are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PictureFile(Fields):
    """A picture's file, and what it shows."""

    file: SitePath
    visualization: str
    role: str
    layer: str | None = None
    channel: int | None = None
    image: str | None = None
    step: int | None = None


def subject_of(shown: Shown) -> dict[str, Any]:
    """What a picture shows, as the fields of a `PictureFile`, but for its file and its role."""
    return {
        "visualization": shown.visualization,
        "layer": shown.layer.name if shown.layer else None,
        "channel": shown.channel,
        "image": shown.picture.name if shown.picture else None,
        "step": shown.step,
    }


_About = TypeVar("_About", bound=Fields)


def read_about(site: Path, name: str, kind: type[_About]) -> _About:
    """One of these files of a site.

    Args:
        site: the site's folder.
        name: the file's.
        kind: what is to stand in it.

    Raises:
        Unreadable: it is missing, damaged, or of another format.
    """
    try:
        return kind.model_validate_json((site / name).read_bytes())
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {reason_of(error)}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise Unreadable(f"{name}: {where}: {first['msg']}") from error
