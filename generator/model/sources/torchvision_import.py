"""Importing torchvision, also where its compiled operators do not fit the torch that is installed.

torchvision's wheels are built against one build of torch. Beside another one (a CPU build, say)
the compiled library is left out, and then the import itself fails, since it describes two
operators that nobody has declared. No classifier uses them: declaring them is enough.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

from generator.errors import ModelError, first_line

# Of torchvision/csrc/ops/nms.cpp and quantized/cpu/qnms_kernel.cpp, by their public signatures.
_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def import_torchvision() -> ModuleType:
    """The ``torchvision.models`` module.

    Raises:
        ModelError: torchvision is missing, or does not fit the installed torch in another way.
    """
    try:
        return importlib.import_module("torchvision.models")
    except ModuleNotFoundError as error:
        raise _unusable(error) from error
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise _unusable(error) from error
    _forget()
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    try:
        models = importlib.import_module("torchvision.models")
    except (ImportError, RuntimeError, AttributeError) as error:
        raise _unusable(error) from error
    # The declarations live as long as this object: tie it to the module that needs them.
    models.__dict__["_declared_operators"] = library
    return models


def _forget() -> None:
    """Drop what the failed import left behind, so that it starts afresh."""
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]


def _unusable(error: Exception) -> ModelError:
    return ModelError(
        f"torchvision cannot be imported: {first_line(error)}.",
        "Install a torchvision made for the installed torch: "
        "python -m pip install torch torchvision",
    )
