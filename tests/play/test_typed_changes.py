"""A typed fight that is taken back, stopped, told otherwise or edited."""

from pathlib import Path

import pytest

from studio.errors import Cancelled
from studio.lint import check
from studio.play.editing import NotWritten
from studio.play.session import Session
from studio.rules import HandChange
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import same
from tests.play.told import Told, nobody
from tests.play.typed import GOBLINS, SWING, Stopping, acts, fighting, health, playing


async def test_an_act_by_button_and_its_telling_are_one_to_take_back() -> None:
    session = fighting([" It reels."])
    before = session.steps()
    session.act(Deed("attack", "Wren", "Bog Brigand"))
    await session.narrate(nobody)
    assert session.party.combat is not None and session.party.combat.whose == "Wren", "a button ends no turn"
    assert session.undo().startswith("Taken back: the act (“Wren ")
    assert session.steps() == before
    session.redo()
    assert session.path()[-1].text.startswith("*")
    await session.retry(nobody)
    session.undo()
    assert " It reels." in session.path()[-1].text


async def test_a_line_and_all_that_came_of_it_are_one_to_take_back_and_to_do_again() -> None:
    session = fighting([SWING, " It reels.", " It strikes."])
    before, party = session.steps(), session.party
    await session.say("I swing.", nobody)
    after = session.steps()
    session.undo()
    assert (session.steps(), session.party) == (before, party)
    session.redo()
    assert session.steps() == after


@pytest.mark.parametrize("at", [1, 2, 3])
async def test_stopped_at_any_point_what_is_done_stays_and_it_goes_on(at: int, tmp_path: Path) -> None:
    session = fighting(path=tmp_path / "s.jsonl")
    engine = Stopping([SWING, " It reels.", " It strikes."][: at - 1], context=4000)
    engine.at = at
    session.go_on_with(engine, "aa")  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        await session.say("I swing.", nobody)
    assert session.path()[-1].stop == "stopped"
    same(session, Session.reopen(tmp_path / "s.jsonl"))
    if at > 1:
        engine.lines = iter([" goes on.", " It strikes."])
        await session.go_on(nobody)
        assert session.party.combat is not None and session.party.combat.whose == "Wren"
        assert len([node for node in acts(session) if node.cause == "call"]) == 1
    same(session, Session.reopen(tmp_path / "s.jsonl"))


async def test_a_line_that_was_stopped_by_a_foe_s_turn_was_said() -> None:
    session = fighting(first="Bog Brigand")
    engine = Stopping([], context=4000)
    engine.at = 1
    session.go_on_with(engine, "aa")  # type: ignore[arg-type]
    with pytest.raises(Cancelled):
        await session.say("I swing at it.", nobody)
    assert session.path()[-1].text == "I swing at it."
    engine.lines = iter([SWING, " It reels.", " It strikes."])
    await session.go_on(nobody)
    assert [(node.cause, (node.asked or {})["kind"]) for node in acts(session)][1:4] == [
        ("order", "attack"), ("order", "next"), ("call", "attack")
    ], "whose turn it was ends it, then the line is answered"  # fmt: skip


async def test_another_version_of_a_blow_strikes_alike_and_without_one_nothing_is_struck() -> None:
    session = fighting([SWING, " It reels.", " It strikes."])
    await session.say("I swing.", nobody)
    asked = next(node for node in session.path() if node.text.startswith("You swing"))
    first = [node.text for node in session.path() if node.kind == "TOOLCALL"]
    session.engine.lines = iter(["You lunge. [roll: attack]", " It reels.", " It strikes."])  # type: ignore[union-attr]
    await session.retry(nobody, asked.id)
    assert [node.text for node in session.path() if node.kind == "TOOLCALL"] == first
    session.engine.lines = iter(["You think better of it."])  # type: ignore[union-attr]
    await session.retry(nobody, asked.id)
    assert health(session, "Bog Brigand") == 9 and [node for node in acts(session) if node.cause] == []


async def test_an_edited_turn_s_blow_is_the_one_that_it_calls_for_now(tmp_path: Path) -> None:
    session = fighting([SWING, " It reels.", " It strikes."], tmp_path / "s.jsonl")
    await session.say("I swing.", nobody)
    asked = next(node for node in session.path() if node.text.startswith("You swing"))
    before = session.party
    session.edit(asked.id, asked.text.replace("You swing", "You lunge"))
    assert session.party == before
    session.edit(asked.id, "You look about.\n\n[roll: perception]")
    assert [node for node in acts(session) if node.cause == "call"] == []
    assert health(session, "Bog Brigand") == 9 or "damage" in session.as_text()
    session.edit(asked.id, "You swing.\n\n[roll: attack]")
    assert len([node for node in acts(session) if node.cause == "call"]) == 1
    assert "[roll: attack dc " in session.nodes[asked.id].text
    same(session, Session.reopen(tmp_path / "s.jsonl"))
    assert [one for one in check(parse(session.as_text())) if one.severity == "error"] == []
    for _change in range(3):
        session.undo()
    assert session.party == before
    session.delete(asked.id)
    assert [node for node in acts(session) if node.cause == "call"] == []


@pytest.mark.parametrize("speaks", [False, True])
async def test_a_crash_between_any_two_lines_of_the_file_leaves_no_act_without_its_dice(
    speaks: bool, tmp_path: Path
) -> None:
    session = fighting([SWING, " It reels.", " It strikes."], tmp_path / "s.jsonl", text=GOBLINS)
    await session.say("I swing.", nobody)
    lines = (tmp_path / "s.jsonl").read_bytes().splitlines(keepends=True)
    for number in range(2, len(lines)):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b"".join(lines[:number]))
        again = Session.reopen(path, Told(context=4000))  # type: ignore[arg-type]
        if speaks:
            await again.say("Where was I?", nobody)
        elif again.due:
            await again.go_on(nobody)
        dice = [node.text for node in again.path() if node.kind == "TOOLCALL"]
        thrown = [line for act in acts(again) if (done := again.state(act.id).act) is not None for line in done.lines]
        assert dice == thrown, f"cut off after line {number}"
        ruled = [node.text for node in again.path() if node.ruled]
        assert len(ruled) == len(set(ruled)), "what is asked for stands once"
        assert again.party.combat is not None and again.party.combat.whose == "Wren"
        again.close()


async def test_what_the_rules_rolled_for_a_blow_is_no_text_to_change() -> None:
    session = fighting([SWING, " It reels."])
    await session.say("I swing at the brigand.", nobody)
    rolled = [node.id for node in session.path() if node.kind == "TOOLCALL"]
    before = session.as_text()
    for node in rolled:
        with pytest.raises(NotWritten, match="cannot be rewritten"):
            session.edit(node, "attack: 20 + 3(skill) = *23*")
    assert rolled and session.as_text() == before


async def test_another_session_that_follows_a_fight_stands_where_it_stood() -> None:
    session = fighting([SWING, " It reels.", " It strikes back."] * 3)
    await session.say("I swing at the brigand.", nobody)
    session.hand(HandChange("Wren", "health", delta=-1))
    other = playing(seed=session.seed)
    other.follow(session, session.steps())
    assert other.state().party == session.state().party and other.party.combat == session.party.combat
    assert other.as_text() == session.as_text() and not other.can_undo
    assert all(node.ids is None and node.model == "aa" for node in other.steps())
    deed = Deed("attack", who="Wren", target="Bog Brigand")
    assert other.act(deed).lines == session.act(deed).lines, "the dice to come are the same too"
