"""Any network: layers, plan and a small gallery of many kinds, with random weights.

Their inputs are smaller than they were made for, where they take that: it is as true, and quicker.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.building.draw import DrawnGallery, draw
from generator.building.explain import dependences
from generator.building.prepare import Prepared, prepare
from generator.cli import tables
from generator.config.load import load_config
from generator.errors import ModelError, PictureError
from generator.model.network import Network
from generator.utils.report import Silent

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Animal:
    """A network of the zoo, and layers of it to look at."""

    model: str
    input: str  # as in its config
    convolutions: int
    kernels: str
    maps: str
    unit: str  # the layer of which a picture is made
    side: int  # of that picture
    photo: str = "photo.png"


ZOO = [
    Animal("torchvision:resnet18", "{size: 64}", 20, "conv1", "layer4.1.relu", "fc", 64),
    Animal("torchvision:googlenet", "{size: 64}", 57, "conv1.conv", "maxpool4", "fc", 64),
    Animal("torchvision:inception_v3", "{size: 96}", 94, "conv:3", "conv:90", "conv:94", 96),
    Animal("torchvision:densenet121", "{size: 64}", 120, "conv:5", "conv:110", "conv:100", 64),
    Animal(
        "torchvision:mobilenet_v3_small",
        "{size: 64}", 52, "conv:3", "conv:9", "classifier.3", 64,
    ),
    Animal("torchvision:convnext_tiny", "{size: 64}", 22, "conv:2", "conv:22", "conv:22", 64),
    Animal(
        "{source: torchvision:vit_b_16, args: {image_size: 64}}",
        "{}", 1, "conv_proj", "encoder.ln", "heads.head", 64,
    ),
    Animal("timm:resnet50d", "{size: 64}", 55, "conv1.0", "layer4.2.act1", "fc", 64),
    Animal("timm:nfnet_l0", "{size: 64}", 81, "stem.conv1", "stages.3.0.act3", "conv:60", 64),
    Animal("zoo_networks:LeNet", "{size: 28, channels: 1}", 2, "conv1", "conv2", "fc3", 28),
    Animal(
        "{source: zoo_networks:four_channels, args: {width: 6}}",
        "{size: 32, channels: 4, bands: [4, 3, 2]}", 2, "'0'", "'3'", "'6'", 32, "four.npy",
    ),
    Animal("zoo_networks:Branching", "{size: 32, range: [0, 255]}", 3, "dark", "head", "head", 32),
]  # fmt: skip

CONFIG = """\
model: {model}
weights: none
input: {input}
images: {photo}
layers: {maps}
visualizations:
  - {{kind: kernels, layers: {kernels}}}
  - {{kind: activations, layers: {maps}}}
  - {{kind: maximization, layers: {unit}, filters: 0, steps: 2, sketch_steps: 2,
      second_seed: false, retries: 0}}
"""


def written(folder: Path, animal: Animal) -> Path:
    """A config for the animal, with a photo of each kind and the module of our own beside it."""
    shutil.copy(HERE / "zoo_networks.py", folder)
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 4), dtype=np.uint8)
    Image.fromarray(pixels[..., :3]).save(folder / "photo.png")
    np.save(folder / "four.npy", pixels)
    path = folder / "site_config.yml"
    path.write_text(CONFIG.format(**vars(animal)), encoding="utf-8")
    return path


def gallery(folder: Path, animal: Animal) -> tuple[Prepared, DrawnGallery]:
    prepared = prepare(load_config(written(folder, animal)), Silent())
    return prepared, draw(prepared, Silent(), 1)


def layers_of(network: Network) -> list[str]:
    return [row["name"] for row in tables.layer_rows(network.layers)]


@pytest.mark.parametrize("animal", ZOO, ids=lambda animal: animal.model)
def test_layers_plan_and_a_small_gallery(tmp_path: Path, animal: Animal) -> None:
    prepared, drawn = gallery(tmp_path, animal)
    network = prepared.workshop.network
    ordinals = [layer.ordinal for layer in network.layers if layer.ordinal]
    assert ordinals == list(range(1, animal.convolutions + 1))
    rows = tables.plan_rows(prepared, {})
    assert {row["visualization"] for row in rows} == {"kernels", "activations", "maximization"}
    made = {figure.role: figure for entry in prepared.plan.entries for figure in entry.figures}
    cache, keys = prepared.workshop.cache, prepared.plan.keys
    found = {role: cache.load(keys[figure.task]) for role, figure in made.items()}
    maps, picture = found["maps"].tensors["maps"], found["picture"].tensors["picture"]
    assert np.isfinite(maps).all() and maps.std() > 0
    assert picture.shape == (animal.side, animal.side, 3) and picture.std() > 0
    assert len(drawn.prints) >= 6  # a sheet of kernels, one of maps, a picture and its making


def test_two_inputs_are_refused_by_name(tmp_path: Path) -> None:
    animal = Animal("zoo_networks:TwoInputs", "{size: 32}", 2, "conv:1", "conv:1", "conv:1", 32)
    with pytest.raises(ModelError, match=r"reads 2 inputs \(left, right\), and a gallery shows"):
        gallery(tmp_path, animal)


def test_a_network_that_looks_at_values_says_so_and_works_through_hooks(tmp_path: Path) -> None:
    prepared, _ = gallery(tmp_path, ZOO[-1])
    network = prepared.workshop.network
    assert network.dependence("stem").kind == "traced"
    branch = network.dependence("head")
    assert branch.kind == "whole"
    assert branch.reason == "a tensor's value is read in the network's own forward"
    assert "bright" not in layers_of(network)  # zeros, on which layers are listed, are dark
    assert any("head" in line and branch.reason in line for line in dependences(prepared))


def test_a_photo_of_too_few_channels_is_refused_before_anything_runs(tmp_path: Path) -> None:
    animal = replace(ZOO[-2], photo="photo.png")
    with pytest.raises(PictureError, match=r"site_config\.yml:4: images.*network reads 4"):
        gallery(tmp_path, animal)


def test_gray_networks_and_chosen_bands_are_shown_as_they_are_seen(tmp_path: Path) -> None:
    for number, animal in enumerate(ZOO[-3:-1]):
        (tmp_path / str(number)).mkdir()
        prepared, drawn = gallery(tmp_path / str(number), animal)
        seen = np.asarray(Image.open(drawn.prints[-1].path).convert("RGB"))
        entry = prepared.plan.entries[-1]
        result = prepared.workshop.cache.load(prepared.plan.keys[entry.figures[0].task])
        picture = result.tensors["picture"]
        if animal.photo == "photo.png":
            assert (np.ptp(seen, axis=2) <= 4).all() and (np.ptp(picture, axis=2) == 0).all()
        else:
            read = result.tensors["read"]
            assert read.shape == (32, 32, 4)
            assert (picture == read[..., [3, 2, 1]]).all()
