"""Laying out: the same meaning, once is enough, and nothing that a person wrote is lost."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio.resources import samples
from studio.scenario import Edit, Span, formatter, parse
from studio.scenario.edits import applied
from studio.scenario.formatter import format_edits, formatted
from studio.scenario.meaning import meaning

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"

UNTIDY = """\
---\x20\x20
title:    A Toll\x20
player: Wren   # who acts

---


<SYSTEM># Role
You are the DM.


#  World  ##

Weirs and mud.\x20\x20
Two spaces above mean a new line.
# Party
##   Wren

*  Player Character
+ Rogue

- level: 03
- HP:18 / 20
- Inventory:Clasp Knife (4),Rope  x 2 , silver x1
- SKILLS: Stealth:+7,Sleight of Hand  6
- Patron:   the Reed Folk
</SYSTEM>
<!-- a note -->   <!-- another -->
<User>
I wade across.
</User> <!-- beside -->
<DM>  The water  tugs.\x20\x20
It is cold.

[roll:Stealth]
</DM><TOOLCALL> stealth: 13+7(skill) = *20* </TOOLCALL>



<DM>*SUCCESS* Dry.</DM>"""

TIDY = """\
---
title: A Toll
player: Wren   # who acts

---
<SYSTEM>
# Role
You are the DM.

# World
Weirs and mud.\x20\x20
Two spaces above mean a new line.

# Party

## Wren
- Player Character
- Rogue
- Level 3
- Health: 18/20
- Inventory: Clasp Knife (4), Rope x2, silver x1
- Skills: Stealth +7, Sleight of Hand +6
- Patron: the Reed Folk
</SYSTEM>
<!-- a note --> <!-- another -->
<User>I wade across.</User> <!-- beside -->
<DM>The water  tugs.\x20\x20
It is cold.

[roll:Stealth]</DM>

<TOOLCALL>stealth: 13+7(skill) = *20*</TOOLCALL>

