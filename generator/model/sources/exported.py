"""``file.pt2``: a program that ``torch.export.save`` wrote, with its weights.

A program is code, as a factory's is: open only those that you trust. What is pickled in such a
file (objects, as opposed to plain tensors) could do even more when it is opened, and is refused.
"""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram

from generator.errors import ModelError, WeightsError, reason_of
from generator.model.checkpoints import checkpoint
from generator.model.network import Card, Preprocessing
from generator.model.sources.exported_layers import restore_layers
from generator.model.sources.factory import IMAGENET
from generator.model.sources.request import Loaded, Request

_SAVE = "Save it again with torch.export.save(torch.export.export(model.eval(), (x,)), 'model.pt2')"


def load(request: Request) -> Loaded:
    """Open the program, and give it back its modules.

    Raises:
        ModelError: it is missing, damaged, holds pickled or compiled parts, or does not read one
            picture.
        WeightsError: other weights were asked for than it can have.
    """
    path = request.folder / Path(request.source).expanduser()
    if request.args:
        raise ModelError(
            f"'{path.name}' is a program, which takes no 'args'.", "Leave them out under 'model'."
        )
    file = request.weights_file
    if file is None and request.weights != "default":
        raise WeightsError(
            f"'{path.name}' comes with its weights; it has none called '{request.weights}'.",
            "Write 'default', or the path of a file of weights.",
        )
    program = _opened(path)
    shape = _input_shape(program, path.name)
    module = _modules(program, path.name)
    if file is not None:
        checkpoint.restore(module, file)
    card = Card(
        name=path.stem,
        source=path.name,
        description="A network that torch.export wrote to a file.",
        weights=f"from the file {file.name}" if file else f"those in {path.name}",
    )
    return Loaded(module, card, _preprocessing(shape))


def _opened(path: Path) -> ExportedProgram:
    try:
        from torch.export.pt2_archive._package import load_pt2
    except ImportError as error:
        raise ModelError(
            f"'{path.name}' cannot be opened by torch {torch.__version__}.",
            "Exported programs need torch 2.9 or newer.",
        ) from error
    try:
        content = path.read_bytes()  # once: what is looked through is what is opened
    except OSError as error:
        raise ModelError(
            f"The exported program '{path}' cannot be read: {reason_of(error)}.",
            "A relative path starts at the config's folder.",
        ) from error
    try:
        _check(content, path.name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            programs = load_pt2(io.BytesIO(content)).exported_programs
    except ModelError:
        raise
    except Exception as error:  # a damaged archive fails in a dozen ways
        raise ModelError(
            f"'{path.name}' is damaged, or is no exported program of this version of torch "
            f"({type(error).__name__}).",
            f"{_SAVE}.",
        ) from error
    if len(programs) != 1:
        raise ModelError(f"'{path.name}' holds {len(programs)} programs, not one.", f"{_SAVE}.")
    program: ExportedProgram = next(iter(programs.values()))
    return program


def _check(content: bytes, name: str) -> None:
    """See that opening the archive runs nothing: by the same reader, before it is opened."""
    from torch.export.pt2_archive._package import PT2ArchiveReader

    with PT2ArchiveReader(io.BytesIO(content)) as archive:
        for record in archive.get_file_names():
            if record.startswith("data/aotinductor/"):
                raise _refused(name, "machine code")
            if record.startswith(("data/weights/", "data/constants/")):
                if record.endswith(".pt"):
                    raise _refused(name, "pickled weights")
                if record.endswith(".json"):
                    _check_payload(json.loads(archive.read_string(record)), name)
            if record.startswith("data/sample_inputs/"):
                _check_sample(archive.read_bytes(record), name)


def _check_payload(config: Any, name: str) -> None:
    for entry in config["config"].values():
        plain = Path(entry["path_name"]).name.startswith(("weight_", "tensor_"))
        if entry["use_pickle"] or not plain:
            raise _refused(name, "pickled objects")


def _check_sample(content: bytes, name: str) -> None:
    try:
        torch.load(io.BytesIO(content), weights_only=True)
    except Exception as error:
        raise _refused(name, "a pickled sample input") from error


def _refused(name: str, what: str) -> ModelError:
    return ModelError(
        f"'{name}' holds {what}, which can run any code when it is opened. It was not opened.",
        f"{_SAVE}, from a network of plain tensors.",
    )


def _input_shape(program: ExportedProgram, name: str) -> tuple[int, ...]:
    """The ``(C, H, W)`` that the program was exported with."""
    inputs = program.graph_signature.user_inputs
    found = [node.meta["val"] for node in program.graph.nodes if node.name in inputs]
    shapes = [tuple(value.shape) for value in found if isinstance(value, torch.Tensor)]
    if len(inputs) != 1 or len(shapes) != 1 or len(shapes[0]) != 4:
        raise ModelError(
            f"'{name}' reads {len(inputs)} inputs, or none that is a batch of pictures.",
            "A gallery shows networks that read one batch (N, C, H, W).",
        )
    sizes = [size if isinstance(size, int) else int(size.node.hint) for size in shapes[0][1:]]
    return tuple(sizes)


def _modules(program: ExportedProgram, name: str) -> nn.Module:
    """The program as modules in modules, called as they were when it was exported."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = torch.export.unflatten(program)
    except Exception as error:
        raise ModelError(
            f"'{name}' cannot be taken apart into modules: {error}",
            "Name the function that builds the network instead: package.module:factory.",
        ) from error
    # One picture was shown when it was exported; several are where its operations allow that.
    module.check_input_constraints = False
    restore_layers(module)
    return module


def _preprocessing(shape: tuple[int, ...]) -> Preprocessing:
    channels, height, width = shape
    if channels == 3:
        return Preprocessing((height, width), IMAGENET.mean, IMAGENET.std)
    return Preprocessing((height, width), (0.0,) * channels, (1.0,) * channels)
