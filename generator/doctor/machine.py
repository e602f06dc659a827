"""The program, the packages that it needs, and what it computes with."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import TYPE_CHECKING

import generator
from generator.doctor.finding import Finding, State
from generator.errors import typed_line
from generator.machines.parallel import cores

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PACKAGE = "cnn-gallery"
EXTRAS: Mapping[str, str] = {  # and the package that stands for each
    "timm": "timm",
    "attribution": "captum",
    "dask": "distributed",
    "zensical": "zensical",
}
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def program() -> Iterator[Finding]:
    """What runs here, on what."""
    yield Finding("Program", PACKAGE, generator.__version__)
    python = f"{platform.python_version()}, {platform.python_implementation()}"
    yield Finding("Program", "Python", python)
    yield Finding("Program", "system", platform.platform())
    yield Finding("Program", "processors", str(cores()))


def packages() -> Iterator[Finding]:
    """What cnn-gallery needs, and what its extras bring."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(line) for line in metadata.requires(PACKAGE) or []]
    except metadata.PackageNotFoundError:
        hint = "In the folder with its pyproject.toml: pip install ."
        yield Finding("Packages", PACKAGE, "runs from its source, not installed", "note", hint)
        return
    for need in wanted:
        if need.marker is None:
            yield _package("Packages", need, "stop", f"pip install '{need}'")
    for extra, name in EXTRAS.items():
        for need in wanted:
            if need.name == name:
                yield _package("Extras", need, "well", f"pip install '{PACKAGE}[{extra}]'")


def _package(group: str, need: Requirement, missing: State, hint: str) -> Finding:
    """A package's version; whether it is missing, or too old."""
    try:
        version = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        return Finding(group, need.name, "not installed", missing, hint)
    if not need.specifier.contains(version, prereleases=True):
        return Finding(group, need.name, f"{version}; needed is {need.specifier}", "stop", hint)
    return Finding(group, need.name, version)


def computing() -> Iterator[Finding]:
    """The device and the numbers that maximisation takes by itself, and why."""
    try:
        import torch
    except Exception as error:  # a broken install raises whatever its libraries do
        words = f"cannot be imported: {typed_line(error)}"
        yield Finding("Computing", "torch", words, "stop", "pip install --force-reinstall torch")
        return
    from generator.model.arithmetic import best_device, best_precision

    device = best_device()
    precision = best_precision(device)
    if device == "cuda":
        name = torch.cuda.get_device_name(0)
        yield Finding(
            "Computing", "device", f"cuda: torch sees {torch.cuda.device_count()} ({name})"
        )
    else:
        yield Finding("Computing", "device", f"cpu: {_why_no_gpu(torch.version.cuda)}")
    yield Finding("Computing", "numbers", f"{precision}: {_why(device, precision)}")
    yield Finding("Computing", "instructions", torch.backends.cpu.get_cpu_capability())
    set_to = [f"{name}={os.environ[name]}" for name in _THREADS if name in os.environ]
    by = f", set by {', '.join(set_to)}" if set_to else ""
    yield Finding("Computing", "threads", f"{torch.get_num_threads()}{by}")


def _why_no_gpu(built_for: str | None) -> str:
    if built_for is None:
        return "this torch was built without CUDA"
    return f"torch was built for CUDA {built_for}, and sees no GPU"


def _why(device: str, precision: str) -> str:
    if device == "cuda":
        return (
            f"this GPU {'multiplies' if precision == 'bfloat16' else 'does not multiply'} bfloat16"
        )
    if precision == "bfloat16":
        return "this processor multiplies bfloat16 (AVX-512 BF16 or AMX)"
    return "this processor has neither AVX-512 BF16 nor AMX, so bfloat16 would be slower"
