"""Where each filter stands on a sheet of many."""

from __future__ import annotations

from dataclasses import dataclass

from generator.render.drawing.sheets import sheet_cell, sheet_tile
from generator.render.gallery import Shown

CARD = 160  # pixels: as wide as a card gets


@dataclass(frozen=True)
class Tile:
    """One filter's place in a picture file, in pixels: all of it where the file shows no other."""

    shown: Shown
    left: int
    top: int
    width: int
    height: int

    @property
    def hard(self) -> bool:
        """Whether it is enlarged on a card, with hard pixels."""
        return self.shown.pixelated and self.width < CARD

    @property
    def style(self) -> str:
        """The tile as a CSS background, at whatever size the element has; its file is not named."""
        across, down = self.shown.width - self.width, self.shown.height - self.height
        return (
            f"background-size:{100 * self.shown.width / self.width:.6g}% "
            f"{100 * self.shown.height / self.height:.6g}%;"
            f"background-position:{100 * self.left / (across or 1):.6g}% "
            f"{100 * self.top / (down or 1):.6g}%"
        )


def tile_of(shown: Shown, channel: int) -> Tile | None:
    """Where a filter stands in a picture; ``None`` where the picture does not show it."""
    if not shown.tiles:
        whole = Tile(shown, 0, 0, shown.width, shown.height)
        return whole if shown.channel == channel else None
    channels = shown.channels
    if channel < len(channels) and channels[channel] == channel:  # as on most sheets
        return tile_at(shown, channel)
    return tile_at(shown, channels.index(channel)) if channel in channels else None


def tile_at(shown: Shown, position: int) -> Tile:
    """A sheet's tile by its place in reading order, from 0."""
    size = sheet_tile(shown.width, shown.height, shown.tiles)
    left, top = sheet_cell(position, shown.tiles, size)
    return Tile(shown, left, top, size[1], size[0])
