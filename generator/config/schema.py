"""The config's types. What a field means is in its description, once for code, schema and docs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializeAsAny,
    ValidationError,
    ValidationInfo,
    WrapValidator,
)
from pydantic_core import InitErrorDetails

from generator.config.compute import Compute
from generator.config.fields import Address, Group, Language, Named, PathText, written
from generator.config.network import Input, Model, ModelField
from generator.config.places import Places
from generator.config.problems import did_you_mean, shown
from generator.visualizations.base import Options, Visualization
from generator.visualizations.patterns import Patterns, as_list

Kinds: TypeAlias = Mapping[str, Visualization[Any]]


class Site(Group):
    """What the site says about itself."""

    name: str = Field(default="CNN gallery", min_length=1, description="The site's name.")
    description: str = Field(
        default="", description="One sentence, for the front page and for searches."
    )
    author: str = Field(default="", description="Whose gallery it is.")
    url: Address = Field(
        default="", description="Where the site will be published, if that is known."
    )
    repo_url: Address = Field(default="", description="The repository that the site links to.")
    language: Language = Field(
        default="en",
        description="The language of your texts, such as en, no or pt-BR.",
    )
    builder: Literal["mkdocs", "zensical"] = Field(
        default="mkdocs",
        description="What makes the pages: mkdocs, or zensical, which is installed apart: "
        "pip install 'cnn-gallery[zensical]'.",
    )


class Image(Group):
    """One photo, or all photos that a glob finds. A path alone does as well."""

    path: PathText = Field(description="A path or a glob, such as docs/images/*.jpg.")
    title: str = Field(
        default="", description="Its name on the site; made from the file's when left out."
    )
    alt: str = Field(default="", description="What is seen, for readers who do not see it.")
    credit: str = Field(default="", description="Who took it, and under which licence.")


def _image(value: Any) -> Any:
    if isinstance(value, str):
        return {"path": value}
    if not isinstance(value, dict | Image):
        raise ValueError(f"expected a path, or keys with 'path' among them, found {shown(value)}")
    return value


Images: TypeAlias = Annotated[
    tuple[Annotated[Image, BeforeValidator(_image, json_schema_input_type=str | Image)], ...],
    BeforeValidator(as_list, json_schema_input_type=str | Image | list[str | Image]),
]


Paths: TypeAlias = Annotated[
    tuple[PathText, ...],
    BeforeValidator(as_list, json_schema_input_type=str | list[str]),
]


class Cache(Group):
    """Where what was computed is kept. A path alone, without keys, is ``dir``."""

    dir: PathText = Field(
        default=".cnn-gallery",
        description="The folder: new, empty, or a cache already. Several galleries may share one, "
        "and build at the same time.",
    )
    fallback: PathText | None = Field(
        default=None,
        description="A cache folder that is only read, for what the first one lacks; none when "
        "left out. It need not exist.",
    )


def _cache(value: Any) -> Any:
    return value if isinstance(value, dict | Cache) else {"dir": value}


class Output(Group):
    """Where things are put."""

    site: PathText = Field(
        default="site",
        description="The finished site, a folder that is replaced at each build. One with a .git, "
        "or with files that no build put there, is refused; a CNAME and hidden files stay.",
    )
    cache: Annotated[Cache, BeforeValidator(_cache, json_schema_input_type=str | Cache)] = Field(
        default_factory=Cache,
        description="What was computed, kept so that it is computed once: a folder, or keys.",
        json_schema_extra={"default": ".cnn-gallery"},
    )


def _entry(value: Any, handler: Any, info: ValidationInfo) -> Options:
    """One entry of ``visualizations``, read by the options of its kind.

    The kinds are the validation's context, so that whoever loads a config says which there are.
    """
    if isinstance(value, Options):
        return value
    kinds: Kinds = info.context or {}
    if not isinstance(value, dict):
        raise ValueError(f"expected keys with values, 'kind' among them, found {shown(value)}")
    names = ", ".join(kinds)
    kind = value.get("kind")
    if kind is None:
        raise ValueError(f"'kind' is missing. Kinds: {names}")
    if not isinstance(kind, str) or kind not in kinds:
        near = did_you_mean(str(kind), list(kinds))
        raise _at_kind(kind, f"no such kind {shown(kind)}; {near}Kinds: {names}")
    return kinds[kind].Options.model_validate(written(value))


def _at_kind(kind: Any, words: str) -> ValidationError:
    context = {"error": ValueError(words)}
    mistake = InitErrorDetails(type="value_error", loc=("kind",), input=kind, ctx=context)
    return ValidationError.from_exception_data("entry", [mistake])


Entry: TypeAlias = Annotated[SerializeAsAny[Options], WrapValidator(_entry)]


class SiteConfig(Group):
    """A whole ``site_config.yml``. Paths are as written, relative to the config's folder."""

    site: Site = Field(default_factory=Site, description="What the site says about itself.")
    model: ModelField = Field(
        default_factory=Model,
        description="The network, by its name or with keys: vgg16-hed, efficientnet-lite0, "
        "torchvision:NAME (torchvision:vgg16), timm:NAME, package.module:factory for a function of "
        "your own that returns it (../code/package.module:factory in another folder), or a "
        "file.pt2 that torch.export saved.",
        json_schema_extra={"default": "vgg16-hed"},
    )
    weights: Named = Field(
        default="default",
        min_length=1,
        description="default, none (random, from the seed), a name such as IMAGENET1K_V1, or the "
        "path of a .pt, .pth or .safetensors file.",
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**63 - 1,
        strict=True,
        description="Where every random choice starts from.",
    )
    input: Input = Field(
        default_factory=Input, description="How pictures are prepared for the network."
    )
    classes: PathText | None = Field(
        default=None,
        description="A text file with the names of a classifier's outputs, one a line, in their "
        "order; as the network's source knows them when left out.",
    )
    images: Images = Field(
        default=(), description="The photos to show the network: paths, globs, or one alone."
    )
    exemplars: Paths = Field(
        default=(),
        description="The pictures among which kind: exemplars looks for natural examples: folders, "
        "globs or paths, thousands of files if you like; the photos under images when left out.",
    )
    layers: Patterns = Field(
        default=("conv:*",),
        description="Which layers get a page of their own: dotted names (features.15), globs "
        "(features.*) or ordinals among the convolutions (conv:10, conv:2-4, conv:*); a list, or "
        "one alone.",
    )
    visualizations: tuple[Entry, ...] = Field(
        default=(), description="What the gallery shows, in this order."
    )
    compute: Compute = Field(
        default_factory=Compute,
        description="Where tasks run: in this process, in several, or on several machines.",
    )
    output: Output = Field(default_factory=Output, description="Where things are put.")
    templates: PathText = Field(
        default="templates", description="A folder of page templates that replace ours one by one."
    )
    docs: PathText = Field(
        default="docs", description="A folder of your own pages, merged into the site."
    )

    _places: Places = PrivateAttr(default_factory=Places)

    def where(self, *keys: str | int) -> str:
        """Where a key stands: ``site_config.yml:41: visualizations[2].layers``.

        A key that was left out is given the line of what surrounds it, or none.
        """
        return self._places.where(keys)

    @property
    def path(self) -> Path:
        """The config's file."""
        return self._places.path

    @property
    def digest(self) -> str:
        """SHA-256 of the file, as it was when the config was read from it."""
        return self._places.digest

    @property
    def folder(self) -> Path:
        """What the config's paths are relative to."""
        return self.path.parent

    @property
    def site_folder(self) -> Path:
        return locate(self.output.site, self.folder)

    @property
    def cache_folder(self) -> Path:
        return locate(self.output.cache.dir, self.folder)

    @property
    def fallback_folder(self) -> Path | None:
        """The cache that is only read, if one is named. It need not exist."""
        named = self.output.cache.fallback
        return locate(named, self.folder) if named is not None else None

    @property
    def classes_file(self) -> Path | None:
        """The file of class names, if one is named."""
        return locate(self.classes, self.folder) if self.classes is not None else None

    @property
    def templates_folder(self) -> Path | None:
        """The user's templates, if there are any."""
        folder = locate(self.templates, self.folder)
        return folder if folder.is_dir() else None

    @property
    def docs_folder(self) -> Path | None:
        """The user's own pages, if there are any."""
        folder = locate(self.docs, self.folder)
        return folder if folder.is_dir() else None


def locate(path: str, folder: Path) -> Path:
    """A path of the config as seen from here."""
    return folder / os.path.expanduser(path)  # noqa: PTH111 (Path's own raises without a home)
