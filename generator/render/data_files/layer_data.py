"""What a layer's page knows of its units, as data: ``layers/<slug>.data.js``.

The page itself holds a plain card for each unit. Whatever opens a card, sorts the cards, or puts
two of them side by side, reads the rest from here. The file is a script that calls
``cnnGallery.layer({...})``, for a page opened from ``file://`` may load scripts and nothing else::

    name        "features.15"
    title       "Layer 15 · features.15"
    slug        "features-15"
    channels    how many filters the layer has
    noun        what one of them is called: "filter", "channel", "output" or "class"
    photos      [{name, title, src}]: those of which there are maps
    sheets      [{src, width, height, tile: [width, height], hard, gradient, ends: [text, …],
                part: how much of a kernel its tiles show, in a sentence,
                over: over which values they are drawn, likewise; else both left out}]
    settings    [{name: value, …}, …]: with which pictures were made; each names its own by number
    units       those that have a card, by number; of each:
      channel     its number
      name        of an output's class, where it has one; else left out
      words       what the picture that stands for it is worth, in a line
      flags       ["dead", …]: what is wrong with that picture, in one word each
      scores      {robust, ratio}: numbers to sort by; what is not known is left out
      pictures    [{method, title, src, thumb, width, height, film, alt, words, flags, scores,
                    sentence, strip: [[src or tile, caption], …], facts: [[label, text], …],
                    numbers: {…}, settings, command}]
      kernel      tile or null
      kernelOf    the name of the convolution just before whose kernel that is, where the layer
                  has none; else left out
      maps        [{photo, tile, peak, note}]: photo by name; peak, the map's highest value, or
                  null; note is "" for the network as it is
      exemplars   {sentence, top: [crop, …], bottom: [crop, …]} or null; of each crop {tile, title,
                  says: what the unit answers to it, alt}
      histogram   {edges: [number, …], counts: [number, …], words} or null; edges one more than
                  counts, two to an octave on both sides of zero; no counts where all is zero,
                  which ``words`` say then

A tile is ``[sheet, left, top]``: a place in a sheet, by its number in ``sheets``, in pixels; how
large it is, the sheet says. A picture of one filter alone is a sheet of one tile. ``src``,
``thumb`` and ``film`` are addresses relative to the site's root; the last two may be ``null``.
``method`` is a preset's name, or that of the visualization. ``gradient`` is the CSS of the
sheet's colours, "" where they stand for no number; ``ends`` are the words below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from generator.model.layers import Layer
from generator.render.arranging import exemplars, faces
from generator.render.arranging.catalogue import Catalogue, Unit
from generator.render.data_files.plain_json import as_json
from generator.render.drawing import legend
from generator.render.drawing.tiles import Tile, tile_at
from generator.render.gallery import Photo, Shown
from generator.render.wording import captions, words, worth
from generator.render.wording.reproduce import command, options
from generator.visualizations.base import Fact

# Marks of HTML, what could be taken for an address, and what older browsers take for a line's end.
_STRANGE = ("<", ">", "&", "//", "\u2028", "\u2029")
# Roles of no picture's own.
_BESIDE = frozenset({"map", "noise", "step", "steps", "emerging", "exemplars"})


def data_scripts(catalogue: Catalogue) -> dict[str, bytes]:
    """The data of every layer that has a page, by path: ``layers/features-15.data.js``."""
    return {
        data_path(layer): script(layer_data(layer, catalogue))
        for layer in catalogue.gallery.shown_layers
    }


def data_path(layer: Layer) -> str:
    """Where the data of a layer's page is."""
    return f"layers/{layer.slug}.data.js"


def script(data: dict[str, Any]) -> bytes:
    """The data as a script. Whatever its texts hold, they are texts: no mark of HTML is left."""
    text = as_json(data)
    for mark in _STRANGE:  # in JSON these stand within strings alone, where they may be written so
        text = text.replace(mark.encode(), "".join(f"\\u{ord(sign):04x}" for sign in mark).encode())
    return b"cnnGallery.layer(" + text + b");\n"


def layer_data(layer: Layer, catalogue: Catalogue) -> dict[str, Any]:
    """What the module's description says, as JSON values."""
    shared = _Shared(catalogue)
    noun = catalogue.noun(layer)
    shown = [_unit(unit, noun, shared) for unit in catalogue.units(layer)]
    return {
        "name": layer.name,
        "title": words.title(layer),
        "slug": layer.slug,
        "channels": layer.channels,
        "noun": noun,
        "photos": [_photo(photo) for photo in catalogue.photos(layer)],
        "sheets": shared.sheets,
        "settings": shared.settings,
        "units": shown,
    }


class _Shared:
    """What many units have in common, each once: files in which tiles lie, and settings."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.sheets: list[dict[str, Any]] = []
        self.settings: list[Mapping[str, Fact]] = []
        self._places: dict[str, int] = {}
        self._numbers: dict[int, int] = {}  # of settings, by their objects' ids
        self._options: dict[int, list[str]] = {}  # by the settings' numbers

    def setting(self, parameters: Mapping[str, Fact] | None) -> int:
        """The number of a picture's settings among all of the layer."""
        own = parameters or {}
        if id(own) not in self._numbers:  # most pictures share theirs, which the gallery keeps
            if own not in self.settings:
                self.settings.append(own)
            self._numbers[id(own)] = self.settings.index(own)
        return self._numbers[id(own)]

    def options(self, parameters: Mapping[str, Fact] | None) -> list[str]:
        """What the command line calls a picture's settings."""
        number = self.setting(parameters)
        if number not in self._options:
            self._options[number] = options(parameters or {})
        return self._options[number]

    def place(self, tile: Tile) -> list[int]:
        """A tile as the data has it."""
        shown = tile.shown
        if shown.src not in self._places:
            self._places[shown.src] = len(self.sheets)
            gradient = legend.gradient(shown)
            part = captions.part(shown, self.catalogue.options(shown))
            over = legend.over(shown)
            self.sheets.append(
                {
                    "src": quote(shown.src),
                    "width": shown.width,
                    "height": shown.height,
                    "tile": [tile.width, tile.height],
                    "hard": tile.hard,
                    "gradient": gradient,
                    "ends": list(legend.ends(shown)) if gradient else [],
                    **({"part": part} if part else {}),
                    **({"over": over} if over else {}),
                }
            )
        return [self._places[shown.src], tile.left, tile.top]


