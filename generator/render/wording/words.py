"""The words and numbers of captions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from generator.model.layers import Convolution, Layer
from generator.render.wording import nouns
from generator.visualizations.base import Fact

# These kinds call a layer by its place among the convolutions, the others by its module's number.
COUNT_CONVOLUTIONS = frozenset({"kernels", "convolution", "activations"})

NUMBERED = ("Layer ", "Convolution ")  # how a label begins that ends in a number

_MINUS = "\u2212"

_ROOMS = {
    "kernels": "The weights themselves: what each filter slides over its input.",
    "convolution": "One kernel on a piece of a photo, number by number.",
    "activations": "How the filters respond to each photo, layer by layer.",
    "maximization": "The pictures that drive single filters as hard as they can.",
    "exemplars": "The pieces of photos that drive each filter most, and least.",
    "attribution": "Where on each photo the network looks for a class, by three methods.",
    "predictions": "What the network takes each photo for, and how sure it is.",
}

_TYPES = {
    "ReLU": "A ReLU: it keeps what is above zero and sets the rest to zero.",
    "ReLU6": "A ReLU that ends at 6: it sets what is below zero to zero, and what is above 6 to 6.",
    "ZeroPad2d": "Padding: it puts zeros around the maps, so that the next layer sees their edges.",
    "MaxPool2d": "Max pooling: it keeps the largest value of each small window, so maps shrink.",
    "AvgPool2d": "Average pooling: it keeps the mean of each small window, so maps shrink.",
    "AdaptiveAvgPool2d": "Average pooling to a fixed size, whatever the size of its input.",
    "BatchNorm2d": "Batch normalisation: it shifts and scales each channel by learnt amounts.",
    "Linear": "A fully connected layer: each output is a weighted sum of all its inputs.",
    "GELU": "A GELU: it keeps what is above zero, and lets through little of what is below.",
    "LayerNorm": "Layer normalisation: at each place it evens out the channels, then shifts and "
    "scales each by learnt amounts.",
    "Dropout": "Dropout: it does nothing outside training.",
}


COLOURS = ("red", "green", "blue")


def plane(facts: Mapping[str, Fact]) -> str:
    """What a plane of the network's input is called: a colour, gray, or by its number from 1."""
    number, channels = facts.get("plane"), facts.get("channels", len(COLOURS))
    if not isinstance(number, int):
        return ""
    if channels == len(COLOURS):
        return COLOURS[number]
    return "gray" if channels == 1 else f"band {number + 1}"


_LONG = 1e9  # from here on, a power of ten says more than rows of digits


def number(value: Fact) -> str:
    """A number with at most three significant digits, thousands apart, and a true minus."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        text = f"{value:,}"
    elif not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{_MINUS if value < 0 else ''}∞"
    else:
        text = f"{value:,.0f}" if 1000 <= abs(value) < _LONG else f"{value:.3g}"
        if "e" in text:
            text = re.sub(r"e([-+])0*", r"e\1", text).replace("e+", "e")
    return "0" if text == "-0" else text.replace("-", _MINUS)


def count(found: int, noun: str) -> str:
    """``one photo``, ``1,200 photos``."""
    return f"one {noun}" if found == 1 else f"{number(found)} {nouns.plural(noun)}"


def percent(share: float) -> str:
    """A share of one in percent, with at most three significant digits: ``53.1%``."""
    if not math.isfinite(share):
        return number(share)
    if 0 < share < 0.0005:
        return "less than 0.1%"
    return f"{100 * share:.1f}%" if share < 0.9995 or share == 1 else "more than 99.9%"


def ordinal(value: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    if value % 100 in (11, 12, 13):
        return f"{value}th"
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th') }"


def size(pair: tuple[int, ...]) -> str:
    """Height and width as readers say them: ``224x224``."""
    return "x".join(str(side) for side in pair)


def fitted(photo: tuple[int, int], seen: tuple[int, int]) -> str:
    """How a photo became what the network sees: ``squeezed into 224x224 pixels``.

    Args:
        photo: its height and width.
        seen: those of the network's input, in pixels.
    """
    stretched = photo[1] * seen[0] / (photo[0] * seen[1])
    same = abs(stretched - 1) < 0.02  # of a photo cut to shape, a pixel more or less
    return f"{'resized to' if same else 'squeezed into'} {size(seen)} pixels"


def article(noun: str) -> str:
    """``A Conv2d``, ``An Embedding``, ``An 11x11 convolution``."""
    spoken_with_vowel = noun[:1].lower() in set("aeio8") or re.match(r"1[18](\D|$)", noun)
    return f"{'An' if spoken_with_vowel else 'A'} {noun}"


def label(layer: Layer, kind: str = "") -> str:
    """What a layer is called in captions: ``Layer 15``.

    The original gallery counts convolutions in some of its tables, and modules in others; here a
    layer that is counted among the convolutions says so: ``Convolution 7``. A module named by a
    word keeps its word, ``conv1``; one deep inside others has those of the ones around it as well,
    from the nearest word on: ``mlp.1``, and ``features.3.0``, as each block of these has a 0.
    """
    if kind in COUNT_CONVOLUTIONS and layer.ordinal is not None:
        return f"Convolution {layer.ordinal}"
    *around, last = layer.name.split(".")
    if not re.fullmatch(r"[0-9]+", last):
        return last or "The network"
    inside = len(around) > 1 or any(re.fullmatch(r"[0-9]+", each) for each in around)
    if not inside:
        return f"Layer {int(last)}"
    while len(around) > 1 and re.fullmatch(r"[0-9]+", around[-1]):
        last = f"{around.pop()}.{last}"
    return f"{around[-1]}.{last}"


def labels(layers: Sequence[Layer], kind: str = "") -> list[str]:
    """What layers are called beside each other: their dotted names from where these part company,
    if some have the same label. One alone is called by its number, or else by all of its name.
    """
    own = [label(layer, kind) for layer in layers]
    if len(own) == 1:  # other sections may show the same part of other blocks
        return own if own[0].startswith(NUMBERED) else [layers[0].name or own[0]]
    if len(set(own)) == len(own):
        return own
    names = [layer.name.split(".") for layer in layers]
    while len({name[0] for name in names}) == 1 and all(len(name) > 1 for name in names):
        names = [name[1:] for name in names]
    return [".".join(name) for name in names]


def kernel(layer: Layer, kind: str = "kernels") -> str:
    """A convolution in a line: ``Convolution 5: 3x3 kernel: depth 256``."""
    if layer.convolution is None:
        return label(layer, kind)
    return f"{label(layer, kind)}: {kernel_line(layer)}"


def kernel_line(layer: Layer) -> str:
    """A convolution's kernel, where the layer is named already: ``3x3 kernel: depth 256``."""
    found = layer.convolution
    return f"{size(found.kernel)} kernel: depth {found.depth}" if found else ""


