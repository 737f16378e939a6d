"""Owns drawing a turn's Markdown as the HTML subset that Qt shows; lets no HTML, image or link of the data through."""

from functools import cache, lru_cache

from markdown_it import MarkdownIt


@cache
def _reader() -> MarkdownIt:
    plain = MarkdownIt("commonmark", {"html": False, "breaks": True})
    return plain.disable(["image", "link", "autolink", "html_inline", "html_block", "reference"])


@lru_cache(maxsize=1024)
def to_html(text: str) -> str:
    """The text as simple HTML; whatever looks like HTML in it is shown as written."""
    html = str(_reader().render(text)).strip()
    return html.replace("<p>", '<p style="margin-top:0; margin-bottom:6px; line-height:140%">')
