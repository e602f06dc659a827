"""Records to Markdown, through Jinja2 templates that a user can override one by one.

Every template is given ``gallery`` (see :mod:`generator.render.gallery`), ``catalogue`` (what
belongs together), ``attributions``, ``captions``, ``words``, ``worth``, ``legend``, ``since`` (what
changed since the build before, or ``None``), ``telling`` (its words), ``faces`` (what stands for a
layer), and ``here``, the path of the page being rendered; besides, its own ``page``, ``layer`` or
``photo``. Four filters help: ``url`` makes a path of the site relative to the page, ``escape_md``
makes any text safe in Markdown, ``number`` writes a number, ``breakable`` lets a long name break
after its dots. Import macros ``with context``, so that ``url`` knows the page.
"""

from __future__ import annotations

import posixpath
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context

from generator.errors import SiteError
from generator.render.arranging import exemplars, faces, grouping
from generator.render.arranging.catalogue import Catalogue
from generator.render.comparing import telling
from generator.render.comparing.since import Since
from generator.render.drawing import legend
from generator.render.gallery import LAYERS, Gallery
from generator.render.wording import attributions, captions, escaping, nouns, words, worth
from generator.utils.resources import templates_folder

# Templates of pages that are no kind's: a kind of the same name gets the generic template.
_PAGES = [
    *("index", "layers", "layer", "photo", "compare"),
    *("reading", "references", "about", "changes"),
]
_OWN = frozenset([*_PAGES, "visualization"])
_SINCE = "changes.md"  # nobody else's, even while there is nothing to tell
_GENERIC = "visualization.md"


@dataclass(frozen=True)
class _Job:
    """A page to render: where to, from which template, with what besides the gallery."""

    path: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


def render_pages(
    catalogue: Catalogue,
    *,
    overrides: Path | None,
    since: Callable[[], Since] | None = None,
    folders: bool = False,
    others: Mapping[str, Path] | None = None,
) -> dict[str, str]:
    """Every page of the gallery as Markdown, by path: ``layers/features-15.md``.

    Args:
        catalogue: what to show.
        overrides: a folder whose templates take the place of the packaged ones of the same name.
        since: gives what changed since the build before; the page about it is left out when there
            is nothing to compare with. Asked as late as can be, for it may take a while to know.
        folders: whether each page will be in a folder of its own, ``layers/features-15/``, which
            is MkDocs' way where ``use_directory_urls`` is not off.
        others: the folders of templates of other packages' visualizations, by kind.

    Raises:
        SiteError: a template has a mistake (the message names it and the line), or two pages
            would have the same path.
    """
    environment = _environment(overrides, others or {})
    environment.globals["folders"] = folders
    shared = _shared(catalogue, overrides, since)
    theirs = (others or {}).values()
    pages: dict[str, str] = {}
    for job in _jobs(catalogue.gallery, since):
        if job.path in pages or (job.path == _SINCE and "page" in job.values):
            raise SiteError(
                f"Two pages of the gallery would both be '{job.path}'.",
                hint="A visualization is called like a page that every gallery has: it needs "
                "another name.",
            )
        pages[job.path] = _render(
            environment, job, {**shared, **job.values, "here": job.path}, [overrides, *theirs]
        )
    return pages


def _shared(
    catalogue: Catalogue, overrides: Path | None, since: Callable[[], Since] | None
) -> dict[str, Any]:
    """What every template is given."""
    return {
        "gallery": catalogue.gallery,
        "catalogue": catalogue,
        "words": words,
        "nouns": nouns,
        "attributions": attributions,
        "captions": captions,
        "exemplars": exemplars,
        "legend": legend,
        "worth": worth,
        "telling": telling,
        "faces": faces,
        # A list of references of the user's own has other anchors than ours, or none.
        "cited": not (overrides and (overrides / "references.md").is_file()),
        "since": _Later(since) if since else None,
        "tables": grouping.tables,
        "methods": grouping.methods,
        "by_layer": grouping.by_layer,
        "by_unit": grouping.by_unit,
        "for_photo": grouping.for_photo,
    }