def describe(layer: Layer, convolutions: int) -> str:
    """A layer in a sentence or two that a student can follow.

    Args:
        layer: the layer.
        convolutions: how many the network has.
    """
    found = layer.convolution
    if found is None:
        return _TYPES.get(layer.type, f"{article(layer.type)} layer.") + _tokens(layer)
    kind = "depthwise convolution" if layer.depthwise else "convolution"
    place = f", the {ordinal(layer.ordinal)} of {convolutions}" if layer.ordinal else ""
    channels = "1 channel" if found.depth == 1 else f"{number(found.depth)} channels"
    # Padding may be a layer of its own, before the first that sees anything.
    first = layer.ordinal == 1 and layer.receptive_field in (None, found.kernel)
    source = "of the picture" if first else "of what comes before"
    if layer.depthwise:
        channels, source = "one channel", "alone, its own"
    stride = "" if found.stride == (1, 1) else f" It moves {size(found.stride)} pixels at a time."
    one = layer.channels == 1
    whose = "Its one filter" if one else f"Each of its {number(layer.channels)} filters"
    is_ = f"{article(size(found.kernel))} {kind}{place}."
    return f"{is_} {whose} reads {channels} {source}.{stride}"


def _tokens(layer: Layer) -> str:
    """Of a layer that answers with tokens, how these became maps; else nothing."""
    layout = layer.layout
    if layout is None or layout.grid is None:
        return ""
    others = {0: "", 1: " One more token, which belongs to no patch, is left out."}
    left = others.get(layout.extra, f" {layout.extra} more, which belong to none, are left out.")
    patches = f"each of the picture\u2019s {size(layout.grid)} patches"
    return f" It answers with a token for {patches}; a map shows one channel of all of them.{left}"


def title(layer: Layer) -> str:
    """A layer as its page is called: ``Layer 15 · features.15``; of one named 7, ``Layer 7``."""
    name = label(layer)
    return name if layer.name in (name, own_number(layer)) else f"{name} · {layer.name}"


def in_menu(layer: Layer) -> str:
    """A layer by its name in code, and what it is: ``features.14 · conv 7``, ``15 · ReLU``."""
    kind = layer.type if layer.ordinal is None else f"conv {layer.ordinal}"
    return f"{layer.name or label(layer)} · {kind}"


def own_number(layer: Layer) -> str:
    """The number in a layer's own name, ``15`` of ``features.15``; "" where a word is its name."""
    name = label(layer)
    return name.removeprefix("Layer ") if name.startswith("Layer ") else ""


def place(layer: Layer) -> str:
    """A layer's place among the convolutions, from 1; "" of others."""
    return "" if layer.ordinal is None else str(layer.ordinal)


def layer_facts(layer: Layer) -> list[tuple[str, str]]:
    """What there is to know about a layer at a glance, as names and values."""
    facts = [(nouns.every(layer).capitalize(), number(layer.channels))]
    if len(layer.shape) == 3:
        unit = "tokens" if layer.layout and layer.layout.grid else "pixels"
        facts.append(("Map", f"{size(layer.shape[1:])} {unit}"))
    if layer.receptive_field:
        facts.append(("Each value sees", f"{size(layer.receptive_field)} pixels of the picture"))
    if layer.parameters:
        facts.append(("Parameters", number(layer.parameters)))
    return facts


def kernel_facts(layer: Layer) -> str:
    """A layer's kernels in a line: ``64 kernels · stride 1 · padding 1 · 1,792 parameters``."""
    found = layer.convolution
    if found is None:
        return ""
    facts = [f"{number(layer.channels)} kernels", f"stride {_pair(found.stride)}"]
    facts.append(f"padding {_pair(found.padding)}")
    if found.dilation != (1, 1):
        facts.append(f"dilation {_pair(found.dilation)}")
    if found.groups != 1:
        facts.append(f"{number(found.groups)} groups")
    return " · ".join([*facts, f"{number(layer.parameters)} parameters"])


def keeps_size(convolution: Convolution) -> bool:
    """Whether a map is as large as its input: stride 1, and padding of half the kernel."""
    sides = zip(convolution.kernel, convolution.padding, convolution.dilation, strict=True)
    return convolution.stride == (1, 1) and all(
        2 * padding == dilation * (kernel - 1) for kernel, padding, dilation in sides
    )


def is_code(text: str) -> bool:
    """Whether a text is for machines: a digest, or another long word with figures in it."""
    return len(text) > 15 and " " not in text and any(c.isdigit() for c in text)


def room(kind: str) -> str:
    """What a gallery page shows, in a sentence, for the page that leads to it."""
    return _ROOMS.get(kind, "")


def _pair(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else size(pair)
