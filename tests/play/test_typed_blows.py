"""Which calls are blows, of whom and against whom, and what of a narrator's calls stands."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.play.events import Dropped, PlayEvent, Refused
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import TEXT
from tests.play.told import nobody
from tests.play.typed import GOBLINS, MISSING, SWING, acts, fighting, health, playing


async def test_talking_passes_no_turn_and_who_cannot_act_is_refused_with_the_reason() -> None:
    session = fighting(["The brigand spits.", "[roll: attack for Bog Brigand]"])
    before = session.party
    await session.say("Give up, I say.", nobody)
    assert session.party == before
    heard: list[PlayEvent] = []
    await session.say("It does not.", heard.append)
    (refused,) = [event for event in heard if isinstance(event, Refused)]
    assert refused.reason == "It is Wren's turn, not Bog Brigand's" and session.party == before
    session.act(Deed("attack", "Wren", "Bog Brigand"))
    session.engine.lines = iter([SWING])  # type: ignore[union-attr]
    heard.clear()
    await session.say("And again.", heard.append)
    assert "has acted this turn" in next(event.reason for event in heard if isinstance(event, Refused))


@pytest.mark.parametrize(
    ("line", "words", "target"),
    [
        ("I stab the witch.", "You lunge.", "Bog Witch"),
        ("I stab it.", "The Bog Brigand laughs as you lunge.", "Bog Brigand"),
        ("Past the brigand I go, and at the Bog Witch!", "You lunge.", "Bog Witch"),
        ("I stab.", "You lunge.", "Bog Witch"),
    ],
)
async def test_who_is_struck_is_read_from_the_words_else_chosen(line: str, words: str, target: str) -> None:
    session = fighting([f"{words}\n\n[roll: attack]"], text=GOBLINS)
    await session.say(line, nobody)
    blow = next(node for node in acts(session) if node.cause == "call")
    assert blow.asked is not None and blow.asked["target"] == target


async def test_one_check_a_turn_so_that_each_is_told() -> None:
    session = playing(["You listen.\n\n[roll: perception]\n[roll: insight]\n[give: Wren Coin]", " Steps."])
    await session.say("I listen.", nobody)
    assert session.path()[1].text == "You listen.\n\n[roll: perception]\n\n[give: Wren Coin]"
    assert [node.kind for node in session.path()] == ["User", "DM", "TOOLCALL", "DM"]


async def test_a_result_that_stands_without_an_act_is_read_as_any_other(tmp_path: Path) -> None:
    """As sessions of before have it, and talks from elsewhere."""
    session = fighting()
    lines = "<User>Now!</User>\n\n<DM>Now.\n\n[roll: attack]\n[damage: Wren 2]</DM>\n\n"
    turns = parse(f"{TEXT}{lines}<TOOLCALL>attack: 9 + 5(skill) = *14*</TOOLCALL>")
    session.tell(turns.scenario.turns, nobody, told=False)
    state = session.state()
    assert state.answered is not None and state.opening == "*FAILED*" and not state.flows
    assert health(session, "Wren") == 22 and [node for node in acts(session) if node.cause] == []


@pytest.mark.parametrize("call", ["[roll: attack]", "[roll: initiative]"])
async def test_so_is_one_that_the_order_of_the_fight_would_refuse_today(call: str) -> None:
    session = fighting(first="Bog Brigand")
    skill = call.removeprefix("[roll: ").removesuffix("]")
    lines = f"<User>Now!</User>\n\n<DM>Now.\n\n{call}</DM>\n\n<TOOLCALL>{skill}: 7 + 5(skill) = *12*</TOOLCALL>"
    session.tell(parse(f"{TEXT}{lines}").scenario.turns, nobody, told=False)
    state = session.state()
    assert state.answered is not None and state.answered.line == f"{skill}: 7 + 5(skill) = *12*"
    assert state.opening == ("*FAILED*" if skill == "attack" else "") and not state.flows


async def test_a_miss_may_cost_who_missed_and_nothing_else_is_the_narrator_s_to_decide() -> None:
    words = " You stumble.\n\n*SUCCESS* It falls.\n\n*FAILED* Again.\n\n[damage: Wren 3]\n"
    words += "[damage: Bog Brigand 8]\n[condition: Wren prone]"
    session = fighting([SWING, words], text=MISSING)
    heard: list[PlayEvent] = []
    await session.say("I swing.", heard.append)
    told = next(node.text for node in session.path() if "You stumble." in node.text)
    assert told == "*FAILED* You stumble.\n\nAgain.\n\n[damage: Wren 3]"
    assert (health(session, "Wren"), health(session, "Bog Brigand")) == (21, 9)
    dropped = [event for event in heard if isinstance(event, Dropped)]
    assert [event.call.text for event in dropped] == ["[damage: Bog Brigand 8]", "[condition: Wren prone]"]
    assert session.faults.contradicted == 0


async def test_who_acts_when_is_not_thrown_again_while_a_fight_is_on() -> None:
    session = fighting(["[roll: initiative]"])
    heard: list[PlayEvent] = []
    await session.say("Who goes first?", heard.append)
    (refused,) = [event for event in heard if isinstance(event, Refused)]
    assert refused.reason == "the order of the fight stands" and session.path()[-1].kind == "DM"


async def test_of_two_whom_people_play_a_call_without_a_name_is_whoever_s_turn_it_is() -> None:
    text = GOBLINS.replace("- NPC Companion", "- Player Character").replace("Mallet", "Mallet (6)")
    text = text.replace("Attack +2, Initiative -9", "Initiative +40")
    session = fighting([SWING, " It reels."], text=text, first="Teck")
    await session.say("Teck hits the brigand with his mallet.", nobody)
    blow = next(node for node in acts(session) if node.cause == "call")
    assert blow.asked == Deed("attack", "Teck", "Bog Brigand", weapon="Mallet").as_json()
    assert any("[roll: attack dc " in node.text and "for Teck]" in node.text for node in session.path())
    assert session.party.combat is not None and session.party.combat.whose == "Wren"


async def test_a_game_s_own_attack_is_a_blow_and_where_nobody_is_to_be_struck_it_is_a_roll() -> None:
    session = fighting(["You fire.\n\n[roll: guns]"])
    session.rules = replace(session.rules, own_combat=replace(session.rules.combat, attack="guns"))
    await session.say("Fire!", nobody)
    assert [node.cause for node in acts(session)][:2] == ["", "call"]
    alone = fighting([SWING, " It clangs."], text=TEXT.replace("- Enemy", "- NPC Ally"))
    await alone.say("I strike the bell.", nobody)
    assert "[roll: attack]" in alone.as_text() and [node for node in acts(alone) if node.cause == "call"] == []
