"""Moving pictures: their frames, times and stills, and that a scene shows the true numbers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generator.errors import SiteError
from generator.render.drawing import animation, color, numbers, pictures
from generator.render.drawing.encoding import Drawn
from generator.visualizations.base import Drawing, Figure, Task

TASK = Task("convolution", "features.0", "prefix")


def scene(size: int = 4, padding: int = 1, stride: int = 1, kernel: int = 3) -> tuple[Any, Any]:
    """A piece of noise and everything that a convolution task tells about it."""
    random = np.random.default_rng(size)
    patch = random.integers(0, 256, (size, size, 3), np.uint8)
    plane = np.pad(patch[..., 0] / np.float32(255) - np.float32(0.5), padding)
    weights = random.normal(size=(kernel, kernel)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(plane, (kernel, kernel))
    output = (windows[::stride, ::stride] * weights).sum(axis=(2, 3))
    tensors = {"patch": patch, "input": plane, "kernel": weights, "output": output}
    return tensors, {"padding": padding, "stride": stride, "plane": 0}


def draw(tensors: Any, facts: Any, still: int = -1) -> Drawn:
    figure = Figure(TASK, "animation", "output", Drawing("convolution", still=still))
    return pictures.draw(tensors, figure, facts)


def frames_of(content: bytes) -> tuple[list[np.ndarray], list[int]]:
    image = Image.open(io.BytesIO(content))
    frames, times = [], []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        frames.append(np.array(image.convert("RGB")))
        times.append(image.info.get("duration", 0))
    return frames, times


@pytest.fixture(scope="module")
def slide() -> Drawn:
    return draw(*scene(3))


# --- the sliding kernel -------------------------------------------------------------------------


def test_one_frame_a_position_and_the_last_is_held(slide: Drawn) -> None:
    drawn = slide
    frames, times = frames_of(drawn.image_bytes)
    assert len(frames) == 9
    assert set(times[:-1]) == {300} and times[-1] == 2500
    assert Image.open(io.BytesIO(drawn.image_bytes)).info["loop"] == 0
    assert {frame.shape for frame in frames} == {(drawn.height, drawn.width, 3)}
    assert drawn.still is not None
    assert (frames_of(drawn.still)[0][0] == frames[-1]).all()


def test_a_still_of_the_middle_is_that_frame(slide: Drawn) -> None:
    middle = draw(*scene(3), still=4).still
    assert middle is not None
    assert (frames_of(middle)[0][0] == frames_of(slide.image_bytes)[0][4]).all()


def test_the_response_fills_up_in_the_colours_of_its_numbers(slide: Drawn) -> None:
    tensors, facts = scene(3)
    built = animation._Scene.of(tensors, facts)
    frames, _ = frames_of(slide.image_bytes)
    limit = float(np.abs(tensors["output"]).max())
    for number, frame in enumerate(frames):
        for cell in range(9):
            left, top, *_ = built.outputs.box(*divmod(cell, 3))
            corner = frame[top + 6, left + 6]  # inside the outline, outside the number
            value = tensors["output"].flat[cell]
            expected = color.diverging(value, limit) if cell <= number else numbers.PAPER
            assert (corner == expected).all(), (number, cell)


def test_the_sum_written_out_is_the_response() -> None:
    tensors, facts = scene(4)
    tensors["input"][:] = 0
    tensors["input"][1:3, 1:3] = [[1.5, -2], [0.25, 4]]
    tensors["kernel"][:] = [[1, 2, 3], [-4, 0.5, 6], [7, 8, -0.125]]
    windows = np.lib.stride_tricks.sliding_window_view(tensors["input"], (3, 3))
    tensors["output"] = (windows * tensors["kernel"]).sum(axis=(2, 3))
    built = animation._Scene.of(tensors, facts)
    assert built._sum((1, 1)) == "1.50 · 1.00 + (-2.00) · 2.00 + 0 · 3.00 + … + 0 · (-0.12) = -1.50"


def test_stride_moves_the_window_by_whole_steps() -> None:
    tensors, facts = scene(7, padding=1, stride=2)
    built = animation._Scene.of(tensors, facts)
    assert built.positions()[:5] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert built._corner((1, 3)) == (2, 6)


def test_long_walks_are_shortened_and_still_end_full() -> None:
    tensors, facts = scene(12)
    positions = animation._Scene.of(tensors, facts).positions()
    assert len(positions) == 50
    assert positions[0] == (0, 0) and positions[-1] == (11, 11)


@pytest.mark.parametrize("shape", [(3, 0, 1, 3), (12, 3, 2, 7), (11, 5, 4, 11), (5, 0, 1, 1)])
def test_panels_stay_on_the_canvas_and_apart(shape: tuple[int, int, int, int]) -> None:
    built = animation._Scene.of(*scene(*shape))
    boxes = [
        grid.box(0, 0, grid.shape)
        for grid in (built.planes, built.kernels, built.outputs, built.photo)
    ]
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= animation.WIDTH
        assert 0 < top < bottom < built.height
    planes, kernels, outputs, photo = boxes
    assert planes[2] + 40 < min(kernels[0], photo[0])
    assert kernels[3] + 40 < photo[1]
    assert max(planes[3], photo[3]) + 100 < outputs[1], "the sum stands between"
    assert next(built.frames()).shape == (built.height, animation.WIDTH, 3)


def test_a_note_is_broken_into_lines_that_fit() -> None:
    lines = animation._wrapped("Each number in the frame times the number at its place", 200)
    assert len(lines) > 2 and max(numbers.text_width(line, 23) for line in lines) <= 200
    assert " ".join(lines) == "Each number in the frame times the number at its place"


def test_on_a_phone_the_default_picture_fits_and_its_numbers_are_legible() -> None:
    built = animation._Scene.of(*scene(6))
    on_screen = 328 / animation.WIDTH  # of 360 pixels, with room at both sides
    assert built.height * on_screen < 500
    letters = [numbers._font_size(grid.cell) for grid in (built.planes, built.outputs)]
    assert min(letters) * on_screen > 9


def test_float_patches_are_shown_as_their_bytes() -> None:
    patch = scene(4)[0]["patch"]
    as_floats = np.moveaxis(patch, -1, 0).astype(np.float32) / 255
    assert (animation._eight_bits(as_floats) == patch).all()


def test_the_same_scene_gives_the_same_bytes(slide: Drawn) -> None:
    assert draw(*scene(3)) == slide


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"output": np.zeros((3, 3))}, r"output must be \(4, 4\), not \(3, 3\)"),
        ({"patch": np.zeros((5, 5, 3), np.uint8)}, "patch"),
        ({"input": np.zeros((50, 50)), "output": np.zeros((48, 48))}, "make no|too many cells"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(change: Any, words: str) -> None:
    tensors, facts = scene(4)
    with pytest.raises(SiteError, match=words):
        draw({**tensors, **change}, facts)


@pytest.mark.parametrize("wrong", [{}, {"padding": 1}, {"padding": 1, "stride": 0}])
def test_facts_that_are_missing_or_senseless_are_refused(wrong: Any) -> None:
    with pytest.raises(SiteError, match=r"stride|padding"):
        draw(scene(4)[0], wrong)


# --- a picture that takes shape -----------------------------------------------------------------


def frames_figure(frames: np.ndarray, still: int = -1) -> Drawn:
    figure = Figure(TASK, "steps", "steps", Drawing("frames", still=still))
    return pictures.draw({"steps": frames}, figure)


def test_frames_run_at_four_a_second_and_hold_the_last() -> None:
    frames = np.stack([np.full((20, 30, 3), shade, np.uint8) for shade in (0, 90, 180, 250)])
    drawn = frames_figure(frames)
    shown, times = frames_of(drawn.image_bytes)
    assert times == [240, 240, 240, 1500]
    assert (drawn.width, drawn.height, drawn.suffix) == (30, 20, ".webp")
    assert np.abs(np.stack(shown).astype(int) - frames).max() <= 4
    assert drawn.still is not None
    assert np.abs(frames_of(drawn.still)[0][0].astype(int) - 250).max() <= 4


def test_one_frame_is_a_picture_too() -> None:
    drawn = frames_figure(np.zeros((1, 8, 8, 3), np.uint8))
    assert len(frames_of(drawn.image_bytes)[0]) == 1


@pytest.mark.parametrize(
    "frames", [np.zeros((2, 8, 8, 3)), np.zeros((8, 8, 3), np.uint8), np.zeros((0, 8, 8, 3), "u1")]
)
def test_frames_of_another_kind_are_refused(frames: np.ndarray) -> None:
    with pytest.raises(SiteError, match="frames must be uint8"):
        frames_figure(frames)
