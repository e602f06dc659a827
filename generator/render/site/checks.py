"""What must hold of a finished site: links lead somewhere, nothing is remote or private."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from generator.render.drawing import metadata
from generator.render.site.markup import Markup, css_urls, read_markup
from generator.utils.stamps import tree

REMOTE_LITERAL = re.compile(r"""(["'`])(?:https?:)?//(?!www\.w3\.org/)(?=[\w$])""")
_TEXT = frozenset({".html", ".css", ".js", ".json", ".xml", ".txt", ".svg", ".md", ".yml"})
_SIMPLE = re.compile(r"(?!//)[\w./-]*(?:#[\w.-]*)?", re.ASCII)  # a path, and a place there
_REMOTE = frozenset({"http", "https", "ws", "wss", "ftp"})


@dataclass(frozen=True)
class _Site:
    """The files of a site by their paths in it, and what its pages hold."""

    files: frozenset[str]
    pages: Mapping[str, Markup]


def check_site(
    site: Path, private: Iterable[Path] = (), drawn: Container[str] = frozenset()
) -> list[str]:
    """Everything that is wrong with a built site, one sentence each; an empty list if nothing is.

    - Every local ``href``, ``src`` and ``srcset`` names a file that is there, and every
      ``#fragment`` an anchor that is there.
    - No page, stylesheet or script loads anything from another host. Links to click are fine.
    - No text holds an absolute path of this machine, and no picture holds EXIF.

    Args:
        site: the folder of the built site.
        private: more folders whose names must not be published, such as the one of the config.
        drawn: paths on the site of pictures that this program drew, which hold no metadata.
    """
    paths = _private_paths([site, *private])
    files = tree(str(site))
    pages = {name: read_markup(_text(site / name)) for name in files if name.endswith(".html")}
    whole = _Site(frozenset(files), pages)
    problems: list[str] = []
    for name in files:
        if name in drawn:
            continue
        path = site / name
        if name in pages:
            found: Iterable[str] = _page_problems(name, whole)
        elif path.suffix == ".css":
            found = _stylesheet_problems(path, name, whole)
        elif path.suffix == ".js":
            found = _script_problems(_text(path))
        elif path.suffix.lower() in metadata.SUFFIXES:
            told = metadata.has_metadata(path)
            found = ["the picture holds EXIF or other metadata"] if told else []
        else:
            found = []
        problems.extend(f"{name}: {problem}" for problem in dict.fromkeys(found))
        if path.suffix in _TEXT:
            problems.extend(f"{name}: {problem}" for problem in _private_problems(path, paths))
    return problems


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _page_problems(name: str, site: _Site) -> Iterator[str]:
    page = site.pages[name]
    for script in page.scripts:
        yield from _script_problems(script)
    for reference in dict.fromkeys(page.references):
        parts = _split(reference.url)
        if parts is None:
            yield f"'{reference.url}' is not an address"
            continue
        scheme, host, local, fragment = parts
        if scheme in _REMOTE or (host and not scheme):
            if reference.loaded:
                yield f"loads '{reference.url}' from the network"
        elif not scheme:
            yield from _local_problems(reference.url, local, fragment, name, site)


def _local_problems(url: str, local: str, fragment: str, name: str, site: _Site) -> Iterator[str]:
    if local.startswith("/"):
        yield f"'{url}' starts at the root of a server, so it leads nowhere from a file"
        return
    target = _join(name, local) if local else name
    if target not in site.files:
        yield f"'{url}' leads to no file"
    elif fragment and target in site.pages and fragment not in site.pages[target].anchors:
        yield f"'{url}' leads to no such place on its page"


def _join(name: str, local: str) -> str:
    """The file that an address relative to a file names: no file's where it leaves the site."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), local))


def _split(url: str) -> tuple[str, str, str, str] | None:
    if _SIMPLE.fullmatch(url):
        local, _, fragment = url.partition("#")
        return "", "", local, fragment
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme.lower(), parts.netloc, unquote(parts.path), unquote(parts.fragment)


def _stylesheet_problems(path: Path, name: str, site: _Site) -> Iterator[str]:
    for url in css_urls(_text(path)):
        scheme, host, local, _ = _split(url) or ("", "", url, "")
        if scheme in _REMOTE or (host and not scheme):
            yield f"loads '{url}' from the network"
        elif not scheme and local and _join(name, local) not in site.files:
            yield f"'{url}' leads to no file"


def _script_problems(text: str) -> Iterator[str]:
    if "//" not in text:  # as in the data of units, megabytes of it
        return
    for match in REMOTE_LITERAL.finditer(text):
        start = match.start() + 1
        address = re.split(r"[\"'`\s]", text[start : start + 80], maxsplit=1)[0]
        yield f"could load '{address}' from the network"


def _private_paths(folders: Iterable[Path]) -> tuple[str, ...]:
    """Paths of this machine that would tell a reader who built the site, and where."""
    known = [Path.cwd()]
    for folder in folders:
        known += [folder.absolute(), folder.resolve(), folder.resolve().parent]
    # "/app" alone says nothing of a person, and may well be meant by a page about containers.
    telling = [path for path in known if len(path.parts) > 2]
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 (Path's own raises without a home)
    if home.is_absolute() and home != Path(home.anchor):
        telling.append(home)
    return tuple(sorted({text for path in telling for text in (str(path), path.as_posix())}))


def _private_problems(path: Path, paths: tuple[str, ...]) -> Iterator[str]:
    text = _text(path)
    for private in paths:
        match = _as_written(private).search(text) if private in text else None
        if match:
            line = text.count("\n", 0, match.start()) + 1
            yield f"line {line} holds a path of this machine: '{private}'"


@cache
def _as_written(private: str) -> re.Pattern[str]:
    # Not inside a longer path or an address: "/app" is not meant in "https://host/app/".
    return re.compile(rf"(?<![\w.~/-]){re.escape(private)}(?=[/\\\"'<\s]|$)")
