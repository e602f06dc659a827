"""The words and numbers of captions."""

from __future__ import annotations

import math
from dataclasses import replace

import pretend_gallery as pretend
import pytest

from generator.model.layers import Layer, Layout
from generator.render.drawing import legend
from generator.render.wording import captions, escaping, words
from generator.visualizations.activations import ActivationsOptions


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (4300, "4,300"),
        (12345.6, "12,346"),
        (3.14159, "3.14"),
        (-0.25, "\u22120.25"),
        (1e-6, "1e\u22126"),
        (-3e38, "\u22123e38"),
        (math.nan, "not a number"),
        (-math.inf, "\u2212∞"),
        (True, "True"),
        ("as it is", "as it is"),
    ],
)
def test_numbers_are_short(value: float | str, written: str) -> None:
    assert words.number(value) == written


def test_ordinals() -> None:
    found = [words.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)]
    assert found == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]


def test_a_layer_is_called_by_its_convolution_or_its_module() -> None:
    layer = pretend.convolution("features.10", 10, 5, 128, 256, 56)
    assert words.label(layer, "kernels") == "Convolution 5"
    assert words.label(layer, "maximization") == "Layer 10"
    assert words.title(layer) == "Layer 10 · features.10"
    named = Layer("layer1.0.conv1", "Conv2d", 4, 2, (64, 56, 56), 10)
    assert words.label(named) == "conv1"
    assert words.title(Layer("conv1", "Conv2d", 0, 1, (64, 56, 56), 10)) == "conv1"
    assert words.title(Layer("7", "ReLU", 7, None, (64, 56, 56), 0)) == "Layer 7"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("conv1 · layer4.1.conv1", "conv1 · layer4.<wbr>1.<wbr>conv1"),
        ("Layer 15 · features.15", "Layer 15 · features.15"),
        ("a.<b>.c:3. And so on.", "a.<wbr>&lt;b&gt;.<wbr>c:3. And so on."),
        ("1.5, 2.5 and 3.5", "1.5, 2.5 and 3.5"),
    ],
)
def test_a_name_of_three_parts_breaks_after_its_dots(text: str, written: str) -> None:
    assert escaping.breakable(text) == written
    in_markdown = escaping.breakable(escaping.escape_md(text))
    assert in_markdown.replace("<wbr>", "") == escaping.escape_md(text)
    assert in_markdown.count("<wbr>") == written.count("<wbr>")


def test_the_menu_says_what_a_layer_is() -> None:
    layer = pretend.convolution("features.14", 14, 7, 256, 256, 56)
    assert words.in_menu(layer) == "features.14 · conv 7"
    assert words.in_menu(Layer("7", "ReLU", 7, None, (64, 56, 56), 0)) == "7 · ReLU"


def test_a_section_of_one_layer_is_called_by_a_number_or_the_whole_name() -> None:
    layer = pretend.convolution("features.10", 10, 5, 128, 256, 56)
    assert words.labels([layer], "maximization") == ["Layer 10"]
    named = Layer("blocks.3.depthwise", "Conv2d", 4, 2, (64, 56, 56), 10)
    assert words.labels([named], "maximization") == ["blocks.3.depthwise"]
    assert words.labels([named], "kernels") == ["Convolution 2"]
    assert words.labels([Layer("", "Net", 4, None, (5,), 0)]) == ["The network"]


@pytest.mark.parametrize(
    ("photo", "seen", "says"),
    [
        ((300, 451), (224, 224), "squeezed into 224x224 pixels"),
        ((512, 512), (224, 224), "resized to 224x224 pixels"),
        ((512, 511), (224, 224), "resized to 224x224 pixels"),
        ((96, 128), (48, 64), "resized to 48x64 pixels"),
        ((128, 96), (48, 64), "squeezed into 48x64 pixels"),
    ],
)
def test_a_photo_is_squeezed_where_its_shape_is_another(
    photo: tuple[int, int], seen: tuple[int, int], says: str
) -> None:
    assert words.fitted(photo, seen) == says


def test_a_layers_facts_are_computed() -> None:
    layer = pretend.convolution("features.10", 10, 5, 128, 256, 56)
    assert words.kernel(layer) == "Convolution 5: 3x3 kernel: depth 128"
    line = "256 kernels · stride 1 · padding 1 · 295,168 parameters"
    assert words.kernel_facts(layer) == line
    sentence = "A 3x3 convolution, the 5th of 13. Each of its 256 filters reads 128 channels"
    assert words.describe(layer, 13).startswith(sentence)
    assert ("Map", "56x56 pixels") in words.layer_facts(layer)
    alone = pretend.convolution("head", 10, 5, 128, 1, 56)
    assert "Its one filter reads 128 channels" in words.describe(alone, 13)


