"""Addresses between pages, where each page has a folder of its own."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from pretend_gallery import gallery

from generator.render.arranging.catalogue import Catalogue
from generator.render.pages.templates import render_pages


def test_pages_in_folders_of_their_own_lead_to_each_other() -> None:
    """As on a site of MkDocs' with ``use_directory_urls``: each address is followed to its page."""
    shown = gallery()
    pages = render_pages(Catalogue(shown), overrides=None, folders=True)
    places = {path: re.sub(r"(^|/)index/$", r"\1", path[:-3] + "/") for path in pages}
    pictures = {picture.src for picture in shown.pictures()}
    files = pictures | {shown.still for shown in shown.pictures()} | {"manifest.json"}
    followed = set()
    for path, text in pages.items():
        for address in re.findall(r'(?:href|src)="(?!https?:|#)([^"#]+)', text):
            place = posixpath.normpath(posixpath.join("/", places[path], unquote(address)))
            followed.add(place[1:] + ("/" if address.endswith("/") and place != "/" else ""))
    assert pictures & followed
    assert followed <= files | set(places.values())
    assert {place for place in places.values() if "layers/" in place} <= followed
