"""Where on a photo a class is seen: attribution maps, by Captum's methods."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from generator.errors import ConfigError
from generator.model.classes import find_class
from generator.photos.images import Picture
from generator.visualizations.base import (
    ClassifierOptions,
    Drawing,
    Fact,
    Figure,
    Request,
    Result,
    Task,
    Visualization,
)
from generator.visualizations.patterns import SomePatterns, as_list
from generator.visualizations.predictions import check_classifier, named

if TYPE_CHECKING:
    from generator.model.network import Network

Method: TypeAlias = Literal["grad-cam", "integrated-gradients", "occlusion"]

# Forward passes of each, there and back counted as three, with the options' defaults.
_EFFORTS: Mapping[str, float] = {
    "grad-cam": 3.0,
    "integrated-gradients": 96.0,
    "occlusion": 49.0,
}

_RANK = re.compile(r"top-([1-9]|1[0-9]|20)")


class AttributionOptions(ClassifierOptions):
    """``kind: attribution``: for each photo, class and method a map, laid over the photo."""

    kind: Literal["attribution"]
    methods: Annotated[
        tuple[Method, ...],
        Field(min_length=1),
        BeforeValidator(as_list, json_schema_input_type=Method | list[Method]),
    ] = Field(
        ("grad-cam", "integrated-gradients", "occlusion"),
        description="grad-cam (Selvaraju et al. 2017), integrated-gradients (Sundararajan et al. "
        "2017), occlusion (Zeiler and Fergus 2013): a list, or one alone.",
    )
    classes: SomePatterns = Field(
        ("top-1",),
        description="Of which classes: top-1 is the photo's strongest, top-2 the next, and so on; "
        "or numbers and names, such as 281 or espresso. A list, or one alone.",
    )
    at: str | None = Field(
        None,
        description="For grad-cam: the layer whose maps are added up; the last maps before the "
        "classifier when left out.",
    )
    steps: Annotated[int, Field(ge=8, le=512)] = Field(
        32, description="For integrated-gradients: steps from gray to the photo."
    )
    window: Annotated[int, Field(ge=2, le=2048)] | None = Field(
        None,
        description="For occlusion: side of the gray square that covers the photo, in pixels of "
        "the network's input; a quarter of its shorter side when left out.",
    )
    stride: Annotated[int, Field(ge=1, le=2048)] | None = Field(
        None,
        description="For occlusion: how far the square moves at a time, in pixels; half its side "
        "when left out.",
    )

    def square(self, size: tuple[int, int]) -> tuple[int, int]:
        """Side and stride of the gray square on an input of that size, in pixels.

        No place is left out: a stride is at most the side.
        """
        side = min(self.window or max(2, min(size) // 4), *size)
        return side, min(self.stride or max(1, side // 2), side)


class Attribution(Visualization[AttributionOptions]):
    """What places of a photo a class depends on: tensor ``map``, float32.

    ``grad-cam``: what each place of the last maps adds to it, where that is above zero, enlarged to
    the input's size. ``integrated-gradients``: what pixels add on the way from gray, summed over
    channels and over squares of 4x4 pixels; all of it adds up to the logit less that of gray.
    ``occlusion``: how far the class's share falls, in the mean of all squares that cover a place.
    Gray is the colour that becomes zero. The first two look at the logit, the last at the softmax,
    each as its paper does.

    Facts: the ``class``, its ``logit`` and ``share``, its ``rank`` where that was asked for; for
    grad-cam ``at`` and ``places``; for integrated-gradients ``gap``, by how much the sum misses.
    """

    name = "attribution"
    version = 1
    title = "Attribution"
    Options = AttributionOptions

    def tasks(self, options: AttributionOptions, request: Request) -> Iterable[Task]:
        (output,) = request.layers
        check_classifier(output)
        check_captum()
        chosen = [_class(written, request, output.shape[0]) for written in options.classes]
        for picture in request.pictures:
            for channel, rank in dict.fromkeys(chosen):
                for method in options.methods:
                    parameters = _parameters(options, request, method, rank)
                    name = picture.name
                    yield Task(self.name, output.name, "prefix", channel, name, parameters)

    def figures(self, options: AttributionOptions, request: Request) -> Iterable[Figure]:
        side = max(request.size)
        for task in self.tasks(options, request):
            gentle = task.parameters["method"] != "integrated-gradients"
            style: Literal["heat", "signed"] = (
                "heat" if task.parameters["method"] == "grad-cam" else "signed"
            )
            yield Figure(
                task,
                role="attribution",
                tensor="map",
                drawing=Drawing(style, tile=side, pixelated=not gentle),
            )

    def batches(self, tasks: Sequence[Task]) -> Iterable[Sequence[Task]]:
        """All maps of a photo together: they share a copy of the network."""
        ordered = sorted(tasks, key=_photo)
        return [list(group) for _, group in groupby(ordered, key=_photo)]

    def effort(self, network: Network, tasks: Sequence[Task]) -> float:
        return sum(_EFFORTS[str(task.parameters["method"])] for task in tasks)

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        from generator.visualizations.attribution.methods import Attributor  # brings torch

        attributor = Attributor(network, pictures[str(tasks[0].picture)])
        for task in tasks:
            yield task, attributor.result(task.channel, task.parameters)

    def together(
        self,
        options: AttributionOptions,
        request: Request,
        facts: Mapping[Task, Mapping[str, Fact]],
    ) -> Mapping[Task, Mapping[str, Fact]]:
        """The class's name. No number depends on it, so that no key does."""
        found: dict[Task, Mapping[str, Fact]] = {}
        for task, known in facts.items():
            (with_name,) = named([{"class": known["class"]}], request.classes)
            found[task] = with_name if isinstance(with_name, dict) else {}
        return found


def check_captum() -> None:
    """Make sure that Captum is installed, before any work is done for it.

    Raises:
        ConfigError: it is not.
    """
    if importlib.util.find_spec("captum") is None:
        raise ConfigError(
            "kind: attribution needs the package captum, which is not installed.",
            "Install it: pip install 'cnn-gallery[attribution]'. Or leave the entry out.",
        )


def _class(written: str, request: Request, count: int) -> tuple[int | None, int | None]:
    """A class by its number, or by its rank in each photo: one of them, the other ``None``."""
    rank = _RANK.fullmatch(written)
    if rank:
        return None, min(int(rank[1]), count)
    return find_class(written, request.classes, count), None


def _parameters(
    options: AttributionOptions, request: Request, method: Method, rank: int | None
) -> dict[str, Fact]:
    """What a map depends on: of the options, its own method's alone."""
    window, stride = options.square(request.size)
    own: Mapping[Method, dict[str, Fact]] = {
        "grad-cam": {"at": options.at},
        "integrated-gradients": {"steps": options.steps},
        "occlusion": {"window": window, "stride": stride},
    }
    return {"method": method, "rank": rank, **own[method]}


def _photo(task: Task) -> str:
    return str(task.picture)
