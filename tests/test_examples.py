"""The examples: each is a config without mistakes, whose classes, layers and photos exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import model
from generator.building.prepare import find_photos
from generator.config.load import load_config
from generator.planning.plan import make_plan
from generator.visualizations import registry

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*/site_config.yml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_plans(path: Path) -> None:
    config = load_config(path)
    plan = make_plan(
        config,
        model.load(config.model.source, weights="none"),
        find_photos(config),
        registry(),
        lambda layer, _: range(layer.channels, 0, -1),
    )
    kinds = {entry.visualization.name for entry in plan.entries}
    assert {"predictions", "attribution", "kernels", "activations", "maximization"} <= kinds
    assert len(plan.tasks) < 100  # minutes, on two cores
