from dataclasses import replace
from pathlib import Path

import pytest

from studio.scenario.game import RULES_FILE, TOOLS_FILE, Game
from studio.scenario.tools import Tool
from studio.workspace.folder import MARKER
from studio.workspace.game import Games
from studio.workspace.own_game import GameChanged, GameDraft, GameFaulty

BLESS = Tool("bless", ("target",), (), False, None, "[bless: Wren]", "A blessing.")
HURT = Tool("hurt", ("target", "number"), (), False, "health", "[hurt: Kite 2]", "It hurts.", "damage")


def test_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    GameDraft.read(tmp_path).save()
    assert list(tmp_path.iterdir()) == []


def test_tools_and_rules_are_saved_and_read_back(tmp_path: Path) -> None:
    draft = GameDraft.read(tmp_path).with_tool(None, BLESS).with_tool(None, HURT).without("heal")
    draft = replace(draft, words=replace(draft.words, die=6, skills=("guns",), uncontested=()))
    draft.save()
    game = Game.of(tmp_path)
    assert game.troubles == ()
    assert game.tools.tools["bless"] == BLESS
    assert game.tools.effect("hurt") == "damage"
    assert "heal" not in game.tools.tools
    assert (game.words.die, game.words.skills) == (6, ("guns",))
    again = GameDraft.read(tmp_path)
    assert (again.own, again.dropped, again.words) == ((BLESS, HURT), frozenset({"heal"}), game.words)
    assert again.save().before == again.before


def test_a_game_without_the_shipped_tools(tmp_path: Path) -> None:
    replace(GameDraft.read(tmp_path), beside=False).with_tool(None, BLESS).save()
    assert list(Game.of(tmp_path).tools.tools) == ["bless"]
    assert GameDraft.read(tmp_path).beside is False
    with pytest.raises(GameFaulty):
        GameDraft.read(tmp_path).without("bless").save()


def test_a_shipped_tool_is_changed_and_goes_back_when_that_is_removed(tmp_path: Path) -> None:
    draft = GameDraft.read(tmp_path)
    roll = next(tool for tool, _own in draft.tools() if tool.name == "roll")
    draft = draft.with_tool(0, replace(roll, options=("dc",), example="[roll: stealth dc 3]"))
    assert draft.save() and Game.of(tmp_path).tools.tools["roll"].options == ("dc",)
    draft = GameDraft.read(tmp_path).without("roll")
    draft.save()
    assert Game.of(tmp_path).tools.tools["roll"] == roll
    renamed = GameDraft.read(tmp_path).with_tool(0, replace(roll, name="test", like="roll", example="[test: x]"))
    renamed.save()
    assert {"test"} == set(Game.of(tmp_path).tools.tools) - {tool.name for tool, _own in GameDraft(tmp_path).tools()}
    assert "roll" not in Game.of(tmp_path).tools.tools


def test_what_is_wrong_is_said_and_nothing_is_saved(tmp_path: Path) -> None:
    draft = GameDraft.read(tmp_path).with_tool(None, BLESS)
    twice = draft.with_tool(None, BLESS)
    assert [field for field, _reason in twice.tool_troubles(BLESS)] == ["name"]
    for bad in (twice, replace(draft, words=replace(draft.words, die=1))):
        with pytest.raises(GameFaulty):
            bad.save()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_could_not_be_read_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / TOOLS_FILE).write_text("bless: [", "utf-8")
    draft = GameDraft.read(tmp_path)
    assert set(draft.troubles) == {TOOLS_FILE}
    replace(draft.with_tool(None, BLESS), words=replace(draft.words, die=6)).save()
    assert (tmp_path / TOOLS_FILE).read_text("utf-8") == "bless: ["
    assert Game.of(tmp_path).words.die == 6
    fresh = draft.set_aside(TOOLS_FILE)
    assert fresh.troubles == {}
    fresh.with_tool(None, BLESS).save()
    assert (tmp_path / "tools.yaml.damaged").read_text("utf-8") == "bless: ["
    assert "bless" in Game.of(tmp_path).tools.tools


def test_a_file_that_others_changed_is_not_written_over(tmp_path: Path) -> None:
    draft = GameDraft.read(tmp_path).with_tool(None, BLESS)
    (tmp_path / TOOLS_FILE).write_text("heal:\n", "utf-8")
    with pytest.raises(GameChanged):
        draft.save()
    assert (tmp_path / TOOLS_FILE).read_text("utf-8") == "heal:\n"
    assert not (tmp_path / RULES_FILE).exists()


def test_without_that_look_the_others_change_would_be_lost(tmp_path: Path) -> None:
    draft = GameDraft.read(tmp_path).with_tool(None, BLESS)
    (tmp_path / TOOLS_FILE).write_text("heal:\n", "utf-8")
    replace(draft, before={TOOLS_FILE: b"heal:\n", RULES_FILE: None}).save()
    assert "heal:\n" not in (tmp_path / TOOLS_FILE).read_text("utf-8")


def test_a_scenario_belongs_to_the_workspace_it_lies_in(tmp_path: Path) -> None:
    inner = tmp_path / "game" / "scenarios" / "combat"
    inner.mkdir(parents=True)
    (tmp_path / "game" / MARKER).write_text("format: 1\n")
    (tmp_path / "game" / RULES_FILE).write_text("die: 6\n")
    (tmp_path / "game" / TOOLS_FILE).write_text("- 1\n")
    games = Games()
    assert games.of(inner / "a.md") is games.of(inner / "b.md")
    assert games.of(inner / "a.md").words.die == 6
    assert games.of(tmp_path / "c.md") is Game.shipped()
    assert len(games.troubles) == 1


FIGHTS = """# our game
die: 6
conditions: [adrift]
effects:
  adrift: {attacks: dis}   # no thrust
combat: {rounds: 12}
"""


def test_what_the_file_says_of_fights_stays_when_the_form_saves(tmp_path: Path) -> None:
    (tmp_path / RULES_FILE).write_text(FIGHTS, "utf-8")
    draft = GameDraft.read(tmp_path)
    assert draft.save().before == draft.before
    replace(draft, words=replace(draft.words, die=8)).save()
    assert (tmp_path / RULES_FILE).read_text("utf-8") == FIGHTS.replace("die: 6", "die: 8")
    words = Game.of(tmp_path).words
    assert words.combat is not None
    assert (words.combat.rounds, words.combat.effect("adrift").attacks) == (12, "dis")


def test_the_form_takes_away_no_condition_that_still_has_effects(tmp_path: Path) -> None:
    (tmp_path / RULES_FILE).write_text(FIGHTS, "utf-8")
    draft = GameDraft.read(tmp_path).with_tool(None, BLESS)
    with pytest.raises(GameFaulty, match="“adrift” has effects, but is none of the conditions"):
        replace(draft, words=replace(draft.words, conditions=("lost",))).save()
    assert (tmp_path / RULES_FILE).read_text("utf-8") == FIGHTS
    assert not (tmp_path / TOOLS_FILE).exists()
