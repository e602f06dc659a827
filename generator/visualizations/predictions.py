"""What a classifier takes each photo for: its strongest classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from generator.errors import ClassError
from generator.model.layers import Layer
from generator.photos import seeing
from generator.photos.images import Picture
from generator.visualizations.base import (
    Array,
    ClassifierOptions,
    Fact,
    Figure,
    Request,
    Result,
    Task,
    Visualization,
    six_digits,
)

if TYPE_CHECKING:
    from torch import Tensor

    from generator.model.network import Network

_NEAR = 1e-3  # of one, up to which shares that a network gives itself may sum to something else


class PredictionsOptions(ClassifierOptions):
    """``kind: predictions``: the strongest classes of each photo, with their shares."""

    kind: Literal["predictions"]
    top: Annotated[int, Field(ge=1, le=20)] = Field(
        5, description="How many classes are named for each photo."
    )


class Predictions(Visualization[PredictionsOptions]):
    """A classifier's answer to a photo: tensor ``logits``, float32 ``(classes,)``.

    Fact ``top`` lists the strongest classes, each with its number as ``class``, its ``logit``, and
    its ``share``: the softmax over all classes, 0 to 1. Fact ``softmax`` says whether it was ours
    (``added``) or the network ends in one (``own``). ``name`` is each class's, where it is known.
    """

    name = "predictions"
    version = 1
    title = "Predictions"
    Options = PredictionsOptions

    def tasks(self, options: PredictionsOptions, request: Request) -> Iterable[Task]:
        (output,) = request.layers
        check_classifier(output)
        for picture in request.pictures:
            parameters: dict[str, Fact] = {"top": options.top}
            yield Task(self.name, output.name, "prefix", None, picture.name, parameters)

    def figures(self, options: PredictionsOptions, request: Request) -> Iterable[Figure]:
        return ()

    def told(self, options: PredictionsOptions, request: Request) -> Iterable[Task]:
        return self.tasks(options, request)

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        import torch

        for task in tasks:
            with torch.inference_mode():
                logits = network.logits(network_input(network, pictures[str(task.picture)]))[0]
            values = logits.float().numpy()
            yield task, Result({"logits": values}, _facts(values, task.parameters["top"]))

    def together(
        self,
        options: PredictionsOptions,
        request: Request,
        facts: Mapping[Task, Mapping[str, Fact]],
    ) -> Mapping[Task, Mapping[str, Fact]]:
        """The classes' names. No number depends on them, so that no key does."""
        return {
            task: {"top": named(found["top"], request.classes)} for task, found in facts.items()
        }


def check_classifier(output: Layer) -> None:
    """Make sure that what a network returns is one row of numbers a picture.

    Raises:
        ClassError: it is not.
    """
    if len(output.shape) != 1:
        sides = "x".join(map(str, output.shape))
        raise ClassError(
            f"The network tells no classes apart: for each picture it answers {sides}, not one row "
            "of numbers.",
            hint="Choose a network with its classifier, such as efficientnet-lite0.",
        )


def network_input(network: Network, picture: Picture) -> Tensor:
    """A picture as the network's input ``(1, C, H, W)``."""
    preprocessing = network.preprocessing
    return network.input(seeing.seen(picture, preprocessing.size, preprocessing.channels))


def shares(logits: Array) -> tuple[Array, Literal["added", "own"]]:
    """The share of each class, 0 to 1, of logits ``(classes,)``; and whose softmax that is.

    A network that ends in a softmax gives shares already: a second one would flatten them.
    """
    own = logits.min() >= 0 and abs(float(logits.sum(dtype=np.float64)) - 1) < _NEAR
    if own and len(logits) > 1:
        return logits, "own"
    powers = np.exp(logits.astype(np.float64) - logits.max())
    return powers / powers.sum(), "added"


def ranked(logits: Array) -> list[int]:
    """The numbers of the classes of logits ``(classes,)``, the strongest first; ties by number."""
    return [int(number) for number in np.lexsort((np.arange(len(logits)), -logits))]


def class_facts(number: int, logits: Array, shares: Array) -> dict[str, Fact]:
    """What a result says of a class: its number, its logit and its share."""
    logit, share = six_digits(logits[number]), six_digits(shares[number])
    return {"class": number, "logit": logit, "share": share}


def named(classes: Fact, names: Sequence[str]) -> list[Fact]:
    """Facts about classes, each a mapping with its number as ``class``, with their names."""
    found: list[Fact] = []
    for each in classes if isinstance(classes, list) else []:
        if isinstance(each, dict) and isinstance(each["class"], int):
            name = names[each["class"]] if names else f"class {each['class']}"
            found.append({**each, "name": name})
    return found


def _facts(logits: Array, count: Fact) -> dict[str, Fact]:
    each, whose = shares(logits)
    strongest = ranked(logits)[: int(str(count))]
    top: list[Fact] = [class_facts(number, logits, each) for number in strongest]
    return {"top": top, "softmax": whose}
