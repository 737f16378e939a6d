"""The incremental parser: after any edits, what it has is what a whole parse of the text gives."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.scenario import BlockKind, parse
from studio.scenario.splice import Splice

SHEET = "<SYSTEM>\n# Role\nr\n# Party\n## Wren\n- Health: 18/20\n- Skills: Stealth +7\n</SYSTEM>\n"
EXCHANGE = (
    "<User>I creep.</User>\n\n<DM>Go on.\n[roll: stealth dc 5]</DM>\n"
    "<TOOLCALL>stealth: 3 + 7(skill) = *10*</TOOLCALL>\n"
)
PIECES = [
    "<User>", "</User>", "<DM>", "</DM>", "<SYSTEM>", "</SYSTEM>", "<TOOLCALL>", "</TOOLCALL>", "<user>", "</Dm>",
    "<Usr>", "</usre>", "<b>", "</b>", "<foo>", "</foo>", "<User", "</User", "<!--", "-->", "--", "!", "<", ">", "/",
    "---\n", "--- \n", "...\n", "title: x\n", "player: Wren\n", "---\ntitle: a\n---\n", "\ufeff",
    "# Party\n", "## A\n", "- Level 3\n", "- Skills: Stealth +7\n", SHEET, EXCHANGE, "*SUCCESS* So.",
    "[roll: stealth dc 5 for Wren]", "[damage: Wren 3]", "[", "]", "stealth: 3 = *3*",
    "\n", "\r\n", "\r", "\n\n", " ", "\t", "  ", "text", "é", "🐉", "\u200b", "x" * 40, " " * 90,
]  # fmt: skip
pieces = st.sampled_from(PIECES)
texts = st.one_of(st.lists(pieces, max_size=30).map("".join), st.text(max_size=40))
written = st.one_of(st.lists(pieces, max_size=3).map("".join), st.sampled_from(list("<>/-! \nUsert[]")))


@dataclass(frozen=True)
class Typed:
    """An edit as a share of the text, so that it fits any."""

    place: float
    removed: int
    inserted: str

    def within(self, text: str) -> tuple[int, int, str]:
        start = round(self.place * len(text))
        return start, min(self.removed, len(text) - start), self.inserted


typed = st.builds(Typed, st.floats(0, 1), st.sampled_from([0, 0, 0, 1, 1, 2, 5, 40]), written)


def after(text: str, start: int, removed: int, inserted: str) -> str:
    return text[:start] + inserted + text[start + removed :]


def mended(text: str, *edits: tuple[int, int, str]) -> Splice:
    """A text after some edits, each compared with a whole parse."""
    splice = Splice(text)
    for start, removed, inserted in edits:
        text = after(text, start, removed, inserted)
        splice.edit(start, removed, inserted)
        assert splice.text == text
        assert splice.parsed == parse(text)
    return splice


@given(texts, st.lists(typed, min_size=1, max_size=6))
@example("<User", [Typed(1, 0, ">")])
@example("</User foo<DM>x</DM>", [Typed(0.5, 1, "")])
@example("---\ntitle: x\n---\n<User>a</User>", [Typed(0, 0, "<DM>b</DM>")])
def test_edits_parsed_one_by_one_equal_a_whole_parse(text: str, edits: list[Typed]) -> None:
    splice = Splice(text)
    for edit in edits:
        start, removed, inserted = edit.within(text)
        text = after(text, start, removed, inserted)
        splice.edit(start, removed, inserted)
        assert splice.parsed == parse(text)


@given(texts, st.lists(typed, min_size=1, max_size=6))
def test_cells_tile_the_text_and_know_where_they_start(text: str, edits: list[Typed]) -> None:
    """Also where nobody asked for the whole between the edits, so that starts are still to be summed up."""
    splice = Splice(text)
    for edit in edits:
        start, removed, inserted = edit.within(text)
        text = after(text, start, removed, inserted)
        splice.edit(start, removed, inserted)
    starts = [block.span.start for block in parse(text).blocks]
    assert [splice.start(place) for place in range(len(splice))] == starts
    assert splice.start(len(splice)) == len(text)
    for place in range(len(splice)):
        assert splice.place(splice.start(place)) == place
        assert splice.place(splice.start(place + 1) - 1) == place


STORY = SHEET + EXCHANGE * 60
BEHIND = len(SHEET) + len(EXCHANGE) * 30


@pytest.mark.parametrize(
    ("edit", "most"),
    [((BEHIND + 8, 0, "x"), 2), ((BEHIND, 0, "<DM>A word.</DM>"), 4), ((BEHIND, len(EXCHANGE), ""), 4)],
    ids=["in a turn", "a turn put in", "turns taken out"],
)
def test_an_edit_reads_again_only_what_it_touches(edit: tuple[int, int, str], most: int) -> None:
    splice = Splice(STORY)
    held = set(splice.cells)
    done = splice.edit(*edit)
    assert splice.parsed == parse(after(STORY, *edit))
    assert len(done.made) <= most
    assert len(held & set(splice.cells)) >= len(held) - 12
    assert not done.head


def test_a_block_opened_and_closed_again_meets_the_old_ones() -> None:
    """Each key of a new turn that is typed, from the bracket to the end."""
    splice, text = Splice(STORY), STORY
    for place, key in enumerate("<User>I run.</User>"):
        done = splice.edit(BEHIND + place, 0, key)
        text = after(text, BEHIND + place, 0, key)
        assert splice.parsed == parse(text)
        assert len(done.made) <= 5


def test_an_end_far_behind_closes_a_comment() -> None:
    """A comment that nothing closed stretches over all between when its end is written; and gives it back."""
    text = "<User>a</User>" * 20 + "<!-- note\n" + "<User>b</User>" * 60
    splice = mended(text, (len(text), 0, " -->"), (len(text) + 1, 1, ""), (len(text) - 14, 0, "<!-- x"))
    assert sum(cell.block.kind is BlockKind.COMMENT for cell in splice.cells) == 2


def test_without_looking_back_a_comment_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the same end is missed where nobody asks the comments before it."""
    monkeypatch.setattr(Splice, "_comment_before", lambda splice, first: first)
    text = "<User>a</User>" * 20 + "<!-- note\n" + "<User>b</User>" * 60
    splice = Splice(text)
    splice.edit(len(text), 0, " -->")
    assert splice.parsed != parse(text + " -->")


