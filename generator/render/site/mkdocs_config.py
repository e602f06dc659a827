"""The one ``mkdocs.yml`` of a gallery: plain settings, no hooks, nothing loaded from a network."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, TypeAlias

import yaml

from generator.errors import SiteError
from generator.render.arranging.catalogue import Catalogue
from generator.render.gallery import LAYERS, Gallery, Page
from generator.render.pages.preview import FAVICON, PREVIEW
from generator.render.wording import words

NavItem: TypeAlias = "str | dict[str, str | list[NavItem]]"
Navigation: TypeAlias = list[NavItem]

_HOME = "index.md"
_BESIDE = {"compare.md": "Compare", "reading.md": "How to read this"}  # the layers
_LAST = {
    "changes.md": "Since last time",
    "references.md": "References",
    "about.md": "About this build",
}
_PHOTOS_FOLLOW = "activations"  # the kind of page under which the photos' own pages belong
# Material's offline plugin adds a script from a CDN unless a polyfill of this name is there.
_OFFLINE_SEARCH = "iframe-worker"
_SEPARATOR = r"[\s\-:·]+"  # of the words that can be searched for: "features.15:220" is two


@dataclass(frozen=True)
class SiteOptions:
    """What the config's ``site:`` says. Empty text means that it says nothing."""

    name: str = "CNN gallery"
    description: str = ""
    author: str = ""
    url: str = ""  # where the site will be published, for canonical links and the sitemap
    builder: str = "mkdocs"  # or "zensical"
    repo_url: str = ""  # linked in the footer; never asked for stars or releases
    language: str = "en"  # of the theme's own words: a code such as "en" or "pt-BR"


def navigation(catalogue: Catalogue, pages: Iterable[str], guide: Sequence[str] = ()) -> Navigation:
    """The site's menu: home, the gallery's pages, photos, layers, the guide, and the rest.

    Args:
        catalogue: titles, and the order of pages, photos and layers.
        pages: the paths of the rendered pages; what was not rendered is left out.
        guide: the paths of hand-written pages, in reading order; their headings are their titles.
    """
    gallery, rendered = catalogue.gallery, set(pages)
    menu: Navigation = [{"Home": _HOME}]
    for page in gallery.pages:
        menu.append(_gallery_page(gallery, page, rendered))
    overview: Navigation = [{"All layers": LAYERS}] if LAYERS in rendered else []
    # A layer without a picture has but few words on its page, and the overview leads there.
    layers: Navigation = [
        {menu_title(words.in_menu(layer)): f"layers/{layer.slug}.md"}
        for layer in gallery.shown_layers
        if layer.name in catalogue.pictured or not overview
        if f"layers/{layer.slug}.md" in rendered
    ]
    if overview or layers:
        menu.append({"Layers": [*overview, *layers]})
    menu.extend({title: path} for path, title in _BESIDE.items() if path in rendered)
    own = {_HOME, "README.md", *rendered}
    written: Navigation = [path for path in guide if path not in own]
    if written:
        menu.append({"Guide": written})
    menu.extend({title: path} for path, title in _LAST.items() if path in rendered)
    return menu


def _gallery_page(gallery: Gallery, page: Page, rendered: set[str]) -> NavItem:
    photos: Navigation = [
        {menu_title(photo.title): f"photos/{photo.name}.md"}
        for photo in gallery.photos
        if f"photos/{photo.name}.md" in rendered
    ]
    if page.kind == _PHOTOS_FOLLOW and photos:
        return {menu_title(page.title): [{"All photos": page.path}, *photos]}
    return {menu_title(page.title): page.path}


def menu_title(text: str) -> str:
    """A title as the theme can show it anywhere.

    The theme writes titles into its pages without escaping them, and unescapes them once more in
    ``<title>``: no spelling of ``<`` is safe in both, so angle brackets become single guillemets.
    """
    return html.escape(text.replace("<", "\u2039").replace(">", "\u203a"))


