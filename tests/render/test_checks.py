"""check_site finds what a reader would: dead links, remote loads, private paths, EXIF."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from generator.render.site.checks import check_site


def page(site: Path, body: str, name: str = "index.html") -> None:
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_text(f"<!doctype html><html><body>{body}</body></html>", encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    page(folder, '<h2 id="unit-3">Unit 3</h2><a name="old"></a>', "layers/a b.html")
    (folder / "p").mkdir()
    Image.new("RGB", (4, 4)).save(folder / "p" / "x.png")
    return folder


GOOD = """
<a href="layers/a%20b.html#unit-3">unit</a> <a href="layers/a%20b.html#old">old</a>
<a href="#">top</a> <a href="#here">here</a> <p id="here"></p>
<a href="https://example.org/paper">a paper</a> <a href="mailto:a@example.org">write</a>
<link rel="canonical" href="https://example.org/g/index.html">
<img src="p/x.png?v=1" srcset="p/x.png 1x, p/x.png 2x" style="background: url('p/x.png')">
<img src="data:image/png;base64,AAAA" srcset="data:image/png;base64,AAAA 2x">
<svg xmlns="http://www.w3.org/2000/svg"><use href="#here"></use></svg>
<script>var space = "http://www.w3.org/2000/svg", half = "a//b";</script>
"""


def test_a_sound_site_has_no_problems(site: Path) -> None:
    page(site, GOOD)
    (site / "s.css").write_text('@import "t.css"; a { background: url(p/x.png) }')
    (site / "t.css").write_text("/* see http://example.org */ b { background: url(#shape) }")
    (site / "s.js").write_text("// from https://example.org/licence\nvar a = 'b';")
    assert check_site(site) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="gone.html">x</a>', "'gone.html' leads to no file"),
        ('<a href="layers/">x</a>', "'layers/' leads to no file"),
        ('<a href="../outside.html">x</a>', "'../outside.html' leads to no file"),
        ('<a href="#nowhere">x</a>', "'#nowhere' leads to no such place on its page"),
        (
            '<a href="layers/a%20b.html#unit-4">x</a>',
            "'layers/a%20b.html#unit-4' leads to no such place on its page",
        ),
        ('<a href="/index.html">x</a>', "'/index.html' starts at the root of a server"),
        ('<a href="http://[bad">x</a>', "'http://[bad' is not an address"),
        ('<img src="p/gone.png">', "'p/gone.png' leads to no file"),
        ('<img src="p/x.png" srcset="p/x.png 1x, p/y.png 2x">', "'p/y.png' leads to no file"),
        ('<picture><source srcset="p/still.png"></picture>', "'p/still.png' leads to no file"),
        ('<video poster="p/gone.png"></video>', "'p/gone.png' leads to no file"),
        ('<img src="https://example.org/x.png">', "loads 'https://example.org/x.png' from the"),
        ('<script src="//example.org/x.js"></script>', "loads '//example.org/x.js' from the"),
        (
            '<link rel="stylesheet" href="https://example.org/f.css">',
            "loads 'https://example.org/f.css' from the network",
        ),
        (
            '<link rel="preconnect" href="https://example.org">',
            "loads 'https://example.org' from the network",
        ),
        (
            '<svg><image href="https://example.org/v.png"></image></svg>',
            "loads 'https://example.org/v.png' from the network",
        ),
        (
            "<style>a { background: url(https://example.org/b.png) }</style>",
            "loads 'https://example.org/b.png' from the network",
        ),
        (
            '<p style="background: url(&quot;http://example.org/c.png&quot;)">',
            "loads 'http://example.org/c.png' from the network",
        ),
        (
            '<script>fetch("https://example.org/d")</script>',
            "could load 'https://example.org/d' from the network",
        ),
    ],
)
def test_a_page_with_a_fault(site: Path, body: str, problem: str) -> None:
    page(site, body)
    (found,) = check_site(site)
    assert found.startswith("index.html: ")
    assert problem in found


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("s.css", '@import "https://example.org/a.css";', "loads 'https://example.org/a.css'"),
        ("s.css", "@font-face { src: url(//example.org/f) }", "loads '//example.org/f'"),
        ("s.css", "a { background: url('gone.png') }", "'gone.png' leads to no file"),
        ("s.js", "load(`https://${host}/x`)", "could load 'https://${host}/x' from the network"),
        ("s.js", "import('http://example.org/m')", "could load 'http://example.org/m' from"),
    ],
)
def test_a_stylesheet_or_script_with_a_fault(
    site: Path, name: str, text: str, problem: str
) -> None:
    (site / name).write_text(text)
    (found,) = check_site(site)
    assert found.startswith(f"{name}: ")
    assert problem in found


def test_a_path_of_this_machine_is_found_with_its_line(site: Path, tmp_path: Path) -> None:
    secret = tmp_path / "ada" / "project"
    (site / "about.txt").write_text(f"fine\nbuilt in {secret}/site_config.yml\n")
    assert check_site(site, private=[secret])[0].startswith(
        f"about.txt: line 2 holds a path of this machine: '{tmp_path}"
    )


def test_the_home_folder_is_private_everywhere(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    page(site, "<p>/home/ada/photos</p>")
    assert check_site(site) == ["index.html: line 1 holds a path of this machine: '/home/ada'"]


def test_somebody_without_a_home_may_check_a_site(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a container's user that no file of users knows."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    page(site, "<p>~ and ~/photos</p>")
    assert check_site(site) == []


def test_a_path_inside_a_longer_one_or_an_address_is_not_private(site: Path) -> None:
    page(site, '<a href="https://example.org/srv/app/x">x</a> and /srv/apple and ../srv/app/x')
    assert check_site(site, private=[Path("/srv/app")]) == []


def test_a_picture_with_exif_is_found(site: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ada"  # the artist
    Image.new("RGB", (4, 4)).save(site / "p" / "private.jpg", exif=exif)
    assert check_site(site) == ["p/private.jpg: the picture holds EXIF or other metadata"]
