"""Which pictures of a maximisation are shown: facets, frames, the emerging film."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from requests_for import request

from generator.visualizations.maximization import Maximization, MaximizationOptions

SHORT = {"size": 32, "sketch": 16, "sketch_steps": 4, "steps": 2, "keep_every": 2, "retries": 0}


def options(**own: Any) -> MaximizationOptions:
    fields = {"kind": "maximization", "layers": ["features.3"], **own}
    return MaximizationOptions.model_validate(fields)


def steps_of(network: Any, **own: Any) -> list[tuple[int, int | None]]:
    figures = Maximization().figures(options(**own), request(network, "features.3", channels=[1]))
    return [(each.index[0], each.step) for each in figures if each.role == "step"]


def test_facets_are_figures_beside_the_picture(network: Any) -> None:
    chosen, asked = options(facets=3, **SHORT), request(network, "features.3", channels=[1, 2])
    visualization = Maximization()
    figures = list(visualization.figures(chosen, asked))
    roles = {"picture": 2, "facet": 4, "noise": 2, "steps": 2, "emerging": 2}
    assert Counter(figure.role for figure in figures) == roles
    assert [figure.step for figure in figures if figure.role == "facet"] == [2, 3, 2, 3]
    tasks = list(visualization.tasks(chosen, asked))
    (batch,) = visualization.batches(tasks[:1])
    ((_, result),) = visualization.compute(network, batch, {})
    for figure in figures[1:3]:
        shown = result.tensors[figure.tensor][figure.index[0]]
        assert not np.array_equal(shown, result.tensors["picture"])


def test_facets_of_few_units_are_made_at_a_time(network: Any) -> None:
    chosen = options(facets=3, device="cpu")
    asked = request(network, "features.3", channels=[1, 2, 3])
    tasks = list(Maximization().tasks(chosen, asked))
    assert [len(batch) for batch in Maximization().batches(tasks)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"preset": "classic"}, [(1, 10), (3, 20), (5, 30), (7, 40), (9, 50)]),
        ({"preset": "classic", "steps": 12}, [(0, 5), (1, 10)]),
        ({"preset": "classic", "steps": 4}, []),
        ({"preset": "classic", "snapshots": False}, []),
        ({"preset": "classic", "frames": 1}, [(9, 50)]),
        ({"preset": "classic", "frames": 0}, []),
        ({"preset": "classic", "frames": 99}, [(n, 5 * n + 5) for n in range(10)]),
        ({"preset": "fourier"}, []),
        ({"frames": 2, **SHORT}, [(0, 2), (2, 6)]),
    ],
)
def test_frames_are_equally_far_apart(
    network: Any, own: dict[str, Any], expected: list[tuple[int, int]]
) -> None:
    assert steps_of(network, **own) == expected


def test_a_frame_is_what_its_iteration_made(network: Any) -> None:
    own = {"frames": 3, **SHORT}
    visualization, asked = Maximization(), request(network, "features.3", channels=[1])
    tasks = list(visualization.tasks(options(**own), asked))
    ((_, result),) = visualization.compute(network, tasks, {})
    iterations = result.facts["iterations"]
    assert [iterations[place] for place, _ in steps_of(network, **own)] == [2, 4, 6]
    assert [step for _, step in steps_of(network, **own)] == [2, 4, 6]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, [(1, 2), (3, 8), (5, 32)]),
        ({"preset": "maco"}, [(1, 2), (3, 8), (5, 32)]),
        (SHORT, [(0, 2), (1, 4)]),
        ({**SHORT, "keep_every": 5}, []),
        ({"preset": "classic", "frames": 0}, [(2, 15), (5, 30), (8, 45)]),
        ({"frames": 2}, []),
        ({"snapshots": False}, []),
    ],
)
def test_a_few_steps_between_start_and_end_are_small_on_one_sheet(
    network: Any, own: dict[str, Any], expected: list[tuple[int, int]]
) -> None:
    asked = request(network, "features.3", channels=[1])
    figures = Maximization().figures(options(**own), asked)
    sheets = [each for each in figures if each.role == "emerging"]
    shown = [(each.index[0], each.steps) for each in sheets]
    assert shown == ([tuple(zip(*expected, strict=True))] if expected else [])
    assert all(each.drawing.sheet and each.drawing.tile == 112 for each in sheets)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, ["picture", "noise", "steps", "emerging"]),
        ({"preset": "classic", "frames": 1}, ["picture", "noise", "steps", "step"]),
        ({"snapshots": False}, ["picture"]),
        ({"snapshots": False, "frames": 1, **SHORT}, ["picture", "noise", "step"]),
    ],
)
def test_where_a_picture_started_is_shown_with_how_it_emerged(
    network: Any, own: dict[str, Any], expected: list[str]
) -> None:
    asked = request(network, "features.3", channels=[1])
    assert [each.role for each in Maximization().figures(options(**own), asked)] == expected
