"""The default gallery that travels with the package: its templates, its pages and its config.

A wheel carries them in ``generator/default``; in a checkout they lie beside ``generator``.
"""

from __future__ import annotations

from pathlib import Path

from generator.errors import SiteError


def templates_folder() -> Path:
    """The packaged templates.

    Raises:
        SiteError: the package came without them.
    """
    return _find("templates")


def docs_folder() -> Path:
    """The packaged hand-written pages.

    Raises:
        SiteError: the package came without them.
    """
    return _find("docs")


def default_config() -> Path:
    """The packaged ``site_config.yml``.

    Raises:
        SiteError: the package came without it.
    """
    return _find("site_config.yml")


def _find(name: str) -> Path:
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "default", package.parent):
        if (folder / name).exists():
            return folder / name
    raise SiteError(
        f"The installed cnn-gallery has no '{name}'.", hint="Install cnn-gallery again."
    )
