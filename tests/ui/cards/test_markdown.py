import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.cards import to_html


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b>",
        "<img src='http://example.org/x.png'>",
        "![x](file:///etc/passwd)",
        "[click](http://example.org)",
        "<script>alert(1)</script>",
        "<http://example.org>",
        "[a]: http://example.org\n\n[a]",
    ],
)
def test_nothing_of_the_data_becomes_markup(text: str) -> None:
    html = to_html(text)
    for mark in ("<img", "<a ", "<script", "<b>"):
        assert mark not in html


def test_emphasis_and_lists_are_drawn() -> None:
    assert "<em>hiss</em>" in to_html("a *hiss*")
    assert "<li>" in to_html("- one\n- two")


@given(st.text(max_size=200))
def test_any_text_is_drawn_without_foreign_tags(text: str) -> None:
    html = to_html(text)
    allowed = (
        "p",
        "em",
        "strong",
        "ul",
        "ol",
        "li",
        "code",
        "pre",
        "blockquote",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    )
    import re

    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z0-9]+)", html)} <= set(allowed)
