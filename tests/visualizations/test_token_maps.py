"""Maps, pictures and natural examples of networks that answer with tokens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import token_networks
import torch
from PIL import Image
from requests_for import request

from generator.building.workshop import Workshop
from generator.cache.store import Cache
from generator.errors import ConfigError, LayerError
from generator.model.capture import capture
from generator.model.layers import Layer
from generator.model.network import Card, Network, Preprocessing
from generator.model.tracing.trace import trace
from generator.photos import images
from generator.planning.identity import plan_task
from generator.visualizations import registry
from generator.visualizations.activations import Activations, ActivationsOptions, map_task
from generator.visualizations.base import Result, Task, Visualization
from generator.visualizations.exemplars import Exemplars, ExemplarsOptions
from generator.visualizations.kernels import Kernels, KernelsOptions
from generator.visualizations.maximization import Maximization
from generator.visualizations.maximization.options import MaximizationOptions
from generator.visualizations.maximization.presets import FOURIER

HIDDEN = "blocks.1.mlp.1"
QUICK: dict[str, Any] = {"steps": 6, "sketch_steps": 6, "retries": 0, "keep_every": 4}


def network(kind: type[torch.nn.Module] = token_networks.Transformer, seed: int = 0) -> Network:
    module = token_networks.seeded(kind, seed)
    preprocessing = Preprocessing(token_networks.SIZE, (0.5,) * 3, (0.25,) * 3)
    return Network(module, Card("tokens", "test"), preprocessing, trace(module, (3, 24, 24)))


@pytest.fixture
def photo(tmp_path: Path) -> images.Picture:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return images.describe(tmp_path / "photo.png")


def run(
    kind: Visualization[Any], of: Network, tasks: list[Task], photo: images.Picture
) -> Mapping[Task, Result]:
    return {
        task: result
        for batch in kind.batches(tasks)
        for task, result in kind.compute(of, batch, {photo.name: photo})
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (token_networks.Transformer, HIDDEN),
        (token_networks.Registers, "drop"),
        (token_networks.Mixer, "mix.2"),
        (token_networks.ChannelsLast, "act"),
    ],
)
def test_a_photo_has_a_map_for_each_channel(
    kind: type[torch.nn.Module], name: str, photo: images.Picture
) -> None:
    of = network(kind)
    layer = of.layer(name)
    options = ActivationsOptions(kind="activations", layers=(name,))
    asked = request(of, name, pictures=[photo])
    (task,) = Activations().tasks(options, asked)
    maps = run(Activations(), of, [task], photo)[task].tensors["maps"]
    assert maps.shape == layer.shape and maps.flags.c_contiguous
    pixels = images.resize(images.open_pixels(photo), of.preprocessing.size)
    answer = capture(of.module, of.input(pixels), [name])[name]
    assert np.array_equal(maps, layer.maps(answer)[0].numpy())


@pytest.mark.parametrize("objective", ["mean", "centre"])
@pytest.mark.parametrize(("precision", "near"), [("float32", 1e-4), ("bfloat16", 1e-2)])
def test_a_picture_is_made_for_an_embedding_channel(
    objective: str, precision: str, near: float, photo: images.Picture
) -> None:
    """It drives the mean over the patches' tokens, or the one in the middle, and no class token.

    Its scores are the float32 network's to as many digits as the numbers that it is made with have.
    """
    of = network()
    options = MaximizationOptions(
        kind="maximization", layers=(HIDDEN,), objective=objective, precision=precision, **QUICK
    )
    asked = request(of, HIDDEN, channels=[3], pictures=[photo])
    task = next(iter(Maximization().tasks(options, asked)))
    assert task.parameters["size"] == 24  # the network takes no other
    assert (task.parameters["sketch_steps"], task.parameters["steps"]) == (0, 12)
    result = run(Maximization(), of, [task], photo)[task]
    assert result.tensors["picture"].shape == (24, 24, 3)
    assert isinstance(result.facts["activation"], float)
    assert result.facts["activation"] > float(str(result.facts["start"]))
    maps = of.layer(HIDDEN).maps(
        capture(of.module, of.input(result.tensors["picture"]), [HIDDEN])[HIDDEN]
    )
    assert float(maps[0, 3].mean()) == pytest.approx(result.facts["activation"], rel=near)


def test_several_facets_of_a_token_layer(photo: images.Picture) -> None:
    of = network()
    options = MaximizationOptions(kind="maximization", layers=(HIDDEN,), facets=2, **QUICK)
    task = next(iter(Maximization().tasks(options, request(of, HIDDEN, channels=[3]))))
    facets = run(Maximization(), of, [task], photo)[task].tensors["facets"]
    assert facets.shape == (2, 24, 24, 3) and not np.array_equal(facets[0], facets[1])


def test_the_kernels_of_the_patches_are_pictures() -> None:
    of = network()
    options = KernelsOptions(kind="kernels", layers=("patches",), draw="rgb")
    (task,) = Kernels().tasks(options, request(of, "patches"))
    ((_, result),) = Kernels().compute(of, [task], {})
    assert result.tensors["kernels"].shape == (10, 3, 8, 8)


def test_a_convolution_before_tokens_is_made_on_the_networks_own_size() -> None:
    of = network()
    options = MaximizationOptions(kind="maximization", layers=("patches",), **QUICK)
    task = next(iter(Maximization().tasks(options, request(of, "patches", channels=[0]))))
    ((_, result),) = Maximization().compute(of, [task], {})
    assert result.tensors["picture"].shape == (24, 24, 3)


def test_natural_examples_of_a_token_layer_are_whole_photos(
    photo: images.Picture, tmp_path: Path
) -> None:
    of = network()
    asked = request(of, HIDDEN, channels=[1, 4])
    asked = type(asked)(asked.layers, asked.channels, (), asked.size, (photo,))
    options = ExemplarsOptions(kind="exemplars", layers=(HIDDEN,))
    tasks = list(Exemplars().tasks(options, asked))
    (ranking,) = run(Exemplars(), of, tasks[:1], photo).values()
    found = dict(Exemplars().combine(tasks[1:], lambda task: ranking, {photo.name: photo}))
    assert [result.facts["whole"] for result in found.values()] == [True, True]
    maps = run(Activations(), of, [map_task(of.layer(HIDDEN), photo)], photo).popitem()[1]
    for task, result in found.items():
        top = result.facts["top"]
        assert isinstance(top, list) and isinstance(top[0], dict)
        best = float(maps.tensors["maps"][int(task.channel or 0)].max())
        assert top[0]["value"] == pytest.approx(best, rel=1e-4)


def test_keys_say_how_tokens_became_maps_and_those_of_maps_stay(
    photo: images.Picture, tmp_path: Path
) -> None:
    of = network()
    shop = Workshop(of, {photo.name: photo}, registry(), Cache(tmp_path / "cache", None))
    keyed = plan_task(map_task(of.layer(HIDDEN), photo), shop.kinds, of, shop.pictures)
    assert keyed.identity["layout"] == "tokens 3x3 after 1"
    plain = plan_task(map_task(of.layer("patches"), photo), shop.kinds, of, shop.pictures)
    assert "layout" not in plain.identity


def settings(layer: Layer, seen: tuple[int, int] = (112, 112), **own: Any) -> dict[str, Any]:
    options = MaximizationOptions(kind="maximization", layers=("x",), **own)
    return options.settings_for(layer, seen).model_dump()


EVERY_STEP = FOURIER.steps + FOURIER.sketch_steps
PLAIN = Layer("x", "Conv2d", 0, 1, (4, 56, 56), 0)
FIXED = Layer("x", "Linear", 0, None, (4, 3, 3), 0, any_size=False)
VECTOR = Layer("x", "Linear", 0, None, (4,), 0)


def test_settings_suit_the_layer() -> None:
    whole = MaximizationOptions(kind="maximization", layers=("x",)).settings().model_dump()
    assert settings(PLAIN, (224, 224)) == whole
    assert settings(PLAIN) == {**whole, "size": 112}
    assert settings(FIXED) == {**whole, "size": 112, "sketch_steps": 0, "steps": EVERY_STEP}
    assert settings(VECTOR) == {**whole, "size": 112, "sketch_steps": 0, "steps": EVERY_STEP}
    assert settings(FIXED, sketch_steps=0, steps=9)["steps"] == 9
    assert settings(FIXED, size=112)["size"] == 112
    assert settings(VECTOR, size=64)["size"] == 64
    assert settings(FIXED, (600, 600), crop=160)["size"] == 600
    assert settings(FIXED, crop=112)["crop"] is None
    assert settings(FIXED, preset="classic")["steps"] == 50


def test_small_inputs_have_all_steps_on_pictures_of_their_size() -> None:
    whole = settings(PLAIN, (224, 224))
    small = {"size": 28, "jitter": 2, "sketch_steps": 0, "steps": EVERY_STEP}
    assert settings(PLAIN, (28, 28)) == {**whole, **small}
    assert settings(PLAIN, (32, 48))["size"] == 32
    assert settings(PLAIN, (8, 8))["size"] == 16
    assert settings(PLAIN, (299, 299))["size"] == 299
    assert settings(PLAIN, (2000, 2000))["size"] == 224
    assert settings(PLAIN, (28, 28), sketch=20) == {
        **whole, "size": 28, "jitter": 2, "sketch": 20,
    }  # fmt: skip
    with pytest.raises(ConfigError, match="crop is 100, larger than size, 28"):
        settings(PLAIN, (28, 28), crop=100)


def test_a_size_that_the_layer_cannot_take_is_said() -> None:
    with pytest.raises(LayerError, match=r"'x' runs on pictures of 112x112 only, not on 64"):
        settings(FIXED, size=64)
    with pytest.raises(LayerError, match=r"pictures of 24x32 only, and pictures are made square"):
        settings(FIXED, (24, 32))
