from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from small_networks import PREPROCESSING, Small, network
from torch import Tensor, nn

from generator.errors import LayerError
from generator.model.network import Network
from generator.model.tracing.source_code import forward_source

SCALE = 1.0


def prefixes(net: Network) -> dict[str, str]:
    return {layer.name: net.digest(layer.name, "prefix") for layer in net.layers}


def test_equal_networks_have_equal_digests() -> None:
    one, other = network(Small()), network(Small())
    assert prefixes(one) == prefixes(other)
    assert one.weights_digest == other.weights_digest
    assert one.digest("features.3", "layer") == other.digest("features.3", "layer")


def test_a_layer_depends_on_its_own_weights_only() -> None:
    changed = Small()
    with torch.no_grad():
        changed.features[0].weight[0, 0, 0, 0] += 1
    one, other = network(Small()), network(changed)
    assert one.digest("features.3", "layer") == other.digest("features.3", "layer")
    assert one.digest("features.0", "layer") != other.digest("features.0", "layer")
    assert one.weights_digest != other.weights_digest


def test_a_prefix_depends_on_what_ran_before_and_nothing_after() -> None:
    changed = Small()
    with torch.no_grad():
        changed.features[3].bias[1] += 1e-6
    one, other = prefixes(network(Small())), prefixes(network(changed))
    same = [name for name in one if one[name] == other[name]]
    assert same == ["features.0", "features.1", "features.2"]


def test_configuration_counts() -> None:
    changed = Small()
    changed.features[2].kernel_size = 3
    one, other = prefixes(network(Small())), prefixes(network(changed))
    assert [name for name in one if one[name] == other[name]] == ["features.0", "features.1"]


def test_buffers_count() -> None:
    def normalised(mean: float) -> Network:
        module = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
        torch.nn.init.ones_(module[0].weight)
        torch.nn.init.zeros_(module[0].bias)
        module[1].running_mean.fill_(mean)
        return network(module)

    one, other = normalised(0.0), normalised(0.1)
    assert one.digest("0", "prefix") == other.digest("0", "prefix")
    assert one.digest("1", "prefix") != other.digest("1", "prefix")
    assert one.digest("1", "layer") != other.digest("1", "layer")


class Scaled(Small):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images * self.scale * SCALE)


def test_plain_attributes_of_the_authors_modules_count() -> None:
    one, other = network(Scaled(1.0)), network(Scaled(0.5))
    assert one.digest("features.0", "prefix") != other.digest("features.0", "prefix")
    assert one.digest("features.0", "layer") == other.digest("features.0", "layer")


def helper(images: Tensor) -> Tensor:
    return images * SCALE


class Helped(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return helper(images)


def test_forward_source_follows_bases_functions_and_constants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "\n".join(forward_source(Helped))
    assert "return helper(images)" in text
    assert "return images * SCALE" in text
    assert "SCALE = 1.0" in text
    assert "self.features(images)" in "\n".join(forward_source(Scaled))
    assert forward_source(nn.Conv2d) == ()
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert "SCALE = 2.0" in forward_source(Helped)


def test_code_without_a_source_counts_by_its_bytecode() -> None:
    def made(body: str) -> type:
        space = {"nn": nn, "__name__": "typed_in"}
        exec(f"class Typed(nn.Module):\n    def forward(self, x):\n        return {body}", space)
        return space["Typed"]

    assert forward_source(made("x + 1")) == forward_source(made("x + 1"))
    assert forward_source(made("x + 1")) != forward_source(made("x + 2"))
    assert forward_source(made("x.exp()")) != forward_source(made("x.log()"))


class ReadsDirectly(nn.Module):
    """Uses a convolution's weights without calling it."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(3, 2, 1)
        nn.init.constant_(self.hidden.weight, value)
        nn.init.zeros_(self.hidden.bias)
        self.relu = nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.relu(nn.functional.conv2d(images, self.hidden.weight))
        return answer


def test_weights_that_no_module_was_called_for_always_count() -> None:
    one, other = network(ReadsDirectly(1.0)), network(ReadsDirectly(2.0))
    assert one.digest("relu", "prefix") != other.digest("relu", "prefix")


def test_types_that_numpy_lacks_are_hashed() -> None:
    module = nn.Sequential(nn.Identity())
    module.register_buffer("extra", torch.ones(3, dtype=torch.bfloat16))
    module.register_buffer("single", torch.tensor(2))
    module.register_buffer("empty", torch.ones(0))
    assert len(network(module).weights_digest) == 64


def test_each_tensor_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network()
    first = prefixes(net), net.weights_digest, net.digest("features.0", "layer")

    def refuse(*_: object) -> Tensor:
        raise AssertionError("hashed again")

    monkeypatch.setattr(Tensor, "contiguous", refuse)
    assert (prefixes(net), net.weights_digest, net.digest("features.0", "layer")) == first


def test_a_layer_that_did_not_run_has_no_prefix() -> None:
    with pytest.raises(LayerError, match="No layer is called 'nowhere'"):
        network().digest("nowhere", "prefix")
    with pytest.raises(LayerError, match="No layer is called 'nowhere'"):
        network().digest("nowhere", "layer")


def test_digests_are_the_same_in_another_process() -> None:
    net = network()
    here = [net.digest("features.3", "prefix"), net.weights_digest]
    code = (
        "from small_networks import network; net = network();"
        "print(net.digest('features.3', 'prefix'), net.weights_digest)"
    )
    places = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    environment = dict(os.environ, PYTHONHASHSEED="7", PYTHONPATH=os.pathsep.join(places))
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == here


def test_preprocessing_is_no_part_of_the_digest() -> None:
    other = type(PREPROCESSING)(size=(32, 32), mean=PREPROCESSING.mean, std=PREPROCESSING.std)
    assert prefixes(network()) == prefixes(network(preprocessing=other))


def test_the_code_of_a_forward_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def digest() -> str:
        return network(nn.Sequential(Helped(), nn.ReLU())).digest("1", "prefix")

    before = digest()
    assert digest() == before
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert digest() != before
