"""Pictures in: every odd kind opens right, every bad file is refused by name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import hostile_pictures as hostile
import numpy as np
import pytest
import shell
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generator.errors import PictureError
from generator.machines import worker
from generator.photos import images
from generator.photos.images import Picture
from generator.utils.report import hush_pillow

PHOTOS = Path(__file__).parents[2] / "docs" / "images"


def assert_quarters(pixels: np.ndarray, within: int = 0) -> None:
    assert pixels.dtype == np.uint8
    assert pixels.shape == (40, 60, 3)
    difference = pixels.astype(int) - hostile.quarters().astype(int)
    # Away from the edges between the quarters, where lossy formats ring.
    for rows in (slice(2, 16), slice(24, 38)):
        for columns in (slice(2, 26), slice(34, 58)):
            assert np.abs(difference[rows, columns]).max() <= within


# --- find ---------------------------------------------------------------------------------------


def test_find_keeps_the_patterns_order_and_sorts_each_glob(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", "z/c.png", "first.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = images.find(["first.jpg", "*.png", "**/*.png"], tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "first.jpg",
        "a.png",
        "b.png",
        "z/c.png",
    ]


def test_find_takes_absolute_patterns_and_names_that_look_like_globs(tmp_path: Path) -> None:
    odd = tmp_path / "holiday [1].png"
    odd.write_bytes(b"x")
    assert images.find(["holiday [1].png"], tmp_path) == [odd]
    assert images.find([f"{tmp_path}/holi*"], Path("/")) == [odd]


@pytest.mark.parametrize("pattern", ["missing.jpg", "*.webp", ""])
def test_find_names_the_pattern_that_matches_nothing(tmp_path: Path, pattern: str) -> None:
    hostile.good(tmp_path / "a.png")
    with pytest.raises(PictureError) as caught:
        images.find(["a.png", pattern], tmp_path)
    assert f"'{pattern}'" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("pattern", ["photos/a.png", "photos/*"])
def test_find_names_a_link_to_nothing(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").symlink_to("gone.png")
    with pytest.raises(PictureError, match=r"'photos/a\.png' is a link to nothing: gone\.png"):
        images.find([pattern], tmp_path)


def test_find_says_how_to_name_a_folders_pictures(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(PictureError, match="'photos/' is a folder") as caught:
        images.find(["photos/"], tmp_path)
    assert "'photos/*.jpg'" in caught.value.hint


# --- describe, unique ---------------------------------------------------------------------------


def test_describe_reads_title_name_and_digest_from_the_file(tmp_path: Path) -> None:
    path = hostile.good(tmp_path / "my_old-Cat.png")
    assert images.describe(path) == Picture(
        name="my-old-cat",
        title="My old Cat",
        path=path,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    told = images.describe(path, title="Tom", alt="A cat", credit="Me")
    assert (told.title, told.alt, told.credit) == ("Tom", "A cat", "Me")


@pytest.mark.parametrize("stem", [hostile.AWKWARD_NAME, "Ünïcødé Ⅷ", "..a..", "<script>", "a%2Fb"])
def test_names_are_safe_in_urls(tmp_path: Path, stem: str) -> None:
    picture = images.describe(hostile.good(tmp_path / f"{stem}.png"))
    assert picture.name and set(picture.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert picture.title


def test_a_name_without_latin_letters_is_named_by_its_digest(tmp_path: Path) -> None:
    picture = images.describe(hostile.good(tmp_path / "猫.png"))
    assert picture.name == f"picture-{picture.digest[:8]}"
    assert picture.title == "猫"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf_8_gives_a_title_that_is(tmp_path: Path) -> None:
    path = hostile.good(tmp_path / "x.png").rename(tmp_path / os.fsdecode(b"caf\xe9.png"))
    picture = images.describe(path)
    assert (picture.name, picture.title) == ("caf", "Caf\N{REPLACEMENT CHARACTER}")


def named(*names: str) -> list[Picture]:
    return [Picture(name, name, Path(name), "0" * 64) for name in names]


def test_clashing_names_are_numbered_without_taking_anothers() -> None:
    unique = images.unique(named("cat", "cat", "dog", "cat-2", "cat"))
    assert [picture.name for picture in unique] == ["cat", "cat-3", "dog", "cat-2", "cat-4"]


@given(st.lists(st.sampled_from(["a", "a-2", "a-2-2", "a-3", "b"]), max_size=12))
def test_unique_is_unique_and_keeps_every_first(names: list[str]) -> None:
    given_pictures = named(*names)
    result = [picture.name for picture in images.unique(given_pictures)]
    assert len(set(result)) == len(names)
    for name in set(names):
        assert result[names.index(name)] == name
    assert images.unique(given_pictures) == images.unique(given_pictures)


# --- odd pictures open as a person sees them ----------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_lossless_pictures_open_exactly(tmp_path: Path, suffix: str) -> None:
    assert_quarters(images.open_pixels(hostile.good(tmp_path / f"a.{suffix}")))


def test_cmyk_opens_as_rgb(tmp_path: Path) -> None:
    assert_quarters(images.open_pixels(hostile.cmyk(tmp_path / "a.jpg")), within=8)


@pytest.mark.parametrize("orientation", [3, 6])
def test_exif_turns_the_picture(tmp_path: Path, orientation: int) -> None:
    path = hostile.turned(tmp_path / "a.png", orientation)
    assert_quarters(images.open_pixels(path))


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bit_gray_is_scaled_not_cut_off(tmp_path: Path, suffix: str) -> None:
    pixels = images.open_pixels(hostile.deep_gray(tmp_path / f"a.{suffix}"))
    assert (pixels == np.arange(256, dtype=np.uint8)[None, :, None]).all()


def test_floats_of_0_to_1_and_wider_ones_open_as_gray(tmp_path: Path) -> None:
    unit = np.array([[0, 0.5, 1], [1, 0, np.nan]], np.float32)
    for number, factor in enumerate([1, 1000]):
        path = tmp_path / f"{number}.tiff"
        Image.fromarray(unit * factor).save(path)
        pixels = images.open_pixels(path)
        assert pixels[..., 0].tolist() == [[0, 128, 255], [255, 0, 0]]


@pytest.mark.parametrize(("kind", "value"), [(np.int32, 70_000), (np.float32, -1)])
def test_gray_of_one_value_beyond_the_range_of_its_kind_is_black(
    tmp_path: Path, kind: type, value: int
) -> None:
    Image.fromarray(np.full((4, 4), value, kind)).save(tmp_path / "a.tiff")
    with np.errstate(all="raise"):
        assert not images.open_pixels(tmp_path / "a.tiff").any()


def test_transparency_lies_over_white(tmp_path: Path) -> None:
    pixels = images.open_pixels(hostile.palette_with_alpha(tmp_path / "palette.png"))
    expected = hostile.quarters()
    expected[:20, :30] = 255
    assert (pixels == expected).all()
    pixels = images.open_pixels(hostile.half_transparent(tmp_path / "rgba.png"))
    assert np.abs(pixels - (hostile.quarters() * (128 / 255) + 127)).max() <= 1


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_an_animation_shows_its_first_frame(tmp_path: Path, suffix: str) -> None:
    assert_quarters(images.open_pixels(hostile.animated(tmp_path / f"a.{suffix}")))


def test_a_gif_shows_its_first_frame(tmp_path: Path) -> None:
    assert_quarters(images.open_pixels(hostile.animated(tmp_path / "a.gif")), within=4)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_gray_and_one_bit_open_as_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    Image.new(mode, (5, 4), 0).save(path)
    assert (images.open_pixels(path) == np.zeros((4, 5, 3), np.uint8)).all()


def test_an_awkward_file_name_opens(tmp_path: Path) -> None:
    path = hostile.good(tmp_path / hostile.AWKWARD_NAME)
    assert_quarters(images.open_pixels(images.describe(path)))


# --- bad files are refused ----------------------------------------------------------------------

Maker = Callable[[Path], Path]


@pytest.mark.parametrize("read", [images.describe, images.open_pixels])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (hostile.empty, "empty: it has 0 bytes"),
        (hostile.no_picture, "is not a picture"),
        (hostile.bomb, "too large"),
        (lambda path: path, "There is no picture"),
        (lambda path: path.mkdir() or path, "is a folder"),
    ],
)
def test_bad_files_are_refused_by_name(
    tmp_path: Path, make: Maker, words: str, read: Callable[[Path], object]
) -> None:
    path = make(tmp_path / "it's <b>.png")
    with pytest.raises(PictureError) as caught:
        read(path)
    assert words in caught.value.message
    assert "it's <b>.png" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff", "bmp"])
def test_a_truncated_picture_is_refused(tmp_path: Path, suffix: str) -> None:
    path = hostile.truncated(tmp_path / f"half.{suffix}")
    with pytest.raises(PictureError, match=rf"half\.{suffix}' is (damaged|not a picture)"):
        images.open_pixels(path)


@pytest.mark.parametrize("side", [8_001, 11_000, 40_000])  # ours, Pillow's warning, its error
def test_a_bomb_costs_neither_time_nor_memory(tmp_path: Path, side: int) -> None:
    hush_pillow()
    path = hostile.bomb(tmp_path / "bomb.png", side)
    tracemalloc.start()
    started = time.thread_time()  # in which nobody else's work counts
    with pytest.raises(PictureError, match=r"too large[\s\S]*At most 64 megapixels"):
        images.open_pixels(path)
    seconds, (_, peak) = time.thread_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 1
    assert peak < 5_000_000


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    with pytest.raises(PictureError, match="There is no picture"):
        images.open_pixels(pipe)


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = hostile.good(tmp_path / "secret.png")
    monkeypatch.setattr(images.Image, "open", refuse)  # the super-user may read everything
    with pytest.raises(PictureError, match=r"secret\.png' may not be read") as caught:
        images.open_pixels(path)
    assert "permissions" in caught.value.hint


def test_postscript_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "a.eps"
    path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")
    with pytest.raises(PictureError, match="not a picture"):
        images.open_pixels(path)


@settings(max_examples=150, deadline=None)
@given(
    suffix=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
    keep=st.floats(0.1, 1),
)
def test_damage_gives_a_picture_or_a_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    changes: list[tuple[float, int]],
    keep: float,
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.picture"
    Image.fromarray(hostile.quarters(16, 24)).save(path, suffix)
    content = bytearray(path.read_bytes())
    for place, value in changes:
        content[int(place * (len(content) - 1))] = value
    path.write_bytes(content[: max(1, int(keep * len(content)))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hush_pillow()  # nothing but the error is said
        try:
            pixels = images.open_pixels(path)
        except PictureError as error:
            assert "damaged.picture" in error.message
        else:
            assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3


def run_a_command(folder: Path) -> None:
    shell.run(folder, "--version")


def begin_a_worker(_: Path) -> None:
    worker._shelf.cache_clear()
    worker._shelf()


@pytest.mark.parametrize("begin", [run_a_command, begin_a_worker])
def test_damaged_metadata_is_not_worth_a_warning(
    tmp_path: Path, begin: Callable[[Path], None]
) -> None:
    path = tmp_path / "a.jpg"
    five_tags_and_none_there = b"Exif\0\0II*\0\x08\0\0\0\x05\0"
    Image.fromarray(hostile.quarters()).save(path, quality=95, exif=five_tags_and_none_there)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        begin(tmp_path)
        assert_quarters(images.open_pixels(path), within=24)


def test_pictures_opened_at_the_same_time_leave_warnings_as_they_were(tmp_path: Path) -> None:
    """As threads do, which share the filters of their process."""
    before = list(warnings.filters)
    first, second = (images.opened(hostile.good(tmp_path / name)) for name in ("a.png", "b.png"))
    with contextlib.ExitStack() as one:
        one.enter_context(first)
        with contextlib.ExitStack() as other:
            other.enter_context(second)
            one.close()
    assert warnings.filters == before


# --- resize -------------------------------------------------------------------------------------


def test_resize_squishes_to_the_size() -> None:
    small = images.resize(hostile.quarters(400, 600), (32, 16))
    assert small.shape == (32, 16, 3) and small.dtype == np.uint8
    assert tuple(small[0, 0]) == hostile.RED and tuple(small[-1, -1]) == hostile.WHITE
    assert tuple(small[0, -1]) == hostile.GREEN and tuple(small[-1, 0]) == hostile.BLUE


def test_resize_averages_what_it_makes_smaller() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(images.resize(stripes, (8, 8)).astype(int) - 128).max() <= 16


# --- the default photos -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "astronaut"])
def test_the_default_photos_are_small_and_say_nothing_else(name: str) -> None:
    path = PHOTOS / f"{name}.jpg"
    with Image.open(path) as image:
        assert max(image.size) <= 512
        assert not image.getexif() and not {"icc_profile", "comment", "xmp"} & set(image.info)
    assert images.open_pixels(path).std() > 20
