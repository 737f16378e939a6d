"""Owns which skills a narrator may roll: those of the rules and of the sheets, and saves by an ability."""

from collections.abc import Iterator

from studio.evaluation.toolcalls import Calls
from studio.rules import Party
from studio.scenario.combat_rules import CombatRules
from studio.scenario.game import Game
from studio.scenario.model import plain_name


def strange_skills(calls: Calls, party: Party, game: Game) -> Iterator[str]:
    """The skills that calls roll and nobody has; the rules let them pass and add nothing to the die."""
    known = {plain_name(skill) for skill in game.words.skills}
    abilities = {name for name, _skills in (game.words.combat or CombatRules.shipped()).abilities}
    for name, arguments in calls:
        tool = game.tools.get(name)
        if tool is None or tool.arguments[:1] != ("skill",) or not arguments:
            continue
        skill = plain_name(arguments[0])
        bare = skill.removesuffix(" saving throw").removesuffix(" save")
        listed = any(sheet.modifier(arguments[0]) is not None for sheet in party.sheets)
        if not listed and skill not in known and bare not in abilities:
            yield arguments[0]
