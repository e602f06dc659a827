"""The pages: text shows as text, addresses lead back into the site, users' mistakes are named."""

from __future__ import annotations

import functools
import html
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pretend_gallery as pretend
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.config.load import load_config
from generator.errors import SiteError
from generator.model.layers import Layer
from generator.render.arranging.catalogue import Catalogue
from generator.render.drawing.sheets import grid
from generator.render.gallery import Gallery, Page, Shown
from generator.render.pages.templates import render_pages
from generator.render.wording.escaping import editable_md, escape_md
from generator.utils import resources

HOSTILE = (
    "<script>alert(1)</script> \"q\" 'q' a|b `c` *d* __e__ {{ 7*7 }} {: .x } [l](m) &amp; # 🐈"
)
EXTENSIONS = ["attr_list", "md_in_html", "tables", "toc", "def_list", "footnotes", "admonition"]


class Reader(HTMLParser):
    """What a browser would make of a page: its words, addresses, ids and elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"img", "source", "br", "hr", "input", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def values(self, attribute: str) -> list[str]:
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]


def read(text: str) -> Reader:
    """The page as MkDocs would make it, without the theme around it."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, count=1, flags=re.DOTALL)
    reader = Reader()
    reader.feed(markdown.markdown(body, extensions=EXTENSIONS))
    reader.close()
    assert not reader.open
    return reader


def pages_of(gallery: Gallery, overrides: Path | None = None) -> dict[str, str]:
    return render_pages(Catalogue(gallery), overrides=overrides)


@functools.cache
def plain_pages() -> dict[str, str]:
    return pages_of(pretend.gallery())


def hostile_gallery(text: str) -> Gallery:
    """A gallery in which everything that a user can name is called ``text``."""
    layers = tuple(replace(x, name=f"{x.name}.{text}") for x in pretend.vgg_layers()[:5])
    plain = pretend.gallery(
        layers=layers, photo=pretend.photo(title=text, alt=text, credit=text), name=text
    )
    named = tuple(
        replace(
            page,
            title=text,
            sections=tuple(replace(each, title=text, note=text) for each in page.sections),
        )
        for page in plain.pages
    )
    return replace(
        plain,
        description=text,
        pages=named,
        shown_layers=layers[:1],
        card=replace(plain.card, name=text, description=text, weights=text, licence=text),
        facts={text: {text: text, "list": [text, {text: text}]}},
    )


def test_every_page_is_rendered_once() -> None:
    gallery = pretend.gallery()
    assert list(pages_of(gallery)) == [
        "kernels.md",
        "convolution.md",
        "activations.md",
        "maximization.md",
        "photos/chelsea.md",
        *(f"layers/{layer.slug}.md" for layer in gallery.shown_layers),
        "layers/index.md",
        "compare.md",
        "reading.md",
        "references.md",
        "about.md",
        "index.md",
    ]


def test_every_page_has_one_heading_and_whole_html() -> None:
    for path, text in plain_pages().items():
        assert text.startswith("---\n"), path
        tags = [tag for tag, _ in read(text).tags]
        assert tags.count("h1") == 1, path


def test_every_picture_has_a_size_an_alt_and_waits_until_seen() -> None:
    for path, text in plain_pages().items():
        for tag, attrs in read(text).tags:
            if tag == "img":
                assert attrs["loading"] == "lazy", path
                assert int(attrs["width"]) > 0 and int(attrs["height"]) > 0
                assert attrs["alt"] and not re.search(r"\.(webp|png)", attrs["alt"])


def test_addresses_are_relative_and_lead_to_pages_pictures_and_places() -> None:
    gallery = pretend.gallery()
    pages = pages_of(gallery)
    readers = {path.removesuffix(".md") + ".html": read(text) for path, text in pages.items()}
    files = {"manifest.json", *readers} | {
        src
        for page in gallery.pages
        for section in page.sections
        for each in section.figures
        for src in (each.src, each.still)
        if src
    }
    files |= {shown.src for photo in gallery.photos for shown in (photo.original, photo.seen)}
    for path, reader in readers.items():
        for address in (
            *reader.values("href"),
            *reader.values("src"),
            *reader.values("srcset"),
        ):
            if address.startswith("https://"):
                assert path == "references.html"
                continue
            local, _, fragment = address.partition("#")
            target = Path("/", path).parent.joinpath(local).resolve() if local else Path("/", path)
            name = target.relative_to("/").as_posix()
            assert name in files, f"{path} leads to {address}"
            if fragment:
                assert fragment in readers[name].values("id"), f"{path} leads to {address}"


