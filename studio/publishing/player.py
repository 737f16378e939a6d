"""Owns the small player in a pack: what a friend needs to play with the model, on a machine without the studio.

Its own files are shipped data (`resources/player/`); with them goes a copy of those of the studio's modules that they
need. What they play is written beside them: scenes, rules, tools.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from studio.errors import LorewrightError
from studio.jobs.protocol import Fields
from studio.publishing.player_code import needed, put_code
from studio.resources import resource
from studio.rules import Rules
from studio.rules.recorded import as_json, rules_json
from studio.scenario import load
from studio.scenario.game import Game
from studio.scenario.model import Scenario, Speaker

PLAYER, SCENES = "player", "player/scenes.json"
_INTRO = 600


def put_player(folder: Path) -> None:
    """Puts the player's own files and what they need of the studio into a pack; `scenes` goes beside them."""
    shutil.copytree(resource("player"), folder / PLAYER, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    put_code(folder / PLAYER, needed(sorted((folder / PLAYER).glob("*.py"))))


def scenes(paths: Iterable[Path], game: Game) -> Fields:
    """What the player plays, as plain values; scenarios without SYSTEM are none."""
    found = []
    for path in paths:
        try:
            scenario = load(path, tools=game.tools).scenario
        except LorewrightError:
            continue
        if scenario.system is not None:
            found.append(scene_of(scenario, path.stem))
    return {
        "format": 2,
        "rules": rules_json(Rules.of(game.words)),
        "tools": [as_json(tool) for tool in game.tools.tools.values()],
        "scenes": found,
    }


def scene_of(scenario: Scenario, name: str) -> Fields:
    """One scene: the scenario without its turns, how it is announced, and a line to begin with."""
    assert scenario.system is not None
    said = [turn.content.strip() for turn in scenario.turns if turn.speaker is Speaker.USER]
    intro = " ".join((scenario.system.location or scenario.system.world or "").split())
    return {
        "title": str(scenario.metadata.get("title") or name),
        "intro": intro if len(intro) <= _INTRO else intro[:_INTRO].rsplit(" ", 1)[0] + " …",
        "hint": said[0] if said else "",
        "scenario": scenario.text[: scenario.system.span.end],
    }
