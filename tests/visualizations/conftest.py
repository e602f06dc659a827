"""A small network and a photo for the visualizations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from requests_for import small_network

from generator.model.network import Network
from generator.photos import images
from generator.photos.images import Picture


@pytest.fixture
def network() -> Network:
    return small_network()


@pytest.fixture
def photo(tmp_path: Path) -> Picture:
    pixels = np.random.default_rng(7).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    return images.describe(tmp_path / "noise.png")
