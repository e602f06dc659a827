"""Pictures of any number of channels, and what networks of other channels are given and show."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from generator.errors import PictureError
from generator.photos import images, seeing
from generator.photos.stacks import open_stack, resize_stack, shown_stack


def saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array) if path.suffix == ".npy" else np.savez(path, array)
    return path


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize(
    ("shape", "found"), [((6, 8), (6, 8, 1)), ((6, 8, 5), (6, 8, 5)), ((5, 6, 8), (6, 8, 5))]
)
def test_rows_columns_and_channels_are_told_apart(
    tmp_path: Path, suffix: str, shape: tuple[int, ...], found: tuple[int, ...]
) -> None:
    array = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    stack = open_stack(saved(tmp_path / f"a{suffix}", array))
    assert stack.dtype == np.float32 and stack.shape == found
    assert stack[2, 3, 0] == (array[0, 2, 3] if len(shape) == 3 and shape[0] == 5 else
                              array[2, 3] if len(shape) == 2 else array[2, 3, 0])  # fmt: skip


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16])
def test_integers_are_put_on_the_scale_of_their_type(tmp_path: Path, kind: type) -> None:
    most = np.iinfo(kind).max
    stack = open_stack(saved(tmp_path / "a.npy", np.array([[0, most]], kind)))
    assert stack[0, :, 0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array(["a"]), "is an array of <U1 of shape (1,), not of numbers"),
        (np.zeros((2, 2), np.complex64), "is an array of complex64"),
        (np.zeros((2, 0, 3)), "of shape (2, 0, 3)"),
        (np.zeros((2, 2, 2, 2)), "of shape (2, 2, 2, 2)"),
        (np.array([[{}]], dtype=object), "is an array of object"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, array: np.ndarray, words: str) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(PictureError) as caught:
        open_stack(tmp_path / "a.npy")
    assert words in caught.value.message


def header(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    kind = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x09\x00", header((9, 9))[:-5]])
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(PictureError, match="is damaged"):
        open_stack(path)
    with pytest.raises(PictureError, match="has 0 bytes" if not content else "is damaged"):
        images.open_pixels(path)


def damaged_deflate(path: Path) -> None:
    np.savez_compressed(path, np.random.default_rng(0).integers(0, 256, (64, 64, 5)))
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)


def encrypted(path: Path) -> None:
    saved(path, np.zeros((4, 4)))
    content = bytearray(path.read_bytes())
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(start) + flags] |= 1
    path.write_bytes(content)


def packed_by_unknown_means(path: Path) -> None:
    saved(path, np.zeros((4, 4)))
    content = bytearray(path.read_bytes())
    for start, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(start) + method] = 97
    path.write_bytes(content)


@pytest.mark.parametrize("make", [damaged_deflate, encrypted, packed_by_unknown_means])
def test_archives_that_cannot_be_read_are_refused(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "a.npz")
    with pytest.raises(PictureError, match=r"a\.npz' is damaged: "):
        images.describe(tmp_path / "a.npz")


def test_a_size_that_is_only_claimed_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(header((10**6, 10**5)))
    with pytest.raises(PictureError, match="is too large: it has 100,000,000,000 values"):
        open_stack(tmp_path / "a.npy")
    (tmp_path / "b.npy").write_bytes(header((1000, 1000)) + b"0" * 99)
    with pytest.raises(PictureError, match="is damaged: it ends too early"):
        open_stack(tmp_path / "b.npy")


def test_several_arrays_in_a_file_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(PictureError, match="holds 2 arrays, not one"):
        open_stack(tmp_path / "two.npz")
    with zipfile.ZipFile(tmp_path / "none.npz", "w"):
        pass
    with pytest.raises(PictureError, match="holds 0 arrays"):
        open_stack(tmp_path / "none.npz")


@given(
    arrays.arrays(np.float32, (3, 4, 5), elements=st.floats(width=32)),
    st.sampled_from([(0, 1, 2), (4,), (4, 3, 2), (9,)]),
)
def test_any_numbers_can_be_shown(stack: np.ndarray, bands: tuple[int, ...]) -> None:
    pixels = shown_stack(stack, bands)
    assert pixels.dtype == np.uint8 and pixels.shape == (3, 4, 3)


def test_bands_are_shown_in_their_order() -> None:
    stack = np.zeros((2, 2, 4), np.float32)
    stack[..., 3], stack[..., 1] = 1.0, 0.5
    assert shown_stack(stack, (3, 1, 0))[0, 0].tolist() == [255, 128, 0]
    assert shown_stack(stack, (1,))[0, 0].tolist() == [128, 128, 128]


def test_each_channel_is_resized_as_a_photo_is() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    small = resize_stack(photo.astype(np.float32), (8, 6))
    assert np.abs(small - images.resize(photo, (8, 6))).max() <= 1


@pytest.fixture
def four(tmp_path: Path) -> images.Picture:
    array = np.random.default_rng(0).integers(0, 256, (9, 7, 4), dtype=np.uint8)
    return images.describe(saved(tmp_path / "four.npy", array))


def test_a_network_is_given_all_channels(four: images.Picture) -> None:
    stack = seeing.seen(four, (9, 7), 4)
    np.testing.assert_allclose(stack, np.load(four.path) / 255, atol=1e-6)
    with pytest.raises(PictureError, match=r"four\.npy' has 4 channels, and the network reads 3"):
        seeing.seen(four, (9, 7), 3)


def test_transparency_is_a_fourth_channel_where_four_are_read(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)
    Image.fromarray(values, "RGBA").save(tmp_path / "a.png")
    Image.fromarray(values[..., :3]).save(tmp_path / "b.png")
    one, other = (images.describe(tmp_path / name) for name in ("a.png", "b.png"))
    np.testing.assert_allclose(seeing.seen(one, (6, 5), 4), values / 255, atol=1e-6)
    with pytest.raises(PictureError, match="has 3 channels, and the network reads 4") as caught:
        seeing.check(other, 4)
    assert "arrays of shape (H, W, 4), in files of .npy or .npz" in caught.value.hint
    one.path.write_bytes(one.path.read_bytes()[:-40])
    with pytest.raises(PictureError, match=r"a\.png' is damaged or incomplete: .*trunc"):
        seeing.seen(one, (6, 5), 4)


def test_pictures_are_shown_as_the_network_sees_them(four: images.Picture, tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), (200, 100, 0)).save(tmp_path / "red.png")
    red = images.describe(tmp_path / "red.png")
    assert seeing.for_network([red], 3, (0, 1, 2)) == (red,)
    (gray,) = seeing.for_network([red], 1, (0, 0, 0))
    assert seeing.shown(gray)[0, 0].tolist() == [118, 118, 118]
    assert images.open_pixels(gray)[0, 0].tolist() == [200, 100, 0]
    (banded,) = seeing.for_network([four], 4, (3, 2, 1))
    assert (seeing.shown(banded) == np.load(four.path)[..., [3, 2, 1]]).all()
    assert replace(banded, bands=(0, 1, 2)) == four
