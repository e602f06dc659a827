"""A gallery of a network that was never run, with pictures of a few bytes, for tests of pages."""

from __future__ import annotations

from typing import Any

from generator.model.layers import Convolution, Layer
from generator.model.network import Card, Preprocessing, Reference
from generator.render.gallery import Gallery, Page, Photo, Section, Shown
from generator.visualizations.base import Options

PARAMETERS = {
    "preset": "classic",
    "size": 224,
    "steps": 50,
    "learning_rate": 0.1,
    "weight_decay": 1e-6,
    "noise": [125, 190],
    "keep_every": 5,
    "seed": 0,
}


class ShowOptions(Options):
    """Options with the fields that the pages look at."""

    mode: str = "network"
    show: str = "grid"
    input_channel: int = 0
    preset: str = "classic"
    methods: tuple[str, ...] = ()


def options(kind: str, **more: Any) -> ShowOptions:
    return ShowOptions.model_validate({"kind": kind, "layers": ["conv:*"], **more})


def convolution(
    name: str, index: int, ordinal: int, depth: int, channels: int, side: int, **more: Any
) -> Layer:
    pairs = {"kernel": (3, 3), "stride": (1, 1), "padding": (1, 1), "dilation": (1, 1)}
    geometry = {**pairs, "groups": 1, "depth": depth, **more}
    return Layer(
        name,
        "Conv2d",
        index,
        ordinal,
        (channels, side, side),
        channels * depth * 9 + channels,
        receptive_field=(3 + 2 * index, 3 + 2 * index),
        convolution=Convolution(**geometry),
    )


def vgg_layers() -> tuple[Layer, ...]:
    """The layers of a VGG16's features."""
    layers: list[Layer] = []
    depth, side, ordinal = 3, 224, 0
    for channels, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            ordinal += 1
            at = len(layers)
            layers.append(convolution(f"features.{at}", at, ordinal, depth, channels, side))
            shape = (channels, side, side)
            layers.append(Layer(f"features.{at + 1}", "ReLU", at + 1, None, shape, 0, signed=False))
            depth = channels
        side //= 2
        at = len(layers)
        shape = (channels, side, side)
        layers.append(Layer(f"features.{at}", "MaxPool2d", at, None, shape, 0, signed=False))
    return tuple(layers)


def shown(src: str, role: str, visualization: str, **more: Any) -> Shown:
    return Shown(
        src=src, role=role, visualization=visualization, **{"width": 8, "height": 8, **more}
    )


def photo(name: str = "chelsea", title: str = "Chelsea", **more: Any) -> Photo:
    return Photo(
        name,
        title,
        more.get("alt", "A tabby cat looks to the left"),
        more.get("credit", "Stéfan van der Walt, CC0"),
        original=shown(f"pictures/photos/{name}-original.webp", "original", "photo", width=12),
        seen=shown(f"pictures/photos/{name}-seen.webp", "seen", "photo"),
    )


def section(kind: str, figures: list[Shown], *, anchor: str = "", **more: Any) -> Section:
    title = more.pop("title", f"The {kind}")
    return Section(
        kind=kind,
        anchor=anchor or f"{kind}-1",
        title=title,
        note=more.pop("note", ""),
        options=options(kind, **more),
        layers=(),
        figures=tuple(figures),
    )


def picture(layer: Layer, channel: int, **more: Any) -> Shown:
    facts = {"activation": 10.0 + channel, "start": 0.5, "iterations": [5, 10]}
    return shown(
        **{
            "src": f"pictures/{layer.slug}/maximization-{channel}-picture.webp",
            "role": "picture",
            "visualization": "maximization",
            "layer": layer,
            "channel": channel,
            "facts": facts,
            "parameters": PARAMETERS,
            **more,
        },
    )


def gallery(**changes: Any) -> Gallery:
    """One section of each kind, over two layers and one photo."""
    layers = changes.pop("layers", vgg_layers())
    cat = changes.pop("photo", photo())
    values: dict[str, Any] = {
        "name": "VGG16, filter by filter",
        "description": "A network for photographs, opened up.",
        "card": Card(
            "VGG16 (HED)",
            "vgg16-hed",
            "VGG16, trained on ImageNet and fine-tuned to find edges.",
            "fine-tuned on BSDS500",
            "MIT",
            (Reference("A paper", "https://example.org/paper", "A. Author", 2015),),
        ),
        "preprocessing": Preprocessing((224, 224), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2)),
        "layers": layers,
        "shown_layers": tuple(layer for layer in layers if layer.convolution),
        "photos": (cat,),
        "pages": _pages(layers[0], layers[17 if len(layers) > 17 else -1], cat)
        if layers and "pages" not in changes
        else (),
        "facts": {"Versions": {"torch": "2.13.0"}, "Device": {"type": "cpu"}},
    }
    return Gallery(**{**values, **changes})


def _pages(first: Layer, deep: Layer, cat: Photo) -> tuple[Page, ...]:
    sheet, film = _sheet(first), _film(first, cat)
    answers = [_map(layer, cat, "map", channel=17, low=0.0, high=3.25) for layer in (first, deep)]
    beside = [_map(first, cat, "maps"), sheet]
    activations = (
        section("activations", answers, show="strip"),
        section("activations", beside, anchor="activations-2", show="grid"),
    )
    made = [shown for channel in (28, 220) for shown in _made(deep, channel)]
    return (
        Page("kernels", "Filters", "kernels.md", (section("kernels", [sheet]),)),
        Page("convolution", "How it works", "convolution.md", (section("convolution", [film]),)),
        Page("activations", "Activation maps", "activations.md", activations),
        Page("maximization", "Made", "maximization.md", (section("maximization", made),)),
    )


def _sheet(layer: Layer) -> Shown:
    src = f"pictures/{layer.slug}/kernels.png"
    scale = {"style": "signed", "scale": "layer", "low": -0.5, "high": 0.5, "pixelated": True}
    return shown(src, "kernels", "kernels", layer=layer, **scale)


def _film(layer: Layer, seen: Photo) -> Shown:
    return shown(
        "pictures/features-0/film.webp",
        "animation",
        "convolution",
        layer=layer,
        channel=17,
        picture=seen,
        still="pictures/features-0/film-still.webp",
        facts={"padding": 1, "stride": 1, "plane": 0},
    )


def _map(layer: Layer, seen: Photo, role: str, **more: Any) -> Shown:
    src = f"pictures/{layer.slug}/{role}.webp"
    parameters = {"mode": "network"}
    return shown(
        src,
        role,
        "activations",
        layer=layer,
        picture=seen,
        style="heat",
        parameters=parameters,
        **more,
    )


def _made(layer: Layer, channel: int) -> list[Shown]:
    stem = f"pictures/features-17/{channel}"
    more = {"layer": layer, "channel": channel, "parameters": PARAMETERS}
    still = f"{stem}-still.webp"
    return [
        picture(layer, channel),
        shown(f"{stem}-noise.webp", "noise", "maximization", **more),
        shown(f"{stem}-steps.webp", "steps", "maximization", still=still, **more),
    ]
