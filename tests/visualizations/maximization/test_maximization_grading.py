"""Pictures that fail are made again; what never answers is marked; nothing stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from branching_networks import Row, as_network
from quick_pictures import graded, quick
from requests_for import small_network
from torch import nn

from generator.errors import LayerError
from generator.model import wrap
from generator.model.network import Network
from generator.visualizations.maximization import engine, grading
from generator.visualizations.maximization.objective import Objective
from generator.visualizations.maximization.scores import Scores


def with_silent_filter(weights: float = 0.0, bias: float = -1e3) -> Network:
    network = small_network()
    convolution = network.module.features[3]
    convolution.weight[2] *= weights
    convolution.bias[2] = bias
    return network


def test_a_filter_that_never_answers_is_marked_dead_with_its_attempts() -> None:
    settings = quick("fourier", retries=2)
    dead, alive = graded(with_silent_filter(), "features.4", [2, 1], settings)
    assert dead.scores.flags == ("dead",)
    assert dead.facts()["flags"] == ["dead"]
    assert (dead.attempts, dead.facts()["attempts"]) == (3, 3)
    assert dead.scores.activation == dead.scores.robust == 0
    assert "dead" not in alive.scores.flags


def test_a_silent_filter_that_can_answer_is_woken() -> None:
    """It is silent on gray; only the gradient that is let through below zero moves it."""
    network = as_network(Row())
    gray = torch.full((1, 3, 24, 24), 0.5)
    with torch.no_grad():
        highest = network.module.features[:4](network.normalise(gray))[0, 2].max()
        network.module.features[3].bias[2] -= float(highest) + 0.3
    (woken,), (asleep,) = (
        graded(network, "features.4", [2], quick("fourier", redirect=redirect, sketch_steps=20))
        for redirect in (1.0, 0.0)
    )
    assert asleep.scores.flags == ("dead",)
    assert woken.scores.activation > 0


def test_a_failed_picture_is_tried_at_half_the_rate_and_the_best_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[tuple[list[int], float, float, int]] = []
    begin, sketch = grading.begin_sketch, grading.sketch

    def watching(own: Callable[..., Any]) -> Callable[..., Any]:
        def watched(trunk, goal, settings, attempt):
            channels = [int(start.split(":")[1]) for start in goal.starts]
            tried.append((channels, settings.learning_rate, settings.redirect, attempt))
            return own(trunk, goal, settings, attempt)

        return watched

    # By turns: channel 1 is fine at once, channel 2 the second time, channel 3 never.
    verdicts: Iterator[list[tuple[float, float]]] = iter(
        [[(5, 5), (8, 2), (8, 1)], [(6, 5), (9, 3)], [(9, 2)]]
    )

    def judged(trunk, channels, pictures, noise, other=()):
        return [Scores(top, robust, 1, 1, 0, 0, 9, None) for top, robust in next(verdicts)]

    monkeypatch.setattr(grading, "sketch", watching(sketch))
    monkeypatch.setattr(grading, "begin_sketch", watching(begin))
    monkeypatch.setattr(grading, "score", judged)
    chosen = quick("fourier", retries=2, learning_rate=0.5)
    found = graded(small_network(), "features.3", [1, 2, 3], chosen)
    assert tried == [([1, 2, 3], 0.5, 0.3, 0), ([2, 3], 0.25, 1.0, 1), ([3], 0.25, 1.0, 2)]
    assert [one.scores.robust for one in found] == [5, 5, 3]
    assert [one.attempts for one in found] == [1, 2, 3]
    assert [one.scores.flags for one in found] == [(), (), ("fragile",)]


@pytest.mark.parametrize(
    ("half", "whole", "drawn", "made"),
    [(3.0, 3.0, [1, 2], [1, 2]), (3.0, 2.0, [1, 2], [2]), (0.0, 3.0, [2], [2])],
    ids=["higher", "not higher", "silent at half"],
)
def test_a_silent_filter_is_tried_to_the_end_only_where_its_sketch_is_higher(
    monkeypatch: pytest.MonkeyPatch, half: float, whole: float, drawn: list[int], made: list[int]
) -> None:
    """Channel 1 stays below zero and is tried again; channel 2 is fragile, so its sketch says
    nothing; channel 3 is fine."""
    gone_on: list[list[int]] = []
    finished: list[list[int]] = []
    begin, finish_sketch, sketch, finish = (
        getattr(grading, name)
        for name in ("begin_sketch", "finish_sketch", "sketch", "finish_picture")
    )

    def channels(goal: Objective) -> list[int]:
        return [int(start.split(":")[1]) for start in goal.starts]

    def sketching(trunk, goal, settings, attempt):
        own = sketch(trunk, goal, settings, attempt)
        return replace(own, objectives=(2.0,) * len(own.seeds))

    def beginning(trunk, goal, settings, attempt):
        own = begin(trunk, goal, settings, attempt)
        return replace(own, objectives=(half,) * len(own.seeds))

    def going_on(trunk, goal, begun):
        gone_on.append(channels(goal))
        assert len(begun.seeds) == len(begun.point) == len(goal.starts)
        own = finish_sketch(trunk, goal, begun)
        return replace(own, objectives=(whole,) * len(own.seeds))

    def finishing(trunk, goal, settings, drawn):
        finished.append(channels(goal))
        assert len(drawn.seeds) == len(drawn.values) == len(goal.starts)
        return finish(trunk, goal, settings, drawn)

    again = [(-4, -4), (9, 3)] if 1 in made else [(9, 3)]
    verdicts = iter([[(-5, -5), (8, 2), (5, 5)], again])

    def judged(trunk, channels, pictures, noise, other=()):
        return [Scores(top, robust, 1, 1, 0, 0, 9, None) for top, robust in next(verdicts)]

    wrapped = {
        "sketch": sketching,
        "begin_sketch": beginning,
        "finish_sketch": going_on,
        "finish_picture": finishing,
    }
    for name, function in wrapped.items():
        monkeypatch.setattr(grading, name, function)
    monkeypatch.setattr(grading, "score", judged)
    found = graded(small_network(), "features.3", [1, 2, 3], quick("fourier", retries=1))
    assert gone_on == [drawn] and finished == [[1, 2, 3], made]
    assert [one.scores.robust for one in found] == [-4 if 1 in made else -5, 3, 5]
    assert [one.attempts for one in found] == [2, 2, 1]


def test_where_every_new_sketch_stays_silent_nothing_is_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finished: list[int] = []
    finish = grading.finish_picture

    def finishing(trunk, goal, settings, drawn):
        finished.append(len(goal.starts))
        return finish(trunk, goal, settings, drawn)

    monkeypatch.setattr(grading, "finish_picture", finishing)
    network = with_silent_filter()
    (dead,) = graded(network, "features.4", [2], quick("fourier", retries=2))
    assert finished == [1] and dead.attempts == 3


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("sketch_steps", [7, 1, 0])
def test_a_try_again_is_the_picture_that_it_would_be_by_itself(
    sketch_steps: int, half: bool
) -> None:
    """Where some of a batch's sketches end, done or half done, the others come out the same to the
    bit."""
    network, settings = small_network(), quick("fourier", sketch_steps=sketch_steps)
    trunk = engine.Trunk(network, "features.3")
    goal = engine.objective(trunk, [1, 2, 3], settings)
    some = engine.objective(trunk, [3, 1], settings)
    begun = engine.begin_sketch(trunk, goal, settings, 1)
    if half:
        drawn = engine.finish_sketch(trunk, some, begun.select([2, 0]))
    else:
        drawn = engine.finish_sketch(trunk, goal, begun).select([2, 0])
    if sketch_steps:
        assert len(drawn.objectives) == 2 and min(drawn.objectives) > -1e9
        assert len(begun.objectives) == 3 and min(begun.objectives) > -1e9
    found = engine.finish_picture(trunk, some, settings, drawn)
    expected = engine.climb(trunk, [3, 1], settings, attempt=1)
    np.testing.assert_array_equal(found.steps, expected.steps)
    np.testing.assert_array_equal(found.noise, expected.noise)
    assert found.iterations == expected.iterations


def test_a_layer_that_is_not_there_is_named() -> None:
    with pytest.raises(LayerError, match=r"features\.99"):
        graded(small_network(), "features.99", [0], quick("classic"))


def test_a_network_that_switches_gradients_off_is_told_in_words() -> None:
    class Quiet(nn.Sequential):
        @torch.no_grad()
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return super().forward(pictures)

    layers = (nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU())
    network = wrap(Quiet(*layers), size=(32, 32))
    for preset in ("classic", "fourier"):
        with pytest.raises(LayerError, match="from layer '3' back to the picture: the network's f"):
            graded(network, "3", [0], quick(preset))


def untouched(network: Network) -> bool:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    modules = list(network.module.modules())
    hooks = sum(len(getattr(module, kind)) for module in modules for kind in kinds)
    convolutions = [module for module in modules if isinstance(module, nn.Conv2d)]
    own = all("_conv_forward" not in vars(module) for module in convolutions)
    return hooks == 0 and own and all(module.padding == (1, 1) for module in convolutions)


@pytest.mark.parametrize("preset", ["classic", "fourier"])
def test_no_hook_stays_after_success_or_a_bad_channel(preset: str) -> None:
    network = small_network()
    for layer in ("features.3", "features.5"):
        graded(network, layer, [1], quick(preset))
        assert untouched(network)
        with pytest.raises(IndexError):
            graded(network, layer, [1, 99], quick(preset))
        assert untouched(network)


@pytest.mark.parametrize("error", [RuntimeError("the network broke"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", [3, 5, 8])
def test_no_hook_stays_after_an_error_or_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, call: int
) -> None:
    network, trunks, calls = small_network(), [], []
    own = nn.MaxPool2d.forward

    def breaking(module: nn.MaxPool2d, maps: torch.Tensor) -> torch.Tensor:
        calls.append(module)
        if len(calls) == call:
            raise error
        return own(module, maps)

    def remembered(*arguments):
        trunks.append(made(*arguments))
        return trunks[-1]

    made = grading.Trunk
    monkeypatch.setattr(grading, "Trunk", remembered)
    monkeypatch.setattr(nn.MaxPool2d, "forward", breaking)
    with pytest.raises(type(error)):
        graded(network, "features.5", [1], quick("fourier"))
    assert len(calls) == call
    assert untouched(network) and all(untouched(trunk) for trunk in trunks)


def test_the_middle_of_the_map_can_be_what_rises() -> None:
    network = small_network()
    settings = quick("classic", objective="centre", steps=1, size=24)
    (found,) = graded(network, "features.0", [1], settings)
    changed = np.argwhere((found.picture != found.noise).any(axis=2))
    # One value of a map of 24 by 24 looks at 3 by 3 pixels; weight decay moves no pixel by a level.
    assert np.abs(changed - 12).max() <= 1 or len(changed) == 24 * 24
    moved = np.abs(found.picture.astype(int) - found.noise).sum(axis=2)
    assert moved[11:14, 11:14].min() > 0


def test_a_picture_emerges_at_the_named_iterations() -> None:
    settings = quick("fourier", sketch_steps=5, steps=4, keep_every=3)
    (found,) = graded(small_network(), "features.3", [1], settings)
    assert found.iterations == (3, 6, 9)
    assert found.steps.shape == (3, 32, 32, 3)
    np.testing.assert_array_equal(found.steps[-1], found.picture)
    assert len({frame.tobytes() for frame in found.steps}) == 3


def test_most_is_kept_of_the_first_steps_in_which_most_emerges() -> None:
    settings = quick("fourier", sketch_steps=7, steps=4, keep_every=None)
    (found,) = graded(small_network(), "features.3", [1], settings)
    assert found.iterations == (1, 2, 4, 8, 11)


def test_a_layer_without_maps_is_not_sketched() -> None:
    network = small_network()
    trunk = engine.Trunk(network, "features.3")
    assert trunk.takes_any_size
    found = engine.climb(trunk, [0], quick("fourier", sketch_steps=0, keep_every=1))
    assert found.iterations == (1, 2, 3)
