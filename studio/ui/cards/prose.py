"""Owns turning what was said into safe rich text: Markdown without HTML, links or pictures, tool calls coloured.

Text comes out of models and files, so nothing in it is markup beyond Markdown's own emphasis, lists and headings.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_CALL = re.compile(r"\[[a-z_ ]+(?::[^\[\]\n]*)?\]", re.IGNORECASE)
_PARAGRAPH = "margin-top: 0; margin-bottom: 6px; line-height: 125%"
_OFF = ("html_block", "html_inline", "link", "image", "autolink", "reference", "entity", "code", "table")


class _Renderer(RendererHTML):
    """Markdown's own renderer; text is escaped and its tool calls are set apart."""

    call_style = ""

    def text(self, tokens: Sequence[Token], number: int, options: OptionsDict, env: EnvType) -> str:
        """One run of text."""
        return _marked(tokens[number].content, self.call_style)


@lru_cache(maxsize=8)
def _markdown(call_style: str) -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"breaks": True}, renderer_cls=_Renderer).disable(list(_OFF))
    assert isinstance(markdown.renderer, _Renderer)
    markdown.renderer.call_style = call_style
    return markdown


def rich(text: str, call_style: str) -> str:
    """`text` as Qt rich text; `call_style` is the CSS of a tool call."""
    html = str(_markdown(call_style).render(text)).strip().replace("<hr />", "<p>⁂</p>")
    return html.replace("<p>", f'<p style="{_PARAGRAPH}">')


def plain_rich(text: str, call_style: str) -> str:
    """`text` as it stands, line ends kept, only its tool calls set apart."""
    return _marked(text, call_style).replace("\n", "<br>")


def _marked(text: str, call_style: str) -> str:
    parts, at = [], 0
    for found in _CALL.finditer(text):
        parts += [escape(text[at : found.start()]), f'<span style="{call_style}">{escape(found[0])}</span>']
        at = found.end()
    return "".join([*parts, escape(text[at:])])
