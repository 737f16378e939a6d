"""Tool calls over several turns: results go back, the next turn is judged, and what leaves the way is put back."""

from itertools import cycle
from pathlib import Path

import pytest

from studio.evaluation.kind import CaseResult, Context, Place
from studio.evaluation.kinds import KINDS
from studio.evaluation.running import opened
from studio.evaluation.suites import find_suite
from studio.evaluation.summary import PartSummary, summarise_part
from studio.play.limits import MOST_CALLS
from studio.resources import samples
from studio.rules import Rules
from studio.scenario.game import Game
from tests.evaluation.plays import ASK, SLIP, Script, Scripted, as_written, open_suite, workspace

KIND = KINDS["tool-calls"]


async def _played(tmp_path: Path, script: Script, seed: int = 0) -> tuple[dict[str, CaseResult], Scripted]:
    root = workspace(tmp_path)
    one, engine = open_suite(root), Scripted(script)
    cases = one.cases["tool-calls"]
    found = [result async for result in KIND.measure(engine, cases, Context(one.place, seed))]
    return {result.id: result for result in found}, engine


async def test_who_answers_as_the_scenario_does_is_right_throughout(tmp_path: Path) -> None:
    found, engine = await _played(tmp_path, as_written)
    assert {name: result.right for name, result in found.items()} == {SLIP: True, ASK: True}
    assert found[SLIP].expected == found[SLIP].got == "[roll: stealth] → [condition: wren hidden]"
    assert found[ASK].got == "no call"
    turns = found[SLIP].detail["turns"]
    assert [(turn["step"], turn["played"]) for turn in turns] == [(0, True), (1, True)]
    assert turns[0]["results"] == ["stealth: 13 + 6(skill) = *19*"], "the scenario's own line goes back"
    last = engine.asked[-1]
    assert last.opening == "*SUCCESS*"
    assert [message.role for message in last.messages][-3:] == ["user", "assistant", "user"]


