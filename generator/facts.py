"""What a build knows about itself: versions, network, seeds, device, timings, digests."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

import generator
from generator.files import digest_file
from generator.prepare import Prepared
from generator.report import counted
from generator.visualizations.base import Fact

_PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors", "mkdocs", "mkdocs-material")


def build_facts(prepared: Prepared) -> Mapping[str, Mapping[str, Fact]]:
    """Facts in named groups, for the page about this build. No path, no user, no time of day."""
    config, network = prepared.config, prepared.workshop.network
    preprocessing = network.preprocessing
    return {
        "Versions": {
            "cnn-gallery": generator.__version__,
            "Python": platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES},
        },
        "Network": {
            "Model": config.model,
            "Weights": network.card.weights,  # in words: the config may name a private path
            "Layers that run": len(network.layers),
            "Parameters": sum(layer.parameters for layer in network.layers),
            "Input": " x ".join(map(str, (preprocessing.channels, *preprocessing.size))),
            "Mean": ", ".join(f"{value:.4f}" for value in preprocessing.mean),
            "Standard deviation": ", ".join(f"{value:.4f}" for value in preprocessing.std),
        },
        "Arithmetic": {
            "Device and number format": network.arithmetic,
            "Processor": platform.machine(),
            "Seed": config.seed,
        },
        "Work": _work(prepared),
        "Digests (SHA-256)": {
            "Config file": digest_file(config.path),
            "Weights": network.weights_digest,
            **{f"Photo: {photo.title}": photo.digest for photo in prepared.photos},
        },
    }


def _work(prepared: Prepared) -> Mapping[str, Fact]:
    """How many tasks each visualization took, and the seconds that computing them cost."""
    found: dict[str, tuple[int, float]] = {}
    for planned in prepared.plan.tasks:
        record = prepared.workshop.cache.record(planned.key)
        title = prepared.workshop.kinds[planned.task.visualization].title
        tasks, seconds = found.get(title, (0, 0.0))
        found[title] = (tasks + 1, seconds + (record.seconds if record else 0.0))
    return {
        title: f"{counted(tasks, 'task')}, computed in {seconds:.1f} s"
        for title, (tasks, seconds) in found.items()
    }
