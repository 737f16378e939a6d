"""A fight that is played by typing: the model calls for a blow, and the rules decide all of it."""

from pathlib import Path

from studio.lint import check
from studio.play.events import Acted, PlayEvent, Stopped
from studio.play.exporting import as_markdown
from studio.play.saving import as_scenario
from studio.play.session import Session
from studio.rules import HandChange
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import TEXT, same
from tests.play.told import nobody
from tests.play.typed import GOBLINS, MISSING, SWING, acts, fighting, health, playing


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


async def test_what_a_foe_s_poison_does_is_told_in_a_sentence_with_its_call() -> None:
    session = fighting([SWING, " It reels.", " It strikes."])
    session.hand(HandChange("Wren", "conditions", value=1, what="burning"))
    await session.say("I swing.", nobody)
    told = next(node.text for node in session.path() if node.ruled and "burning" in node.text)
    assert told.startswith("Wren is burning. Wren takes ") and "[damage: Wren " in told


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


async def test_on_an_exported_page_an_act_is_told_after_its_dice_and_once() -> None:
    session = fighting([SWING, " It reels.", " It strikes."])
    await session.say("I swing.", nobody)
    page = as_markdown(session)
    assert page.count("A fight begins.") == 1
    told = ("Bog Brigand attacks Wren with Club.", "+ 3(skill)", " against 14).", "It strikes.")
    places = [page.index(words) for words in told]
    assert places == sorted(places)
