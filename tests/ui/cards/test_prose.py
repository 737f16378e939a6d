"""What a model says is drawn as text, never as markup of its own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.cards.prose import plain_rich, rich

STYLE = "color: red"
ALLOWED = {"p", "em", "strong", "ul", "ol", "li", "code", "pre", "blockquote", "br", "span"} | {
    f"h{level}" for level in range(1, 7)
}


def test_emphasis_and_calls_are_shown() -> None:
    html = rich("The *old* bell.\n\n[roll: sleight_of_hand dc 12]", STYLE)
    assert "<em>old</em>" in html
    assert '<span style="color: red">[roll: sleight_of_hand dc 12]</span>' in html


@pytest.mark.parametrize(
    "text",
    [
        "<img src=file:///etc/passwd>",
        "<script>x</script>",
        "[a](http://example.org)",
        "![a](file:///x.png)",
        "<http://example.org>",
        "&lt;b&gt;",
        "<b>bold</b>",
        "[x]: http://example.org\n\n[x]",
    ],
)
def test_nothing_in_the_text_becomes_a_link_a_picture_or_a_tag(text: str) -> None:
    for html in (rich(text, STYLE), plain_rich(text, STYLE)):
        assert "<a" not in html and "<img" not in html and "<script" not in html and "<b>" not in html


def test_line_ends_are_kept() -> None:
    assert rich("one\ntwo", STYLE).count("<br") == 1
    assert plain_rich("one\ntwo", STYLE) == "one<br>two"


def test_lists_are_drawn() -> None:
    assert rich("- one\n- two", STYLE).count("<li>") == 2


@given(st.text(max_size=200))
def test_any_text_is_drawn_without_foreign_tags(text: str) -> None:
    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z0-9]+)", rich(text, STYLE))} <= ALLOWED
