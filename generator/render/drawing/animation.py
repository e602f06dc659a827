"""Moving pictures: a kernel that slides over a plane, and a picture that takes shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from generator.photos.images import Pixels
from generator.render.drawing import color
from generator.render.drawing.encoding import Drawn, animation, webp
from generator.render.drawing.numbers import FAINT, INK, LINE, NumberGrid, font, short, text_width
from generator.render.wording import words
from generator.visualizations.base import Array, Fact

WIDTH = 720  # of an upright picture: all of it fits a phone, and can be read there

_BACKGROUND = (250, 249, 247)
_ACCENT = (214, 39, 120)  # the window and its sum: a colour that neither map has
_PADDING = (232, 230, 226)
_MARGIN = 18
_TOP = 60  # of the panels in the upper row, in pixels
_PLANE_SIDE, _KERNEL_SIDE, _RESPONSE_SIDE = 464, 180, 348  # at most
_CELL = 58  # at most
_APART = 44  # between two panels of a row
_SUM = 136  # between the rows, for the sum
_NOTE = 200  # as high as the note may be
_SMALL = 23  # letters

_MOST_POSITIONS = 50
_MOST_CELLS = 48  # of a plane's side: below four pixels a cell, nothing can be followed
_SLIDE_MS, _SLIDE_LAST_MS = 300, 2500
_FRAME_MS, _FRAME_LAST_MS = 240, 1500


def draw_frames(frames: Array, still: int) -> Drawn:
    """Frames, uint8 ``(n, H, W, 3)``, at about four a second; the last is held.

    Raises:
        ValueError: the array has another shape or type.
        IndexError: there is no frame ``still``.
    """
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise ValueError(f"frames must be uint8 (n, H, W, 3), not {frames.dtype} {frames.shape}")
    times = [_FRAME_MS] * (len(frames) - 1) + [_FRAME_LAST_MS]
    moving = animation(list(frames), times, lossless=False)
    height, width = frames.shape[1:3]
    return Drawn(moving, ".webp", width, height, still=webp(frames[still], quality=92))


def draw_convolution(tensors: Mapping[str, Array], facts: Mapping[str, Fact], still: int) -> Drawn:
    """A kernel sliding over one padded plane, its sum written out at each place.

    Args:
        tensors: ``patch``, the piece of photo, RGB as uint8 ``(h, w, 3)`` or as floats 0..1
            ``(3, h, w)``; ``input``, its plane with the padding ``(h + 2p, w + 2p)``; ``kernel``
            ``(kH, kW)``; ``output``, the sum at each place.
        facts: ``padding`` and ``stride`` in cells, and ``plane``: 0 red, 1 green, 2 blue.
        still: which frame stands for the whole.

    Raises:
        KeyError: a tensor or fact is missing.
        ValueError: the shapes do not fit together.
    """
    scene = _Scene.of(tensors, facts)
    frames = list(scene.frames())
    times = [_SLIDE_MS] * (len(frames) - 1) + [_SLIDE_LAST_MS]
    moving = animation(frames, times, lossless=True)
    return Drawn(moving, ".webp", WIDTH, scene.height, still=webp(frames[still], quality=None))


@dataclass(frozen=True)
class _Scene:
    """What the animation shows, checked, and where each panel stands."""

    patch: Pixels
    plane: Array
    kernel: Array
    output: Array
    padding: int
    stride: int
    name: str  # of the plane
    planes: NumberGrid
    kernels: NumberGrid
    outputs: NumberGrid
    photo: NumberGrid

    @classmethod
    def of(cls, tensors: Mapping[str, Array], facts: Mapping[str, Fact]) -> _Scene:
        plane, kernel, output = tensors["input"], tensors["kernel"], tensors["output"]
        padding, stride = _whole(facts, "padding"), _whole(facts, "stride", least=1)
        reach = zip(plane.shape, kernel.shape, strict=True)
        shape = tuple((side - window) // stride + 1 for side, window in reach)
        if not output.size or output.shape != shape:
            raise ValueError(f"output must be {shape}, not {output.shape}")
        name = words.plane(facts) or "input"
        patch = _eight_bits(tensors["patch"])
        if any(patch.shape[axis] + 2 * padding != plane.shape[axis] for axis in (0, 1)):
            raise ValueError(f"patch {patch.shape} and padding {padding} make no {plane.shape}")
        if max(plane.shape) > _MOST_CELLS:
            raise ValueError(f"a plane of {plane.shape} has too many cells to show")
        panels = _panels(plane.shape, kernel.shape, output.shape)
        return cls(patch, plane, kernel, output, padding, stride, name, *panels)

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        return self.outputs.top + max(self.outputs.height, _NOTE) + _MARGIN

    def positions(self) -> list[tuple[int, int]]:
        """The output's cells that get a frame of their own: all, or evenly chosen ones."""
        count = self.output.size
        shown = np.unique(np.linspace(0, count - 1, min(count, _MOST_POSITIONS)).round())
        columns = self.output.shape[1]
        return [divmod(int(cell), columns) for cell in shown]

    def frames(self) -> Iterator[Pixels]:
        """The picture for each position: what stays is drawn once, what moves on a copy of it."""
        scene = self._background()
        colours = _signed(self.output)
        sums = {position: self._sum(position) for position in self.positions()}
        size = next(size for size in range(26, 7, -1) if size == 8 or _fits(sums.values(), size))
        drawn = 0
        for (row, column), text in sums.items():
            canvas = ImageDraw.Draw(scene)
            last = row * self.output.shape[1] + column
            for cell in range(drawn, last + 1):
                place = divmod(cell, self.output.shape[1])
                self.outputs.draw_cell(canvas, place, self.output[place], colours[place])
            drawn = last + 1
            yield self._with_window(scene, (row, column), text, size)

    def _background(self) -> Image.Image:
        """All that is the same in every frame."""
        image = Image.new("RGB", (WIDTH, self.height), _BACKGROUND)
        canvas = ImageDraw.Draw(image)
        self._draw_plane(canvas)
        self._draw_kernel(canvas)
        self._draw_photo(image)
        _label(canvas, self.outputs, "response")
        self.outputs.draw_empty(canvas)
        self._draw_note(canvas)
        return image

    def _with_window(
        self, scene: Image.Image, position: tuple[int, int], text: str, size: int
    ) -> Pixels:
        """A frame, uint8 ``(H, W, 3)``: the window outlined, and its sum ``text`` written out."""
        image = scene.copy()
        canvas = ImageDraw.Draw(image)
        for grid in (self.planes, self.photo):
            grid.outline(canvas, self._corner(position), self.kernels.shape, _ACCENT)
        self.outputs.outline(canvas, position, (1, 1), _ACCENT)
        place = (WIDTH / 2, self.outputs.top - 84)
        canvas.text(place, text, fill=INK, font=font(size), anchor="ms")
        return np.asarray(image)

    def _corner(self, position: tuple[int, int]) -> tuple[int, int]:
        """The cell of the padded plane at which the window for ``position`` starts."""
        return position[0] * self.stride, position[1] * self.stride

    def _draw_plane(self, canvas: ImageDraw.ImageDraw) -> None:
        _label(canvas, self.planes, f"{self.name} plane, as the network reads it")
        colours = color.gray(self.plane, float(self.plane.min()), float(self.plane.max()))
        ring = np.ones(self.plane.shape, bool)
        inner = slice(self.padding, -self.padding or None)
        ring[inner, inner] = False
        colours[ring] = _PADDING
        self.planes.draw(canvas, self.plane, colours)

    def _draw_kernel(self, canvas: ImageDraw.ImageDraw) -> None:
        _label(canvas, self.kernels, "kernel")
        self.kernels.draw(canvas, self.kernel, _signed(self.kernel))
        between = (self.planes.left + self.planes.width + self.kernels.left) / 2
        place = (between, self.kernels.top + self.kernels.height // 2)
        canvas.text(place, "*", fill=INK, font=font(38), anchor="mm")

    def _draw_photo(self, image: Image.Image) -> None:
        """The piece of photo in colour, on its padding, under the kernel."""
        canvas = ImageDraw.Draw(image)
        _label(canvas, self.photo, "photo" + (", padded" if self.padding else ""))
        canvas.rectangle(self.photo.box(0, 0, self.photo.shape), fill=_PADDING, outline=LINE)
        cell = self.photo.cell
        grown = self.patch.repeat(cell, axis=0).repeat(cell, axis=1)
        image.paste(Image.fromarray(grown), self.photo.box(self.padding, self.padding)[:2])

    def _draw_note(self, canvas: ImageDraw.ImageDraw) -> None:
        """How a value comes about, beside the response."""
        left = self.outputs.left + max(self.outputs.width, 110) + _APART
        note = "Each number in the frame times the kernel's number at the same place, all added up."
        lines = _wrapped(note, WIDTH - _MARGIN - left)
        text = "\n".join([*lines, "", f"Padding {self.padding}, stride {self.stride}."])
        place = (left, self.outputs.top)
        canvas.multiline_text(place, text, fill=FAINT, font=font(_SMALL), spacing=8)

    def _sum(self, position: tuple[int, int]) -> str:
        """The products under the window, and what they add up to."""
        top, left = self._corner(position)
        rows, columns = self.kernel.shape
        window = self.plane[top : top + rows, left : left + columns]
        terms = _terms(window.ravel(), self.kernel.ravel())
        return f"{terms} = {short(float(self.output[position]))}"


def _panels(
    plane: tuple[int, ...], kernel: tuple[int, ...], output: tuple[int, ...]
) -> tuple[NumberGrid, NumberGrid, NumberGrid, NumberGrid]:
    """Where plane, kernel, output and photo stand: left, right, below, and under the kernel."""
    planes = _grid(plane, _PLANE_SIDE, _MARGIN, _TOP)
    kernels = _grid(kernel, _KERNEL_SIDE, 0, _TOP)
    photo = _grid(plane, _KERNEL_SIDE, 0, _TOP + kernels.height + 52)
    middle = (planes.left + planes.width + _APART + WIDTH - _MARGIN) // 2
    kernels, photo = (replace(each, left=middle - each.width // 2) for each in (kernels, photo))
    lowest = max(each.top + each.height for each in (planes, photo))
    return planes, kernels, _grid(output, _RESPONSE_SIDE, _MARGIN, lowest + _SUM), photo


def _grid(shape: tuple[int, ...], side: int, left: int, top: int) -> NumberGrid:
    """A grid that is no wider than ``side``."""
    return NumberGrid(left, top, min(_CELL, side // max(shape)), (shape[0], shape[1]))


def _wrapped(text: str, width: float) -> list[str]:
    """The text in lines that are no wider than that."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, _SMALL) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _fits(lines: Iterable[str], size: int) -> bool:
    return all(text_width(line, size) <= WIDTH - 2 * _MARGIN for line in lines)


def _terms(window: Array, kernel: Array) -> str:
    """The sum's products: all of up to four, else the first three and the last."""
    pairs = list(zip(window, kernel, strict=True))
    shown = [f"{_factor(value)} · {_factor(weight)}" for value, weight in pairs]
    return " + ".join(shown if len(shown) <= 4 else [*shown[:3], "…", shown[-1]])


def _factor(value: float) -> str:
    text = short(float(value))
    return f"({text})" if text.startswith("-") else text


def _signed(values: Array) -> Pixels:
    return color.diverging(values, float(np.abs(values).max()))


def _label(canvas: ImageDraw.ImageDraw, grid: NumberGrid, text: str) -> None:
    half = text_width(text, _SMALL) / 2
    middle = grid.left + grid.width / 2
    inside = min(max(middle, _MARGIN + half), WIDTH - _MARGIN - half)
    canvas.text((inside, grid.top - 16), text, fill=INK, font=font(_SMALL), anchor="ms")


def _whole(facts: Mapping[str, Fact], name: str, least: int = 0) -> int:
    value = facts[name]
    if not isinstance(value, int) or value < least:
        raise ValueError(f"'{name}' must be a whole number from {least} on, not {value!r}")
    return value


def _eight_bits(patch: Array) -> Pixels:
    """RGB as uint8 ``(h, w, 3)``, whether it came so or as floats 0..1 ``(3, h, w)``."""
    if patch.dtype == np.uint8:
        return patch
    pixels: Pixels = np.rint(np.clip(np.moveaxis(patch, 0, -1), 0, 1) * 255).astype(np.uint8)
    return pixels
