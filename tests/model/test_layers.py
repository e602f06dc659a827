from __future__ import annotations

import re

import pytest

from generator.errors import LayerError
from generator.model.layers import Layer, find, select, told_apart_by_case


def layer(name: str, index: int, ordinal: int | None) -> Layer:
    kind = "ReLU" if ordinal is None else "Conv2d"
    return Layer(name, kind, index, ordinal, shape=(4, 8, 8), parameters=0)


LAYERS = [
    layer("features.0", 0, 1),
    layer("features.1", 1, None),
    layer("features.2", 2, 2),
    layer("features.3", 3, None),
    layer("head[a]", 4, 3),
]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["features.2"], ["features.2"]),
        (["features.*"], ["features.0", "features.1", "features.2", "features.3"]),
        (["conv:2"], ["features.2"]),
        (["conv:2-3"], ["features.2", "head[a]"]),
        (["conv:*"], ["features.0", "features.2", "head[a]"]),
        (["conv:2", "features.0", "conv:1-2"], ["features.2", "features.0"]),
        (["head[a]"], ["head[a]"]),
    ],
)
def test_patterns_choose_layers_once_in_their_order(patterns: list[str], names: list[str]) -> None:
    assert [each.name for each in select(LAYERS, patterns)] == names


def test_a_pattern_without_a_match_lists_the_nearest_names() -> None:
    with pytest.raises(LayerError) as caught:
        select(LAYERS, ["feature.2"])
    assert caught.value.message == "No layer is called 'feature.2'."
    assert "features.2" in caught.value.hint
    assert "lists all 5" in caught.value.hint


@pytest.mark.parametrize(
    "pattern", ["conv:4", "conv:0", "conv:x", "conv:3-2", "conv:", "conv:²", f"conv:{'1' * 5000}"]
)
def test_an_ordinal_without_a_match_says_how_many_there_are(pattern: str) -> None:
    with pytest.raises(LayerError, match="the network has 3 convolutions"):
        select(LAYERS, [pattern])


def test_find_wants_the_whole_name() -> None:
    assert find(LAYERS, "features.3") is LAYERS[3]
    with pytest.raises(LayerError, match=r"No layer is called 'features\.\*'"):
        find(LAYERS, "features.*")


@pytest.mark.parametrize(
    ("name", "slug"), [("features.15", "features-15"), ("conv_1a", "conv_1a"), ("", "network")]
)
def test_slugs_are_the_names_with_dashes(name: str, slug: str) -> None:
    assert layer(name, 0, None).slug == slug


@pytest.mark.parametrize("name", ["index", "README", "Index", "aux", "COM1"])
def test_no_layers_page_is_taken_for_that_of_their_folder_or_for_a_device(name: str) -> None:
    assert re.fullmatch(f"{name}-[0-9a-f]{{8}}", layer(name, 0, None).slug)


def test_names_that_look_alike_have_slugs_of_their_own_that_are_safe_in_urls() -> None:
    names = ["head.a", "head-a", "head[a]", "head a", "head_a", "头", "首", "?", "", "network"]
    slugs = [layer(name, 0, None).slug for name in names]
    assert len(set(slugs)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", slug) for slug in slugs)
    assert slugs[0] == "head-a" and slugs[1].startswith("head-a-")


def test_names_that_differ_in_case_alone_have_slugs_that_no_disk_takes_for_one() -> None:
    names = ["Stem.conv1", "stem.conv1", "stem.Conv1", "stem.conv2", "Stem.Conv2.relu"]
    for order in (names, names[::-1]):
        layers = told_apart_by_case(layer(name, 0, None) for name in order)
        slugs = {each.name: each.slug for each in layers}
        assert len({slug.lower() for slug in slugs.values()}) == len(names)
        assert slugs["stem.conv2"] == "stem-conv2" and slugs["Stem.Conv2.relu"] == "Stem-Conv2-relu"
        assert slugs["stem.conv1"] == "stem-conv1-8632c922"


def test_a_slug_of_a_long_name_fits_a_files_name_and_is_its_own() -> None:
    names = ["a" * 300, "a" * 299 + "b", "a" * 150 + "!"]
    slugs = [layer(name, 0, None).slug for name in names]
    assert len(set(slugs)) == 3
    assert {len(slug) for slug in slugs} == {100}
    assert layer("a" * 100, 0, None).slug == "a" * 100


def test_output_is_what_the_network_returns_unless_a_layer_is_called_so() -> None:
    head = Layer("classifier", "Linear", 9, None, (5,), 35)
    assert select(LAYERS, ["output"], head) == (head,)
    own = Layer("output", "ReLU", 8, None, (4, 2, 2), 0)
    assert select([*LAYERS, own], ["output"], head) == (own,)
    with pytest.raises(LayerError, match="No layer is called 'output'"):
        select(LAYERS, ["output"])
