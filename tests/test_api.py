"""Maximisation pictures from Python, in a few lines."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from requests_for import small_network
from torch import nn

from generator.api import maximize
from generator.errors import ConfigError, FilterError, LayerError, ModelError

QUICK = {"size": 32, "steps": 3, "sketch": 16, "sketch_steps": 4, "retries": 0}


def test_three_lines_with_ones_own_module() -> None:
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True), nn.Conv2d(8, 4, 3)).double()
    module.train()
    pictures = maximize(module, "2", [3, 1], input_size=(32, 32), **QUICK)
    assert [(made.layer, made.channel, made.facet) for made in pictures] == [
        ("2", 3, 1),
        ("2", 1, 1),
    ]
    made = pictures[0]
    assert made.picture.shape == made.noise.shape == (32, 32, 3)
    assert made.picture.dtype == np.uint8
    assert made.iterations[-1] == 7 and np.array_equal(made.steps[-1], made.picture)
    assert made.scores.activation > made.scores.start
    # The module is the caller's: as it was, on and with no hook.
    assert module.training and module[0].weight.dtype == torch.float64
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


def test_a_unit_is_the_same_alone_and_among_others() -> None:
    network = small_network()
    several = maximize(network, "features.3", range(6), **QUICK)
    (alone,) = maximize(network, "features.3", 4, **QUICK)
    gap = np.abs(alone.picture.astype(int) - several[4].picture)
    assert gap.max() <= 2
    (other,) = maximize(network, "features.3", 4, seed=1, **QUICK)
    assert not np.array_equal(other.noise, alone.noise)


def test_settings_come_from_the_preset_and_the_caller() -> None:
    network = small_network()
    (made,) = maximize(network, "features.0", 1, preset="classic", size=24, steps=3, keep_every=1)
    assert made.settings.preset == "classic" and made.settings.parametrisation == "pixels"
    assert (made.settings.weight_decay, made.iterations) == (1e-6, (1, 2, 3))
    assert made.noise.min() >= 125 and made.noise.max() < 190


def test_facets_and_a_picture_that_channels_share() -> None:
    network = small_network()
    facets = maximize(network, "features.3", [1, 2], facets=2, diversity=3.0, **QUICK)
    assert [(made.channel, made.facet) for made in facets] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    shared = maximize(network, "features.3", [1, 2], together=True, **QUICK)
    assert [made.channel for made in shared] == [1, 2]
    assert np.array_equal(shared[0].picture, shared[1].picture)
    assert shared[0].scores.activation != shared[1].scores.activation
    with pytest.raises(ConfigError, match="not both"):
        maximize(network, "features.3", [1, 2], together=True, facets=2, **QUICK)


def test_mistakes_are_told() -> None:
    network = small_network()
    with pytest.raises(LayerError, match="No layer is called") as told:
        maximize(network, "feature.3", 1)
    assert "features.3" in told.value.hint
    with pytest.raises(FilterError, match="has no filter 6: it has 6, numbered 0 to 5"):
        maximize(network, "features.3", [1, 6])
    with pytest.raises(FilterError, match="No filter of layer"):
        maximize(network, "features.3", [])
    with pytest.raises(ConfigError, match="size: must be at least 16, found 4"):
        maximize(network, "features.3", 1, size=4)
    with pytest.raises(ConfigError, match="'step' is no setting") as told_setting:
        maximize(network, "features.3", 1, step=4)
    assert told_setting.value.hint == "Did you mean 'steps'?"
    with pytest.raises(ConfigError, match="'qqq', 'sise', 'step' are no settings") as several:
        maximize(network, "features.3", 1, step=4, sise=32, qqq=0)
    assert several.value.hint.startswith(
        "Did you mean 'size', 'steps'? Settings are: crop, decay, "
    )
    with pytest.raises(ConfigError, match="input_size and mean cannot be changed: this network is"):
        maximize(network, "features.3", 1, input_size=(64, 64), mean=(0.5, 0.5, 0.5))
    with pytest.raises(ModelError, match="does not run"):
        maximize(nn.Conv2d(5, 4, 3), "", 1)


def test_importing_it_is_light() -> None:
    code = "import sys, generator.api; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
