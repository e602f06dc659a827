"""Configs that are right: what they say is what is read."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from generator.config.load import load_config
from generator.config.schema import Image, SiteConfig
from generator.visualizations.filters import Filters


def test_every_key_has_a_default(desk):
    config = desk.load("site: {}\n")
    assert config == SiteConfig()
    assert (config.model.source, config.weights, config.seed) == ("vgg16-hed", "default", 0)
    assert (config.layers, config.images, config.visualizations) == (("conv:*",), (), ())
    assert (config.output.site, config.output.cache.dir) == ("site", ".cnn-gallery")
    assert config.site.name == "CNN gallery"


def test_a_full_config(desk):
    config = desk.load("""\
site: {name: Mine, description: All of it, author: Me, url: "https://example.org/x", language: no}
model: torchvision:vgg16
weights: none
seed: 7
input: {size: [240, 320], mean: [0.5, 0.4, 0.3], std: [1, 1, 1]}
images:
  - a.jpg
  - {path: "photos/*.png", title: B, alt: A bee, credit: me}
layers: [features.*, conv:2-4]
visualizations:
  - kind: etching
    layers: [conv:1]
    filters: {top: 4}
    mode: wet
    size: [3, 4]
    frame: {width: 2}
  - kind: poster
    layers: conv:1
    filters: [1, 5, "10-20"]
output: {site: public, cache: kept}
""")
    assert config.site.language == "no"  # YAML 1.1 would have read false
    assert config.weights == "none"
    assert config.input.size == (240, 320)
    assert config.images == (
        Image(path="a.jpg"),
        Image(path="photos/*.png", title="B", alt="A bee", credit="me"),
    )
    etching, poster = config.visualizations
    assert (etching.kind, etching.mode, etching.size, etching.frame.width) == (
        "etching",
        "wet",
        (3, 4),
        2,
    )
    assert etching.filters.top == 4
    assert poster.filters == Filters.model_validate([1, 5, "10-20"])


def test_one_may_stand_for_a_list(desk):
    config = desk.load("layers: conv:1\nimages: a.jpg\ninput: {size: 96, mean: 0.5, std: 2}\n")
    assert config.layers == ("conv:1",)
    assert config.images == (Image(path="a.jpg"),)
    assert (config.input.size, config.input.mean, config.input.std) == ((96, 96), (0.5,), (2.0,))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3", "3"),
        ("1.10", "1.10"),
        ("0.0", "0.0"),
        ("007", "007"),
        ("+1", "+1"),
        ("2024-05-01", "2024-05-01"),
        ("1:30", "1:30"),
        ("on", "on"),
    ],
)
def test_a_layer_keeps_the_name_that_was_written(desk, written, read):
    assert desk.load(f"layers: [{written}]").layers == (read,)


@pytest.mark.parametrize(
    ("written", "read"), [("1e-6", 1e-6), ("0.50", 0.5), (".5", 0.5), ("+2", 2.0)]
)
def test_numbers_are_read_however_they_are_written(desk, written, read):
    config = desk.load(f"visualizations: [{{kind: etching, layers: a, strength: {written}}}]")
    assert config.visualizations[0].strength == read


def test_a_key_with_nothing_after_it_counts_as_left_out(desk):
    text = "images:\nsite:\n  name:\nvisualizations:\n  - kind: poster\n    layers: a\n    title:\n"
    config = desk.load(text)
    assert (config.images, config.site.name) == ((), "CNN gallery")
    assert config.visualizations[0].title == ""


def test_merge_keys_and_anchors(desk):
    config = desk.load("""\
visualizations:
  - &first {kind: etching, layers: a, mode: wet}
  - {<<: *first, layers: b}
  - <<: [{mode: dry}, *first]
    title: c
""")
    assert [(entry.layers, entry.mode) for entry in config.visualizations] == [
        (("a",), "wet"),
        (("b",), "wet"),
        (("a",), "dry"),
    ]


def test_a_byte_order_mark_and_windows_lines_do_no_harm(desk):
    config = desk.load("site:\r\n  name: Größe\r\nlayers: a\r\n".encode("utf-8-sig"))
    assert config.site.name == "Größe"
    assert config.where("layers") == "site_config.yml:3: layers"


def test_where_names_file_line_and_key(desk):
    config = desk.load("""\
# a comment
model: vgg16-hed
visualizations:
  - kind: poster
    layers:
      - conv:1
      - conv:2
""")
    assert (
        config.where("visualizations", 0, "layers") == "site_config.yml:5: visualizations[0].layers"
    )
    assert config.where("visualizations", 0, "layers", 1).startswith("site_config.yml:7: ")
    assert (
        config.where("visualizations", 0, "filters")
        == "site_config.yml:4: visualizations[0].filters"
    )
    assert config.where("output", "site") == "site_config.yml: output.site"
    assert config.where() == "site_config.yml"
    assert SiteConfig().where("model") == "site_config.yml: model"


def test_where_a_config_stands_is_no_part_of_what_it_says(desk):
    first = desk.load("seed: 3\nlayers: a\n")
    second = desk.load("# moved\n\nlayers: [a]\nseed: 3\n")
    assert first == second
    assert hash(first) == hash(second)
    assert first != desk.load("seed: 4\nlayers: a\n")
    assert first.where("seed") != second.where("seed")


def test_a_config_is_frozen(desk):
    config = desk.load("seed: 3")
    with pytest.raises(ValidationError, match="frozen"):
        config.seed = 4
    with pytest.raises(ValidationError, match="frozen"):
        config.output.site = "x"


def test_dumping_keeps_what_each_kind_adds(desk):
    config = desk.load("visualizations: [{kind: etching, layers: a, mode: wet}]")
    assert config.model_dump(mode="json")["visualizations"][0]["mode"] == "wet"


def test_paths_are_relative_to_the_config(tmp_path: Path, desk):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pages").mkdir()
    path = tmp_path / "sub" / "site_config.yml"
    path.write_text("output: {site: public}\ndocs: pages\n")
    config = load_config(path, {})
    assert config.folder == tmp_path / "sub"
    assert config.site_folder == tmp_path / "sub" / "public"
    assert config.cache_folder == tmp_path / "sub" / ".cnn-gallery"
    assert config.docs_folder == tmp_path / "sub" / "pages"
    assert config.templates_folder is None


def test_the_installed_kinds_are_known_by_default(tmp_path: Path):
    from generator.config.reference import EXAMPLE

    path = tmp_path / "site_config.yml"
    path.write_text(EXAMPLE)
    kinds = [entry.kind for entry in load_config(path).visualizations]
    assert kinds == ["kernels", "activations", "maximization"]


def test_a_cache_is_a_path_or_a_folder_and_its_fallback(desk):
    assert desk.load("output: {cache: kept}").output.cache.dir == "kept"
    config = desk.load("output: {cache: {dir: kept, fallback: ../shared}}")
    assert config.cache_folder == config.folder / "kept"
    assert config.fallback_folder == config.folder / "../shared"  # which need not exist
    only = desk.load("output: {cache: {fallback: shared}}")
    assert only.cache_folder == only.folder / ".cnn-gallery"
    assert desk.load("output: {cache: {dir: kept, fallback: }}").fallback_folder is None


def test_mistakes_inside_the_cache_are_told_by_their_key(desk):
    (_, mistake) = desk.mistakes("output: {cache: {dri: kept}}")
    assert "output.cache.dri: no such key; did you mean 'dir'? Allowed: dir, fallback" in mistake
    (_, mistake) = desk.mistakes("output: {cache: [kept]}")
    assert "output.cache: expected text, found a list of 1" in mistake
