"""A session as a scenario: whatever was played, edited and done by hand, what is saved passes the checks."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import LorewrightError
from studio.lint import Severity, check
from studio.play.records import Node, SessionHeader
from studio.play.saving import NoSuchTurn, NothingToSave, Saved, as_scenario
from studio.play.session import Session
from studio.rules import HandChange, Party, Rules, Throw
from studio.rules.combat import Deed
from studio.scenario import parse
from studio.scenario.model import Speaker

TEXT = """---
title: The Weir
type: combat
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Location
A broken weir, knee deep.

# Party

## Wren
- Player Character
- Level 3
- Health: 20/26
- Exp: 750/2700
- Inventory: Ash Bow (6), silver x3
- Skills: Stealth +6, Attack +4, Initiative +2

## Bog Brigand
- Enemy
- Health: 9/9
- Skills: Initiative +1, Attack +3
</SYSTEM>
"""


def begun(text: str = TEXT, seed: int = 3) -> Session:
    scenario = parse(text).scenario
    header = SessionHeader(scenario=text, model="m", name="n", seed=seed)
    return Session(scenario=scenario, header=header)


def narrated(session: Session, text: str) -> None:
    """What the narrator says, where the check before it opens it, as in play."""
    state = session.state()
    written = f"{state.opening} {text}".strip() if state.opening else text
    node = Node(kind="DM", id=session.tree.last_id + 1, parent=session.tip, text=written)
    session.insert(session.tip, "DM", session.story.spoken(state, node).text)


def errors(saved: Saved) -> list[str]:
    parsed = parse(saved.text)
    assert parsed.problems == () or all("error" not in str(problem) for problem in parsed.problems)
    return [f"{one.code} {one.message}" for one in check(parsed) if one.severity is Severity.ERROR]


def at_the_end(saved: Saved) -> Party:
    """The sheets that whoever reads the scenario comes to."""
    scenario = parse(saved.text).scenario
    assert scenario.system is not None
    header = SessionHeader(scenario=saved.text, model="", name="", seed=0)
    again = Session(scenario=scenario, header=header)
    again.tell(scenario.turns, lambda _event: None)
    return again.party


def sheets(party: Party) -> list[tuple[object, ...]]:
    return [
        (one.name, one.health, sorted((item.name, item.count) for item in one.inventory), sorted(one.conditions))
        for one in party.sheets
    ]


def test_an_evening_is_saved_with_its_title_and_comes_to_the_same_sheets() -> None:
    session = begun()
    session.insert(None, "User", "I creep along the weir.")
    narrated(session, "The planks are slick. [roll: stealth dc 10]")
    narrated(session, "You pass. [give: Wren lantern] [damage: Wren 3]")
    session.insert(session.tip, "User", "I look for tracks.")
    narrated(session, "Nothing.")
    saved = as_scenario(session, title="A quiet evening")
    assert saved.remarks == () and errors(saved) == []
    scenario = parse(saved.text).scenario
    assert scenario.metadata == {"title": "A quiet evening", "type": "combat", "player": "Wren"}
    assert [turn.speaker for turn in scenario.turns].count(Speaker.TOOLCALL) == 1
    assert sheets(at_the_end(saved)) == sheets(session.party)


def test_a_stretch_begins_with_the_sheets_as_they_stood_there() -> None:
    session = begun()
    session.insert(None, "User", "I drink.")
    narrated(session, "[heal: Wren 4] [take: Wren silver x3]")
    session.hand(HandChange(who="Wren", field="health", value=11))
    first = session.insert(session.tip, "User", "I go on.")
    narrated(session, "[roll: stealth]")
    last = session.tip
    saved = as_scenario(session, first, last)
    assert errors(saved) == []
    scenario = parse(saved.text).scenario
    assert scenario.system is not None and scenario.turns[0].content == "I go on."
    wren = scenario.system.party[0]
    assert wren.health == (11, 26) and [item.name for item in wren.inventory] == ["Ash Bow (6)"]
    with pytest.raises(NoSuchTurn):
        as_scenario(session, 99)


def test_what_is_under_way_draws_the_beginning_back_and_that_is_said() -> None:
    session = begun()
    session.insert(None, "User", "I creep.")
    narrated(session, "[roll: stealth]")
    narrated(session, "You pass.")
    saved = as_scenario(session, session.tip)
    assert parse(saved.text).scenario.turns[0].content == "[roll: stealth]"
    assert "begins 2 turns earlier" in saved.remarks[0] and errors(saved) == []


def test_a_change_by_hand_becomes_a_call_and_what_no_call_can_say_is_told() -> None:
    session = begun()
    session.insert(None, "User", "I wait.")
    narrated(session, "Rain.")
    session.hand(HandChange(who="Wren", field="health", value=12))
    session.hand(HandChange(who="Wren", field="inventory", what="rope", value=2))
    session.hand(HandChange(who="Wren", field="most health", value=30))
    session.insert(session.tip, "User", "I go on.")
    narrated(session, "Mist.")
    saved = as_scenario(session)
    turns = parse(saved.text).scenario.turns
    assert turns[1].content == "Rain.\n\n[damage: Wren 8]\n[give: Wren rope x2]"
    assert len(saved.remarks) == 1 and "most health of Wren" in saved.remarks[0]
    assert errors(saved) == []


def test_calls_that_came_to_nothing_are_no_calls_in_what_is_saved() -> None:
    session = begun()
    session.insert(None, "User", "I reach out.")
    narrated(session, "[take: Wren Crown] [damage: Nobody 3] [roll: stealth dc twelve] You find nothing. <User>")
    saved = as_scenario(session)
    assert "(take: Wren Crown) (damage: Nobody 3) (roll: stealth dc twelve) You find nothing." in saved.text
    assert len(saved.remarks) == 3 and errors(saved) == []


def test_without_plain_brackets_they_would_be_errors() -> None:
    session = begun()
    session.insert(None, "User", "I reach out.")
    narrated(session, "[take: Wren Crown] Gone.")
    parsed = parse(session.as_text())
    assert [one.code for one in check(parsed) if one.severity is Severity.ERROR] == ["R201"]


def test_an_act_of_a_fight_is_saved_with_its_rolls() -> None:
    session = begun(seed=5)
    session.insert(None, "User", "I draw.")
    narrated(session, "He snarls. [begin combat]")
    for _turn in range(4):
        session.act_by_rules()
        narrated(session, "Steel rings.")
        if session.party.combat is None:
            break
        session.act(Deed("next"))
    session.insert(session.tip, "User", "I breathe.")
    narrated(session, "It is still.")
    saved = as_scenario(session)
    assert errors(saved) == []
    assert [row[:2] for row in sheets(at_the_end(saved))] == [row[:2] for row in sheets(session.party)]


def test_a_session_is_checked_by_the_rules_it_was_played_by() -> None:
    session = begun()
    session.rules = replace(Rules.shipped(), default_dc=2, die=4, skills=(*Rules.shipped().skills, "juggling"))
    session.insert(None, "User", "I juggle.")
    narrated(session, "[roll: juggling]")
    narrated(session, "You drop one." if session.state().opening == "*FAILED*" else "They fly.")
    saved = as_scenario(session)
    assert saved.remarks == () and "[roll: juggling]" in saved.text


def test_nothing_played_and_no_system_make_no_scenario() -> None:
    with pytest.raises(NothingToSave, match="nothing was played"):
        as_scenario(begun())
    session = begun("<User>Hm.</User>")
    session.insert(None, "User", "x")
    with pytest.raises(NothingToSave, match="no SYSTEM"):
        as_scenario(session)


# -- any session

WORDS = st.sampled_from(
    [
        "Rain.",
        "You pass.",
        "*SUCCESS* Well done.",
        "*FAILED* Badly.",
        "<DM>nested",
        "a [b] c",
        "-->",
        "</DM>",
        "</SYSTEM> y",
        "<!-- x",
        "[[roll: stealth]]",
        "[roll: stealth",
        "---",
        "*SUCCESS*",
        "a\u2028\x00b",
    ]
)
CALLS = st.sampled_from([
    "", "[roll: stealth]", "[roll: stealth dc 5 for Wren]", "[roll: attack adv for Bog Brigand]", "[damage: Wren 3]",
    "[heal: Bog Brigand 40]", "[give: Wren silver x2]", "[take: Wren silver]", "[take: Wren Crown]", "[roll: juggling]",
    "[condition: Wren prone]", "[condition: Wren prone off]", "[begin combat]", "[end combat]", "[damage: Nobody 2]",
    "[roll: stealth dc]", "[level up: Wren]", "[frobnicate: x]",
])  # fmt: skip
OPS = st.one_of(
    st.tuples(st.just("user"), WORDS),
    st.tuples(st.just("dm"), st.tuples(WORDS, CALLS, CALLS)),
    st.tuples(st.just("dm"), st.tuples(WORDS, CALLS, CALLS)),
    st.tuples(st.just("edit"), st.tuples(st.integers(0, 30), WORDS, CALLS)),
    st.tuples(st.just("delete"), st.integers(0, 30)),
    st.tuples(st.just("hand"), st.sampled_from([("health", -5, ""), ("health", 4, ""), ("level", 1, ""),
                                               ("experience", 100, ""), ("inventory", 2, "rope")])),
    st.tuples(st.just("throw"), st.sampled_from(["stealth", "initiative"])),
    st.tuples(st.just("act"), st.sampled_from(["begin", "rules", "next", "end"])),
    st.tuples(st.just("result"), st.sampled_from(["stealth: 4 = *4*", "stealth: 40 + 6(skill) = *46*", "nonsense"])),
    st.tuples(st.just("undo"), st.none()),
)  # fmt: skip


def do(session: Session, op: tuple[str, object]) -> None:
    """One thing that a person or the narrator does; what the rules refuse is not done."""
    name, what = op
    path = session.path()
    match name, what:
        case "user", str(text):
            session.insert(session.tip, "User", text)
        case "dm", (text, one, other):
            narrated(session, f"{text} {one} {other}")
        case "result", str(text):
            session.insert(session.tip, "TOOLCALL", text)
        case "edit", (int(place), text, call) if path:
            session.edit(path[place % len(path)].id, f"{text} {call}")
        case "delete", int(place) if path:
            session.delete(path[place % len(path)].id)
        case "hand", (str(field), int(delta), str(thing)):
            more = {"value": delta, "what": thing} if thing else {"delta": delta}
            session.hand(HandChange(who="Wren", field=field, **more))
        case "throw", str(skill):
            session.throw(Throw(skill=skill, who="Wren"), tell=True)
        case "act", "rules":
            session.act_by_rules()
        case "act", str(kind):
            session.act(Deed(kind))
        case "undo", _:
            session.undo()
        case _:
            pass


@settings(max_examples=60)
@given(st.lists(OPS, min_size=1, max_size=14), st.integers(0, 14), st.integers(0, 14))
def test_whatever_was_played_passes_the_checks(ops: list[tuple[str, object]], low: int, high: int) -> None:
    session = begun()
    for op in ops:
        try:
            do(session, op)
        except LorewrightError:
            continue
    path = session.path()
    for first, last in ((None, None), *([(path[low % len(path)].id, path[high % len(path)].id)] if path else [])):
        try:
            saved = as_scenario(session, first, last)
        except NothingToSave:
            continue
        assert errors(saved) == []
        assert saved.turns == len(parse(saved.text).scenario.turns)
        unsaid = any("no call can say" in one or "left out" in one or "plain text" in one for one in saved.remarks)
        if first is None and not unsaid and session.state().telling is None and not session.state().waiting:
            assert sheets(at_the_end(saved)) == sheets(session.party)
