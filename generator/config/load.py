"""From ``site_config.yml`` to a SiteConfig, or to one error that lists every mistake."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from generator.config.folders import folder_problems
from generator.config.places import Keys, Places
from generator.config.problems import Problem, config_error, explain, one_line, shown
from generator.config.schema import Kinds, SiteConfig
from generator.config.yaml_lines import read_yaml
from generator.errors import ConfigError, reason_of

LARGEST_FILE = 4_000_000  # bytes


def load_config(path: Path, kinds: Kinds | None = None) -> SiteConfig:
    """The config in a file, checked as far as that can be done without the network.

    Args:
        path: the file. Its folder is what the config's paths are relative to.
        kinds: the visualizations that may be asked for; by default all that are installed.

    Raises:
        ConfigError: the file cannot be read, or holds mistakes: all of them are listed, each with
            its line and key.
    """
    if kinds is None:
        from generator.visualizations import registry  # late: built-ins need their own imports

        kinds = registry()
    content = _read(path)
    document = read_yaml(_decoded(path, content))
    places = Places(path, document.lines, hashlib.sha256(content).hexdigest())
    problems = list(document.problems)
    if problems and document.data is None:
        raise config_error(places, problems)
    if not isinstance(document.data, dict):
        raise _no_mapping(places, document.data)
    try:
        config = SiteConfig.model_validate(document.data, context=kinds)
    except ValidationError as error:
        models = _models(document.data, kinds)
        problems += explain(error, document.data, places, models)
    for keys, words in folder_problems(document.data, path.parent):
        problems.append(Problem(places.line(keys), keys, words))
    if problems:
        raise config_error(places, problems)
    config._places = places
    return config


def _models(data: Any, kinds: Kinds) -> dict[Keys, type[BaseModel]]:
    """Which model reads the whole file, and which reads each entry of ``visualizations``."""
    models: dict[Keys, type[BaseModel]] = {(): SiteConfig}
    entries = data.get("visualizations")
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        kind = entry.get("kind") if isinstance(entry, dict) else None
        if isinstance(kind, str) and kind in kinds:
            models["visualizations", index] = kinds[kind].Options
    return models


def _no_mapping(places: Places, data: Any) -> ConfigError:
    hint = "Write keys with values, such as 'model: vgg16-hed'; all keys have defaults."
    file = one_line(str(places.path))
    if data is None:
        return ConfigError(f"{file} is empty.", hint)
    line = places.lines[()]
    return ConfigError(f"{file}:{line}: expected keys with values, found {shown(data)}.", hint)


def _read(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        ConfigError: there is no such file, or it cannot be read.
    """
    file = one_line(str(path))
    try:
        if path.is_dir():
            hint = f"Name the file in it: cnn-gallery build -c {path / 'site_config.yml'}"
            raise ConfigError(f"{file} is a folder, not a config file.", one_line(hint))
        if path.exists() and not path.is_file():
            raise ConfigError(f"{file} is not a regular file.")
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigError(f"{file} is far too large for a config.", "Is it another file?")
        return path.read_bytes()
    except FileNotFoundError:
        hint = "Say where it is: cnn-gallery build -c path/to/site_config.yml"
        raise ConfigError(f"There is no config file {file}.", hint) from None
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise ConfigError(f"{file} cannot be read: {reason}.") from None


def _decoded(path: Path, content: bytes) -> str:
    """The file's text.

    Raises:
        ConfigError: it is no text in UTF-8.
    """
    file = one_line(str(path))
    if b"\0" in content:
        raise ConfigError(f"{file} is not a text file.", "A config is YAML, saved as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = "Save it as UTF-8 in your editor."
        raise ConfigError(f"{file}:{line}: this is not UTF-8 text.", hint) from None
