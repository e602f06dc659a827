"""Configs that are wrong: all mistakes at once, each with line, key, and words that help."""

import os
from pathlib import Path

import pytest
from pretend_kinds import KINDS

from generator.config.load import load_config
from generator.errors import ConfigError


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file(desk):
    assert desk.mistakes("""\
sede: 3
site:
  nmae: Mine
  url: example.org
images: [a.jpg, {pth: b.jpg}]
output: {site: docs/site}
visualizations:
  - layers: conv:1
    kind: pster
  - kind: etching
    layers: conv:1
    fliters: [1]
    mode: wett
    frame: {width: -1, heigth: 2}
  - {kind: poster, title: [a], filters: [5-3]}
  - poster
seed: -1
seed: 2
""") == [
        "site_config.yml has 17 mistakes:",
        "site_config.yml:1: sede: no such key; did you mean 'seed'? Allowed: classes, compute, "
        "docs, exemplars, images, input, layers, model, output, seed, site, templates, "
        "visualizations, weights",
        "site_config.yml:3: site.nmae: no such key; did you mean 'name'? Allowed: author, "
        "builder, description, language, name, repo_url, url",
        "site_config.yml:4: site.url: expected an address that starts with https://, "
        "found 'example.org'",
        "site_config.yml:5: images[1]: 'path' is missing",
        "site_config.yml:5: images[1].pth: no such key; did you mean 'path'? Allowed: alt, "
        "credit, path, title",
        "site_config.yml:6: output.site: overlaps with 'docs' (docs); keep them apart",
        "site_config.yml:9: visualizations[0].kind: no such kind 'pster'; did you mean 'poster'? "
        "Kinds: etching, poster",
        "site_config.yml:12: visualizations[1].fliters: no such key; did you mean 'filters'? "
        "Allowed: filters, frame, kind, layers, mode, note, size, strength, title",
        "site_config.yml:13: visualizations[1].mode: cannot be 'wett'; did you mean 'wet'? "
        "Allowed: wet, dry",
        "site_config.yml:14: visualizations[1].frame.width: must be at least 0, found -1",
        "site_config.yml:14: visualizations[1].frame.heigth: no such key; Allowed: colour, width",
        "site_config.yml:15: visualizations[2].title: expected text, found a list of 1",
        "site_config.yml:15: visualizations[2]: 'layers' is missing",
        "site_config.yml:15: visualizations[2].filters: the range '5-3' ends before it begins",
        "site_config.yml:16: visualizations[3]: expected keys with values, 'kind' among them, "
        "found 'poster'",
        "site_config.yml:17: seed: must be at least 0, found -1",
        "site_config.yml:18: seed: given twice, first on line 17; keep one of them",
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("seed: x", "1: seed: expected a whole number, found 'x'"),
        ("seed: true", "1: seed: expected a whole number, found true"),
        ("seed: 1.5", "1: seed: expected a whole number, found 1.5"),
        ("site: mine", "1: site: expected keys with values, found 'mine'"),
        ("site: {name: ''}", "1: site.name: must not be empty"),
        ("site: {language: English}", "1: site.language: expected a language such as en, no or "
         "pt-BR, found 'English'"),
        ("model: [a]", "1: model: expected text, found a list of 1"),
        ("\nlayers: {a: 1}", "2: layers: expected text, found keys with values (a)"),
        ("layers: [a, '']", "1: layers[1]: must not be empty"),
        ("input: {size: 0}", "1: input.size: must be at least 1, found 0"),
        ("input: {size: 240x320}", "1: input.size: expected a whole number, or [height, width], "
         "found '240x320'"),
        ("input: {size: [3]}", "1: input.size: item 2 is missing"),
        ("input: {size: [3, 4, 5]}", "1: input.size: must have at most 2 items, found a list of 3"),
        ("input: {size: 99999}", "1: input.size: must be at most 4096, found 99999"),
        ("input: {channels: 3, mean: [1, 2]}", "1: input: mean takes 1 or 3 numbers, found 2"),
        ("input: {range: [1, 0]}", "1: input: range has to rise, found [1.0, 0.0]"),
        ("input: {bands: [1, 2]}", "1: input: bands takes 1 or 3 channels, found 2"),
        ("input: {mean: 1, std: [1, 2, 3]}", "1: input: mean and std need as many numbers each, "
         "found 1 and 3"),
        ("input: {std: 0}", "1: input.std: must be more than 0, found 0"),
        ("input: {mean: .inf}", "1: input.mean: expected a finite number, found inf"),
        ("images: 3", "1: images: expected a path, or keys with 'path' among them, found 3"),
        ("images: ['']", "1: images[0]: expected a path, found nothing"),
        (f"images: [a/{'b' * 256}]", f"1: images[0]: is too long for a file: 'a/{'b' * 57}…'"),
        (f"weights: {'a/' * 2001}", f"1: weights: is too long for a file: '{'a/' * 29}a…'"),
        (f"model: {'é' * 128}:f", f"1: model: is too long for a file: '{'é' * 59}…'"),
        ("images: [\"a\\0b\"]", "1: images[0]: expected a path, found characters that no path "
         "should have"),
        ("visualizations: {kind: poster}", "1: visualizations: expected a list, found keys with "
         "values (kind)"),
        ("visualizations: [{layers: a}]", "1: visualizations[0]: 'kind' is missing. Kinds: "
         "etching, poster"),
        ("visualizations: [{kind: [a], layers: a}]", "1: visualizations[0].kind: no such kind a "
         "list of 1; Kinds: etching, poster"),
        ("visualizations: [{kind: poster, layers: []}]", "1: visualizations[0].layers: must not "
         "be empty"),
        ("visualizations: [{kind: etching, layers: a, size: [1, x]}]", "1: visualizations[0]."
         "size[1]: expected a whole number, found 'x'"),
        ("visualizations: [{kind: etching, layers: a, size: x}]", "1: visualizations[0]."
         "size: expected a whole number, found 'x'; or expected a list, found 'x'"),
        ("visualizations: [{kind: poster, layers: a, filters: {tpo: 3}}]", "1: visualizations[0]."
         "filters: choose one of {top: N} and {random: N}, found tpo"),
        ("visualizations: [{kind: poster, layers: a, filters: {top: 0}}]", "1: visualizations[0]."
         "filters.top: must be more than 0, found 0"),
        ("odd key: 1", "1: ['odd key']: no such key; Allowed: classes, compute, docs, "
         "exemplars, images, input, layers, model, output, seed, site, templates, visualizations, "
         "weights"),
    ],
)  # fmt: skip
def test_each_mistake_in_plain_words(desk, text, mistake):
    assert desk.mistake(text) == f"site_config.yml:{mistake}"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("a: [1\nb: 2", "2: column 2: a '[' is not closed with ']', or a ',' is missing"),
        ("a: {b: 1\nc: 2", "2: column 2: a '{' is not closed with '}', or a ',' is missing"),
        ("\nseed: 'x\n\n", "2: column 7: a quote is opened here and never closed"),
        ("a: b: c", "1: column 5: a ':' where none fits: mind the indentation, quote text"),
        ("seed: *x", "1: column 7: found undefined alias 'x'"),
        ("a: 1\n---\nb: 2", "2: column 1: a second document begins here ('---'); keep one"),
        ("a:\n  - 1\n b: 2", "3: column 2: the indentation does not fit the lines before, or ',' "
         "is missing"),
        ('a: "\\UFFFFFFFF"', "1: this is not YAML: an escape or a number out of range"),
        ("a: 1\nb: \x07", "2: the character U+0007 is not allowed in YAML"),
        ("site: &a {name: *a}", "1: column 7: this value contains itself"),
        ("a: " + "[" * 60 + "]" * 60, "1: column 54: nested more than 50 levels deep"),
        ("a: " + "[" * 2000, " nested far too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_says_where(desk, text, mistake):
    assert desk.mistake(text) == f"site_config.yml:{mistake}"


def test_a_tab_is_named(desk):
    assert "a tab" in desk.mistake("site:\n\tname: x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed: !!python/object/apply:os.system [ls]", "seed: this cannot be read as"),
        ("seed: !mine 3", "seed: this cannot be read as '!mine'; leave the tag out"),
        ("seed: !!int x", "seed: this cannot be read as '!!int'; leave the tag out"),
        (f"seed: {'1' * 5000}", "seed: this cannot be read as '!!int'"),
        ("seed: !!bool 7", "seed: this cannot be read as '!!bool'"),
        ("? [a]\n: 1", "a key must be one word"),
        ('"\\ud800": 1', "a key must be one word"),
        ('layers: [a, "\\udfff"]', "layers[1]: an escape stands for half a character"),
        ("<<: 3", "'<<' takes the keys of a mapping, and this is none"),
    ],
)
def test_yaml_beyond_plain_values_is_a_mistake(desk, text, words):
    assert words in "\n".join(desk.mistakes(text))


