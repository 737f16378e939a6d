"""Owns the small player in a pack: what a friend needs to play with the model, on a machine without the studio.

The player's own files are shipped data (`resources/player/`); here is what they play: scenes, rules, what tools do.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.errors import LorewrightError
from studio.jobs.protocol import Fields
from studio.play.standing import listed_conditions
from studio.resources import resource
from studio.rules import Rules, Sheet
from studio.rules.scores import modifier
from studio.scenario import load
from studio.scenario.game import Game
from studio.scenario.model import Character, Scenario, Speaker, plain_name

PLAYER, SCENES = "player", "player/scenes.json"
_INTRO = 600


def put_player(folder: Path) -> None:
    """Puts the player's own files into a pack; `scenes` goes beside them."""
    shutil.copytree(resource("player"), folder / PLAYER, ignore=shutil.ignore_patterns("__pycache__", ".*"))


def scenes(paths: Iterable[Path], game: Game) -> Fields:
    """What the player plays, as plain values; scenarios without SYSTEM are none."""
    found = []
    for path in paths:
        try:
            scenario = load(path, tools=game.tools).scenario
        except LorewrightError:
            continue
        if scenario.system is not None:
            found.append(scene_of(scenario, path.stem, Rules.of(game.words)))
    tools = game.tools
    return {
        "format": 1,
        "rules": _rules(Rules.of(game.words)),
        "effects": {name: effect for name in tools.tools if (effect := tools.effect(name)) in EFFECTS},
        "scenes": found,
    }


def _rules(rules: Rules) -> Fields:
    combat = rules.combat
    return {
        "die": rules.die,
        "default_dc": rules.default_dc,
        "uncontested": list(rules.uncontested),
        "attack": combat.attack,
        "initiative": combat.initiative,
        "abilities": [name for name, _skills in combat.abilities],
        "conditions": {
            name: {"attacks": effect.attacks, "checks": effect.checks, "saves": [list(one) for one in effect.saves]}
            for name, effect in combat.effects
        },
    }


EFFECTS = ("roll", "damage", "heal", "give", "take", "condition", "level up", "begin combat", "end combat")
"""What the player can carry out; a tool that does nothing of it is told and changes nothing."""


def scene_of(scenario: Scenario, name: str, rules: Rules) -> Fields:
    """One scene: SYSTEM as the model reads it, the sheets, and a line to begin with."""
    assert scenario.system is not None
    said = [turn.content.strip() for turn in scenario.turns if turn.speaker is Speaker.USER]
    intro = " ".join((scenario.system.location or scenario.system.world or "").split())
    return {
        "title": str(scenario.metadata.get("title") or name),
        "intro": intro if len(intro) <= _INTRO else intro[:_INTRO].rsplit(" ", 1)[0] + " …",
        "hint": said[0] if said else "",
        "system": scenario.system.content.strip(),
        "player": scenario.player,
        "party": _party(scenario.system.party, rules),
    }


def _party(members: Sequence[Character], rules: Rules) -> list[Fields]:
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "level": one.level,
            "health": list(one.health) if one.health else None,
            "inventory": [{"name": item.name, "count": item.count} for item in one.inventory],
            "conditions": list(listed_conditions(one)),
            "skills": dict(one.skills),
            "modifiers": _modifiers(Sheet.of(one), rules),
        }
        for one in members
    ]


def _modifiers(sheet: Sheet, rules: Rules) -> dict[str, int]:
    """What the sheet adds to every throw that has a name, listed or by an ability's score."""
    abilities = [name for name, _skills in rules.combat.abilities]
    names = [*sheet.character.skills, *rules.skills, *rules.uncontested, *abilities]
    names += [f"{name} save" for name in abilities]
    found = ((plain_name(name), modifier(sheet, name, rules)) for name in names)
    return {name: value for name, value in found if value is not None}
