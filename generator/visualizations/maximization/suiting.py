"""What of a preset changes with the network, and with the layer."""

from __future__ import annotations

from generator.errors import LayerError
from generator.model.layers import Layer
from generator.visualizations.maximization.presets import Settings

_SMALLEST, _LARGEST = 16, 512  # pixels: sides of pictures that follow the network's input
_OVERFLOW = 0.1  # of what a ReLU6 cuts off above 6
_LEAST_MAP = 10  # side of a layer's map of a sketch: a smaller one has little room for forms
_COLOURS = 3  # pixels: filters of no larger field look for colours, which small sketches reach late
# Times: the most that a sketch is enlarged, and the least that an input is beside one.
_LARGER = 1.5
_SHIFT_SHARE = 14  # a small picture is shifted by at most its side divided by this


def for_input(preset: Settings, size: tuple[int, int]) -> Settings:
    """A preset for pictures as large as a network's input, up to ``_LARGEST``.

    Small ones are shifted less.

    Args:
        preset: the settings for large pictures.
        size: height and width of the network's input, in pixels.
    """
    side = max(_SMALLEST, min(size))
    if side > _LARGEST:
        return preset
    changed = {"size": side}
    if preset.sketch is not None and side < preset.sketch * _LARGER:
        changed["jitter"] = max(1, round(side / _SHIFT_SHARE))
    return preset.model_copy(update=changed)


def suited(
    settings: Settings,
    layer: Layer,
    size: tuple[int, int],
    asked: int | None,
    sketch: int | None = None,
) -> Settings:
    """The settings with which a layer's pictures can be made.

    A layer that gives no maps of a small sketch has all of its steps on the whole picture; so have
    those of a network whose input is hardly larger than the sketch. A deep layer, whose map of the
    sketch would be tiny, gets a larger one, and so does the first. A ReLU6, or one that
    a depthwise filter reads, lets some through beyond its limits, or a filter that starts there
    would have nowhere to climb. One that runs on the network's own size alone, such as any of a
    vision transformer, gets pictures of it.

    Args:
        settings: as the entry has them.
        layer: the layer.
        size: height and width of the network's input.
        asked: the size that the entry itself asks for, if it does.
        sketch: the same of the sketch's side.

    Raises:
        LayerError: it runs on one size only, and another was asked for, or that is not square.
    """
    changed: dict[str, int | float | None] = {}
    limited = layer.type == "ReLU6" or layer.depthwise
    if limited and settings.redirect and not settings.overflow:
        changed["overflow"] = _OVERFLOW
    if not layer.any_size:
        side = _only_side(layer, size, asked)
        changed |= {"size": side, "crop": settings.crop if (settings.crop or 0) < side else None}
    sketched = settings.sketch is not None and settings.sketch_steps > 0
    small = asked is None and min(size) < (sketch or (settings.sketch or 0) * _LARGER)
    if sketched and (small or not layer.scalable):
        changed |= {"sketch_steps": 0, "steps": settings.steps + settings.sketch_steps}
    elif sketched and settings.sketch and sketch is None:
        changed["sketch"] = _sketch_side(settings.sketch, layer, size)
    return settings.model_copy(update=changed)


def _sketch_side(sketch: int, layer: Layer, size: tuple[int, int]) -> int:
    """The side of a layer's sketch, from the preset's: larger where its map would have few places,
    and where its filters look for colours alone."""
    largest = round(sketch * _LARGER)
    field = layer.receptive_field
    if field is not None and max(field) <= _COLOURS:
        return largest
    return min(largest, max(sketch, round(_LEAST_MAP * size[0] / layer.shape[1])))


def _only_side(layer: Layer, size: tuple[int, int], asked: int | None) -> int:
    """The side of the pictures that a layer of one size takes."""
    height, width = size
    if height != width:
        raise LayerError(
            f"Layer '{layer.name}' runs on pictures of {height}x{width} only, and pictures are "
            "made square.",
            hint="Choose an earlier layer, or set a square size under 'input' in the config.",
        )
    if asked not in (None, height):
        raise LayerError(
            f"Layer '{layer.name}' runs on pictures of {height}x{width} only, not on "
            f"{asked}x{asked}.",
            hint=f"Leave 'size' out, or write size: {height}.",
        )
    return height