def mkdocs_yaml(
    options: SiteOptions,
    menu: Navigation,
    stylesheets: Sequence[str],
    scripts: Sequence[str],
    pictures: Collection[str] = (),
    theme: bool = False,
) -> str:
    """The text of ``mkdocs.yml``.

    Args:
        stylesheets, scripts: paths below ``docs/``. The script with ``iframe-worker`` in its name
            lets the search run from ``file://``, and is loaded before the theme's own.
        pictures: which of `FAVICON` and `PREVIEW` there are below ``docs/``.
        theme: whether there is a folder ``theme``, with templates that replace the theme's.

    Raises:
        SiteError: ``scripts`` lacks that script.
    """
    early = [path for path in scripts if _OFFLINE_SEARCH in path]
    if not early:
        raise SiteError(
            f"No script called '{_OFFLINE_SEARCH}.js' is among the templates' assets.",
            "Without it the theme would load one from the network. Reinstall cnn-gallery.",
        )
    settings: dict[str, Any] = {
        "site_name": html.escape(options.name),
        "site_description": html.escape(options.description or options.name),
        "site_author": html.escape(options.author) or None,
        "site_url": f"{options.url.rstrip('/')}/" if options.url else None,
        "use_directory_urls": False,
        "theme": _theme(options.language, icon=FAVICON in pictures, templates=theme),
        "plugins": [{"search": {"separator": _SEPARATOR}}, "offline"],
        "markdown_extensions": _markdown_extensions(),
        "extra_css": list(stylesheets),
        "extra_javascript": [path for path in scripts if path not in early],
        "extra": _extra(options, early, preview=PREVIEW in pictures),
        "validation": _validation(),
        "nav": menu,
    }
    known = {key: value for key, value in settings.items() if value is not None}
    return yaml.safe_dump(known, sort_keys=False, allow_unicode=True, width=100)


def _theme(language: str, *, icon: bool, templates: bool) -> dict[str, Any]:
    own: dict[str, Any] = {"custom_dir": "theme"} if templates else {}
    if icon:
        own["favicon"] = FAVICON
    return {
        "name": "material",
        "variant": "classic",  # Zensical's name for the look of Material, which ignores it
        **own,
        "language": theme_language(language) or "en",
        "font": False,  # the reader's own fonts: nothing to download
        # Not "search.highlight": with it every page opened from a file reads the whole index.
        "features": ["navigation.footer", "navigation.top", "toc.follow"],
        "palette": [
            _scheme("(prefers-color-scheme)", "default", "brightness-auto", "Switch to light mode"),
            _scheme(
                "(prefers-color-scheme: light)", "default", "brightness-7", "Switch to dark mode"
            ),
            _scheme(
                "(prefers-color-scheme: dark)", "slate", "brightness-4", "Follow the system's mode"
            ),
        ],
    }


def _scheme(media: str, scheme: str, icon: str, says: str) -> dict[str, Any]:
    return {
        "media": media,
        "scheme": scheme,
        "primary": "custom",  # the colours are colours.css's
        "accent": "custom",
        "toggle": {"icon": f"material/{icon}", "name": says},
    }


def theme_language(language: str) -> str | None:
    """The theme's name for a language: itself, its general form (``de`` for ``de-AT``), or None."""
    folder = resources.files("material") / "templates" / "partials" / "languages"
    spoken = {entry.name.removesuffix(".html") for entry in folder.iterdir()}
    general = language.split("-")[0]
    wanted = (language, general, "nb" if general == "no" else general)
    return next((name for name in wanted if name in spoken), None)


def _markdown_extensions() -> list[Any]:
    return [
        "admonition",
        "attr_list",
        "def_list",
        "footnotes",
        "md_in_html",
        "tables",
        {"toc": {"permalink": True}},
        "pymdownx.highlight",
        "pymdownx.superfences",
    ]


def _extra(options: SiteOptions, early: Sequence[str], *, preview: bool) -> dict[str, Any]:
    extra: dict[str, Any] = {"generator": False, "polyfills": list(early)}
    if preview:
        extra["preview"] = PREVIEW  # for theme/main.html
    if options.repo_url:
        # Not MkDocs' own repo_url: with that the theme asks GitHub for stars on every page.
        extra["social"] = [
            {
                "icon": "fontawesome/solid/code-branch",
                "link": html.escape(options.repo_url),
                "name": "Repository",
            }
        ]
    return extra


def _validation() -> Mapping[str, Any]:
    warn = "warn"
    return {
        "nav": {"omitted_files": "ignore", "not_found": warn, "absolute_links": warn},
        "links": {
            "not_found": warn,
            "anchors": warn,
            "absolute_links": warn,
            "unrecognized_links": warn,
        },
    }
