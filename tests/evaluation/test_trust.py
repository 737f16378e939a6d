"""Player trust: what is wrong with a turn is found, what is sound is not, and talks go on from the model's words."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from studio.evaluation.kind import CaseResult, Context, Place
from studio.evaluation.multi_turn import Reply
from studio.evaluation.plain_words import opening
from studio.evaluation.running import opened
from studio.evaluation.skills import strange_skills
from studio.evaluation.suites import find_suite
from studio.evaluation.summary import summarise_part
from studio.evaluation.trust import TRUST
from studio.evaluation.trust_checks import (
    ACTS,
    FAMILIES,
    GENRE,
    LEAKS,
    REPEATS,
    ROLL,
    RULES,
    SHEET,
    SILENT,
    Heard,
    faults,
)
from studio.inference.errors import ContextTooSmall
from studio.inference.protocol import Ask, Generation
from studio.rules import Party
from studio.rules.resolve import Outcome
from studio.scenario import parse
from studio.scenario.game import Game
from tests.evaluation.plays import HELD, Script, Scripted, as_written, workspace

SCENARIO = parse(HELD).scenario
SOUND = "Rain runs off the coping stones. The guard shifts his lantern to the other hand and spits."
ROLLED = Reply(0, "The stones are wet.", (("roll", ("stealth",)),), (), (), ("stealth: 2 + 6(skill) = *8*",), True)


def _turn(text: str, **changes: object) -> Heard:
    assert SCENARIO.system is not None
    party = Party.of(SCENARIO.system.party)
    reply = Reply(0, text, (), (), (), (), True, party=party)
    said = ("I slip along the wall before the guard turns.",)
    whole = Heard(reply, SCENARIO.system.content, said, (), party, "Wren")
    return replace(whole, **changes)  # type: ignore[arg-type]  # names and values are the test's own


def _families(turn: Heard) -> list[str]:
    return list(dict.fromkeys(fault.family for fault in faults(turn)))


def test_a_sound_turn_has_no_fault() -> None:
    for text in (
        SOUND,
        "You have 24 health left, and your bow is dry.",
        "[roll: stealth]",
        '"Your longsword, or you are at 3 hit points!" he says.',
        "You cast a glance over the wall.",
        "He waits, and the guard waits, and nobody speaks. He waits still.",
    ):
        assert _families(_turn(text)) == [], text


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Wren: I climb over the wall and run.", ACTS),
        ('You say, "I surrender," and you decide to give him the bow.', ACTS),
        ("You rolled a 17, so the guard sees nothing.", ROLL),
        ("stealth: 13 + 6(skill) = *19*", ROLL),
        ("*SUCCESS* He yawns, and you are past him.", ROLL),
        ("You are at 3 hit points and the world swims.", SHEET),
        ("Wren has 26 health.", SHEET),
        ("Your longsword flashes in the lamplight.", SHEET),
        ("You cast fireball over the wall.", SHEET),
        ("The guard takes out a smartphone and calls the police officer.", GENRE),
        (HELD.split("<SYSTEM>")[1].split("</SYSTEM>")[0], LEAKS),
        ("The guard nods.<|im_end|>", LEAKS),
        ("the guard looks at the wall and " * 12, REPEATS),
        ("He is a good man. He is a good man, and he is a good man.", REPEATS),
        ("", SILENT),
        ("As an AI language model, I cannot continue this story.", SILENT),
    ],
)
def test_what_is_wrong_with_a_turn_is_found(text: str, family: str) -> None:
    assert family in _families(_turn(text))


@pytest.mark.parametrize(
    ("text", "word", "wrong"),
    [
        ("You succeed, and no head turns.", Outcome.FAILURE, True),
        ("You succeed, and no head turns.", Outcome.SUCCESS, False),
        ("You slip along undetected.", Outcome.FAILURE, True),
        ("Your foot comes down on a tile, and the guard turns.", Outcome.FAILURE, False),
        ("You fail to keep quiet, and he turns.", Outcome.SUCCESS, True),
        ("Your arrow goes wide and clatters down.", Outcome.SUCCESS, True),
        ("Your arrow goes wide and clatters down.", Outcome.FAILURE, False),
        ("[roll: stealth]", Outcome.FAILURE, True),
        ("", Outcome.SUCCESS, True),
        ("The attempt fails, and he turns.", Outcome.SUCCESS, True),
        ("A tile slips. *SUCCESS* He yawns.", Outcome.FAILURE, True),
        ("With a total of 8 it goes badly.", Outcome.FAILURE, False),
        ("With a total of 18 it goes badly.", Outcome.FAILURE, True),
    ],
)
def test_a_turn_that_goes_against_its_roll(text: str, word: Outcome, wrong: bool) -> None:
    opening = "*SUCCESS*" if word is Outcome.SUCCESS else "*FAILED*"
    calls = (("roll", ("stealth",)),) if text.startswith("[roll") else ()
    reply = Reply(None, f"{opening} {text}", calls, (), (), (), True, opening)
    assert _families(_turn("", reply=reply, word=word, last=ROLLED)) == ([ROLL] if wrong else [])
    if text and "*" not in text and "total" not in text:  # the same words where nothing was rolled are no fault
        assert _families(_turn(text)) == []


def test_what_stood_in_the_talk_before_is_found_again() -> None:
    assert _families(_turn(SOUND, earlier=(SOUND,))) == [REPEATS]
    assert _families(_turn(SOUND, earlier=("Something else stood there.",))) == []
    line = "I walk up to the old gate and I knock three times with the hilt."
    assert _families(_turn(line, said=(line,))) == [REPEATS]
    assert _families(_turn("He waits.", earlier=("He waits.",))) == [REPEATS]


def test_the_dead_do_not_act_and_a_world_of_its_own_may_be_modern() -> None:
    party = Party.of(SCENARIO.system.party if SCENARIO.system else ())
    brigand = party.find("Bog Brigand")
    assert brigand is not None
    dead = party.with_sheet(brigand.with_health(-12))
    text = "The Bog Brigand lunges at the gate."
    assert _families(_turn(text, before=dead, reply=Reply(0, text, (), (), (), (), True, party=dead))) == [SHEET]
    assert _families(_turn(text)) == []
    now = _turn("He takes out a smartphone.")
    assert _families(now) == [GENRE]
    assert _families(replace(now, system=f"{now.system}\nA computer stands in every car.")) == []
    assert _families(replace(now, said=("I reach for my smartphone.",))) == []


def test_a_skill_that_nobody_has_is_a_fault_though_the_rules_let_it_pass() -> None:
    party = Party.of(SCENARIO.system.party if SCENARIO.system else ())
    names = ("stealth", "Animal Handling", "attack", "wisdom save", "basketry", "animal_hand")
    calls = tuple(("roll", (name,)) for name in names)
    assert list(strange_skills((*calls, ("damage", ("Wren", "3"))), party, Game.shipped())) == [
        "basketry",
        "animal_hand",
    ]
    assert _families(_turn(SOUND, strange=("basketry",))) == [RULES]


def test_calls_that_are_none_or_cannot_be_carried_out() -> None:
    reply = Reply(0, SOUND, (), ("[damage: Wren]",), ("[heal: Nobody 3]",), (), True)
    assert [fault.family for fault in faults(_turn("", reply=reply))] == [RULES, RULES]


async def _played(
    tmp_path: Path, script: Script, engine: Scripted | None = None
) -> tuple[dict[str, CaseResult], Scripted]:
    root = workspace(tmp_path)
    suite = root / "suites" / "trust.yaml"
    suite.parent.mkdir()
    suite.write_text("parts: [{kind: trust, turns: 2, tokens: 40}]", encoding="utf-8")
    one = opened(find_suite("trust", root), Place(root / "scenarios", root / "scenarios", Game.shipped()))
    asked = engine or Scripted(script)
    results = [result async for result in TRUST.measure(asked, one.cases["trust"], Context(one.place))]
    return {result.id.rpartition("#")[2]: result for result in results}, asked


async def test_the_player_plays_on_what_the_model_wrote(tmp_path: Path) -> None:
    found, engine = await _played(tmp_path, as_written)
    assert list(found) == ["0", "4"]
    assert found["4"].right
    last = engine.asked[-1].messages
    assert "I ask the brigand" in last[-1].content
    assert any("TOOLCALL" in message.content for message in last), "its own roll's result stands in the talk"
    assert [ask.opening in ("", "*SUCCESS*", "*FAILED*") for ask in engine.asked] == [True] * 3
    own, engine = await _played(tmp_path / "own", lambda last, _opening: f"{len(last)} drops of rain fall on it.")
    assert "drops of rain" in engine.asked[-1].messages[-2].content, "not what the scenario has"
    assert own["0"].detail["number"] == 1


async def test_the_figures_say_how_often_and_where(tmp_path: Path) -> None:
    found, _engine = await _played(tmp_path, lambda _last, _opening: SOUND)
    summary = summarise_part("trust", list(found.values()))
    assert {one.name for one in summary.figures} == {"right", "ended", *FAMILIES}
    said = opening(summary, list(found.values()), Place(tmp_path, tmp_path, Game.shipped()))
    assert "says things again" in said.fails and said.write, said
    repeats, right = summary.figure("repeats"), summary.figure("right", "lines", "1–2")
    assert repeats is not None and repeats.value == 0.5, "the second turn says what the first said"
    assert right is not None and right.value == 0.5


class _Short(Scripted):
    """Holds no second line."""

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        if any("brigand what" in ask.messages[-1].content for ask in asks):
            raise ContextTooSmall(needed=9000, context=8192)
        return await super().answer_many(asks)


async def test_a_talk_that_grows_too_long_ends_without_blame(tmp_path: Path) -> None:
    found, _engine = await _played(tmp_path, as_written, _Short(as_written))
    assert found["4"].right is None and "8192" in found["4"].got
    ended = summarise_part("trust", list(found.values())).figure("ended")
    assert ended is not None and ended.value == 0.5


async def test_the_lines_of_a_talk_are_told_apart_by_how_late_they_come() -> None:
    results = [
        CaseResult(str(number), "trust", number < 3, dict.fromkeys(FAMILIES, 0.0), detail={"number": number})
        for number in range(1, 5)
    ]
    summary = summarise_part("trust", results)
    early, late = (summary.figure("right", "lines", stage) for stage in ("1–2", "3–4"))
    assert early is not None and late is not None
    assert (early.value, early.of, late.value, late.of) == (1.0, 2, 0.0, 2)
