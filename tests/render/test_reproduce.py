"""The line that makes a picture again: short where a preset says all, and always whole."""

from __future__ import annotations

import shlex
from typing import Any

import pretend_gallery as pretend
import pytest

from generator.cli.render import maximization
from generator.render.wording.reproduce import command
from generator.visualizations.maximization.presets import PRESETS

LAYER = pretend.vgg_layers()[15]
NETWORK = ("--model", "vgg16-hed")


def line(preset: str, network: tuple[str, ...] = NETWORK, **changes: Any) -> str:
    parameters = {**PRESETS[preset].model_dump(mode="json"), **changes}
    return command(pretend.picture(LAYER, 220, parameters=parameters), network)


def test_a_preset_as_it_is_needs_no_settings() -> None:
    assert line("fourier") == (
        "cnn-gallery render maximization --model vgg16-hed --unit features.15:220 "
        "--output features-15-220.png"
    )
    assert "--preset classic --output features-15-220-classic.png" in line("classic")


def test_what_differs_from_the_preset_is_told() -> None:
    told = line("maco", steps=9, seed=3, noise=[1, 2], second_seed=False)
    assert "--preset maco" in told and "--steps 9" in told and "--seed 3" in told
    assert "--set 'noise=[1, 2]'" in told
    assert "--set second_seed=false" in told


def test_the_machine_is_not_told() -> None:
    assert line("fourier", device="cuda", precision="bfloat16") == line("fourier")


def test_names_that_a_shell_would_read_are_quoted() -> None:
    told = line("fourier", ("--config", "my site.yml"))
    assert shlex.split(told)[3:5] == ["--config", "my site.yml"]


@pytest.mark.parametrize("preset", PRESETS)
def test_the_command_line_takes_each_line_and_means_the_same_settings(preset: str) -> None:
    from generator.api import entry
    from generator.cli.render import own_settings

    changes = {"steps": 9, "learning_rate": 0.25, "noise": [1, 2], "retries": 2}
    words = shlex.split(line(preset, **changes))[3:]
    given = maximization.make_context("maximization", words).params
    named = {name: given[name] for name in ("size", "steps", "seed", "facets")}
    settings = entry(given["preset"], **named, **own_settings(given["settings"]))._preset()
    wanted = {**PRESETS[preset].model_dump(mode="json"), **changes}
    assert settings.model_dump(mode="json") == wanted


def test_pictures_of_other_kinds_have_no_line() -> None:
    shown = pretend.shown("a.webp", "map", "activations", layer=LAYER, channel=3)
    assert command(shown, NETWORK) == ""
