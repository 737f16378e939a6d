"""What a session is played by stands in its file: the same rules and tools, whatever became of theirs meanwhile."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.play.log import SessionFile
from studio.play.opening import header_of, played_by
from studio.play.session import Session
from studio.play.standing import standing
from studio.rules import HandChange, Rules
from studio.scenario import parse
from studio.scenario.game import Game
from studio.scenario.tools import Tool, ToolTable
from tests.play.table import TEXT

OWN = Tool("bless", ("target",), (), False, "health", "[bless: Wren]", "Heals.", like="level up")


def _begun(path: Path, rules: Rules, tools: ToolTable) -> Session:
    scenario = parse(TEXT, tools=tools).scenario
    header = header_of(scenario, "aa", "tiny", 3, rules, tools)
    return Session(scenario=scenario, header=header, rules=rules, tools=tools, file=SessionFile(path, header))


def test_a_session_is_opened_with_its_own_rules_and_tools(tmp_path: Path) -> None:
    rules = replace(Rules.shipped(), default_dc=3, die=6)
    tools = ToolTable.shipped().with_tools(ToolTable({"bless": OWN}))
    session = _begun(tmp_path / "s.jsonl", rules, tools)
    session.insert(None, "DM", "[bless: Wren] [roll: perception]")
    again = Session.reopen(tmp_path / "s.jsonl")
    assert again.party == session.party and again.party.sheets[0].level == 4
    assert again.state() == session.state()
    natural = int(again.path()[1].text.split(":")[1].split("=")[0])
    assert natural <= 6 and again.state().opening == ("*SUCCESS*" if natural >= 3 else "*FAILED*")


def test_without_its_rules_in_the_header_a_session_would_come_to_other_sheets(tmp_path: Path) -> None:
    tools = ToolTable.shipped().with_tools(ToolTable({"bless": OWN}))
    session = _begun(tmp_path / "s.jsonl", Rules.shipped(), tools)
    session.insert(None, "DM", "[bless: Wren]")
    bare = session.header.model_copy(update={"rules": None, "tools": None})
    rules, shipped = played_by(bare, Game.shipped())
    other = Session(scenario=session.scenario, header=bare, rules=rules, tools=shipped, tree=session.tree)
    assert other.party != session.party, "the twin without the defence shows the fault"


@pytest.mark.parametrize("rules", [{}, {"die": "many"}, {"from": {"another": "version"}}])
def test_rules_of_another_version_are_replaced_by_those_of_the_game(rules: dict[str, object]) -> None:
    session = header_of(parse(TEXT).scenario, "aa", "tiny", 3, Rules.shipped(), ToolTable.shipped())
    found, tools = played_by(session.model_copy(update={"rules": rules}), Game.shipped())
    assert found == Rules.of(Game.shipped().words) and tools is Game.shipped().tools


def test_experience_by_hand_stands_in_what_a_later_part_begins_with(tmp_path: Path) -> None:
    text = TEXT.replace("- Level 3\n", "- Level 3\n- Exp: 300/900\n", 1)
    header = header_of(parse(text).scenario, "aa", "tiny", 3, Rules.shipped(), ToolTable.shipped())
    session = Session(scenario=parse(text).scenario, header=header)
    session.hand(HandChange("Wren", "experience", delta=100))
    assert "Exp: 400/900" in standing(session.scenario, session.party)
