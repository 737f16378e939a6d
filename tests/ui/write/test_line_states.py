import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.resources import samples
from studio.scenario import BlockKind, parse
from studio.ui.write.line_states import Inside, colour_line

TOOLS = frozenset({"roll", "begin combat", "damage"})


def kinds(text: str, before: Inside, first: bool = False) -> list[tuple[str, str]]:
    return [(text[piece.start : piece.end], piece.kind) for piece in colour_line(text, before, first, TOOLS).pieces]


@pytest.mark.parametrize(
    ("text", "before", "pieces", "after"),
    [
        ("<DM>Hello", Inside.NOTHING, [("<DM>", "tag-dm")], Inside.DM),
        ("bye</DM>", Inside.DM, [("</DM>", "tag-dm")], Inside.NOTHING),
        ("<User>x</User>", Inside.NOTHING, [("<User>", "tag-user"), ("</User>", "tag-user")], Inside.NOTHING),
        ("[roll: stealth]", Inside.DM, [("[roll: stealth]", "call")], Inside.DM),
        ("[BEGIN_COMBAT]", Inside.DM, [("[BEGIN_COMBAT]", "call")], Inside.DM),
        ("[sic]", Inside.DM, [], Inside.DM),
        ("[roll: stealth]", Inside.USER, [], Inside.USER),
        ("# World", Inside.SYSTEM, [("# World", "heading")], Inside.SYSTEM),
        ("- Health: 3/4", Inside.SYSTEM, [("Health:", "key")], Inside.SYSTEM),
        (
            "a <!-- b --> c",
            Inside.NOTHING,
            [("a ", "outside"), ("<!-- b -->", "comment"), (" c", "outside")],
            Inside.NOTHING,
        ),
        ("<!-- <DM>", Inside.NOTHING, [("<!-- <DM>", "comment")], Inside.COMMENT),
        ("x --><DM>", Inside.COMMENT, [("x -->", "comment"), ("<DM>", "tag-dm")], Inside.DM),
        ("", Inside.DM, [], Inside.DM),
    ],
)
def test_a_line_is_coloured_by_what_it_stands_in(
    text: str, before: Inside, pieces: list[tuple[str, str]], after: Inside
) -> None:
    assert kinds(text, before) == pieces
    assert colour_line(text, before, False, TOOLS).after is after


def test_front_matter_is_only_at_the_top() -> None:
    assert colour_line("---", Inside.NOTHING, True, TOOLS).after is Inside.FRONT
    assert colour_line("---", Inside.NOTHING, False, TOOLS).after is Inside.NOTHING
    assert colour_line("---", Inside.FRONT, False, TOOLS).after is Inside.NOTHING
    assert kinds("title: x", Inside.FRONT) == [("title:", "key")]


def test_the_margin_takes_the_block_of_a_line_that_opens_and_closes_one() -> None:
    assert colour_line("<DM>Yes.</DM>", Inside.NOTHING, False, TOOLS).band is Inside.DM
    assert colour_line("</DM>", Inside.DM, False, TOOLS).band is Inside.DM
    assert colour_line("", Inside.NOTHING, False, TOOLS).band is Inside.NOTHING


@given(st.text(alphabet=st.sampled_from("<>/DMUser!-[]:*#abroll \t")), st.sampled_from(list(Inside)), st.booleans())
def test_any_line_is_coloured_within_its_bounds(text: str, before: Inside, first: bool) -> None:
    line = colour_line(text, before, first, TOOLS)
    assert all(0 <= piece.start < piece.end <= len(text) for piece in line.pieces)


def test_the_colours_agree_with_the_parser_on_the_samples() -> None:
    """Every line of a block has that block's colour, as the real parser sees blocks."""
    names = {"SYSTEM": Inside.SYSTEM, "User": Inside.USER, "DM": Inside.DM, "TOOLCALL": Inside.TOOLCALL}
    files = sorted(samples().rglob("*.md"))[:12]
    assert files
    for path in files:
        text = path.read_text("utf-8")
        wanted = {}
        for block in parse(text).blocks:
            if block.kind is BlockKind.BLOCK:
                first = text.count("\n", 0, block.span.start)
                for number in range(first, text.count("\n", 0, block.span.end) + 1):
                    wanted[number] = names[block.name]
        inside = Inside.NOTHING
        for number, line in enumerate(text.split("\n")):
            state = colour_line(line, inside, number == 0, TOOLS)
            if number in wanted:
                assert state.band is wanted[number], f"{path.name}:{number + 1}"
            inside = state.after
