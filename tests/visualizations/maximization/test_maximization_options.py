"""A preset, and whatever the config puts in place of its settings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from generator.errors import ModelError
from generator.model.layers import Layer
from generator.visualizations.maximization import options as module
from generator.visualizations.maximization.options import MaximizationOptions
from generator.visualizations.maximization.presets import PRESETS, Settings

_LATER = {"preset", "device", "precision", "channels"}


def chosen(**fields: Any) -> MaximizationOptions:
    return MaximizationOptions(kind="maximization", layers=["conv:1"], **fields)


def mistakes(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        chosen(**fields)
    return " / ".join(
        f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in caught.value.errors()
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_alone_is_the_preset(preset: str) -> None:
    given_ = chosen(preset=preset).settings().model_dump(exclude=_LATER - {"preset"})
    assert given_ == PRESETS[preset].model_dump(exclude=_LATER - {"preset"})


def test_the_default_is_fourier() -> None:
    assert chosen().settings().preset == "fourier"


_OTHER = {
    "parametrisation": "maco",
    "objective": "centre",
    "facets": 3,
    "diversity": 0.25,
    "size": 320,
    "sketch": 48,
    "sketch_steps": 11,
    "steps": 13,
    "learning_rate": 0.03,
    "momentum": "nadam",
    "decay": "linear",
    "warm_up": 7,
    "weight_decay": 0.01,
    "crop": 100,
    "jitter": 3,
    "rotate": 12.0,
    "rescale": 0.25,
    "redirect": 0.75,
    "overflow": 0.5,
    "noise": (3, 9),
    "retries": 5,
    "second_seed": True,
    "keep_every": 3,
    "seed": 8,
}


def test_every_setting_has_a_test() -> None:
    assert set(_OTHER) == set(Settings.model_fields) - _LATER


@pytest.mark.parametrize("name", _OTHER)
def test_one_setting_is_replaced_and_no_other(name: str) -> None:
    found = chosen(preset="classic", **{name: _OTHER[name]}).settings().model_dump(exclude=_LATER)
    plain = PRESETS["classic"].model_dump(exclude=_LATER)
    assert {key for key in plain if plain[key] != found[key]} == {name}
    assert found[name] == _OTHER[name]


@settings(max_examples=30, deadline=None)
@given(
    steps=st.integers(1, 100_000),
    size=st.integers(16, 2048),
    rate=st.floats(1e-6, 1e3),
    preset=st.sampled_from(sorted(PRESETS)),
)
def test_whatever_is_within_limits_is_taken(
    steps: int, size: int, rate: float, preset: str
) -> None:
    found = chosen(preset=preset, steps=steps, size=size, learning_rate=rate).settings()
    assert (found.steps, found.size, found.learning_rate) == (steps, size, rate)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"preset": "deepdream"}, "preset: Input should be 'fourier', 'classic' or 'maco'"),
        ({"steps": 0}, "steps: Input should be greater than or equal to 1"),
        ({"size": 8}, "size: Input should be greater than or equal to 16"),
        ({"rescale": 0.9}, "rescale: Input should be less than or equal to 0.5"),
        ({"learning_rate": 0}, "learning_rate: Input should be greater than 0"),
        ({"rotation": 5}, "rotation: Extra inputs are not permitted"),
        ({"precision": "float8"}, "precision: Input should be 'auto', 'float32' or 'bfloat16'"),
        ({"crop": 300}, "crop is 300, larger than size, 224"),
        ({"size": 96, "crop": 100}, "crop is 100, larger than size, 96"),
        ({"noise": [190, 125]}, "noise is [190, 125]; give a low and a high within 0 to 256"),
        ({"noise": [0, 300]}, "noise is [0, 300]; give a low and a high within 0 to 256"),
    ],
)
def test_mistakes_are_told_in_words(fields: dict[str, Any], words: str) -> None:
    assert words in mistakes(**fields)


def test_several_mistakes_are_told_at_once() -> None:
    told = mistakes(steps=0, rotate=90, preset="x")
    assert all(f"{key}: " in told for key in ("steps", "rotate", "preset"))


@pytest.mark.parametrize(("there", "device"), [("cuda", "cuda"), ("cpu", "cpu")])
def test_a_gpu_is_used_if_there_is_one(
    monkeypatch: pytest.MonkeyPatch, there: str, device: str
) -> None:
    monkeypatch.setattr(module, "best_device", lambda: there)
    monkeypatch.setattr(module, "best_precision", lambda where: f"best on {where}")
    found = chosen().settings()
    assert (found.device, found.precision) == (device, f"best on {device}")
    asked = chosen(device="cpu", precision="float32").settings()
    assert (asked.device, asked.precision) == ("cpu", "float32")


def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "best_device", lambda: "cpu")
    with pytest.raises(ModelError, match="torch sees none on this machine") as caught:
        chosen(device="cuda").settings()
    assert "Leave 'device' out" in str(caught.value.hint)


def test_settings_are_frozen_and_described() -> None:
    with pytest.raises(ValidationError):
        PRESETS["classic"].steps = 3  # type: ignore[misc]
    assert all(field.description for field in Settings.model_fields.values())
    own = MaximizationOptions.model_fields
    assert all(own[name].description for name in Settings.model_fields.keys() - {"channels"})


def test_classes_stand_for_layers_and_filters() -> None:
    chosen = MaximizationOptions(kind="maximization", classes=["espresso", 281])
    assert chosen.output_classes == ("espresso", "281")
    assert MaximizationOptions(kind="maximization", layers="output").output_classes == ()
    for wrong in ({"layers": "conv:1"}, {"filters": [1]}):
        with pytest.raises(ValidationError, match="leave these out"):
            MaximizationOptions(kind="maximization", classes="espresso", **wrong)
    with pytest.raises(ValidationError, match="'layers' is missing"):
        MaximizationOptions(kind="maximization")


@pytest.mark.parametrize(
    ("places", "asked", "sketch"),
    [(56, None, 64), (28, None, 80), (14, None, 96), (7, None, 96), (14, 64, 64), (28, 70, 70)],
)
def test_a_deep_layers_sketch_is_larger_unless_its_side_is_asked_for(
    places: int, asked: int | None, sketch: int
) -> None:
    """``places`` are a side of the layer's map of 224 pixels: of 64 pixels, 16, 8, 4 and 2."""
    layer = Layer("features.9", "ReLU", 9, None, (8, places, places), 0)
    own = {} if asked is None else {"sketch": asked}
    assert chosen(**own).settings_for(layer, (224, 224)).sketch == sketch
    assert chosen(preset="classic").settings_for(layer, (224, 224)).sketch is None


@pytest.mark.parametrize(("field", "sketch"), [((3, 3), 96), ((5, 5), 64), (None, 64)])
def test_the_first_layers_sketch_is_larger(field: tuple[int, int] | None, sketch: int) -> None:
    layer = Layer("features.1", "ReLU", 1, None, (8, 224, 224), 0, field)
    assert chosen().settings_for(layer, (224, 224)).sketch == sketch


@pytest.mark.parametrize(("side", "steps"), [(95, 0), (96, 75)])
def test_a_small_network_has_no_sketch(side: int, steps: int) -> None:
    layer = Layer("features.9", "ReLU", 9, None, (8, side // 2, side // 2), 0)
    found = chosen().settings_for(layer, (side, side))
    assert (found.sketch_steps, found.steps) == (steps, 2 + 75 - steps)