async def test_a_part_with_the_grammar_asks_with_it(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    suite = root / "suites" / "held.yaml"
    suite.parent.mkdir()
    suite.write_text("parts: [{kind: tool-calls, grammar: true}]", encoding="utf-8")
    one, engine = open_suite(root, "held"), Scripted(as_written)
    assert [result async for result in KIND.measure(engine, one.cases["tool-calls"], Context(one.place))]
    assert all(ask.grammar is not None and '"Bog Brigand"' in ask.grammar for ask in engine.asked)
    assert one.version != open_suite(root).version


async def test_the_models_own_words_stand_before_its_next_turn(tmp_path: Path) -> None:
    found, engine = await _played(tmp_path, lambda last, opening: f"{as_written(last, opening)} (mine)")
    assert "(mine)" in engine.asked[-1].messages[-2].content
    assert found[SLIP].right


async def test_another_roll_is_rolled_by_the_rules_and_the_left_out_turn_is_asked_from_the_scenario(
    tmp_path: Path,
) -> None:
    def script(last: str, opening: str) -> str:
        return "I listen.\n\n[roll: insight]" if "slip" in last else as_written(last, opening)

    found, engine = await _played(tmp_path, script)
    result = found[SLIP]
    turns = result.detail["turns"]
    assert not result.right
    assert [turn["step"] for turn in turns] == [0, None, 1]
    assert [turn["played"] for turn in turns] == [True, True, False]
    assert turns[0]["results"] != ["stealth: 13 + 6(skill) = *19*"]
    assert [call["verdict"] for call in result.detail["calls"]] == ["arguments", "right"]
    assert result.scores["turns"] == 2 and result.scores["turns_right"] == 1 and result.scores["astray"] == 1
    assert engine.asked[2].opening in (Rules.shipped().outcomes.success, Rules.shipped().outcomes.failure)


async def test_a_roll_that_the_scenario_also_makes_gets_its_die_but_its_own_dc(tmp_path: Path) -> None:
    def script(last: str, opening: str) -> str:
        return "[roll: stealth dc 30]" if "slip" in last else as_written(last, opening)

    found, engine = await _played(tmp_path, script)
    assert found[SLIP].detail["turns"][0]["results"] == ["stealth: 13 + 6(skill) = *19*"]
    assert engine.asked[2].opening == "*FAILED*", "19 does not reach 30, so the scenario's way is left"
    assert [turn["step"] for turn in found[SLIP].detail["turns"]] == [0, None, 1]


async def test_silence_misses_the_roll_and_the_next_turn_is_judged_all_the_same(tmp_path: Path) -> None:
    found, _engine = await _played(tmp_path, lambda last, opening: "Nothing happens.")
    result = found[SLIP]
    assert [call["verdict"] for call in result.detail["calls"]] == ["missed", "missed"]
    assert result.scores["turns"] == 2 and result.scores["played"] == 1
    assert found[ASK].right


async def test_endless_calls_come_to_an_end_and_what_cannot_be_carried_out_is_counted(tmp_path: Path) -> None:
    found, engine = await _played(tmp_path, lambda last, opening: "[roll: stealth] [heal: Nobody 3] [damage: x]")
    assert len(engine.asked) < 40
    scores = found[ASK].scores
    assert scores["refused"] == scores["astray"] + 1, "nobody is called Nobody"
    assert scores["astray"] == 2, "the same call a third time ends it, as in play"
    assert {call["verdict"] for call in found[ASK].detail["calls"]} == {"invented", "malformed"}


async def test_calls_that_always_differ_end_at_the_most_that_play_allows(tmp_path: Path) -> None:
    skills = cycle(Game.shipped().words.skills)
    found, _engine = await _played(tmp_path, lambda last, opening: f"[roll: {next(skills)}]")
    assert found[ASK].scores["astray"] == MOST_CALLS - 1


async def test_dice_fall_the_same_for_a_seed(tmp_path: Path) -> None:
    def lines(found: dict[str, CaseResult]) -> list[str]:
        return [line for turn in found[ASK].detail["turns"] for line in turn["results"]]

    def script(last: str, opening: str) -> str:
        return "[roll: insight]"

    first, _engine = await _played(tmp_path / "a", script)
    again, _engine = await _played(tmp_path / "b", script)
    other, _engine = await _played(tmp_path / "c", script, seed=1)
    assert first == again
    assert lines(first) and lines(first) != lines(other)


async def _summary(tmp_path: Path, script: Script) -> PartSummary:
    found, _engine = await _played(tmp_path, script)
    return summarise_part("tool-calls", list(found.values()))


async def test_figures_come_to_what_can_be_counted_by_hand(tmp_path: Path) -> None:
    def script(last: str, opening: str) -> str:
        return "[roll: stealth]\n[roll: insight]" if "slip" in last else as_written(last, opening)

    part = await _summary(tmp_path, script)  # due: roll, condition; came: two rolls, condition
    shown = {figure.name: (figure.value, figure.of) for figure in part.figures}
    assert shown["precision"] == (2 / 3, 3)
    assert shown["recall"] == (1.0, 2)
    assert shown["f1"] == (4 / 5, 5)
    assert shown["right"] == (1 / 2, 2)
    assert shown["turns"] == (2 / 3, 3)
    assert shown["turns_none_due"] == (1.0, 1)
    roll = part.figure("f1", "tool", "roll")
    insight = part.figure("f1", "skill", "insight")
    assert roll is not None and roll.value == pytest.approx(2 / 3)
    assert insight is not None and (insight.value, insight.of) == (0.0, 1)


async def test_a_games_own_tool_that_rolls_is_carried_out_and_counted_by_skill(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    tools = 'try it: {like: roll, example: "[try it: stealth]", help: Ask for a check.}\n'
    (root / "tools.yaml").write_text(tools, encoding="utf-8")
    held = root / "scenarios" / "combat" / "held.md"
    held.write_text(held.read_text("utf-8").replace("[roll: stealth]", "[try it: stealth]"), encoding="utf-8")
    game = Game.of(root)
    assert not game.troubles
    place = Place(root, root / "scenarios", game)
    cases = opened(find_suite("tool-calls", root), place).cases["tool-calls"]
    engine = Scripted(lambda last, opening: as_written(last, opening).replace("[roll:", "[try it:"))
    found = [result async for result in KIND.measure(engine, cases, Context(place))]
    assert all(result.right for result in found)
    part = summarise_part("tool-calls", found)
    skill, tool = part.figure("f1", "skill", "stealth"), part.figure("f1", "tool", "try it")
    assert skill is not None and tool is not None
    assert (skill.value, tool.value) == (1.0, 1.0)


async def test_the_samples_played_as_they_are_written_are_right_everywhere() -> None:
    """Every held-out sample: the rules, fed the scenario's own results, never leave the scenario's way."""
    place = Place(samples(), samples(), Game.shipped())
    cases = opened(find_suite("tool-calls", None), place).cases["tool-calls"]
    steps = {(step.before[-1].content, step.opening): step.reference for case in cases for step in case.exchange.steps}
    engine = Scripted(lambda last, opening: steps[last, opening].removeprefix(opening))
    found = [result async for result in KIND.measure(engine, cases, Context(place))]
    assert all(result.right for result in found)
    assert sum(result.scores["turns"] for result in found) == 132
    assert sum(result.scores["refused"] for result in found) == 0