def test_a_tag_takes_in_what_is_written_behind_it() -> None:
    """Whether `</User` is a whole tag shows up to eighty characters behind it, in another block."""
    text = "<DM>a</DM>" * 20 + "<User>a</User foo<DM>b</DM>" + "<DM>c</DM>" * 20
    mended(text, (text.index("<DM>b"), 1, ""), (text.index("<DM>b"), 0, "<"))


def test_without_its_reach_a_block_is_met_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: scanning from the block that holds the edit misses that the one before it changes."""
    monkeypatch.setattr(Splice, "_reach", lambda splice, place: -1)
    text = "<DM>a</DM>" * 20 + "<User>a</User foo<DM>b</DM>" + "<DM>c</DM>" * 20
    splice = Splice(text)
    splice.edit(text.index("<DM>b"), 1, "")
    assert splice.parsed != parse(after(text, text.index("<DM>b"), 1, ""))


def test_blanks_put_before_a_tag_move_its_line_start() -> None:
    """What stands before a block on its line decides whether a half-written tag in it counts."""
    text = "<DM>a</DM>" * 20 + "\n<User\nb</User>" + "<DM>c</DM>" * 20
    mended(text, (text.index("\n"), 1, " "), (text.index("\n"), 0, "\n"))


def test_another_name_on_a_sheet_reads_all_calls_again() -> None:
    text = SHEET + "<DM>[damage: Wren Ash 3]</DM>" * 8
    at = text.index("Wren") + 4
    splice = mended(text, (at, 0, " "), (at + 1, 0, "Ash"), (at, 4, ""))
    assert splice.head.names == {"wren": "Wren"}


def test_a_system_block_that_stands_late_moves_with_the_text() -> None:
    text = "<User>a</User>" * 10 + SHEET
    mended(text, (20, 0, "bcd"), (0, 14, ""), (len(text) // 2, 0, "<SYSTEM>s</SYSTEM>"))


def test_a_snapshot_stays_as_it_was() -> None:
    splice = Splice(STORY)
    held = splice.snapshot()
    splice.edit(BEHIND, len(STORY) - BEHIND, "")
    splice.edit(0, len(SHEET), "")
    assert held.parsed() == parse(STORY)
