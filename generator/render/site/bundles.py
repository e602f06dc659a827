"""The gallery's stylesheets and scripts as its pages load them: one file of each kind.

They are written apart, each about one thing. A browser would ask for each by itself, and paint
nothing before the last stylesheet has come; over a phone's network that is what readers wait for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from generator.errors import SiteError, reason_of

STYLESHEET = "assets/cnn-gallery.css"
SCRIPT = "assets/cnn-gallery.js"


def bundled(assets: Mapping[str, Path], apart: Collection[str] = ()) -> dict[str, bytes | Path]:
    """The same assets, with those that every page loads joined into `STYLESHEET` and `SCRIPT`.

    What lies deeper than ``assets/`` stays apart, since addresses in it are relative to its folder.

    Args:
        assets: files by path, as `generator.render.site.staging.theme_assets` gives them.
        apart: paths of those that are not to be joined.

    Raises:
        SiteError: a file cannot be read.
    """
    kept: dict[str, bytes | Path] = dict(assets)
    for suffix, joined in ((".css", STYLESHEET), (".js", SCRIPT)):
        names = [name for name in sorted(assets) if _joins(name, suffix) and name not in apart]
        if names:
            kept[joined] = b"\n".join(_read(kept.pop(name)) for name in names)
    return kept


def _joins(name: str, suffix: str) -> bool:
    return name.endswith(suffix) and name.count("/") == 1


def _read(content: bytes | Path) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return content.read_bytes()
    except OSError as error:
        raise SiteError(
            f"'{content}' cannot be read: {reason_of(error)}.",
            "It lies in a templates folder, and pages load what is in that folder's assets.",
        ) from error