def test_strides_and_groups_are_said_where_there_are_any() -> None:
    layer = pretend.convolution("c", 3, 2, 1, 8, 28, stride=(2, 2), groups=8, padding=(0, 1))
    assert words.kernel_facts(layer).startswith("8 kernels · stride 2 · padding 0x1 · 8 groups")
    assert words.describe(layer, 2) == (
        "A 3x3 depthwise convolution, the 2nd of 2. Each of its 8 filters reads one channel alone, "
        "its own. It moves 2x2 pixels at a time."
    )
    assert layer.convolution and not words.keeps_size(layer.convolution)


def test_a_sheet_of_grouped_kernels_says_which_channels_are_shown() -> None:
    def says(channels: int, depth: int, groups: int) -> str:
        layer = pretend.convolution("c", 3, 2, depth, channels, 28, groups=groups)
        sheet = pretend.shown(
            "k.png", "kernels", "kernels", layer=layer, style="gray", scale="layer"
        )
        return captions.shows(sheet, pretend.options("kernels", input_channel=0))

    assert says(8, 1, 8) == "Each filter reads a channel of its own; one scale for all"
    assert says(8, 4, 2) == "Input channel 0 of each group; one scale for all"
    assert says(1, 1, 1) == "Input channel 0; one scale for all"


def test_the_first_convolution_reads_the_picture_behind_padding_too() -> None:
    stem = pretend.convolution("stem", 1, 1, 3, 32, 112)
    assert "reads 3 channels of what comes before" in words.describe(stem, 49)  # sees 5x5
    stem = replace(stem, receptive_field=(3, 3))
    assert "reads 3 channels of the picture" in words.describe(stem, 49)


def test_shares_are_told_in_percent() -> None:
    assert words.percent(math.nan) == "not a number"
    found = [words.percent(share) for share in (0, 0.0004, 0.0005, 0.5311, 0.9996, 1)]
    assert found == ["0.0%", "less than 0.1%", "0.1%", "53.1%", "more than 99.9%", "100.0%"]


def test_an_eleven_pixel_kernel_takes_the_right_article() -> None:
    layer = pretend.convolution("c", 0, 1, 3, 64, 55, kernel=(11, 11))
    assert words.describe(layer, 5).startswith("An 11x11 convolution, the 1st of 5.")


def test_sheets_say_how_they_are_scaled() -> None:
    layer = pretend.vgg_layers()[0]
    sheet = pretend.shown("k.png", "kernels", "kernels", layer=layer, style="gray")
    plane = pretend.options("kernels", input_channel=2)
    assert captions.shows(sheet, plane) == "Input channel 2; each kernel over its own range"
    assert legend.ends(sheet) == ("its lowest", "its highest")
    assert "rgb(0 0 0), " in legend.gradient(sheet)
    rgb = pretend.shown("k.png", "kernels", "kernels", layer=layer, style="rgb")
    assert legend.gradient(rgb) == ""


def test_signed_scales_name_their_zero() -> None:
    signed = {"style": "signed", "low": -2.0, "high": 2.0}
    assert legend.ends(pretend.shown("m", "map", "activations", **signed)) == ("\u22122", "0", "2")
    unscaled = pretend.shown("m", "maps", "activations", style="signed")
    assert legend.ends(unscaled) == ("below zero", "0", "above zero")


def test_maps_of_the_convolutions_alone_say_so() -> None:
    mode = {"mode": "convolutions"}
    shown = pretend.shown("m", "map", "activations", picture=pretend.photo(), parameters=mode)
    assert captions.shows(shown) == "Chelsea · convolutions alone"
    assert captions.shows(shown, omit=["photo"]) == "convolutions alone"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 value is not a number, or infinite"),
        (1200, "1,200 values are not a number, or infin"),
    ],
)
def test_hatched_values_are_said_to_be_no_numbers(count: int, words: str) -> None:
    shown = pretend.shown("m.png", "map", "activations", facts={"not_numbers": count})
    assert f"hatched: {words}" in captions.shows(shown)


