"""A fight that is played by typing: the model calls for a blow, and the rules decide all of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from studio.errors import Cancelled
from studio.inference.engine import Ask, Generation, Halted, Sampling
from studio.lint import check
from studio.play.events import Acted, Dropped, PlayEvent, Refused, Stopped
from studio.play.exporting import as_markdown
from studio.play.log import SessionFile
from studio.play.records import Node
from studio.play.saving import as_scenario
from studio.play.session import Session
from studio.rules import HandChange
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import TEXT, same
from tests.play.told import Told, nobody

SWING = "You swing.\n\n[roll: attack]"


def playing(lines: Sequence[str] = (), path: Path | None = None, *, seed: int = 3, text: str = TEXT) -> Session:
    """A session that says these lines, with a fight in which Wren acts first."""
    from studio.play.records import SessionHeader

    header = SessionHeader(scenario=text, model="aa", name="told", seed=seed)
    session = Session(scenario=parse(text).scenario, header=header, sampling=Sampling(max_tokens=40))
    session.file = SessionFile(path, header) if path is not None else None
    session.go_on_with(Told(lines, context=4000), "aa")  # type: ignore[arg-type]  # of an engine only what is asked
    return session


def fighting(lines: Sequence[str] = (), path: Path | None = None, *, first: str = "Wren", text: str = TEXT) -> Session:
    """The same, where somebody's turn has come."""
    for seed in range(40):
        session = playing(lines, seed=seed, text=text)
        session.act(Deed("begin"))
        if session.party.combat is not None and session.party.combat.whose == first:
            session = playing(lines, path, seed=seed, text=text)
            session.act(Deed("begin"))
            return session
    raise AssertionError("nobody of that name is ever first")


def health(session: Session, name: str) -> int:
    sheet = session.party.find(name)
    assert sheet is not None and sheet.health is not None
    return sheet.health[0]


def acts(session: Session) -> list[Node]:
    return [node for node in session.steps() if node.kind == "act"]


async def test_a_blow_that_is_typed_meets_the_armour_and_the_rules_say_what_it_does() -> None:
    session = fighting([SWING, " It reels. [damage: Bog Brigand 99]", " It strikes back. [damage: Wren 99]"])
    heard: list[PlayEvent] = []
    await session.say("I swing at the brigand with my shortsword.", heard.append)
    blow, passed, theirs, *_more = acts(session)[1:]
    assert blow.asked == Deed("attack", "Wren", "Bog Brigand", weapon="Shortsword").as_json()
    assert (blow.cause, passed.cause, theirs.cause) == ("call", "order", "order")
    asked = next(node.text for node in session.path() if node.text.startswith("You swing"))
    struck = session.state(blow.id).act
    assert struck is not None and asked == f"You swing.\n\n{session.story.unnamed(struck.asked, session.party)}"
    told = next(node for node in session.path() if "It reels." in node.text)
    assert told.forced in ("*SUCCESS*", "*FAILED*") and told.text.endswith(struck.told) and "99" not in told.text
    back = session.path()[-1]
    assert (
        back.forced.startswith(("*SUCCESS* Bog Brigand hits", "*FAILED* Bog Brigand misses")) and "99" not in back.text
    )
    assert session.party.combat is not None and session.party.combat.whose == "Wren"
    assert health(session, "Bog Brigand") == 9 - sum(
        int(change.before[0]) - int(change.after[0]) for change in struck.changes
    )
    assert [event.act.kind for event in heard if isinstance(event, Acted)][:3] == ["attack", "next", "attack"]


