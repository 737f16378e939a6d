"""How a narrator is asked: another version, more of a turn, a grammar, who speaks, and what is told of it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from studio.play.dialogue import NotNarrated
from studio.play.events import Advised, Malformed, Phase, PlayEvent
from studio.play.health import Faults
from studio.play.log import SessionFile
from studio.play.session import NothingMore, Session
from studio.play.showing import NoEngine
from studio.rules import HandChange
from studio.rules.combat import Deed
from tests.play.table import same, session_of
from tests.play.told import Told, last, narrated, nobody


async def test_another_version_is_drawn_otherwise_and_the_old_one_stays() -> None:
    session = narrated(engine := Told(["Fog.", "Rain."]))
    heard: list[PlayEvent] = []
    await session.say("I look.", nobody)
    old = session.tip
    await session.retry(heard.append)
    assert old is not None and session.tip is not None
    assert [session.nodes[one].text for one in session.siblings(old)] == ["Fog.", "Rain."]
    assert [sampling.temperature for sampling in engine.drawn] == [0.0, 0.8]
    session.undo()
    assert session.path()[-1].text == "Fog."
    with pytest.raises(NotNarrated):
        await session.retry(nobody, session.path()[0].id)


async def test_a_version_that_does_not_come_leaves_what_stood_and_nothing_to_take_back(tmp_path: Path) -> None:
    session = narrated(Told(["Fog."]))
    session.file = SessionFile(tmp_path / "s.jsonl", session.header)
    await session.say("I look.", nobody)
    tip, last = session.tip, session.tree.to_undo
    session.engine = None
    with pytest.raises(NoEngine):
        await session.retry(nobody)
    assert session.tip == tip and session.tree.to_undo is last
    same(session, Session.reopen(tmp_path / "s.jsonl"))


async def test_a_roll_tried_again_falls_alike() -> None:
    session = narrated(Told(["[roll: stealth]", "On.", "You crouch. [roll: stealth]", "Off."]))
    await session.say("I creep.", nobody)
    first = session.path()
    await session.retry(nobody, first[1].id)
    second = session.path()
    assert second[1].text != first[1].text and second[2].text == first[2].text


async def test_a_turn_is_continued_with_its_calls() -> None:
    session = narrated(engine := Told(["You see a door.", " It opens. [damage: Wren 2]", "", "On."]))
    await session.say("I look.", nobody)
    heard: list[PlayEvent] = []
    await session.go_on(heard.append)
    assert [type(event).__name__ for event in heard[-3:]] == ["TurnAdded", "Applied", "Changed"]
    assert engine.asked[-1].opening == "You see a door."
    assert session.path()[-1].text == "You see a door. It opens. [damage: Wren 2]"
    assert session.party.sheets[0].health == (22, 26)
    with pytest.raises(NothingMore):
        await session.go_on(nobody)
    session.undo()
    assert session.path()[-1].text == "You see a door." and session.party.sheets[0].health == (24, 26)


async def test_continuing_where_others_follow_leaves_them_their_turn() -> None:
    session = narrated(Told(["You see a door.", "It is locked.", " It opens. [damage: Wren 2]"]))
    await session.say("I look.", nobody)
    door = session.tip
    await session.say("I try it.", nobody)
    assert door is not None
    session.back_to(door)
    await session.go_on(nobody)
    assert session.path()[-1].text == "You see a door. It opens. [damage: Wren 2]"
    assert session.nodes[door].text == "You see a door." and len(session.siblings(door)) == 2
    session.show(door)
    assert [node.text for node in session.path()][-1] == "It is locked."


async def test_a_turn_is_continued_past_a_sheet_that_was_changed_by_hand() -> None:
    session = narrated(Told(["You see a door.", " It opens."]))
    await session.say("I look.", nobody)
    session.hand(HandChange("Wren", "health", delta=-1))
    await session.go_on(nobody)
    assert [node.text for node in session.path()] == ["I look.", "You see a door. It opens."]
    assert session.party.sheets[0].health == (23, 26)


async def test_a_grammar_holds_the_narrator_where_the_engine_knows_such() -> None:
    session = narrated(engine := Told(), grammar=True)
    await session.say("I look.", nobody)
    grammar = engine.asked[-1].grammar
    assert grammar is not None and re.search(r'target ::= "Wren" \| "Bog Brigand"', grammar)
    engine.card = replace(engine.card, grammars=False)
    await session.say("I look.", nobody)
    assert engine.asked[-1].grammar is None


async def test_malformed_and_contradicting_calls_are_counted_and_lead_to_advice_once() -> None:
    session = narrated(Told(["[damage: Wren] [take: Wren Crown]"] * 6))
    heard: list[PlayEvent] = []
    for _number in range(4):
        await session.say("I act.", heard.append)
    faults = session.faults
    assert (faults.calls, faults.malformed, faults.contradicted) == (8, 4, 4)
    advice = [event for event in heard if isinstance(event, Advised)]
    assert [one.kind for one in advice] == ["faults"] and "another model" in advice[0].sentence
    assert len([event for event in heard if isinstance(event, Malformed)]) == 4
    session.go_on_with(Told(["[damage: Wren 1]"] * 2), "another")
    assert session.faults == Faults(), "another model answers for its own calls"
    heard.clear()
    await session.say("I act.", heard.append)
    assert session.faults == Faults(1) and not [event for event in heard if isinstance(event, Advised)]


async def test_what_the_model_does_is_told_in_order() -> None:
    session = narrated(Told())
    heard: list[PlayEvent] = []
    await session.say("I look.", heard.append)
    phases = [event for event in heard if isinstance(event, Phase)]
    assert [phase.name for phase in phases] == ["reading", "reading", "writing"]
    assert phases[1].read == phases[1].of > 0


async def test_who_speaks_is_read_by_the_model_and_written_into_the_scenario() -> None:
    session = narrated(engine := Told())
    await session.say("Halt!", nobody, speaker="Bog Brigand")
    await session.say("I halt.", nobody, speaker="Wren")
    assert [one.content for one in last(engine)[1:]] == ["Bog Brigand: Halt!", "Fog.", "I halt."]
    assert "<User>Bog Brigand: Halt!</User>" in session.as_text()


async def test_the_narrator_tells_an_act_and_its_own_numbers_are_dropped() -> None:
    session = narrated(engine := Told(["It reels. [damage: Bog Brigand 99] [give: Wren Coin]"]))
    session.act(Deed("begin"))
    while session.party.combat is not None and session.party.combat.whose != "Wren":
        session.act(Deed("next"))
    act = session.act(Deed("attack", who="Wren", target="Bog Brigand"))
    health = session.party.sheets[1].health
    await session.narrate(nobody)
    text = session.path()[-1].text
    assert "99" not in text and "[give: Wren Coin]" in text
    assert text.endswith(act.told) and text.startswith("*")
    assert session.party.sheets[1].health == health
    assert session.party.sheets[0].count("coin") == 1
    assert engine.asked[-1].opening in ("*SUCCESS*", "*FAILED*")


async def test_without_a_model_nobody_narrates_and_nothing_is_lost() -> None:
    session = session_of()
    with pytest.raises(NoEngine):
        await session.say("I look.", nobody)
    assert [node.text for node in session.path()] == ["I look."]