def test_references_are_of_what_the_gallery_shows_and_the_others_stand_below() -> None:
    gallery = pretend.gallery()
    kernels = replace(gallery, pages=gallery.pages[:1])
    used, further = read(pages_of(kernels)["references.md"]).text.split("Further reading")
    assert "M. D. Zeiler, R. Fergus, 2013" in used and "Activation maximisation" in further
    made = pretend.section("maximization", [], preset="maco")
    page = Page("maximization", "Made", "maximization.md", (made,))
    used, further = read(pages_of(replace(gallery, pages=(page,)))["references.md"]).text.split(
        "Further reading"
    )
    assert all(words in used for words in ("MACO", "Nesterov", "Activation maximisation"))
    assert all(words in further for words in ("Grad-CAM", "Padding, stride"))


def test_hostile_text_shows_as_text_everywhere() -> None:
    for path, text in pages_of(hostile_gallery(HOSTILE)).items():
        reader = read(text)
        assert "script" not in [tag for tag, _ in reader.tags], path
        assert "49" not in reader.text, path
        if path not in {"references.md"}:
            assert HOSTILE in reader.text, path


def as_shown(text: str) -> str:
    """Any text as a browser shows it: without control characters, its spaces as one."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_in_a_heading_shows_as_text(text: str) -> None:
    shown = as_shown(text)
    reader = read(f"# a{escape_md(text)}z {{: #place }}\n\nAnd a line: a{escape_md(text)}z\n")
    assert reader.text == f"a{shown}z And a line: a{shown}z"
    assert [tag for tag, _ in reader.tags] == ["h1", "p"]
    assert reader.values("id") == ["place"]


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_shows_as_text_on_a_page_that_people_go_on_to_write(text: str) -> None:
    shown = as_shown(text)
    reader = read(f"{editable_md(text)}z\n\n| a | b |\n|---|---|\n| {editable_md(text)}z | c |\n")
    assert reader.text == f"{shown}z a b {shown}z c"
    assert [tag for tag, _ in reader.tags][:2] == ["p", "table"]


def test_names_and_sentences_stay_as_people_write_them() -> None:
    for text in ("The classifier resnet18 of torchvision.", "layer1.1.conv2, x_y", "lite0-pytorch"):
        assert editable_md(text) == text


def test_units_have_stable_anchors_and_tables_lead_to_them() -> None:
    pages = plain_pages()
    assert "unit-220" in read(pages["layers/features-17.md"]).values("id")
    assert "layers/features-17.html#unit-220" in read(pages["maximization.md"]).values("href")


def test_captions_count_convolutions_for_kernels_and_modules_for_maximisation() -> None:
    pages = plain_pages()
    assert "Convolution 1: 3x3 kernel: depth 3 features.0" in read(pages["kernels.md"]).text
    assert "Layer 17 · filter 220 features.17" in read(pages["maximization.md"]).text
    assert "Convolution 8 · filter 17 features.17" in read(pages["photos/chelsea.md"]).text
    assert "Layer 17 · features.17" in read(pages["layers/features-17.md"]).text


def test_the_algorithm_is_told_from_the_parameters() -> None:
    text = read(plain_pages()["maximization.md"]).text
    assert "each value is drawn from 125 to 189 of 255" in text
    assert "Adam, learning rate 0.1, weight decay 1e\u22126" in text
    assert "Do this 50 times, and keep every 5th picture." in text


def test_the_film_of_a_picture_is_offered_before_words_of_any_length() -> None:
    cards = plain_pages()["maximization.md"].split("<figcaption>")
    captions = [card.partition("</figcaption>")[0] for card in cards if "cg-play" in card]
    assert captions
    for caption in captions:
        button = re.search(r'aria-label="Watch it form: [^"]+" ([\w-]+)>Watch it form<', caption)
        assert button and button[1] == "data-search-exclude", "the search finds what is said"
        assert caption.index("cg-play") < caption.index("cg-shows")


def test_sections_made_alike_tell_the_algorithm_once() -> None:
    layer = pretend.vgg_layers()[2]
    slow = {**pretend.PARAMETERS, "steps": 80}
    sections = tuple(
        pretend.section(
            "maximization",
            [pretend.picture(layer, channel, parameters=parameters)],
            anchor=f"maximization-{channel}",
        )
        for channel, parameters in ((1, pretend.PARAMETERS), (2, pretend.PARAMETERS), (3, slow))
    )
    page = Page("maximization", "Made", "maximization.md", sections)
    text = read(pages_of(pretend.gallery(pages=(page,)))["maximization.md"]).text
    assert text.count("Do this 50 times") == 1
    assert text.count("Do this 80 times") == 1


def test_each_mode_of_activations_says_what_it_is() -> None:
    gallery = pretend.gallery()
    shown = gallery.pages[2].sections[0].figures
    for mode, words in (
        ("network", "The true forward pass"),
        ("convolutions", "no ReLU, no pooling, and a picture that was not normalised"),
        ("convolutions", "cnn-gallery began as a README that showed VGG16 this way"),
    ):
        section = pretend.section("activations", list(shown), mode=mode, show="strip")
        page = Page("activations", "Maps", "activations.md", (section,))
        text = read(pages_of(replace(gallery, pages=(page,)))["photos/chelsea.md"]).text
        assert words in text


def test_a_mode_is_told_once_for_the_sections_that_follow() -> None:
    gallery = pretend.gallery()
    shown = gallery.pages[2].sections[0].figures
    modes = ("network", "network", "convolutions", "convolutions", "network")
    sections = tuple(
        pretend.section("activations", list(shown), mode=mode, show="strip", anchor=f"a-{at}")
        for at, mode in enumerate(modes)
    )
    page = Page("activations", "Maps", "activations.md", sections)
    text = read(pages_of(replace(gallery, pages=(page,)))["photos/chelsea.md"]).text
    assert text.count("The true forward pass") == 2
    assert text.count("no ReLU, no pooling") == 1


def test_comparing_promises_only_what_there_is() -> None:
    def compare(*figures: Shown) -> str:
        page = Page("mixed", "Mixed", "mixed.md", (pretend.section("mixed", list(figures)),))
        return pages_of(replace(gallery, pages=(page,)))["compare.md"]

    layer, photos = pretend.vgg_layers()[0], (pretend.photo(), pretend.photo("coffee", "Coffee"))
    gallery = replace(pretend.gallery(), photos=photos)
    kernels = pretend.shown("k.png", "kernels", "kernels", layer=layer, tiles=1, channels=(0,))
    alone = compare(kernels)
    assert "Two filters, side by side." in alone
    assert 'name="photo"' not in alone and 'name="method"' not in alone
    maps = [
        replace(kernels, src=f"{photo.name}.png", role="maps", visualization="", picture=photo)
        for photo in photos
    ]
    assert "Two filters, side by side." in compare(kernels, maps[0])
    with_maps = compare(kernels, *maps)
    assert "Two filters or two photos, side by side." in with_maps
    assert with_maps.count('name="photo"') == 2 and 'name="method"' not in with_maps
    made = [
        pretend.picture(layer, 0, src=f"{preset}.webp", parameters={"preset": preset})
        for preset in ("fourier", "maco")
    ]
    assert "Two filters, two photos or two ways of making a picture" in compare(*maps, *made)


def test_a_legend_carries_the_numbers_of_its_scale() -> None:
    pages = plain_pages()
    assert "\u22120.5 0 0.5" in read(pages["kernels.md"]).text
    assert "0 3.25" in read(pages["photos/chelsea.md"]).text


def test_nothing_moves_by_itself_and_the_moving_picture_is_a_link_away() -> None:
    for path, text in plain_pages().items():
        assert not any("film.webp" in src for src in read(text).values("src")), path
    reader = read(plain_pages()["convolution.md"])
    assert "pictures/features-0/film-still.webp" in reader.values("src")
    links = [attrs for tag, attrs in reader.tags if tag == "a" and "film.webp" in attrs["href"]]
    assert [link["class"] for link in links] == ["cg-mat", "cg-button cg-plays"]


def test_a_moving_picture_of_another_packages_kind_can_be_played() -> None:
    moving = {"still": "pictures/odd-still.webp", "layer": pretend.vgg_layers()[0]}
    shown = pretend.shown("pictures/odd.webp", "oddity", "odd", **moving)
    page = Page("odd", "Odd ones", "odd.md", (pretend.section("odd", [shown]),))
    text = pages_of(pretend.gallery(pages=(page,)))["odd.md"]
    assert '<a class="cg-button cg-plays" href="pictures/odd.webp">Play</a>' in text


def test_a_unit_that_stays_silent_is_dimmed_and_says_so() -> None:
    layer = pretend.vgg_layers()[2]
    quiet = pretend.picture(layer, 3, facts={"activation": -0.25, "start": -0.5})
    page = Page("maximization", "M", "maximization.md", (pretend.section("maximization", [quiet]),))
    reader = read(pages_of(pretend.gallery(pages=(page,)))["layers/features-2.md"])
    assert "Silent: \u22120.25 at best" in reader.text
    assert any("cg-dim" in each for each in reader.values("class"))


def test_kernels_beside_every_photos_maps_are_shown_once() -> None:
    gallery = pretend.gallery()
    maps, sheet = gallery.pages[2].sections[1].figures
    section = pretend.section("activations", [maps, sheet, maps, sheet], show="grid")
    page = Page("activations", "Maps", "activations.md", (section,))
    reader = read(pages_of(replace(gallery, pages=(page,)))["photos/chelsea.md"])
    assert reader.values("src").count("../pictures/features-0/kernels.png") == 1


def test_a_kind_without_a_template_gets_the_generic_one() -> None:
    figure = pretend.shown("pictures/odd.png", "oddity", "odd", layer=pretend.vgg_layers()[0])
    for kind in ("odd", "layer", "../index"):
        page = Page(kind, "Odd ones", "odd.md", (pretend.section(kind, [figure]),))
        reader = read(pages_of(pretend.gallery(pages=(page,)))["odd.md"])
        assert "Odd ones" in reader.text
        assert "pictures/odd.png" in reader.values("src")


def test_a_package_brings_a_template_and_parts_of_it_and_a_user_replaces_it(tmp_path: Path) -> None:
    theirs, mine = tmp_path / "theirs", tmp_path / "mine"
    for folder in (theirs, mine):
        folder.mkdir()
    (theirs / "odd.md").write_text('# Odd\n\n{% include "odd/part.html" %}\n', encoding="utf-8")
    (theirs / "part.html").write_text("<p>{{ page.kind }}, {{ page.about }}</p>", encoding="utf-8")
    (theirs / "index.md").write_text("# Never ours\n", encoding="utf-8")
    figure = pretend.shown("pictures/odd.png", "oddity", "odd", layer=pretend.vgg_layers()[0])
    page = Page("odd", "Odd ones", "odd.md", (pretend.section("odd", [figure]),), "strange <ones>")
    gallery = pretend.gallery(pages=(page,))
    pages = render_pages(Catalogue(gallery), overrides=None, others={"odd": theirs})
    assert pages["odd.md"] == "# Odd\n\n<p>odd, strange &lt;ones&gt;</p>"
    assert "strange &lt;ones&gt;" in pages["index.md"] and "Never ours" not in pages["index.md"]
    (mine / "odd.md").write_text("# Mine\n", encoding="utf-8")
    pages = render_pages(Catalogue(gallery), overrides=mine, others={"odd": theirs})
    assert pages["odd.md"] == "# Mine\n"


def test_what_a_figure_says_of_itself_is_its_caption() -> None:
    layer = pretend.vgg_layers()[0]
    says = {"shows": "All of them <b>", "alt": "A row of waves"}
    sheet = pretend.shown("pictures/odd.png", "oddity", "odd", layer=layer, **says)
    page = Page("odd", "Odd ones", "odd.md", (pretend.section("odd", [sheet]),))
    pages = pages_of(pretend.gallery(pages=(page,)))
    for path in ("odd.md", f"layers/{layer.slug}.md"):
        assert "All of them &lt;b&gt;" in pages[path]
        assert "A row of waves" in read(pages[path]).values("alt")


@pytest.mark.parametrize(
    "changes", [{"pages": ()}, {"photos": ()}, {"shown_layers": ()}, {"layers": ()}, {"facts": {}}]
)
def test_a_gallery_with_something_missing_still_has_its_pages(changes: dict[str, object]) -> None:
    gallery = replace(pretend.gallery(), **changes)
    assert "index.md" in pages_of(gallery)


def test_sections_without_figures_still_have_a_page() -> None:
    pages = tuple(
        replace(page, sections=(replace(page.sections[0], figures=()),))
        for page in pretend.gallery().pages
    )
    for path, text in pages_of(pretend.gallery(pages=pages)).items():
        assert read(text).tags, path


def test_vector_layers_and_long_names_have_pages() -> None:
    deep = ".".join(["very_long_block_name"] * 12)
    layers = (
        *pretend.vgg_layers(),
        Layer(deep, "Linear", 31, None, (1000,), 4096),
        Layer("odd", "Embedding", 32, None, (10,), 4096),
    )
    gallery = replace(pretend.gallery(layers=layers), shown_layers=layers[-2:])
    pages = pages_of(gallery)
    assert "A fully connected layer" in pages[f"layers/{layers[-2].slug}.md"]
    assert "An Embedding layer." in pages["layers/odd.md"]


def test_a_caption_does_not_say_a_layer_s_name_twice() -> None:
    """Layers called by a word, as a ResNet's first is, are called so in the code as well."""

    def captions(name: str) -> list[str]:
        layer = replace(pretend.vgg_layers()[0], name=name)
        section = pretend.section("maximization", [pretend.picture(layer, 3)])
        page = Page("maximization", "Maximisation", "maximization.md", (section,))
        text = pages_of(pretend.gallery(pages=(page,), layers=(layer,)))["maximization.md"]
        return re.findall(r'<span class="cg-is">(.*?)</span>', text)

    assert "conv1 · filter 3 <code>conv1</code>" not in captions("conv1")
    assert "conv1 · filter 3 <code>layer1.<wbr>0.<wbr>conv1</code>" in captions("layer1.0.conv1")
    assert "Layer 1 · filter 3 <code>1</code>" in captions("1")


