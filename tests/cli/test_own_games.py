"""A workspace's own tools and rules on the command line, in the rules and in training."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from studio.cli import main
from studio.dataset import gather
from studio.errors import LorewrightError
from studio.gguf.chat_side import chat_side
from studio.rules import Party, Rules, resolve
from studio.rules.errors import CallRefused
from studio.scenario import load
from studio.scenario.game import RULES_FILE, TOOLS_FILE, Game
from studio.workspace.folder import MARKER

TOOLS = """
shipped: false
scan: {like: roll, example: "[scan: sensors dc 9]", help: Ask for a check of the ship.}
hull: {like: damage, example: "[hull: Kite 2]", help: Take hull from a ship.}
hail: {arguments: [target], example: "[hail: Kite]", help: Call a ship.}
"""
RULES = """
die: 6
default_dc: 4
skills: [sensors]
outcomes: {success: "*COPY*", failure: "*NEGATIVE*"}
"""
STORY = """---
title: The Kite
player: Kite
---
<SYSTEM>
# Role
You speak for the void.

# World
Nothing, and far.

# Location
Between two suns.

# Party

## Kite
- Player Character
- Cutter
- Level 1
- Health: 9/9
- Skills: sensors +1
</SYSTEM>

<User>I listen for the beacon.</User>

<DM>Static, then less of it.

[scan: sensors]</DM>

<TOOLCALL>sensors: 5 + 1(skill) = *6*</TOOLCALL>

<DM>*COPY* There it is. A pebble rings on the hull.

[hail: Kite]
[hull: Kite 2]</DM>
"""


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A scenario of a workspace that plays a game of its own."""
    folder = tmp_path / "game"
    path = folder / "scenarios" / "exploration" / "kite.md"
    path.parent.mkdir(parents=True)
    path.write_text(STORY, encoding="utf-8")
    (folder / MARKER).write_text("format: 1\n", encoding="utf-8")
    (folder / TOOLS_FILE).write_text(TOOLS, encoding="utf-8")
    (folder / RULES_FILE).write_text(RULES, encoding="utf-8")
    return path


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[dict[str, object]], str]:
    code = main(["check", "--format", "json", *words])
    out, err = capsys.readouterr()
    return code, json.loads(out), err


def test_a_scenario_is_checked_by_the_game_it_lies_in(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found, _err = rows(capsys, str(story))
    assert (code, [row for row in found if row["severity"] == "error"]) == (0, [])


def test_without_its_game_the_same_file_is_full_of_mistakes(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (TOOLS_FILE, RULES_FILE):
        (story.parents[2] / name).unlink()
    code, found, _err = rows(capsys, str(story))
    assert code == 1
    assert {"T001", "T002"} <= {row["code"] for row in found}


def test_a_damaged_table_is_one_sentence_and_the_shipped_tools_serve(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (story.parents[2] / TOOLS_FILE).write_text("scan: {like: rol, help: x}\n", encoding="utf-8")
    code, found, err = rows(capsys, str(story))
    assert code != 0
    assert any(row["code"] == "T002" for row in found)
    assert err.count("the tools that ship with Lorewright serve") == 1


def test_what_cannot_be_used_of_a_workspace_that_is_near_and_named_is_told_once(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = story.parents[2]
    (root / RULES_FILE).write_text("die: many\n")
    (root / MARKER).write_text("lint: {ignore: [X999]}\n")
    outside = tmp_path / "outside.md"
    outside.write_text(story.read_text())
    _code, _found, told = rows(capsys, str(story), str(outside), "--workspace", str(root))
    assert told.count("The die has") == told.count("no rule is called X999") == 1


def test_parse_reads_the_calls_of_the_game(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(story)]) == 0
    turns = json.loads(capsys.readouterr().out)["turns"]
    calls = [call for turn in turns for call in turn["tool_calls"]]
    assert [call["name"] for call in calls] == ["scan", "hail", "hull"]
    assert calls[0]["result"] == "sensors: 5 + 1(skill) = *6*"


def test_the_rules_carry_own_tools_out_as_the_ones_they_are_like(story: Path) -> None:
    game = Game.of(story.parents[2])
    scenario = load(story, tools=game.tools).scenario
    assert scenario.system is not None
    party, rules, rng = Party.of(scenario.system.party), Rules.of(game.words), random.Random(3)
    scan, hail, hull = (call for turn in scenario.turns for call in turn.tool_calls)
    rolled = resolve(scan, party, player="Kite", rules=rules, rng=rng, tools=game.tools)
    assert rolled.line is not None and rolled.dc == 4
    assert 1 <= int(rolled.line.split()[1]) <= 6
    told = resolve(hail, party, player="Kite", rules=rules, rng=rng, tools=game.tools)
    assert (told.party, told.line, told.changes, told.sentence) == (party, None, (), "hail: Kite")
    hurt = resolve(hull, party, player="Kite", rules=rules, rng=rng, tools=game.tools)
    sheet = hurt.party.find("Kite")
    assert sheet is not None and sheet.health == (7, 9)
    with pytest.raises(CallRefused):
        resolve(hull, party, player="Kite", rules=rules, rng=rng)
    with pytest.raises(LorewrightError):
        resolve(replace(hail, name="nothing"), party, player="Kite", rules=rules, rng=rng, tools=game.tools)


def test_training_takes_the_game_and_weighs_its_calls(story: Path, starter: Path) -> None:
    side = chat_side(starter)
    (example,) = gather([story], side.template, side.tokeniser, 2048).examples
    decided = side.tokeniser.decode([example.ids[place] for place in example.decisive])
    for call in ("[scan: sensors]", "[hail: Kite]", "[hull: Kite 2]"):
        assert call in decided


def test_a_workspace_that_is_named_serves_for_a_scenario_that_lies_in_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, path = tmp_path / "void", tmp_path / "kite.md"
    root.mkdir()
    path.write_text(STORY, encoding="utf-8")
    (root / TOOLS_FILE).write_text(TOOLS, encoding="utf-8")
    (root / RULES_FILE).write_text(RULES, encoding="utf-8")
    (root / MARKER).write_text("format: 1\n", encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert main(["check", str(path), "--workspace", str(root)]) == 0
    path.write_text(STORY.replace("*6*", "*5*"), encoding="utf-8")
    assert main(["check", str(path), "--workspace", str(root)]) == 1
    code = capsys.readouterr().out.split("error ")[-1].split()[0]
    (root / MARKER).write_text(f"format: 1\nlint:\n  ignore: [{code}]\n", encoding="utf-8")
    assert main(["check", str(path), "--workspace", str(root)]) == 0


@pytest.mark.parametrize("word", ["check", "parse", "play"])
def test_a_workspace_that_is_not_there_is_told(word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kite.md"
    path.write_text(STORY, encoding="utf-8")
    assert main([word, str(path), "--workspace", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
