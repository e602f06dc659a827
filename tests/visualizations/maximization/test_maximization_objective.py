"""What rises: one filter a picture, several that share one, and facets that differ."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generator.model.trunk import Trunk
from generator.visualizations.maximization.engine import ascend, climb
from generator.visualizations.maximization.grading import maximise, maximise_together
from generator.visualizations.maximization.objective import Facets, Separate, Shared, likeness
from generator.visualizations.maximization.presets import PRESETS

QUICK = PRESETS["fourier"].model_copy(
    update={"size": 32, "sketch": 16, "sketch_steps": 8, "steps": 4, "crop": None}
    | {"retries": 0, "second_seed": False, "redirect": 0.0, "keep_every": 4}
)
LAYER = "features.3"


def likeness_by_hand(maps: np.ndarray, facets: int) -> list[float]:
    grams = [np.einsum("chw,dhw->cd", one, one).ravel() for one in maps]
    grams = [gram / np.linalg.norm(gram) for gram in grams]
    found = []
    for place, gram in enumerate(grams):
        first = place - place % facets
        others = [grams[n] for n in range(first, first + facets) if n != place]
        found.append(np.mean([gram @ other for other in others]))
    return found


def test_likeness_is_the_mean_cosine_of_gram_matrices_within_a_unit() -> None:
    maps = np.random.default_rng(1).normal(size=(6, 4, 5, 5))
    found = likeness(torch.from_numpy(maps), 3)
    assert found.tolist() == pytest.approx(likeness_by_hand(maps, 3), rel=1e-9)
    same = torch.from_numpy(maps[:1]).repeat(2, 1, 1, 1)
    assert likeness(same, 2).tolist() == pytest.approx([1, 1])
    assert likeness(same.roll(2, dims=3), 2).tolist() == pytest.approx([1, 1])  # where is no matter


def test_maps_without_a_common_channel_are_not_alike_and_vectors_do() -> None:
    maps = torch.zeros(2, 4, 3, 3)
    maps[0, :2], maps[1, 2:] = 1.0, 1.0
    assert likeness(maps, 2).tolist() == [0, 0]
    assert likeness(torch.eye(2), 2).tolist() == [0, 0]


def test_the_first_facet_starts_where_the_lone_picture_does(network) -> None:
    trunk = Trunk(network, LAYER)
    settings = QUICK.model_copy(update={"facets": 2, "diversity": 0.0})
    alone, facets = Separate(trunk, [1, 2], QUICK), Facets(trunk, [1, 2], settings)
    assert facets.starts[::2] == alone.starts
    assert len(set(facets.starts)) == 4
    # Without diversity facets are so many pictures, and no more.
    lone = climb(trunk, [1, 2], QUICK)
    several = climb(trunk, [1, 2], settings)
    gap = np.abs(several.pictures[::2].astype(int) - lone.pictures)
    assert gap.max() <= 2


def test_diversity_pushes_facets_apart(network) -> None:
    trunk = Trunk(network, "features.1")

    def alike(diversity: float) -> float:
        own = {"facets": 3, "diversity": diversity, "steps": 16}
        settings = QUICK.model_copy(update=own)
        pictures = climb(trunk, [1], settings).pictures
        values = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        return float(likeness(trunk.maps(values), 3).mean())

    assert alike(8.0) < 0.9 < 0.99 < alike(0.0)


def test_a_unit_of_several_facets_keeps_each_with_its_scores(network) -> None:
    settings = QUICK.model_copy(update={"facets": 3})
    units = maximise(network, LAYER, [2, 1], settings)
    assert [len(unit.facets) for unit in units] == [3, 3]
    result = units[0].result()
    assert result.tensors["facets"].shape == (3, 32, 32, 3)
    assert np.array_equal(result.tensors["facets"][0], result.tensors["picture"])
    assert [each["activation"] for each in result.facts["facets"]] == [
        pytest.approx(facet.scores.activation, rel=1e-5) for facet in units[0].facets
    ]


def test_the_second_seeds_answer_is_each_facets(network) -> None:
    settings = QUICK.model_copy(update={"facets": 2, "second_seed": True})
    (unit,) = maximise(network, LAYER, [1], settings)
    assert all(facet.scores.agreement is not None for facet in unit.facets)


@pytest.mark.parametrize("redirect", [0.0, 1.0])
def test_one_picture_drives_several_channels(network, redirect: float) -> None:
    settings = QUICK.model_copy(update={"redirect": redirect})
    trunk = Trunk(network, LAYER)
    shared = Shared(trunk, [1, 2], settings)
    pictures = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    variable = pictures.requires_grad_(True)
    maps = trunk.units(variable.expand(2, -1, -1, -1), [1, 2]).flatten(1).mean(dim=1)
    # The same slope as the sum of logarithms has, for channels that are well above zero.
    slopes = [torch.autograd.grad(each, variable, retain_graph=True)[0] for each in maps]
    size = maps.detach().abs()
    expected = (
        sum(slope / (own + size.mean() / 10) for slope, own in zip(slopes, size, strict=True)) / 2
    )
    (slope,) = torch.autograd.grad(shared.evaluate(variable, 0.0).sum(), variable)
    assert torch.allclose(slope, expected, rtol=1e-4, atol=1e-7)
    climbed = ascend(trunk, shared, settings)
    assert climbed.pictures.shape == (1, 32, 32, 3)
    graded = maximise_together(network, LAYER, [1, 2], settings)
    assert np.array_equal(graded[0].picture, graded[1].picture)
    assert np.array_equal(graded[0].picture, climbed.pictures[0])
    assert any(one.scores.activation > one.scores.start for one in graded)
