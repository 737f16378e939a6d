"""Snippets: filling in, the shipped table, and tables of a workspace that are damaged."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.lint import Severity, check
from studio.scenario import Span, ToolTable, Vocabulary, parse
from studio.scenario.snippets import PLACES, BadSnippets, Snippet, Snippets
from studio.scenario.surroundings import Surroundings

HEAD = """\
<SYSTEM>
# Role
You are the DM.

# World
Weirs.

# Location
An inn.

# Party

## Wren
- Player Character
- Rogue
- Level 2
- Health: 18/20
- Exp: 10/300
- Inventory: Clasp Knife (4), silver x5, Healing Draught
- Skills: Stealth +7, Attack +2, Initiative +1

## Bog Brigand
- Enemy
- Brigand
- Level 1
- Health: 9/9
- Inventory: Cudgel (3)
- Skills: Attack +3, Initiative +0
</SYSTEM>

"""
FRAMES = {
    "start": "{}" + HEAD + "<User>a</User>\n\n<DM>b</DM>\n",
    "outside": HEAD + "<User>a</User>\n\n<DM>b</DM>\n\n{}\n",
    "front": "---\n{}\n---\n" + HEAD + "<User>a</User>\n\n<DM>b</DM>\n",
    "SYSTEM": HEAD.replace("</SYSTEM>", "\n{}</SYSTEM>") + "<User>a</User>\n\n<DM>b</DM>\n",
    "User": HEAD + "<User>{}</User>\n\n<DM>b</DM>\n",
    "DM": HEAD + "<User>a</User>\n\n<DM>{}</DM>\n",
    "TOOLCALL": HEAD + "<User>a</User>\n\n<DM>b [roll: stealth]</DM>\n\n<TOOLCALL>{}</TOOLCALL>\n",
}
VALUES = Surroundings(HEAD, len(HEAD), parse(HEAD), ToolTable.shipped(), Vocabulary.shipped()).values()


def snippet(body: str) -> Snippet:
    return Snippet("x", "x", "x", ("outside",), body)


@pytest.mark.parametrize(
    ("body", "text", "stops"),
    [
        ("a ${1:b} $0c", "a b c", [(1, "b"), (0, "")]),
        ("${2:b} ${1:a}", "b a", [(1, "a"), (2, "b"), (0, "")]),
        ("${1:a}/$1", "a/a", [(1, "a"), (0, "")]),
        ("$1", "", [(1, ""), (0, "")]),
        ("${1|x,y\\,z|}!", "x!", [(1, "x"), (0, "")]),
        ("\\$1 \\\\ \\} $PLAYER", "$1 \\ } Wren", [(0, "")]),
        ("${1:$PLAYER\\}}", "Wren}", [(1, "Wren}"), (0, "")]),
        ("$SKILL$MODIFIED = $TOTAL", "stealth = 13", [(0, "")]),
        ("${1:un", "${1:un", [(0, "")]),
    ],
)
def test_filling_in(body: str, text: str, stops: list[tuple[int, str]]) -> None:
    made = snippet(body).expand({"PLAYER": "Wren"})
    assert made.text == text
    assert [(stop.number, made.text[stop.span.start : stop.span.end]) for stop in made.stops] == stops


def test_repeats_and_choices_and_line_ends() -> None:
    made = snippet("${1|a,b|}\n$1").expand(newline="\r\n")
    assert made.text == "a\r\na"
    assert (made.stops[0].choices, made.stops[0].again) == (("a", "b"), (Span(3, 4),))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["$", "{", "}", "1", "0", ":", "|", ",", "\\", "a", "$PLAYER", "${1:", "${2|", "\n"])))
def test_any_body_can_be_filled_in(pieces: list[str]) -> None:
    made = snippet("".join(pieces)).expand({"PLAYER": "Wren"})
    assert made.stops[-1].number == 0
    for stop in made.stops:
        assert all(0 <= span.start <= span.end <= len(made.text) for span in (stop.span, *stop.again))


@pytest.mark.parametrize("name", Snippets.shipped().table)
@pytest.mark.parametrize("values", [VALUES, {}], ids=["filled in", "as it is"])
def test_every_shipped_snippet_makes_a_scenario_without_an_error(name: str, values: dict[str, str]) -> None:
    one = Snippets.shipped().table[name]
    assert set(one.where) <= set(PLACES)
    for place in one.where:
        text = FRAMES[place].format(one.expand(values).text)
        if "<SYSTEM>" in one.body:
            text = one.expand(values).text.replace("<DM></DM>", "<DM>x</DM>")
        wrong = [found.message for found in check(parse(text)) if found.severity is Severity.ERROR]
        known = values or not any(name in one.body for name in ("$PLAYER", "$ENEMY", "$SKILL"))
        assert wrong == [] if known else True
        assert parse(text).scenario.turns


def test_triggers_are_words_of_their_own() -> None:
    for place in PLACES:
        triggers = [one.trigger for one in Snippets.shipped().within(place)]
        assert len(triggers) == len(set(triggers))
    assert [one.name for one in Snippets.shipped().within("DM", "DR")] == ["draught"]
    assert Snippets.shipped().within(None, "dr") == ()


GOOD = "bow:\n  trigger: bow\n  about: A bow\n  where: [User]\n  body: I bow to ${1:$ENEMY}.\n"


def test_a_workspaces_own_stand_over_the_shipped(tmp_path: Path) -> None:
    assert Snippets.of(tmp_path) == Snippets.shipped()
    (tmp_path / "snippets.yaml").write_text(GOOD + GOOD.replace("bow:", "hit:"), encoding="utf-8")
    own = Snippets.of(tmp_path)
    assert (own.table["bow"].where, own.table["hit"].trigger, own.troubles) == (("User",), "bow", ())
    assert len(own.table) == len(Snippets.shipped().table) + 1


@pytest.mark.parametrize(
    "damage",
    [
        b"\xff",
        b"- a",
        b"a: 1",
        b"a: [",
        b"[" * 5000,
        GOOD.replace("bow\n", "two words\n").encode(),
        GOOD.replace("[User]", "[Nowhere]").encode(),
        GOOD.replace("[User]", "[]").encode(),
        GOOD.replace("$ENEMY", "$FOE").encode(),
        GOOD.replace("body: I bow to ${1:$ENEMY}.", "body: 3").encode(),
        (GOOD + "  other: 1\n").encode(),
    ],
)
def test_a_damaged_table_is_told_and_the_shipped_serve(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "snippets.yaml"
    path.write_bytes(damage)
    found = Snippets.of(tmp_path)
    assert found.table == Snippets.shipped().table
    assert len(found.troubles) == 1 and str(path) in str(found.troubles[0])
    if damage != b"\xff":
        with pytest.raises(BadSnippets):
            Snippets.load(path)
