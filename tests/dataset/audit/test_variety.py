"""One spelling in the prose, and nothing else touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.dataset.audit.variety import settle, settle_text, settled, table
from studio.dataset.rows import Kind, Place, Row

SHEET = """# World
The armour of the harbor is old.
# Party
## Grey Armour
- Inventory: gray cloak, armour polish x2
- Skills: colour +2"""


def row(answer: str, system: str = SHEET) -> Row:
    said = (Message(SYSTEM, system), Message(USER, "I look."), Message(ASSISTANT, answer, 1, True, (1, 2)))
    return Row(Kind.SCENARIO, "s", Place("s.md"), said, "s", facts={"class": ("Grey Scholar",)})


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("The grey harbour's armour.", "The gray harbor's armor."),
        ("“Colour!” he says. Honour is all.", "“Color!” he says. Honor is all."),
        ("THEATRE, organised and travelled-through.", "THEATER, organized and traveled-through."),
        ("She apologises; they analysed a catalogue.", "She apologizes; they analyzed a catalog."),
    ],
)
def test_prose_goes_both_ways(british: str, american: str) -> None:
    assert settle_text(british, "american")[0] == american
    assert settle_text(american, "british")[0] == british
    assert settle_text(british, "british") == (british, 0)


@pytest.mark.parametrize(
    "text",
    [
        "[give: Wren grey armour]",
        "`colour`",
        "```\ncolour = grey\n```",
        "https://harbour.example/colour",
        "see colour.png",
        "grey_armour",
        "<TOOLCALL>colour: 3 = *3*</TOOLCALL>",
        "a/grey/path",
        "the Grey Fox",
        "Grey Harbour lies north.",
        "lord@harbour.org",
        "He called Honour a dog.",
        "#colour",
    ],
)
def test_what_is_no_prose_stays(text: str) -> None:
    assert settle_text(text, "american") == (text, 0)


def test_a_row_keeps_its_names_and_sheets() -> None:
    found = settle(row("Take the armour polish and your armour. A grey scholar, in grey."), "american")
    system, _user, answer = found.row.messages
    assert answer.content == "Take the armour polish and your armor. A grey scholar, in gray."
    assert (answer.ids, found.row.messages[1].ids) == (None, None)
    assert system.content == SHEET.replace("The armour of", "The armor of")
    assert found.changes == 3


def test_a_row_without_such_words_is_the_same_row() -> None:
    one = row("It is so.", "Plain.")
    assert settled(one, "american") is one


@given(
    st.lists(
        st.sampled_from(["grey", "Grey", "armor", "harbour", ".", " ", "\n", "[", "]", '"', "`", "center", "a/", "x"])
    )
)
def test_settling_twice_changes_nothing_more(parts: list[str]) -> None:
    for variety in ("british", "american"):
        once, _count = settle_text("".join(parts), variety)  # type: ignore[arg-type]
        assert settle_text(once, variety) == (once, 0)  # type: ignore[arg-type]


def test_the_table_is_large_and_goes_both_ways() -> None:
    to_american, to_british = table("american"), table("british")
    assert len(to_american) > 900
    assert len(to_american) == len(to_british)
    assert not to_american.keys() & to_british.keys()
    for left_out in (
        "licence",
        "practise",
        "metre",
        "meter",
        "programme",
        "tire",
        "tyre",
        "check",
        "draft",
        "draught",
        "story",
        "storey",
    ):
        assert left_out not in to_american and left_out not in to_british
