"""Which pictures belong together on a page, and where each thing has its place on the site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from generator.model.layers import Layer
from generator.render.arranging.strip import Bar, bars, numbers_count, with_previous
from generator.render.arranging.strongest import strength, wall
from generator.render.drawing.tiles import Tile, tile_of
from generator.render.gallery import Gallery, Page, Photo, Shown
from generator.render.wording import captions, nouns, words, worth
from generator.visualizations.base import Options


@dataclass(frozen=True)
class Unit:
    """One filter of a layer, and every picture of it, each file once."""

    layer: Layer
    channel: int
    figures: tuple[Shown, ...] = ()

    @property
    def anchor(self) -> str:
        """The stable ``id`` of its card on the layer's page."""
        return f"unit-{self.channel}"

    @property
    def made(self) -> bool:
        """Whether a picture was made for it."""
        return self.face is not None

    @cached_property
    def face(self) -> Shown | None:
        """The picture made for it that stands for the others: the first by the default method."""
        own = sorted(self.role("picture"), key=lambda shown: bool(_apart(shown)))
        return own[0] if own else None

    def role(self, *roles: str) -> list[Shown]:
        """Its pictures in any of these roles."""
        return [shown for shown in self.figures if shown.role in roles]


class Catalogue:
    """The gallery's pictures by layer, unit and photo, sorted once for all pages.

    Attributes:
        gallery: all that is sorted here, as it was assembled.
    """

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._pages = {layer.name for layer in gallery.shown_layers}
        self._by_layer: dict[str, dict[str, Shown]] = defaultdict(dict)
        self._options: dict[str, Options] = {}
        self._roles: dict[tuple[str, ...], list[Shown]] = {}  # what was asked for, as found
        self._units: dict[str, list[Unit]] = {}
        self._walls: dict[int, list[Shown]] = {}
        self._strongest: dict[str, list[Shown]] = {}
        self._with_maps: dict[str, list[Shown]] = {}
        for page in gallery.pages:
            for section in page.sections:
                for shown in section.figures:
                    self._options.setdefault(shown.src, section.options)
                    if shown.layer:
                        self._by_layer[shown.layer.name].setdefault(shown.src, shown)

    def layer_page(self, layer: Layer) -> str | None:
        """The path of the layer's page, when it has one."""
        return f"layers/{layer.slug}.md" if layer.name in self._pages else None

    def home(self, shown: Shown) -> str:
        """Where a picture leads to: its unit's card, or the picture itself."""
        page = self.layer_page(shown.layer) if shown.layer else None
        if page is None or shown.channel is None:
            return shown.src
        return f"{page}#unit-{shown.channel}"

    def options(self, shown: Shown) -> Options | None:
        """The options of the section in which a picture first stands."""
        return self._options.get(shown.src)

    def of_layer(self, layer: Layer, *roles: str) -> list[Shown]:
        """The layer's pictures in these roles, in reading order."""
        own, asked = self._by_layer[layer.name].values(), (layer.name, *roles)
        if asked not in self._roles:
            self._roles[asked] = [s for s in own if s.role in roles]
        return self._roles[asked]

    def strongest(self, layer: Layer) -> list[Shown]:
        """The pictures made for the layer's filters, the strongest first; see `strength`."""
        if layer.name not in self._strongest:
            made = self.of_layer(layer, "picture")
            self._strongest[layer.name] = sorted(made, key=strength, reverse=True)
        return self._strongest[layer.name]

    def noun(self, layer: Layer) -> str:
        """What the layer's page calls one of its channels: ``filter``, ``output`` or ``class``."""
        named = any(map(captions.class_name, self.of_layer(layer, "picture", "exemplars")))
        return "class" if named else nouns.one(layer)

    def others(self, layer: Layer) -> list[tuple[Page, list[Shown]]]:
        """The layer's pictures of other packages' kinds that belong to no filter alone, by page."""
        return self._others.get(layer.name, [])

    @cached_property
    def _others(self) -> dict[str, list[tuple[Page, list[Shown]]]]:
        found = defaultdict(list)
        for page in self.gallery.pages:
            if words.room(page.kind):
                continue
            names = {s.src for each in page.sections for s in each.figures if s.channel is None}
            for layer, figures in self._by_layer.items():
                if own := [shown for src, shown in figures.items() if src in names]:
                    found[layer].append((page, own))
        return found

    @cached_property
    def pictured(self) -> frozenset[str]:
        """The names of the layers whose own pages have any picture."""
        return frozenset(
            layer.name
            for layer in self.gallery.shown_layers
            if self.units(layer) or self.of_layer(layer, "kernels", "maps") or self.others(layer)
        )

    def units(self, layer: Layer) -> list[Unit]:
        """The filters that have a card on the layer's page, by number.

        Those that have pictures of their own. Where none was made for any of them, all that the
        layer's sheets show as well.
        """
        if layer.name not in self._units:
            self._units[layer.name] = self._found(layer)
        return self._units[layer.name]

    def _found(self, layer: Layer) -> list[Unit]:
        found: dict[int, list[Shown]] = defaultdict(list)
        own = [s for s in self._by_layer[layer.name].values() if s.channel is not None]
        for shown in own:
            found[int(shown.channel or 0)].append(shown)
        if not any(shown.role == "picture" for shown in own):
            for sheet in self.of_layer(layer, "kernels", "maps"):
                for channel in sheet.channels:
                    found.setdefault(channel, [])
        return [Unit(layer, channel, tuple(found[channel])) for channel in sorted(found)]

    def kernel(self, unit: Unit) -> Tile | None:
        """Where the unit's kernel stands: on the first of the layer's sheets that shows it."""
        return next(self._tiles(unit, self.of_layer(unit.layer, "kernels")), None)

    def feeding(self, layer: Layer) -> Layer | None:
        """The convolution that ran just before a layer of the same shape without kernels, a ReLU.

        ``None`` where there is none, or no sheet shows its kernels. What else may have been added
        to its output on the way is not known: it is to be called by its name.
        """
        before = next(
            (b for each, b in with_previous(self.gallery.layers) if each.name == layer.name), None
        )
        if layer.convolution or before is None or not before.convolution:
            return None
        fits = before.shape == layer.shape and self.of_layer(before, "kernels")
        return before if fits else None

    def feeding_kernel(self, unit: Unit) -> Tile | None:
        """Where the kernel of the channel of that convolution stands, see `feeding`."""
        before = self.feeding(unit.layer)
        sheets = self.of_layer(before, "kernels") if before else []
        return next(self._tiles(unit, sheets), None)

    def maps(self, unit: Unit) -> list[Tile]:
        """Where the unit's maps stand, photo by photo, each of a mode once; on sheets if it can be.

        Maps of the convolutions alone come last.
        """
        found: dict[tuple[str, str], Tile] = {}
        for tile in self._tiles(unit, self._maps_in_order(unit.layer)):
            found.setdefault(_photo_and_mode(tile.shown), tile)
        return list(found.values())

    def _maps_in_order(self, layer: Layer) -> list[Shown]:
        """The layer's pictures of maps as cards show them, the better of two of a photo first."""
        if layer.name not in self._with_maps:
            order = {photo.name: place for place, photo in enumerate(self.gallery.photos)}

            def place(shown: Shown) -> tuple[bool, int, bool]:
                photo, mode = _photo_and_mode(shown)
                return (bool(mode), order.get(photo, len(order)), not shown.tiles)

            self._with_maps[layer.name] = sorted(self.of_layer(layer, "maps", "map"), key=place)
        return self._with_maps[layer.name]

    def ways(self, units: Iterable[Unit]) -> list[tuple[str, str]]:
        """The presets that made the units' pictures, and their names; the default first."""
        made = [shown for unit in units for shown in unit.role("picture")]
        return list(
            {
                worth.preset(shown.parameters): worth.method(shown.parameters)
                for shown in sorted(made, key=lambda shown: bool(_apart(shown)))
            }.items()
        )

    def photos(self, layer: Layer) -> list[Photo]:
        """The photos of which the layer has maps, in the order of the config."""
        seen = {s.picture.name for s in self.of_layer(layer, "maps", "map") if s.picture}
        return [photo for photo in self.gallery.photos if photo.name in seen]

    def _tiles(self, unit: Unit, sheets: Iterable[Shown]) -> Iterator[Tile]:
        for shown in sheets:
            tile = tile_of(shown, unit.channel)
            if tile is not None:
                yield tile

    def wall(self, count: int) -> list[Shown]:
        """At most ``count`` pictures for the first page; see `strongest.wall`."""
        if count not in self._walls:
            figures = [s for of in self._by_layer.values() for s in of.values()]
            self._walls[count] = wall(figures, count)
        return self._walls[count]

    def strip(self) -> list[Bar]:
        """The network as bars, those of which there is something to show or that change a shape."""
        return self._strip

    @cached_property
    def _strip(self) -> list[Bar]:
        return bars(self.gallery.layers, self._pages)

    @cached_property
    def counted(self) -> bool:
        """Whether bars of the strip are numbered by their places among the convolutions."""
        return numbers_count(self.gallery.layers)

    def neighbours(self, layer: Layer) -> tuple[Layer | None, Layer | None]:
        """The nearest layers before and after whose pages have pictures."""
        shown = [each for each in self.gallery.shown_layers if each.name in self.pictured]
        before = [each for each in shown if each.index < layer.index]
        after = [each for each in shown if each.index > layer.index]
        return (before[-1] if before else None, after[0] if after else None)


def _photo_and_mode(shown: Shown) -> tuple[str, str]:
    return (shown.picture.name if shown.picture else "", captions.mode(shown))


def _apart(shown: Shown) -> str:
    return worth.method_apart(shown.parameters)