<DM>*SUCCESS* Dry.</DM>
"""

PIECES = ["<User>", "</User>", "<DM>", "</DM>", "<SYSTEM>", "<SYSTEM>\n", "</SYSTEM>", "<TOOLCALL>", "</TOOLCALL>"]
PIECES += ["<dm>", "</Usr>", "<DM", "</User", "<b>", "<!-- ", "-->", "<!-- n -->", "---\n", "--- \n", "...", "\ufeff"]
PIECES += ["\n", "\r\n", "\r", "  ", "\t", "\n\n\n", "\x0b", "\u2028", "    ", "x", "I go.", "🐉", "\0", "#", "##", "-"]
PIECES += ["# Role\n", "# World ##\n", "#  Party\n", "# Party\n", "# party:\r\n", "Party\n===\n", "## Wren\n", "##  \n"]
PIECES += ["## A #\n", "### x\n", "- Level 3\n", "* level: 04\n", "+ HP:9 / 3\n", "- Health: x\n", "1. Level 2\n"]
PIECES += [
    "- Skills: Stealth:+1,Arcana 2\n",
    "- Skills: Stealth +1, x\n",
    "- Inventory:a (b,c) ,d x 2,e x0\n",
    "  - n\n",
]
PIECES += [
    "- Spells: a,b , (c,d)\n",
    "- Patron:  x\n",
    "- http://x\n",
    "-     code\n",
    "```\n",
    "---\n",
    "> q\n",
    "a: b\n",
]
PIECES += [
    "title:   x \n",
    "player: Wren\n",
    "tags: [ a,b ]\n",
    "k: |\n  a \n\n  b\n",
    "k: 'a  \n  b'\n",
    "[roll:stealth]",
]
noise = st.one_of(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.text(max_size=60))


@st.composite
def whole(draw: st.DrawFn) -> str:
    """Texts that are mostly scenarios, so that every kind of layout happens."""
    some = lambda pool, most: "".join(draw(st.lists(st.sampled_from(pool), max_size=most)))  # noqa: E731
    front = "---\n" + some(PIECES[-6:], 4) + "---\n" if draw(st.booleans()) else ""
    system = "<SYSTEM>\n# Role\n" + some(PIECES[22:], 6) + "\n# Party\n" + some(PIECES[36:], 20) + "</SYSTEM>"
    ends = st.sampled_from(["", "\n", "\r\n", " ", "\n\n\n", "\r", "<!-- n -->", "\n<!-- n -->\n"])
    turn = st.tuples(
        st.sampled_from(["User", "DM", "TOOLCALL"]), st.lists(st.sampled_from(PIECES[22:]), max_size=4), ends
    )
    turns = "".join(f"{end}<{tag}>{''.join(words)}</{tag}>" for tag, words, end in draw(st.lists(turn, max_size=5)))
    return draw(st.sampled_from(["", "\ufeff"])) + front + system + turns + draw(ends)


def test_a_whole_example() -> None:
    assert formatted(parse(UNTIDY)) == TIDY


def test_samples_are_laid_out_already() -> None:
    changed = [path.name for path in samples().rglob("*.md") if format_edits(parse(path.read_text(encoding="utf-8")))]
    assert changed == []


@example("<SYS># PARTY\n## 0\n-  0\n - 0</SYS>")
@settings(max_examples=500, deadline=None)
@given(st.one_of(noise, whole()))
def test_any_text_says_the_same_afterwards_and_once_is_enough(text: str) -> None:
    parsed = parse(text)
    after = parse(formatted(parsed))
    assert meaning(after) == meaning(parsed)
    assert format_edits(after) == ()


def test_edits_of_neighbouring_lines_do_not_reach_into_each_other() -> None:
    text = "<SYSTEM>\n# Party\n\n## Wren\n-   Level 3  \n\n-  Exp: 1/2 \n\n</SYSTEM>\n\n<User>I go.</User>\n"
    edits = format_edits(parse(text))
    assert all(one.span.end <= after.span.start for one, after in pairwise(edits))
    assert "- Level 3\n- Exp: 1/2\n</SYSTEM>" in applied(text, edits)


@settings(max_examples=150, deadline=None)
@given(whole())
def test_edits_are_in_order_apart_and_never_nothing(text: str) -> None:
    edits = format_edits(parse(text))
    for edit in edits:
        assert text[edit.span.start : edit.span.end] != edit.text
    for before, after in pairwise(edits):
        assert before.span.end <= after.span.start


@settings(max_examples=150, deadline=None)
@given(whole())
def test_no_word_is_lost_from_turns_comments_and_prose(text: str) -> None:
    parsed = parse(text)
    after = parse(formatted(parsed)).scenario
    assert [turn.content for turn in after.turns] == [turn.content for turn in parsed.scenario.turns]
    assert after.text.count("<!--") == text.count("<!--")
    assert after.text.startswith("\ufeff") == text.startswith("\ufeff")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_the_byte_order_mark_stay(newline: str, mark: str) -> None:
    text = mark + UNTIDY.replace("\n", newline)
    assert formatted(parse(text)) == mark + TIDY.replace("\n", newline)


def test_mixed_line_ends_stay_mixed() -> None:
    text = "<User>a</User>\r\n\r\n\r\n<DM>b\nc</DM>\n<User>d</User>\r"
    assert formatted(parse(text)) == "<User>a</User>\r\n\r\n<DM>b\nc</DM>\n\n<User>d</User>\r"


@pytest.mark.parametrize(
    "text",
    [
        "<User>a  \nb\n",
        "<dm> a </dm> <User>b</User>\n",
        "words\n\n\n<User>a</User>  words\n",
        "<User>a\n</User\n<DM>b</DM>\n",
        "<!-- no end\n<User>a</User>\n",
        "---\nk: |\n  a  \n---\n<User>a</User>\n",
        "<SYSTEM> Only words.  </SYSTEM>\n",
    ],
)
def test_what_is_not_understood_whole_stays_as_it_is(text: str) -> None:
    assert formatted(parse(text)) == text


def test_a_damaged_block_does_not_keep_the_others_from_being_laid_out() -> None:
    text = "<User>a\n<DM> b </DM><TOOLCALL> c </TOOLCALL>\n"
    assert formatted(parse(text)) == "<User>a\n<DM>b</DM>\n\n<TOOLCALL>c</TOOLCALL>\n"


def test_an_edit_that_would_change_the_meaning_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "<User> a </User>\n"
    monkeypatch.setattr(formatter, "system_edits", lambda parsed: iter([Edit(Span(6, 8), "b")]))
    assert formatted(parse(text)) == "<User>a</User>\n"
    # The twin: without the proof the words change.
    monkeypatch.setattr(formatter, "_keeps", lambda parsed, edits: True)
    assert "a" not in re.sub("<.*?>", "", formatted(parse(text)))


def test_the_proof_is_not_what_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fixture is laid out by edits that are right of themselves."""
    monkeypatch.setattr(formatter, "_keeps", lambda parsed, edits: True)
    for path in sorted(FIXTURES.glob("*.md")):
        parsed = parse(path.read_bytes().decode("utf-8", "replace"))
        after = parse(formatted(parsed))
        assert meaning(after) == meaning(parsed), path.name
        assert format_edits(after) == (), path.name


def test_applied_takes_edits_in_any_order() -> None:
    assert applied("abcd", [Edit(Span(3, 4), ""), Edit(Span(0, 0), "x"), Edit(Span(1, 2), "yy")]) == "xayyc"
