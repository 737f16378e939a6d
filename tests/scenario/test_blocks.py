"""The block scanner: blocks tile any text, and a mistake stays where it is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.scenario import BlockKind, ProblemKind
from studio.scenario.blocks import meant_tag, scan

PIECES = ["<User>", "</User>", "<DM>", "</DM>", "<SYSTEM>", "</SYSTEM>", "<TOOLCALL>", "</TOOLCALL>", "<user>", "</Dm>"]
PIECES += [
    "<Usr>",
    "</b>",
    "<b>",
    "<!--",
    "-->",
    "---\n",
    "\n",
    " ",
    "text",
    "<",
    ">",
    "<User",
    "[roll: stealth]",
    "\ufeff",
]
PIECES += ["# Party\n", "## A\n", "- Level 3\n", "title: x\n", "\r\n", "é", "🐉"]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.text(max_size=60))


def outline(text: str) -> list[tuple[str, str]]:
    """The blocks that are not blank, each as its name (or kind) and its content."""
    blocks, _problems = scan(text)
    return [
        (block.name or block.kind.value, text[block.content.start : block.content.end])
        for block in blocks
        if block.kind is not BlockKind.BLANK
    ]


def kinds(text: str) -> list[ProblemKind]:
    return [problem.kind for problem in scan(text)[1]]


@given(texts)
@example("---\n")
@example("<User>a\n\n<DM>b")
def test_blocks_tile_any_text(text: str) -> None:
    blocks, problems = scan(text)
    assert "".join(text[block.span.start : block.span.end] for block in blocks) == text
    place = 0
    for block in blocks:
        assert block.span.start == place
        assert block.span.start <= block.content.start <= block.content.end <= block.span.end
        place = block.span.end
    for problem in problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        if problem.edit:
            assert 0 <= problem.edit.span.start <= problem.edit.span.end <= len(text)


@given(texts)
def test_scanning_again_from_a_block_gives_the_same_blocks(text: str) -> None:
    """Nothing is carried over a block's end, which is what scanning an edited text in part rests on."""
    blocks, _problems = scan(text)
    for place, block in enumerate(blocks[1:], 1):
        if block.kind is not BlockKind.FRONT:
            assert scan(text, block.span.start)[0] == blocks[place:]


def test_blocks_of_a_plain_file() -> None:
    text = "---\ntitle: x\n---\n<SYSTEM>s</SYSTEM>\n<!-- n -->\n<User>u</User><DM>d</DM>\n<TOOLCALL>t</TOOLCALL>\n"
    assert outline(text) == [
        ("front matter", "title: x\n"),
        ("SYSTEM", "s"),
        ("comment", " n -->"),
        ("User", "u"),
        ("DM", "d"),
        ("TOOLCALL", "t"),
    ]
    assert kinds(text) == []


def test_an_opening_tag_closes_an_unclosed_turn() -> None:
    text = "<User>one\n\n<DM>two</DM>\n<User>three</User>"
    assert outline(text) == [("User", "one"), ("DM", "two"), ("User", "three")]
    assert kinds(text) == [ProblemKind.UNCLOSED]


def test_nesting_is_one_problem_and_the_inner_turn_is_kept() -> None:
    text = "<DM>a <User>b</User> c</DM>\n<User>d</User>"
    assert outline(text) == [("DM", "a"), ("User", "b"), ("text", "c"), ("DM", "</DM>"), ("User", "d")]
    assert kinds(text) == [ProblemKind.NESTED]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<user>a</user>", ProblemKind.SPELLING),
        ("<User >a</User>", ProblemKind.SPELLING),
        ("<User\nI go.</User>", ProblemKind.SPELLING),
        ("<User>I go.</Usr>", ProblemKind.SPELLING),
        ("<Player>I go.</Player>", ProblemKind.SPELLING),
        ("<User>I go.</User", ProblemKind.SPELLING),
        ("<User>I go.</DM>", ProblemKind.WRONG_CLOSE),
        ("<User>I go.", ProblemKind.UNCLOSED),
    ],
)
def test_a_slip_in_a_tag_keeps_the_turn(text: str, problem: ProblemKind) -> None:
    assert [entry[0] for entry in outline(text)] == ["User"]
    assert outline(text)[0][1].strip() in ("a", "I go.")
    assert set(kinds(text)) == {problem}


def test_text_that_only_looks_like_a_tag_stays_text() -> None:
    text = "<User>If 2 < 3 and a<b I press <Enter, see <https://x.y> and <|im_end|>.</User>"
    assert outline(text) == [("User", text[6:-7])]
    assert kinds(text) == []


def test_an_unknown_block_ends_before_the_next_turn() -> None:
    assert outline("<Weather>fog\n<User>a</User>") == [("Weather", "fog"), ("User", "a")]
    assert outline("<Weather>fog</weather> <User>a</User>") == [("Weather", "fog"), ("User", "a")]


def test_an_unclosed_comment_ends_with_its_line() -> None:
    text = "<!-- one\n<User>a</User>\n<!-- two -->"
    assert outline(text) == [("comment", " one"), ("User", "a"), ("comment", " two -->")]
    assert kinds(text) == [ProblemKind.COMMENT_UNCLOSED]


def test_a_turn_in_a_comment_is_no_turn() -> None:
    assert outline("<!-- <User>a</User> --><DM>b</DM>") == [("comment", " <User>a</User> -->"), ("DM", "b")]


def test_front_matter_counts_only_at_the_start_and_after_a_byte_order_mark() -> None:
    assert outline("\ufeff---\na: b\n---\n")[0][0] == "front matter"
    assert outline("\n---\na: b\n---\n")[0][0] == "text"
    assert outline("---\na: b\n<User>c</User>") == [("front matter", "a: b\n"), ("User", "c")]


@pytest.mark.parametrize(("written", "meant"), [("USER", "User"), ("tool_call", "TOOLCALL"), ("GM", "DM"), ("b", None)])
def test_meant_tag(written: str, meant: str | None) -> None:
    assert meant_tag(written) == meant
