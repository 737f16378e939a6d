"""Corrected replies as cases: kept from play, asked again, right by their calls and not by being said again."""

import json
from pathlib import Path

import pytest

from studio.evaluation.corrected import CORRECTED, CorrectedSettings, CorrectionDamaged, NothingCorrected
from studio.evaluation.kind import CaseResult, Context, Part, Place
from studio.evaluation.suites import find_suite
from studio.inference.engine import Generation
from studio.inference.protocol import Ask
from studio.lint import Severity, check
from studio.play.corrections import Correction
from studio.play.records import SessionHeader
from studio.play.regressions import CASES, keep_case
from studio.play.saving import of_correction
from studio.play.session import Session
from studio.scenario import parse
from studio.scenario.game import Game

TEXT = """---
player: Wren
---
<SYSTEM>
# Party

## Wren
- Player Character
- Health: 20/26
- Skills: Stealth +6
</SYSTEM>
"""


def corrected(chosen: str = "You duck. [roll: stealth]", rejected: str = "You are safe.") -> Correction:
    """A correction as a session makes it, with the scenario that it comes to."""
    header = SessionHeader(scenario=TEXT, model="abc", name="tuned", seed=4)
    session = Session(scenario=parse(TEXT).scenario, header=header)
    session.insert(None, "User", "I wait.")
    session.insert(session.tip, "DM", "Rain. [damage: Wren 4]")
    session.insert(session.tip, "User", "I hide.")
    reply = session.insert(session.tip, "DM", rejected)
    return of_correction(session, session.correct(reply, chosen))


class Says:
    """Answers every question with the same words."""

    def __init__(self, text: str) -> None:
        self.text, self.asked = text, list[Ask]()

    async def answer_many(self, asks: list[Ask]) -> list[Generation]:
        self.asked += asks
        return [Generation((), self.text, "end", 1, 0, 0.1, 0.1) for _ask in asks]


def part(**settings: object) -> Part:
    return Part("corrections", CorrectedSettings.model_validate(settings), "corrections")


async def measured(root: Path, says: str, **settings: object) -> list[CaseResult]:
    place = Place(root, root, Game.shipped())
    cases = CORRECTED.cases(part(**settings), place)
    return [one async for one in CORRECTED.measure(Says(says), cases, Context(place))]


def test_a_correction_holds_the_whole_state_and_a_scenario_that_passes() -> None:
    correction = corrected()
    assert (correction.seed, correction.model, correction.name, correction.player) == (4, "abc", "tuned", "Wren")
    assert correction.state["Wren"]["health"] == "16/26"
    parsed = parse(correction.scenario)
    assert [turn.content for turn in parsed.scenario.turns] == ["I hide.", "You duck. [roll: stealth]"]
    assert "16/26" in correction.scenario
    assert not [one for one in check(parsed) if one.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("says", "right", "calls", "again"),
    [
        ("You hold your breath. [roll: Stealth for Wren]", True, 1.0, 0.0),
        ("You are  SAFE.", False, 0.0, 1.0),
        ("[roll: perception]", False, 0.0, 0.0),
        ("[roll: stealth] [roll: stealth dc x]", False, 0.0, 0.0),
    ],
)
async def test_a_reply_is_right_by_its_calls(
    tmp_path: Path, says: str, right: bool, calls: float, again: float
) -> None:
    assert keep_case(tmp_path, corrected())
    (result,) = await measured(tmp_path, says)
    assert (result.right, result.scores["calls"], result.scores["again"]) == (right, calls, again)
    assert result.expected == "[roll: stealth]" and result.detail["line"] == "I hide."


async def test_prose_that_was_rejected_is_wrong_only_where_it_comes_again(tmp_path: Path) -> None:
    keep_case(tmp_path, corrected(chosen="A heron lifts."))
    assert [one.right for one in await measured(tmp_path, "You are safe.")] == [False]
    assert [one.right for one in await measured(tmp_path, "The reeds part.")] == [True]


def test_the_suite_is_made_once_and_each_correction_is_one_case(tmp_path: Path) -> None:
    first, second = corrected(), corrected(chosen="A heron lifts.")
    assert keep_case(tmp_path, first) and not keep_case(tmp_path, first)
    suite = tmp_path / "suites" / "regressions.yaml"
    suite.write_text(suite.read_text() + "# mine\n")
    assert keep_case(tmp_path, second) and "# mine" in suite.read_text()
    found = find_suite("regressions", tmp_path)
    assert [one.kind for one in found.parts] == ["corrections"]
    cases = CORRECTED.cases(found.parts[0], Place(tmp_path, tmp_path, Game.shipped()))
    assert [case.correction.chosen for case in cases] == ["A heron lifts."], "the last word on a reply counts"


def test_a_damaged_line_and_an_empty_file_are_told(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path, Game.shipped())
    with pytest.raises(NothingCorrected, match="regressions"):
        CORRECTED.cases(part(), place)
    keep_case(tmp_path, corrected())
    with (tmp_path / CASES).open("a") as stream:
        stream.write("{}\n")
    with pytest.raises(CorrectionDamaged, match="Line 2"):
        CORRECTED.cases(part(), place)


async def test_a_correction_of_the_first_format_is_a_case_too(tmp_path: Path) -> None:
    old = json.loads(corrected().model_dump_json())
    for name in ("opening", "player", "seed", "model", "name", "scenario"):
        del old[name]
    (tmp_path / "old.jsonl").write_text(json.dumps({**old, "format": 1}) + "\n")
    results = await measured(tmp_path, "[roll: stealth]", files=["old.jsonl"], grammar=True)
    assert [one.right for one in results] == [True]
