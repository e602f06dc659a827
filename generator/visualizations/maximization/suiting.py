"""What of an entry's settings changes with the layer: not every network runs on any picture."""

from __future__ import annotations

from generator.errors import LayerError
from generator.model.layers import Layer
from generator.visualizations.maximization.presets import Settings


def suited(settings: Settings, layer: Layer, size: tuple[int, int], asked: int | None) -> Settings:
    """The settings with which a layer's pictures can be made.

    A layer that gives no maps of a small sketch has all of its steps on the whole picture. One that
    runs on the network's own size alone, such as any of a vision transformer, gets pictures of it.

    Args:
        settings: as the entry has them.
        layer: the layer.
        size: height and width of the network's input.
        asked: the size that the entry itself asks for, if it does.

    Raises:
        LayerError: it runs on one size only, and another was asked for, or that is not square.
    """
    changed: dict[str, int | None] = {}
    if not layer.any_size:
        side = _only_side(layer, size, asked)
        changed = {"size": side, "crop": settings.crop if (settings.crop or 0) < side else None}
    if settings.sketch and settings.sketch_steps and not layer.scalable:
        changed |= {"sketch_steps": 0, "steps": settings.steps + settings.sketch_steps}
    return settings.model_copy(update=changed)


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
