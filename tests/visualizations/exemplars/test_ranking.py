"""One pass over pictures finds what looking at every map would find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from requests_for import small_network

from generator.model.capture import capture
from generator.model.network import Network
from generator.photos import images
from generator.photos.images import Picture
from generator.visualizations.exemplars import ranking
from generator.visualizations.exemplars.histogram import BINS, EDGES, histogram
from generator.visualizations.exemplars.ranking import rank
from generator.visualizations.exemplars.reading import Reading, reading, sight

LAYERS = ("features.0", "features.1", "features.5")


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    chance = np.random.default_rng(3)
    for number in range(6):
        pixels = chance.integers(0, 256, (30 + number, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return [images.describe(tmp_path / f"{number}.png") for number in range(6)]


def all_maps(network: Network, pictures: list[Picture], name: str) -> np.ndarray:
    """Every map of a layer: ``(N, C, H, W)``."""
    size = network.preprocessing.size
    pixels = [images.resize(images.open_pixels(picture), size) for picture in pictures]
    inputs = torch.cat([network.input(each) for each in pixels])
    return capture(network.module, inputs, [name])[name].numpy()


def readings(network: Network, pictures: int) -> dict[str, Reading]:
    size = network.preprocessing.size
    return {name: reading(network.layer(name), size, pictures) for name in LAYERS}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("side", ["top", "bottom"])
def test_the_first_place_is_the_extreme_of_all_maps(
    pictures: list[Picture], name: str, side: str
) -> None:
    network = small_network()
    result = rank(network, readings(network, 6), pictures)[name]
    maps = all_maps(network, pictures, name).swapaxes(0, 1)
    flat = maps.reshape(len(maps), -1)
    extreme = flat.max(axis=1) if side == "top" else flat.min(axis=1)
    values = result.tensors[f"{side}_values"][:, 0]
    assert values == pytest.approx(extreme, abs=1e-5)
    spots, at = result.tensors[f"{side}_spots"][:, 0], result.tensors[f"{side}_pictures"][:, 0]
    places = flat.reshape(*maps.shape[:2], -1)
    assert places[range(len(maps)), at, spots] == pytest.approx(values, abs=1e-5)


def test_places_of_one_picture_are_apart(pictures: list[Picture]) -> None:
    network = small_network()
    own = readings(network, 1)["features.0"]
    tensors = rank(network, {"features.0": own}, pictures[:1])["features.0"].tensors
    width, apart = own.map[1], own.apart
    assert own.share > 1 and apart == (3, 3)
    for values, spots in zip(tensors["top_values"], tensors["top_spots"], strict=True):
        rows, columns = np.divmod(spots[np.isfinite(values)], width)
        assert len(rows) > 9
        far = (abs(rows[:, None] - rows) >= 3) | (abs(columns[:, None] - columns) >= 3)
        assert far[~np.eye(len(rows), dtype=bool)].all()
        assert list(values) == sorted(values, reverse=True)


def test_a_share_of_each_picture_when_there_are_few_and_one_place_when_there_are_many() -> None:
    network = small_network()
    shares = {count: readings(network, count)["features.0"].share for count in (1, 4, 16, 1000)}
    assert shares == {1: 16, 4: 4, 16: 1, 1000: 1}


def test_what_sees_everything_is_shown_whole_and_once() -> None:
    network = small_network()
    layer = network.layer("features.5")
    assert sight(layer, (4, 4)).field is None
    assert sight(layer, (4, 4)).box(3) == (0, 0, 4, 4)
    assert reading(layer, (4, 4), 1).share == 1


def test_silent_places_are_drawn_by_lot(tmp_path: Path) -> None:
    """A rectified map that is zero everywhere gives no corner, but another place each time."""
    network = small_network()
    with torch.no_grad():
        network.module.features[0].weight.zero_()
        network.module.features[0].bias.fill_(-1)
    for number in range(8):
        Image.new("RGB", (20, 16), (number, 0, 0)).save(tmp_path / f"{number}.png")
    pictures = [images.describe(tmp_path / f"{number}.png") for number in range(8)]
    one = Reading("features.1", 4, (16, 20), 1, (0, 0))
    tensors = rank(network, {"features.1": one}, pictures)["features.1"].tensors
    assert not tensors["bottom_values"].any()
    assert len(set(tensors["bottom_spots"][0].tolist())) > 4
    assert len({tuple(row) for row in tensors["bottom_pictures"].tolist()}) > 1


def test_counts_are_those_of_all_values_of_small_maps(pictures: list[Picture]) -> None:
    network = small_network()
    counts = rank(network, readings(network, 6), pictures)["features.0"].tensors["counts"]
    maps = all_maps(network, pictures, "features.0").swapaxes(0, 1)
    for own, values in zip(counts, maps, strict=True):
        expected, _ = np.histogram(values.astype(np.float64), EDGES)
        assert own.sum() == values.size
        assert abs(own - expected).sum() <= 2  # rounding at an edge


def test_a_histogram_goes_from_the_first_value_to_the_last() -> None:
    counts = np.zeros(BINS, int)
    assert histogram(counts) == {"edges": [], "counts": []}
    counts[[BINS // 2, BINS // 2 + 2]] = (5, 1)
    found = histogram(counts)
    assert found["counts"] == [5, 0, 1]
    assert found["edges"] == pytest.approx([-(2**-8), 2**-8, 2**-7.5, 2**-7])


def test_pictures_do_not_depend_on_how_many_are_looked_at_together(
    pictures: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = small_network()
    together = rank(network, readings(network, 6), pictures)["features.5"].tensors
    monkeypatch.setattr(ranking, "_AT_ONCE", 1)
    alone = rank(network, readings(network, 6), pictures)["features.5"].tensors
    assert together["top_values"] == pytest.approx(alone["top_values"], abs=1e-5)
    assert np.array_equal(together["top_spots"], alone["top_spots"])


def test_a_broken_picture_is_left_out_and_told_of(pictures: list[Picture]) -> None:
    network = small_network()
    broken = pictures[2].path
    broken.write_bytes(broken.read_bytes()[:400])
    result = rank(network, readings(network, 6), pictures)["features.0"]
    assert result.facts == {"pictures": 5, "unreadable": [pictures[2].name]}
    assert 2 not in result.tensors["top_pictures"]
