"""A site of somebody's, and what it needs to take a gallery in as a section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from generator.errors import SiteError
from generator.render.site.mkdocs_config import Navigation

_NAMES = ("mkdocs.yml", "mkdocs.yaml")
_EXTENSIONS = ("attr_list", "md_in_html")  # that the pages are written for; MkDocs has the others
_LISTS = ("plugins", "markdown_extensions", "extra_css", "extra_javascript")
_TITLE = "Gallery"


@dataclass(frozen=True)
class Host:
    """A site that MkDocs or Zensical builds.

    ``folders`` says whether each page gets a folder of its own there.
    """

    config: Path
    docs: Path
    folders: bool
    settings: Mapping[str, Any] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """Reads past tags such as ``!ENV`` and ``!!python/name:``, whose values do not matter here."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)


def find_host(folder: Path) -> Host:
    """The site in whose docs folder a folder lies, or will lie.

    Raises:
        SiteError: there is none, or its config cannot be read.
    """
    place = folder.resolve()
    for above in place.parents:
        for name in _NAMES:
            if (above / name).is_file():
                host = _read(above / name)
                if host.docs in place.parents:
                    return host
    raise SiteError(
        f"'{folder}' lies in the docs folder of no site: no mkdocs.yml above it names one.",
        "Name a folder such as docs/gallery, inside the docs of the site that takes it in.",
    )


def _read(path: Path) -> Host:
    settings = _settings(path)
    docs = (path.parent / str(settings.get("docs_dir") or "docs")).resolve()
    # Material's plugin of this name turns folders off, as no file opens one.
    offline = "offline" in _names(settings, "plugins")
    folders = settings.get("use_directory_urls", True) is not False and not offline
    return Host(path, docs, folders, settings)


def _settings(path: Path) -> dict[str, Any]:
    """A config's settings, on top of those of the config that it inherits from."""
    try:
        settings = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {}
        if not isinstance(settings, dict):
            raise TypeError("it holds no settings by name")
        for key in _LISTS:
            if not isinstance(settings.get(key) or [], list | dict):
                raise TypeError(f"'{key}' is no list")
        parent = settings.get("INHERIT")
        return {**(_settings(path.parent / parent) if parent else {}), **settings}
    except (
        OSError,
        ValueError,
        TypeError,
        AttributeError,
        RecursionError,
        yaml.YAMLError,
    ) as error:
        raise SiteError(f"'{path}' cannot be read: {error}") from error


def to_add(host: Host, folder: Path, menu: Navigation, loaded: Sequence[str]) -> str:
    """What a site's config lacks to show a section, as YAML to add to it; empty if nothing.

    Args:
        host: the site.
        folder: the section, in its docs folder.
        menu: the section's.
        loaded: the section's stylesheets and scripts, by their paths in it.
    """
    at = folder.resolve().relative_to(host.docs).as_posix()
    there = host.settings
    wanted: dict[str, Any] = {}
    if there.get("nav") and f"{at}/index.md" not in _leaves(there["nav"]):
        wanted["nav"] = [{_TITLE: _moved(menu, at)}]
    known = _names(there, "markdown_extensions")
    wanted["markdown_extensions"] = [name for name in _EXTENSIONS if name not in known]
    for key, suffix in (("extra_css", ".css"), ("extra_javascript", ".js")):
        paths = [f"{at}/{name}" for name in loaded if name.endswith(suffix)]
        wanted[key] = [path for path in paths if path not in _names(there, key)]
    lacking = {key: value for key, value in wanted.items() if value}
    return (
        yaml.safe_dump(lacking, sort_keys=False, allow_unicode=True, width=100) if lacking else ""
    )


def _leaves(menu: object) -> Iterator[object]:
    """What the entries of a menu lead to, however deep they lie."""
    if isinstance(menu, dict | list):
        for inner in menu.values() if isinstance(menu, dict) else menu:
            yield from _leaves(inner)
    else:
        yield menu


def _names(settings: Mapping[str, Any], key: str) -> list[Any]:
    """What a list of the settings names; some have settings of their own after their names."""
    found = settings.get(key) or []
    return [next(iter(each)) if isinstance(each, dict) and each else each for each in found]


def _moved(menu: Navigation, at: str) -> Navigation:
    """A menu whose pages lie in a folder."""
    moved: Navigation = []
    for item in menu:
        if isinstance(item, str):
            moved.append(f"{at}/{item}")
            continue
        for title, value in item.items():
            inner = f"{at}/{value}" if isinstance(value, str) else _moved(value, at)
            moved.append({title: inner})
    return moved
