"""Whatever is written, the answer is a config or a ConfigError that can be shown."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.config.schema import SiteConfig
from generator.errors import ConfigError

CALM = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

MORE_KEYS = (
    *("name", "url", "language", "size", "mean", "std", "path", "title", "kind", "filters"),
    *("top", "random", "mode", "frame", "width", "cache", "odd"),
)
KEYS = st.sampled_from([*SiteConfig.model_fields, *MORE_KEYS])
WORDS = st.sampled_from(
    ["etching", "poster", "all", "conv:1", "..", "~", "~nobody/x", "docs", "1-2"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=15,
)
ENTRIES = st.fixed_dictionaries(
    {"kind": WORDS | SCALARS},
    optional=dict.fromkeys(("layers", "filters", "size", "mode", "frame", "title"), VALUES),
)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={"visualizations": st.lists(ENTRIES | VALUES, max_size=3)}
    | {key: VALUES for key in SiteConfig.model_fields if key != "visualizations"},
)
YAML = st.text(st.sampled_from("ab:-?[]{},&*!|>'\"#%@`<=~ \n\t\\01.eU\ufeff\x85"), max_size=40)


def answer(desk, content):
    try:
        config = desk.load(content)
    except ConfigError as error:
        str(error).encode()
        assert "site_config.yml" in error.message
        count = error.message.count("\n")
        assert count == 0 or error.message.startswith(f"site_config.yml has {count} mistake")
    else:
        assert isinstance(config, SiteConfig)
        hash(config)
        config.where("visualizations", 0, "layers").encode()


@CALM
@given(data=CONFIGS | VALUES)
def test_any_structure(desk, data):
    answer(desk, json.dumps(data))


@CALM
@given(text=YAML)
def test_any_text(desk, text):
    answer(desk, text)


@CALM
@given(text=st.lists(st.tuples(KEYS, YAML), max_size=4))
def test_any_text_under_real_keys(desk, text):
    answer(desk, "\n".join(f"{key}: {value}" for key, value in text))


@CALM
@given(content=st.binary(max_size=60))
def test_any_bytes(desk, content):
    answer(desk, content)
