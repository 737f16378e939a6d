"""What is done at the table beside the story: sheets by hand, dice, a fight; no model has a part in it."""

from pathlib import Path

import pytest

from studio.lint import Severity, check
from studio.play.book import NothingToUndo
from studio.play.editing import NotWritten
from studio.play.events import TurnAdded
from studio.play.session import Session
from studio.rules import CombatRefused, HandChange, Throw
from studio.rules.combat import Deed
from studio.rules.hand import HandRefused
from studio.scenario import parse
from tests.play.table import same, session_of


def test_a_sheet_is_changed_by_hand_in_the_log_and_taken_back(tmp_path: Path) -> None:
    session = session_of(tmp_path / "s.jsonl")
    (change,) = session.hand(HandChange("Wren", "health", delta=-4))
    assert (change.before, change.after) == ("24/26", "20/26")
    session.hand(HandChange("Wren", "inventory", value=2, what="Torch"))
    with pytest.raises(HandRefused):
        session.hand(HandChange("Wren", "health", value=99))
    wren = session.party.find("Wren")
    assert wren is not None and wren.health == (20, 26) and wren.count("torch") == 2
    same(session, Session.reopen(tmp_path / "s.jsonl"))
    assert "change of a sheet" in session.undo()
    session.undo()
    assert session.party == session_of().party
    with pytest.raises(NothingToUndo):
        session.undo()


def test_dice_fall_by_their_place_and_again_alike_after_an_undo(tmp_path: Path) -> None:
    session = session_of(tmp_path / "s.jsonl")
    first = session.throw(Throw(expression="4d100"))
    second = session.throw(Throw(expression="4d100"))
    assert first.rolled.dice != second.rolled.dice
    session.undo()
    assert session.throw(Throw(expression="4d100")) == second
    assert session_of().throw(Throw(expression="4d100")) == first
    assert session_of(seed=4).throw(Throw(expression="4d100")) != first
    again = Session.reopen(tmp_path / "s.jsonl")
    assert [again.state(node.id).thrown for node in again.steps()] == [first, second]
    assert again.path() == ()


def test_a_throw_that_the_narrator_is_told_of_asks_and_answers_as_a_scenario_does() -> None:
    session = session_of()
    thrown = session.throw(Throw(skill="stealth", who="Wren"), tell=True)
    assert [(node.kind, node.text) for node in session.path()] == [
        ("DM", "[roll: stealth]"),
        ("TOOLCALL", thrown.line),
    ]
    word = "*SUCCESS*" if thrown.total >= 15 else "*FAILED*"
    assert session.state().opening == word and session.due


def test_what_the_narrator_is_told_of_is_thrown_by_who_plays_where_nobody_is_named() -> None:
    named, unnamed = session_of(), session_of()
    named.throw(Throw(skill="stealth", who="Wren"), tell=True)
    thrown = unnamed.throw(Throw(skill="stealth"), tell=True)
    assert "+ 6(skill)" in thrown.line
    assert unnamed.path() == named.path()
    assert check(parse(unnamed.as_text())) == check(parse(named.as_text()))
    assert "(skill)" not in session_of().throw(Throw(skill="stealth")).line, "thrown for the table alone"


def test_a_fight_is_decided_by_the_rules_and_reads_as_a_scenario_that_passes_the_checks(tmp_path: Path) -> None:
    session = session_of(tmp_path / "s.jsonl")
    heard: list[object] = []
    session.act(Deed("begin"), heard.append)
    assert all(isinstance(event, TurnAdded) for event in heard) and heard
    for _turn in range(60):
        if session.party.combat is None:
            break
        before = session.party
        session.act_by_rules()
        assert session.party != before
    assert session.party.combat is None, "the fight ends"
    brigand, wren = session.party.find("Bog Brigand"), session.party.find("Wren")
    assert brigand is not None and wren is not None
    assert 0 in (brigand.health or (1, 1)) + (wren.health or (1, 1))
    session._close_step(heard.append)
    same(session, Session.reopen(tmp_path / "s.jsonl"))
    errors = [one for one in check(parse(session.as_text())) if one.severity is Severity.ERROR]
    assert errors == []
    asked = [node.text for node in session.path() if node.ruled and "[roll: attack" in node.text]
    told = "Wren attacks Bog Brigand with Shortsword.\n\n[roll: attack dc 12]"
    assert told in asked, "as scenarios write it: who plays is not named"
    assert "Bog Brigand attacks Wren with Club.\n\n[roll: attack dc 14 for Bog Brigand]" in asked
    assert all(node.text[0] not in "[*" or " " in node.text for node in session.path() if node.ruled), "none is bare"
    with pytest.raises(CombatRefused):
        session.act(Deed("next"))


def test_a_step_is_deleted_with_what_the_rules_wrote_for_it() -> None:
    session = session_of()
    session.act(Deed("begin"))
    begun = session.path()
    assert len(begun) > 1 and session.state().party.combat is not None
    step = session.steps()[0]
    with pytest.raises(NotWritten):
        session.edit(step.id, "something else")
    session.delete(begun[-1].id)
    assert session.steps() == () and session.state().party.combat is None
    session.undo()
    assert session.path() == begun and session.state().party.combat is not None


def test_a_step_that_no_longer_can_be_done_does_nothing() -> None:
    session = session_of()
    given = session.hand(HandChange("Wren", "inventory", value=1, what="Rope"))
    first = session.tip
    session.hand(HandChange("Wren", "inventory", value=0, what="Rope"))
    assert given and first is not None
    session.delete(first)
    wren = session.party.find("Wren")
    assert wren is not None and wren.count("rope") == 0
