"""Owns what Play shows in pictures, which is played: a demo's model beside the untrained one, and a fight with it."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.jobs.runs import Run
from studio.play.session import Session
from studio.rules import Party, Rules, Throw
from studio.rules.combat import Deed, side
from studio.scenario.model import Scenario
from studio.ui.context import Comparison
from studio.ui.convert.result import result_from
from studio.ui.play import shelf

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab

_TOKENS = 96
"""An untrained model says the same again and again up to the most tokens; so many show that."""
_ACTS = 6
"""So many acts of a fight are played for a picture; then it is the player's turn."""


async def show_both(tab: "PlayTab", run: Path) -> None:
    """Seats both models, and says the lines of a scenario that was kept out of training."""
    await tab.look()
    made = await asyncio.to_thread(result_from, tab.context.workspace.models, Run(run))
    starter = next((model for model in tab.models if model.starter), None)
    if made is None or starter is None:
        return
    held_out = [entry.path for entry in tab.scenarios if entry.held_out]
    path, lines = await asyncio.to_thread(_telling_scene, held_out)
    if path is not None:
        await tab.pairing.compare(Comparison(starter.path, made.path, path, ""))
        _be_brief(tab)
        for line in lines:
            await tab.table.say(line)


def _telling_scene(held_out: list[Path]) -> tuple[Path | None, tuple[str, ...]]:
    """The held-out scenario whose lines lead to most: dice, and a sheet that changes."""
    found = [(path, shelf.telling_lines(scenario)) for path in held_out if (scenario := shelf.read(path))]
    return max(found, key=lambda scene: len(scene[1]), default=(None, ()))


async def show_fight(tab: "PlayTab", run: Path) -> None:
    """The demo's model alone, in the middle of a fight, with a throw from the tray."""
    await tab.look()
    made = await asyncio.to_thread(result_from, tab.context.workspace.models, Run(run))
    held_out = [entry.path for entry in tab.scenarios if entry.held_out]
    path = await asyncio.to_thread(_fighting_scene, held_out)
    if made is None or path is None:
        return
    tab.bar.pair.setChecked(False)
    await tab.table.rest()
    await tab.table.seat_model(0, made.path, tab.stock.named(made.path))
    tab.bar.choose(path)
    tab.begin_chosen()
    tab.evening.rating.hide()
    _be_brief(tab)
    session, scenario = tab.beside.seat.session, tab.table.scenario
    if session is None or scenario is None or not session.scenario.player:
        return
    for line in shelf.telling_lines(scenario)[:1]:
        await tab.table.say(line)
    await _fight(tab, session, session.scenario.player)


def _be_brief(tab: "PlayTab") -> None:
    for seat in tab.table.seats:
        seat.set_options(replace(seat.options, sampling=replace(seat.options.sampling, max_tokens=_TOKENS)))


async def _fight(tab: "PlayTab", session: Session, player: str) -> None:
    """Some acts by the rules, each told by the narrator, up to the player's own turn; then the player looks around."""
    tab.evening.change(lambda s: s.act(Deed("begin")))
    for act in range(2 * _ACTS):
        combat = session.party.combat
        if combat is None or (combat.whose == player and act >= _ACTS):
            break
        tab.evening.change(lambda s: s.act_by_rules())
        await tab.table.go_on()
    sheet = session.party.find(player)
    skills = [name.strip().lower() for name in sheet.character.skills] if sheet is not None else []
    skill = next((name for name in skills if name not in ("attack", "initiative")), "perception")
    tab.evening.change(lambda s: s.throw(Throw(skill, who=player, advantage="adv", dc=12)))


def _fighting_scene(held_out: list[Path]) -> Path | None:
    """A held-out scenario with somebody to fight."""
    return next((path for path in held_out if (scene := shelf.read(path)) is not None and _has_foe(scene)), None)


def _has_foe(scenario: Scenario) -> bool:
    party = Party.of(scenario.system.party if scenario.system is not None else ())
    foes = (sheet for sheet in party.sheets if side(sheet, Rules.shipped()) == "foes")
    return scenario.player is not None and any(foe.health is not None for foe in foes)