def test_alt_texts_say_what_is_seen() -> None:
    layer = pretend.vgg_layers()[17]
    made = captions.alt(pretend.picture(layer, 220))
    expected = "Picture that maximises the activation of filter 220 of layer 17 (features.17)"
    assert made == expected
    answer = pretend.shown(
        "m", "map", "activations", layer=layer, channel=3, picture=pretend.photo()
    )
    assert captions.alt(answer) == (
        "Activation map of filter 3 of convolution 8 (features.17) for the photo Chelsea"
    )
    fort = pretend.photo("fort", "California fort")
    film = pretend.shown("f", "animation", "convolution", layer=layer, channel=3, picture=fort)
    assert captions.alt(film).endswith("sliding over a piece of the photo California fort")


def test_tokens_are_said_to_be_tokens() -> None:
    layout = Layout("tokens", (14, 14), 1)
    hidden = Layer("blocks.3.mlp.1", "GELU", 9, None, (3072, 14, 14), 0, layout=layout)
    said = words.describe(hidden, 1)
    assert "a token for each of the picture\u2019s 14x14 patches" in said
    assert said.endswith("One more token, which belongs to no patch, is left out.")
    assert ("Map", "14x14 tokens") in words.layer_facts(hidden)
    registers = replace(hidden, layout=Layout("tokens", (14, 14), 5))
    assert words.describe(registers, 1).endswith("5 more, which belong to none, are left out.")
    last = replace(hidden, layout=Layout("channels last"))
    assert words.describe(last, 1).endswith("what is below.")
    assert ("Map", "14x14 pixels") in words.layer_facts(last)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("features.15", "Layer 15"),
        ("15", "Layer 15"),
        ("layer1.0.conv2", "conv2"),
        ("blocks.3.mlp.1", "mlp.1"),
        ("features.3.0", "features.3.0"),
        ("features.3.conv.0.1", "conv.0.1"),
        ("3.0", "3.0"),
        ("", "The network"),
    ],
)
def test_a_layer_deep_inside_is_called_by_what_it_is_in(name: str, label: str) -> None:
    assert words.label(Layer(name, "ReLU", 0, None, (3,), 0)) == label


def named(*names: str) -> list[Layer]:
    return [Layer(name, "ReLU", at, None, (3,), 0) for at, name in enumerate(names)]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["features.3", "features.15"], ["Layer 3", "Layer 15"]),
        (["layer1.1.conv2", "layer2.1.conv2"], ["layer1.1.conv2", "layer2.1.conv2"]),
        (["enc.layers.l_0.mlp.1", "enc.layers.l_3.mlp.1"], ["l_0.mlp.1", "l_3.mlp.1"]),
        (["a.3", "b.3", "b.4"], ["a.3", "b.3", "b.4"]),
        (["a", "a"], ["a", "a"]),
        ([], []),
    ],
)
def test_layers_beside_each_other_are_told_apart(names: list[str], labels: list[str]) -> None:
    assert words.labels(named(*names)) == labels


def test_a_layer_has_a_number_of_its_own_where_its_name_is_one() -> None:
    layers = named("features.15", "7", "blocks.3.mlp.1", "conv1")
    assert [words.own_number(layer) for layer in layers] == ["15", "7", "", ""]


@pytest.mark.parametrize(
    ("facts", "name", "caption"),
    [
        ({"plane": 2}, "blue", "its blue channel"),
        ({"plane": 0, "channels": 1}, "gray", "its gray channel"),
        ({"plane": 3, "channels": 4}, "band 4", "its band 4"),
        ({}, "", ""),
    ],
)
def test_a_plane_of_the_input_has_a_name(facts: dict[str, int], name: str, caption: str) -> None:
    assert words.plane(facts) == name
    shown = pretend.shown("a.webp", "animation", "convolution", facts=facts)
    assert captions.shows(shown) == caption


def test_a_sheet_of_maps_says_how_many_there_are() -> None:
    layer = pretend.vgg_layers()[0]
    every, some = (
        ActivationsOptions(kind="activations", layers=("conv:1",), **chosen)
        for chosen in ({}, {"filters": [1, 2]})
    )
    assert captions.maps(layer, every) == "Convolution 1: 64 maps"
    assert captions.maps(layer, some) == "Convolution 1: chosen maps"
    assert captions.maps(replace(layer, shape=(1, 8, 8)), every) == "Convolution 1: one map"
