"""What a build knows about itself: versions, network, seeds, arithmetic, digests."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata

import generator
from generator.building.prepare import Prepared
from generator.planning.identity import Planned
from generator.utils.files import digest_file
from generator.visualizations.base import Fact

_PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors")
_BUILDERS = {"mkdocs": ("mkdocs", "mkdocs-material"), "zensical": ("zensical",)}


def build_facts(prepared: Prepared) -> Mapping[str, Mapping[str, Fact]]:
    """Facts in named groups, for the page about this build and for ``verify``.

    No path, no user, no time: the same inputs on the same kind of machine give the same facts.
    """
    config, network = prepared.config, prepared.workshop.network
    preprocessing = network.preprocessing
    packages = (*_PACKAGES, *_BUILDERS[config.site.builder])
    return {
        "Versions": {
            "cnn-gallery": generator.__version__,
            "Python": platform.python_version(),
            **{name: _version(name) for name in packages},
        },
        "Network": {
            "Model": network.card.source,
            "Weights": network.card.weights,  # in words: the config may name a private path
            "Layers that run": len(network.layers),
            "Parameters": sum(layer.parameters for layer in network.layers),
            "Input": " x ".join(map(str, (preprocessing.channels, *preprocessing.size))),
            "Mean": ", ".join(f"{value:.4f}" for value in preprocessing.mean),
            "Standard deviation": ", ".join(f"{value:.4f}" for value in preprocessing.std),
        },
        "Arithmetic": {
            "Device and number format": network.arithmetic,
            **_other_arithmetic(prepared),
            "Processor": f"{platform.machine()}, {_instructions()}",
            "Seed": config.seed,
        },
        "Digests (SHA-256)": {
            "Config file": digest_file(config.path),
            "Weights": network.weights_digest,
            # By name: two photos may have one title.
            **{f"Photo {photo.name}": photo.digest for photo in prepared.photos},
        },
    }


def _other_arithmetic(prepared: Prepared) -> Mapping[str, Fact]:
    """Of each visualization that computes otherwise than the network does: where and in what."""
    usual = prepared.workshop.network.arithmetic
    found: dict[str, Fact] = {}
    for title, tasks in work(prepared).items():
        settings = [planned.task.parameters for planned in tasks]
        used = {
            f"{each['device']} {each['precision']}"
            for each in settings
            if {"device", "precision"} <= each.keys()
        }
        if used - {usual}:
            found[title] = ", ".join(sorted(used))
    return found


def work(prepared: Prepared) -> Mapping[str, Sequence[Planned]]:
    """The tasks of each visualization, by its title."""
    found: dict[str, list[Planned]] = {}
    for planned in prepared.plan.tasks:
        title = prepared.workshop.kinds[planned.task.visualization].title
        found.setdefault(title, []).append(planned)
    return found


def seconds(prepared: Prepared, tasks: Iterable[Planned]) -> float:
    """How long tasks once took: those that gave the cached results, whenever and wherever.

    That never reaches the site: two builds of the same inputs give the same bytes.
    """
    records = (prepared.workshop.cache.record(planned.key) for planned in tasks)
    return sum(record.seconds for record in records if record)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # a builder that others will use
        return "not installed"


def _instructions() -> str:
    """The processor's instructions that torch makes use of: sums may end in other last digits."""
    import torch  # here, because it takes a second; a build has it by now

    return torch.backends.cpu.get_cpu_capability()
