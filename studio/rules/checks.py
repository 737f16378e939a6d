"""Owns a throw against a number: the die, advantage, what the sheet and its conditions add, and how it went."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from studio.rules.dice import Rolled, roll
from studio.rules.party import Sheet
from studio.rules.scores import modifier
from studio.rules.table import Rules
from studio.scenario.combat_rules import ADVANTAGE, DISADVANTAGE
from studio.scenario.model import plain_name


class Outcome(Enum):
    """How a check against a DC went."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """One throw. `line` is its TOOLCALL line; `because` names the conditions that had a part in it.

    `advantage` is what the dice were thrown with, after everything for and against was weighed.
    """

    skill: str
    line: str
    rolled: Rolled
    total: int
    outcome: Outcome | None = None
    dc: int | None = None
    advantage: str | None = None
    because: tuple[str, ...] = ()


def judge(skill: str, total: int, dc: int | None, rules: Rules) -> Outcome | None:
    """Success or failure of a total; None for rolls that have no DC."""
    wanted = plain_name(skill)
    for name in rules.uncontested:
        if plain_name(name) == wanted:
            return None
    return Outcome.SUCCESS if total >= (dc if dc is not None else rules.default_dc) else Outcome.FAILURE


def result_line(skill: str, natural: int, modifier: int | None, added: Iterable[tuple[int, str]] = ()) -> str:
    """A roll's TOOLCALL line, e.g. `stealth: 13 + 6(skill) = *19*`; `added` are further numbers and their sources."""
    parts = [(modifier, "skill")] if modifier is not None else []
    parts += added
    shown = "".join(f" {'-' if value < 0 else '+'} {abs(value)}({source})" for value, source in parts)
    return f"{skill}: {natural}{shown} = *{natural + sum(value for value, _source in parts)}*"


_DICE = {None: "1d{die}", ADVANTAGE: "2d{die}kh1", DISADVANTAGE: "2d{die}kl1"}


def check(
    skill: str,
    sheet: Sheet | None,
    *,
    rules: Rules,
    rng: random.Random,
    dc: int | None = None,
    advantage: str | None = None,
    against: Iterable[tuple[str, str]] = (),
) -> Check:
    """Throws for a skill, an attack or a saving throw, which `skill` says (`dexterity save`).

    `against` are further modes, each with the condition from which it comes: those of the one who is attacked.
    """
    modes = [*_modes(skill, sheet, rules), *against]
    weighed = {mode for mode, _source in modes if mode in _DICE} | ({advantage} if advantage else set())
    thrown = next(iter(weighed)) if len(weighed) == 1 else None
    rolled = roll(_DICE[thrown].format(die=rules.die), rng)
    added = [(roll(mode, rng).total, source) for mode, source in modes if mode not in _DICE]
    listed = modifier(sheet, skill, rules) if sheet else None
    total = rolled.natural + (listed or 0) + sum(value for value, _source in added)
    outcome = judge(skill, total, dc, rules)
    return Check(
        skill=skill,
        line=result_line(skill, rolled.natural, listed, added),
        rolled=rolled,
        total=total,
        outcome=outcome,
        dc=None if outcome is None else (dc if dc is not None else rules.default_dc),
        advantage=thrown,
        because=tuple(dict.fromkeys(source for _mode, source in modes)),
    )


def _modes(skill: str, sheet: Sheet | None, rules: Rules) -> list[tuple[str, str]]:
    """What the conditions on a sheet do to a throw: adv, dis or dice each, and the condition."""
    if sheet is None or not sheet.conditions:
        return []
    plain, modes = plain_name(skill), list[tuple[str, str]]()
    ability = saved_ability(plain, rules)
    for condition in sheet.conditions:
        effect = rules.combat.effect(condition)
        if ability is not None:
            found = effect.on_save(ability)
        else:
            found = (effect.attacks if plain == rules.combat.attack else effect.checks,)
        modes += [(mode, condition) for mode in found if mode]
    return modes


def save_name(ability: str, rules: Rules) -> str:
    """What a saving throw is called in a call and its result; a skill saves as itself."""
    plain = plain_name(ability)
    return f"{plain} save" if any(plain == name for name, _skills in rules.combat.abilities) else plain


def saved_ability(skill: str, rules: Rules) -> str | None:
    """The ability of a saving throw, or None for what is none."""
    ability = plain_name(skill).removesuffix(" save")
    return ability if ability != plain_name(skill) and rules.combat.ability(ability) == ability else None