async def test_the_whole_fight_is_played_by_lines_ends_by_itself_and_is_the_same_twice(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    told: list[list[str]] = []
    for place in (path, tmp_path / "again.jsonl"):
        session = fighting([SWING, " So it goes.", " And back."] * 30, place)
        for _line in range(30):
            if session.party.combat is None:
                break
            session.engine.lines = iter([SWING, *[" So it goes."] * 9])  # type: ignore[union-attr]
            await session.say("I swing at it.", nobody)
        assert session.party.combat is None
        told.append([node.text for node in session.steps()])
    assert told[0] == told[1]
    assert any("[end combat]" in node.text for node in session.path())
    same(session, Session.reopen(tmp_path / "again.jsonl"))
    errors = [one for one in check(parse(session.as_text())) if one.severity == "error"]
    assert errors == []


async def test_a_saved_fight_passes_with_hardly_a_hint() -> None:
    session = fighting()
    number = 0
    while session.party.combat is not None:
        number += 1
        lines = [f"You step in, {number}.\n\n[roll: attack for Wren]", *[f" It goes on, {number}." for _n in range(4)]]
        session.engine.lines = iter(lines)  # type: ignore[union-attr]
        await session.say(f"I swing at it with all I have, for the {number}th time.", nobody)
    saved = as_scenario(session)
    assert [(one.code, one.message) for one in check(parse(saved.text)) if one.severity != "hint"] == []
    assert {one.code for one in check(parse(saved.text))} <= {"W013", "W014"}
    again = parse(saved.text).scenario
    assert all(turn.content.strip("*ACDEFILSU ") for turn in again.turns), "no turn is bare"


async def test_several_lines_of_foes_come_first_where_the_fight_begins_with_them() -> None:
    session = fighting([" It lunges.", "You stand your ground."], first="Bog Brigand")
    await session.say("Who goes there?", nobody)
    kinds = [node.kind for node in session.path()]
    assert kinds[-2:] == ["User", "DM"] and session.path()[-1].text == "You stand your ground."
    theirs = next(node for node in acts(session) if node.cause == "order")
    assert theirs.asked is not None and theirs.asked["who"] == "Bog Brigand"
    assert session.party.combat is not None and session.party.combat.whose == "Wren"
    assert session.undo().startswith("Taken back: what was said")
    assert [node.kind for node in session.steps() if node.cause] == []


async def test_a_narrator_that_begins_a_fight_lets_the_first_of_the_order_act() -> None:
    for seed in range(12):
        session = playing(
            ["He draws.\n\n[roll: initiative]\n[begin combat]", " So it begins.", " It lunges."], seed=seed
        )
        await session.say("I draw.", nobody)
        combat = session.party.combat
        assert combat is not None and combat.whose == "Wren"
        first = combat.order[0][0]
        assert session.path()[3].text.startswith(f"{first} acts first, then ")
        assert [node.cause for node in acts(session)] == (["order", "order"] if first == "Bog Brigand" else [])


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


class Stopping(Told):
    """Is stopped at its so-many-th answer."""

    at = 0

    async def answer(self, ask: Ask, sampling: Sampling, *more: object) -> Generation:
        self.at -= 1
        if self.at == 0:
            raise Halted(written=Generation((1,), " It", "stopped", 1, 0, 0.1, 0.1))
        return await super().answer(ask, sampling, *more)  # type: ignore[arg-type]


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
        await session.say("Who goes there?", nobody)
    assert session.path()[-1].text == "Who goes there?"


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


GOBLINS = TEXT.replace("</SYSTEM>", """
## Bog Witch
- Enemy
- Health: 6/6
- AC: 10
- Skills: Initiative -9

## Teck
- NPC Companion
- Health: 10/10
- AC: 10
- Inventory: Mallet
- Skills: Attack +2, Initiative -9
</SYSTEM>""")  # fmt: skip


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


async def test_companions_and_foes_act_in_order_until_the_player_s_turn() -> None:
    session = fighting([SWING], text=GOBLINS)
    await session.say("I swing at the brigand.", nobody)
    who = [str(node.asked["who"]) for node in acts(session) if node.cause and node.asked and "who" in node.asked]
    assert who[0] == "Wren" and set(who[1:]) >= {"Bog Brigand", "Bog Witch", "Teck"} - set(_down(session))
    assert session.party.combat is None or session.party.combat.whose == "Wren"


def _down(session: Session) -> list[str]:
    return [sheet.name for sheet in session.party.sheets if sheet.health is not None and sheet.health[0] == 0]


async def test_a_fight_that_nobody_plays_is_stopped() -> None:
    text = TEXT.replace("player: Wren", "player: Somebody").replace("Player Character", "NPC Companion")
    text = text.replace("24/26", "900/900").replace("9/9", "900/900")
    text = text.replace("</SYSTEM>", "\n## Somebody\n- Player Character\n- Health: 0/4\n</SYSTEM>")
    session = fighting(text=text)
    heard: list[PlayEvent] = []
    await session.say("On with it.", heard.append)
    assert next(event for event in heard if isinstance(event, Stopped)).acts == 40


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


async def test_what_a_foe_s_poison_does_is_told_in_a_sentence_with_its_call() -> None:
    session = fighting([SWING, " It reels.", " It strikes."])
    session.hand(HandChange("Wren", "conditions", value=1, what="burning"))
    await session.say("I swing.", nobody)
    told = next(node.text for node in session.path() if node.ruled and "burning" in node.text)
    assert told.startswith("Wren is burning. Wren takes ") and "[damage: Wren " in told


MISSING = (
    TEXT.replace("AC: 12", "AC: 40").replace("- Level 3", "- Level 3\n- Exp: 590/600").replace("Attack +3", "Attack -9")
)


async def test_a_miss_may_cost_who_missed_and_nothing_else_is_the_narrator_s_to_decide() -> None:
    words = " You stumble.\n\n*SUCCESS* Yes.\n\n[damage: Wren 3]\n[damage: Bog Brigand 8]\n[condition: Wren prone]"
    session = fighting([SWING, words], text=MISSING)
    heard: list[PlayEvent] = []
    await session.say("I swing.", heard.append)
    told = next(node.text for node in session.path() if "You stumble." in node.text)
    assert told == "*FAILED* You stumble.\n\nYes.\n\n[damage: Wren 3]"
    assert (health(session, "Wren"), health(session, "Bog Brigand")) == (21, 9)
    dropped = [event for event in heard if isinstance(event, Dropped)]
    assert [event.call.text for event in dropped] == ["[damage: Bog Brigand 8]", "[condition: Wren prone]"]
    assert session.faults.contradicted == 0


async def test_a_fight_that_a_blow_ends_is_told_with_its_end_and_the_level_once() -> None:
    text = MISSING.replace("AC: 40", "AC: 1").replace("Health: 9/9", "Health: 1/1\n- Challenge: 1")
    session = fighting([SWING, " It falls."], text=text)
    await session.say("I swing.", nobody)
    assert session.party.combat is None and session.path()[-1].text.endswith("[end combat]\n[level up: Wren]")
    wren = session.party.find("Wren")
    assert wren is not None and wren.level == 4
    saved = as_scenario(session)
    assert not [remark for remark in saved.remarks if "level" in remark]
    again = Session(scenario=parse(saved.text).scenario, header=session.header)
    again.tell(again.scenario.turns, nobody)
    assert [sheet.level for sheet in again.party.sheets] == [4, 1]


async def test_a_fight_that_the_narrator_s_own_damage_decides_ends_by_itself() -> None:
    session = fighting(["The roof comes down on it. [damage: Bog Brigand 99]"])
    await session.say("I pull the beam away.", nobody)
    assert session.party.combat is None
    assert session.path()[-1].text == "The fight is over, and the party has won.\n\n[end combat]"


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


async def test_on_an_exported_page_an_act_is_told_after_its_dice_and_once() -> None:
    session = fighting([SWING, " It reels.", " It strikes."])
    await session.say("I swing.", nobody)
    page = as_markdown(session)
    assert page.count("A fight begins.") == 1
    told = ("Bog Brigand attacks Wren with Club.", "+ 3(skill)", " against 14).", "It strikes.")
    places = [page.index(words) for words in told]
    assert places == sorted(places)