def test_overrides_replace_templates_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "about.md").write_text("# Mine {{ gallery.name | escape_md }}\n", encoding="utf-8")
    pages = pages_of(pretend.gallery(), tmp_path)
    assert pages["about.md"].startswith("# Mine VGG16")
    assert pages["index.md"] == plain_pages()["index.md"]


def test_an_override_of_a_macro_reaches_every_page(tmp_path: Path) -> None:
    packaged = resources.templates_folder() / "macros" / "figures.html"
    mine = packaged.read_text(encoding="utf-8").replace('class="cg-is"', 'class="cg-is mine"')
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "figures.html").write_text(mine, encoding="utf-8")
    assert "cg-is mine" in pages_of(pretend.gallery(), tmp_path)["maximization.md"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("# About\n\n{% if %}\n", "The template 'about.md' has a mistake in line 3"),
        ("# About\n{{ gallery.nmae }}\n", "The template 'about.md' has a mistake in line 2: "),
        ("# About\n{{ nothing }}\n", "'nothing' is undefined"),
        ("\n\n{{ 1 / 0 }}\n", "The template 'about.md' has a mistake in line 3: division by zero"),
        ("{{ 'x' | shout }}\n", "No filter named 'shout'"),
        ("{% include 'lost.html' %}\n", "'about.md' wants a template 'lost.html'"),
    ],
)
def test_a_mistake_in_a_users_template_names_it_and_the_line(
    tmp_path: Path, template: str, words: str
) -> None:
    (tmp_path / "about.md").write_text(template, encoding="utf-8")
    with pytest.raises(SiteError, match=re.escape(words)):
        pages_of(pretend.gallery(), tmp_path)