def _jobs(gallery: Gallery, since: Callable[[], Since] | None) -> Iterator[_Job]:
    """The pages, those last that ask what changed."""
    for page in gallery.pages:
        template = _GENERIC if page.kind in _OWN else f"{page.kind}.md"
        yield _Job(page.path, template, {"page": page})
    for photo in gallery.photos:
        yield _Job(f"photos/{photo.name}.md", "photo.md", {"photo": photo})
    for layer in gallery.shown_layers:
        yield _Job(f"layers/{layer.slug}.md", "layer.md", {"layer": layer})
    if gallery.shown_layers:
        yield _Job(LAYERS, "layers.md")
        yield _Job("compare.md", "compare.md")
    yield _Job("reading.md", "reading.md")
    yield _Job("references.md", "references.md")
    yield _Job("about.md", "about.md")
    yield _Job("index.md", "index.md")
    if since is not None and since().known:
        yield _Job(_SINCE, _SINCE)


def _environment(overrides: Path | None, others: Mapping[str, Path]) -> Environment:
    folders = [overrides] if overrides else []
    theirs = {kind: FileSystemLoader(folder) for kind, folder in others.items()}
    environment = Environment(
        # Those of other packages stand below the name of their kind: spectrum/spectrum.md.
        loader=ChoiceLoader(
            [FileSystemLoader([*folders, templates_folder()]), PrefixLoader(theirs)]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["url"] = _url
    environment.filters["escape_md"] = escaping.escape_md
    environment.filters["breakable"] = escaping.breakable
    environment.filters["number"] = words.number
    return environment


class _Later:
    """Stands for what changed, which is asked for once a template wants any of it."""

    def __init__(self, since: Callable[[], Since]) -> None:
        self._since = since

    def __getattr__(self, name: str) -> Any:
        return getattr(self._since(), name)


@pass_context
def _url(context: Context, path: str) -> str:
    """A path of the site as an address relative to the page: ``../layers/features-15.html#unit-3``.

    ``.md`` becomes ``.html``, or a folder, because the address stands in HTML, which MkDocs leaves
    alone.
    """
    here = context.get("here")
    if here is None:
        raise SiteError(
            f"The template '{context.name}' uses the filter 'url' without knowing its page.",
            hint="Import the template that uses it 'with context'.",
        )
    target, hash_mark, fragment = path.partition("#")
    end = ""
    if not context.get("folders"):
        target = re.sub(r"\.md$", ".html", target)
    elif target.endswith(".md"):
        target, end = _own_folder(target), "/"
    start = _own_folder(here) if context.get("folders") else posixpath.dirname(here)
    return quote(_relative(target, start)) + end + hash_mark + quote(fragment)


def _relative(target: str, start: str) -> str:
    """A path of the site as seen from a folder of it. Pages have it made by the thousand."""
    folder = start.split("/") if start else []
    parts = [] if target in ("", ".") else target.split("/")
    same = 0
    while same < min(len(folder), len(parts)) and folder[same] == parts[same]:
        same += 1
    return "/".join([*[".."] * (len(folder) - same), *parts[same:]]) or "."


def _own_folder(page: str) -> str:
    """Where a page with a folder of its own goes: ``layers/features-15``; empty for the root."""
    stem = page.removesuffix(".md")
    return posixpath.dirname(stem) if posixpath.basename(stem) == "index" else stem


def _render(
    environment: Environment, job: _Job, values: Mapping[str, Any], folders: Sequence[Path | None]
) -> str:
    try:
        own = f"{job.template.removesuffix('.md')}/{job.template}"
        template = environment.select_template([job.template, own, _GENERIC])
        return template.render(values)
    except TemplateSyntaxError as error:
        raise SiteError(
            f"The template '{error.name}' has a mistake in line {error.lineno}: {error.message}"
        ) from error
    except TemplateNotFound as error:
        raise SiteError(
            f"The page '{job.path}' wants a template '{error.name}' that is not there."
        ) from error
    except (UnicodeDecodeError, OSError) as error:
        raise SiteError(
            f"The template '{job.template}', or one that it uses, cannot be read: {error}.",
            hint="Save it as UTF-8 text, in a file that you may read.",
        ) from error
    except SiteError:
        raise
    except Exception as error:  # a template can raise whatever Python can
        place = _place(error, folders)
        if place is None:
            raise
        raise SiteError(f"The template {place}: {error}") from error


def _place(error: Exception, folders: Sequence[Path | None]) -> str | None:
    """Where in others' templates it happened; ``None`` when it is no mistake of theirs."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for folder in filter(None, folders):
            if Path(frame.filename).is_relative_to(folder):
                name = Path(frame.filename).relative_to(folder).as_posix()
                return f"'{name}' has a mistake in line {frame.lineno}"
    return None