def test_an_alias_of_aliases_is_stopped(desk):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    assert "stands for more than 200,000 values" in desk.mistake("\n".join(lines))


def test_every_line_of_an_error_stays_one_line(desk):
    lines = desk.mistakes('"a\\nb": 1\nseed: "x\\ny\\ud800"\nlayers: "\\ud800"\n')
    assert len(lines) == 4
    assert lines[1].startswith(r"site_config.yml:1: ['a\nb']: no such key")
    "\n".join(lines).encode()  # a terminal can show it


def test_what_a_visualization_quotes_stays_one_line_too(desk):
    text = 'visualizations: [{kind: poster, layers: a, filters: ["x\\ny\\a"]}]'
    assert "filters: 'x\\ny\\x07' is neither" in desk.mistake(text)


def test_a_long_value_is_cut(desk):
    assert len(desk.mistake(f"seed: {'x' * 5000}")) < 200


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "site_config.yml is empty."),
        ("# only a comment\n", "site_config.yml is empty."),
        ("- a\n- b\n", "site_config.yml:1: expected keys with values, found a list of 2."),
        ("\n\njust words", "site_config.yml:3: expected keys with values, found 'just words'."),
    ],
)
def test_a_config_that_is_no_mapping(desk, text, words):
    message, hint = desk.mistakes(text)
    assert message == words
    assert hint.startswith("Write keys with values, such as 'model: vgg16-hed'")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "site_config.yml is not a text file."),
        ("seed: 3".encode("utf-16"), "site_config.yml is not a text file."),
        ("a: 1\nb: Größe".encode("latin-1"), "site_config.yml:2: this is not UTF-8 text."),
        (b"#" * 5_000_000, "site_config.yml is far too large for a config."),
    ],
)
def test_a_file_that_is_no_text(desk, content, words):
    assert desk.mistakes(content)[0] == words


def test_a_missing_file_says_how_to_name_it(desk):
    with pytest.raises(ConfigError) as caught:
        load_config(Path("nowhere.yml"), KINDS)
    assert caught.value.message == "There is no config file nowhere.yml."
    assert "cnn-gallery build -c path/to/site_config.yml" in caught.value.hint
    assert caught.value.exit_status == 2


def test_a_folder_is_no_config(desk):
    Path("here").mkdir()
    with pytest.raises(ConfigError, match="here is a folder, not a config file"):
        load_config(Path("here"), KINDS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with named pipes")
def test_a_pipe_is_not_waited_for(desk):
    os.mkfifo("pipe")
    with pytest.raises(ConfigError, match="not a regular file"):
        load_config(Path("pipe"), KINDS)


@pytest.mark.parametrize("name", ["a/b.yml", "x" * 300, "a\0b"])
def test_a_path_that_cannot_be(desk, name):
    Path("a").write_text("")
    with pytest.raises(ConfigError):
        load_config(Path(name), KINDS)