def _unit(unit: Unit, noun: str, shared: _Shared) -> dict[str, Any]:
    catalogue = shared.catalogue
    facts = captions.own_facts(unit.face) if unit.face else {}
    kernel = catalogue.kernel(unit) or catalogue.feeding_kernel(unit)
    natural = _natural(unit)
    named = captions.class_of(unit.figures)
    return {
        "channel": unit.channel,
        **({"name": named} if named else {}),
        "words": worth.verdict(facts),
        "flags": worth.flags(facts),
        "scores": worth.marks(facts),
        "pictures": [_picture(shown, unit, noun, shared) for shown in _own(unit)],
        "kernel": shared.place(kernel) if kernel else None,
        **_owner(kernel, unit),
        "maps": [_map(tile, unit, shared) for tile in catalogue.maps(unit)],
        "exemplars": _exemplars(natural, facts, shared) if natural else None,
        "histogram": exemplars.histogram(natural) if natural else None,
    }


def _owner(kernel: Tile | None, unit: Unit) -> dict[str, str]:
    """Whose a kernel is that is not the unit's own."""
    layer = kernel.shown.layer if kernel else None
    return {"kernelOf": layer.name} if layer and layer.name != unit.layer.name else {}


def _own(unit: Unit) -> Iterable[Shown]:
    return (shown for shown in unit.figures if shown.role not in _BESIDE)


def _picture(shown: Shown, unit: Unit, noun: str, shared: _Shared) -> dict[str, Any]:
    facts = captions.own_facts(shown)
    network = shared.catalogue.gallery.network_options
    moving = shown.role == "animation"
    films = [each.src for each in unit.role("steps") if each.key == shown.key]
    film = shown.src if moving else (films[0] if films and shown.role == "picture" else None)
    return {
        "method": worth.preset(shown.parameters) or shown.visualization,
        "title": captions.made(shown),
        "src": quote(shown.still or shown.src if moving else shown.src),
        "thumb": quote(shown.thumb) if shown.thumb else None,
        "width": shown.width,
        "height": shown.height,
        "film": quote(film) if film else None,
        "strip": list(_strip(shown, unit, shared)),
        "alt": captions.alt(shown),
        "words": worth.verdict(facts),
        "flags": worth.flags(facts),
        "scores": worth.marks(facts),
        "sentence": worth.sentence(facts, unit.layer.channels, noun),
        "facts": [list(pair) for pair in worth.told(facts, noun)],
        "numbers": {name: fact for name, fact in facts.items() if name != "facets"},
        "settings": shared.setting(shown.parameters),
        "command": command(shown, network, shared.options(shown.parameters)),
    }


def _strip(shown: Shown, unit: Unit, shared: _Shared) -> Iterator[tuple[str | list[int], str]]:
    """How the picture emerged: its start, and some of the steps up to the last, in order."""
    if shown.role != "picture":
        return
    made: Any = (shown.facts or {}).get("iterations") or [None]
    same = [each for each in unit.role("noise", "step", "emerging") if each.key == shown.key]
    for each in sorted(same, key=lambda each: each.step or max(each.steps, default=0)):
        if each.role == "noise":
            yield quote(each.src), "Start"
        elif each.role == "step" and each.step != made[-1]:
            yield quote(each.src), f"Step {each.step}"
        for place, step in enumerate(each.steps):
            yield shared.place(tile_at(each, place)), f"Step {step}"


def _map(tile: Tile, unit: Unit, shared: _Shared) -> dict[str, Any]:
    shown = tile.shown
    return {
        "photo": shown.picture.name if shown.picture else "",
        "tile": shared.place(tile),
        "peak": faces.peak(shown, unit.channel),
        "note": captions.mode(shown),
    }


def _photo(photo: Photo) -> dict[str, str]:
    return {"name": photo.name, "title": photo.title, "src": quote(photo.seen.src)}


def _natural(unit: Unit) -> Shown | None:
    """What is known of the unit from photos: see `generator.render.arranging.exemplars`."""
    found = unit.role("exemplars")
    return found[0] if found else None


def _exemplars(shown: Shown, made: Mapping[str, Fact], shared: _Shared) -> dict[str, Any]:
    """The crops that drive a unit most, and those that drive it least, each a tile of one sheet."""

    def told(crop: exemplars.Crop) -> dict[str, Any]:
        place = shared.place(crop.tile)
        return {"tile": place, "title": crop.title, "says": crop.says, "alt": crop.alt}

    return {
        "sentence": exemplars.sentence(shown, made),
        "top": [told(crop) for crop in exemplars.crops(shown, "top")],
        "bottom": [told(crop) for crop in exemplars.crops(shown, "bottom")],
    }