def test_a_template_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "about.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SiteError, match=r"'about\.md', or one that it uses, cannot be read"):
        pages_of(pretend.gallery(), tmp_path)


def test_macros_imported_without_context_are_told_how(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text(
        "{% macro link() %}{{ 'index.md' | url }}{% endmacro %}", encoding="utf-8"
    )
    (tmp_path / "about.md").write_text(
        "{% import 'mine.html' as mine %}{{ mine.link() }}", encoding="utf-8"
    )
    with pytest.raises(SiteError, match=r"'mine\.html' uses the filter 'url'") as caught:
        pages_of(pretend.gallery(), tmp_path)
    assert "with context" in caught.value.hint


def test_a_sheet_of_very_many_tiles_has_the_row_to_itself_and_no_large_file_hard_pixels() -> None:
    layer = pretend.vgg_layers()[0]

    def sheets_of(tiles: int, side: int) -> str:
        rows, columns = grid(tiles)
        gap = math.ceil(side / 28)
        size = {"width": columns * (side + gap) - gap, "height": rows * (side + gap) - gap}
        more = {**size, "tiles": tiles, "pixelated": True}
        sheet = pretend.shown("s.png", "kernels", "kernels", layer=layer, **more)
        sections = (pretend.section("kernels", [sheet]),)
        gallery = pretend.gallery(pages=(Page("kernels", "Filters", "kernels.md", sections),))
        return pages_of(gallery)["kernels.md"].partition('<div class="cg-sheets">')[2]

    many = sheets_of(tiles=101, side=100)
    assert 'class="cg-sheet cg-wide"' in many and "cg-pixelated" not in many
    few = sheets_of(tiles=100, side=9)
    assert 'class="cg-sheet"' in few and "cg-pixelated" in few


def test_two_pages_of_one_path_are_refused() -> None:
    gallery = pretend.gallery()
    twin = Page("about", "About", "about.md", ())
    with pytest.raises(SiteError, match=r"would both be 'about\.md'"):
        pages_of(replace(gallery, pages=(*gallery.pages, twin)))


def test_the_wall_takes_from_every_layer_and_the_strongest_first() -> None:
    layers = pretend.vgg_layers()
    figures = [pretend.picture(layer, channel) for layer in layers[:3] for channel in range(5)]
    page = Page("maximization", "M", "m.md", (pretend.section("maximization", figures),))
    wall = Catalogue(pretend.gallery(pages=(page,))).wall(6)
    assert [(s.layer.name, s.channel) for s in wall if s.layer] == [
        (layer.name, channel) for layer in layers[:3] for channel in (3, 4)
    ]


def test_the_strip_grows_with_maps_and_channels() -> None:
    bars = {bar.layer.name: bar for bar in Catalogue(pretend.gallery()).strip()}
    assert bars["features.0"].height == 100 > bars["features.28"].height
    assert bars["features.28"].width == 100 > bars["features.0"].width
    assert "features.1" not in bars and "features.4" in bars


def test_resources_are_found_in_the_checkout() -> None:
    assert (resources.templates_folder() / "index.md").is_file()
    assert (resources.templates_folder() / "assets" / "iframe-worker.js").is_file()
    assert resources.docs_folder().is_dir()
    assert resources.default_config().name == "site_config.yml"


def test_the_default_gallery_says_what_its_sections_are_by_names_that_pages_explain() -> None:
    entries = load_config(resources.default_config()).visualizations
    titles = {entry.title: entry.note for entry in entries}
    assert not any("original" in title.lower() for title in titles)
    assert titles["One filter from each of six layers"].startswith("The number 17 is all")
    for kind in ("kernels", "maximization"):
        notes = " ".join(entry.note for entry in entries if entry.kind == kind)
        assert notes.count("README") == 1, kind


def test_no_template_or_asset_loads_anything_remote() -> None:
    for path in resources.templates_folder().rglob("*"):
        if path.is_file():
            text = html.unescape(path.read_text(encoding="utf-8"))
            assert not re.search(r"(src|srcset)=\"(https?:)?//|@import|url\(\s*['\"]?https?:", text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_schemes(scheme: str) -> None:
    css = (resources.templates_folder() / "assets" / "colours.css").read_text(encoding="utf-8")
    (block,) = [part for part in css.split("}") if f"color-scheme: {scheme};" in part]
    colours = dict(re.findall(r"--cg-(\w+): #(\w{6})", block))
    for text in ("ink", "muted", "accent"):
        for ground in ("ground", "mat"):
            assert contrast(colours[text], colours[ground]) >= 4.5, f"{text} on {ground}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def test_where_a_layer_goes_by_two_names_the_page_says_so_once() -> None:
    said = "Convolution 1 and Layer 0 are the same layer: the one counts the convolutions"
    photo = read(plain_pages()["photos/chelsea.md"]).text
    assert photo.count(said) == 1
    assert "comes from its name in the code, features.0." in photo
    assert "are the same layer" not in read(plain_pages()["maximization.md"]).text


def test_a_photo_stands_beside_what_the_network_sees_of_it() -> None:
    for path in ("photos/chelsea.md", "activations.md"):
        page = read(plain_pages()[path])
        assert "What the network sees squeezed into 224x224 pixels" in page.text
        assert "The same photo, squeezed into 224x224 pixels" in page.values("alt")


def test_a_photo_of_which_there_are_no_maps_is_not_said_to_have_some() -> None:
    pages = tuple(page for page in pretend.gallery().pages if page.kind != "activations")
    text = read(pages_of(replace(pretend.gallery(), pages=pages))["photos/chelsea.md"]).text
    assert "What the network makes of this photo." in text
    assert "How to read a map" not in text
    assert "How to read a map" in read(plain_pages()["photos/chelsea.md"]).text
