"""Our line scanner against markdown-it-py's block tokens."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from studio.scenario.markdown import find_marks

PEER = MarkdownIt("commonmark").disable(["html_block", "reference", "blockquote"])
PIECES = [
    "# ",
    "## ",
    "###### x",
    "####### x",
    "- ",
    "* ",
    "+ ",
    "1. ",
    "2) ",
    "1234567890. ",
    "foo",
    "b: c",
    " #",
    "\\#",
]
PIECES += [
    "\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    " ",
    "  ",
    "    ",
    "\t",
    "---",
    "===",
    "***",
    "```",
    "~~~",
    "#",
    "-",
    "=",
    "_",
    "é",
]
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)

Mark = tuple[int, int, list[str]]


def lines(content: str) -> list[str]:
    return [line.strip() for line in content.strip().replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def peer(text: str) -> list[Mark]:
    marks: list[Mark] = []
    depth = 0
    tokens = PEER.parse(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            marks.append((int(token.tag[1]), depth, lines(tokens[place + 1].content)))
        elif token.type == "list_item_open":
            paragraph = tokens[place + 1].type == "paragraph_open"
            marks.append((0, depth, lines(tokens[place + 2].content) if paragraph else [""]))
            depth += 1
        elif token.type == "list_item_close":
            depth -= 1
    return marks


def ours(text: str) -> list[Mark]:
    return [
        (mark.level, mark.depth, lines(text[mark.text.start : mark.text.end]))
        for mark in find_marks(text, 0, len(text))
    ]


@settings(max_examples=600)
@given(texts)
@example("-\n\tfoo")
@example("- a\n  b\nc\n\n      code\n")
@example("1. a\n2. b\n   - c\n---\n")
@example("- foo\n  ---\n")
@example("a\n14. b\n1. c")
@example("```\n# no\n- no\n```\n# yes ##")
def test_headings_and_items_equal_those_of_markdown_it(text: str) -> None:
    assert ours(text) == peer(text)


def test_only_the_asked_stretch_is_read() -> None:
    text = "# a\n# b\n# c\n"
    assert [text[m.text.start : m.text.end] for m in find_marks(text, 4, 8)] == ["b"]
