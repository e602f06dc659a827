"""What pages hold: plain ones are read fast, odd ones thoroughly, and both come to the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.render.site import markup
from generator.render.site.markup import Reference, read_markup

PLAIN = """<!doctype html>
<html lang=en class="no-js"><head><!-- <a href="no"> -- --><title>a > b &amp; c</title>
<link rel="stylesheet" href="assets/a.css?b&amp;c"><link rel=canonical href="https://x.org/">
<style>p { background: url( 'a b.png' ) }</style>
<script src="a.js" async></script><script>if (a < b) "<a href='no'>"</script></head>
<body data-x="src=no" STYLE="x: url(y.png)"><a name="old" ID='#'></a>
</body></html>
""".replace("ID='#'", 'ID="new&#45;er" href="#top"')


def test_a_plain_page_is_read_without_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    thorough = markup._thoroughly_read(PLAIN)
    monkeypatch.setattr(markup, "_thoroughly_read", None)
    assert read_markup(PLAIN) == thorough
    assert thorough.anchors == {"old", "new-er"}
    assert thorough.references == [
        Reference("assets/a.css?b&c", loaded=True),
        Reference("a b.png", loaded=True),
        Reference("a.js", loaded=True),
        Reference("y.png", loaded=True),
        Reference("#top", loaded=False),
    ]
    assert thorough.scripts == ["if (a < b) \"<a href='no'>\""]


@pytest.mark.parametrize(
    "odd",
    [
        "<a href='single'>",
        "<a title='it's' href=b>",
        '<a href = "b">',
        '<a href="b"title="c">',
        "<img src=a.png alt='>' / >",
        "1 <2 and <a href=b>",
        "<script>never closed <a href=b>",
        "<!-- never closed <a href=b>",
        "<!--> <a href=b> -->",
        "<![CDATA[ <a href=b> ]]>",
        "<?php <a href=b> ?>",
        "<a href=b",
        '<a href="b',
        "<style>p { }</style",
    ],
)
def test_an_odd_page_is_left_to_the_parser(odd: str) -> None:
    page = f'<p id="x">{odd}</p><img src="y">'
    assert markup._plainly_read(page) is None
    assert read_markup(page) == markup._thoroughly_read(page)


PIECES = [
    *["<", ">", "</", "/>", "<!--", "-->", "=", '"', "'", " ", "\n", "&amp;", "&", "é", "text"],
    *["a", "p", "link", "script", "style", "STYLE", "img", "svg", "href", "src", "id", "name"],
    *["srcset", "style=", "xlink:href", "stylesheet", "url(x)", "a.png, b.png 2x", "data-id"],
    *['<a href="b">', "</a>", '<img src="c" alt="">', '<p id="d">', "<script>", "</script>"],
    *["rel", "<!doctype html>"],
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_of_pieces_in_any_order_nothing_is_read_otherwise_than_by_the_parser(page: str) -> None:
    assert markup._plainly_read(page) in (None, markup._thoroughly_read(page))


ATTRIBUTES = [
    *[' href="b.html#c"', " href=b", ' href="b?c&amp;d"', ' xlink:href="#e"', ' src="f.png"'],
    *[" SRC=g.js", ' srcset="a.png, b.png 2x"', ' style="background: url(h.png)"', ' poster="i"'],
    *[' id="j"', " id=k", ' name="l"', ' data-id="src=no"', ' alt="1 > 0 and id=no"', " hidden"],
    *[' rel="stylesheet"', " rel=canonical", '\n  title="it\'s"', ' id=""'],
]
TAGS = ["a", "p", "IMG", "link", "svg", "use", "video", "section"]
RAW = ["<script{}>{}</script>", "<style{}>{}</style>", "<STYLE{}>{}</style >"]
CONTENTS = ["", "if (a < b) go('<a href=no>')", "p { src: url( 'm.png' ) }", "@import 'n.css'"]
TEXTS = ["text", " ", "\n", "&amp;", "é > è", '"it\'s" = 1', "</p>", "</a >", "<!doctype html>"]

attributes = st.lists(st.sampled_from(ATTRIBUTES), max_size=3).map("".join)
plain_pieces = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(TAGS), attributes),
    st.builds("<{}{} />".format, st.sampled_from(TAGS), attributes),
    st.builds(str.format, st.sampled_from(RAW), attributes, st.sampled_from(CONTENTS)),
    st.builds("<!-- {} -->".format, st.sampled_from([*TEXTS, "<a href=no>"])),
    st.sampled_from(TEXTS),
)


@given(st.lists(plain_pieces, max_size=12).map("".join))
def test_pages_of_plain_pieces_are_read_plainly_and_as_the_parser_reads_them(page: str) -> None:
    plain = markup._plainly_read(page)
    assert plain is not None
    assert plain == markup._thoroughly_read(page)
