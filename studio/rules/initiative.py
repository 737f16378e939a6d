"""Owns who acts in which order: initiative for everybody who stands."""

import random
from dataclasses import replace

from studio.rules.checks import Check, check
from studio.rules.party import Combat, Party
from studio.rules.table import Rules


def lined_up(party: Party, rules: Rules, rng: random.Random) -> tuple[Party, tuple[tuple[str, Check], ...]]:
    """The party in a fight that begins, and the throws made for it; who has thrown already keeps that.

    Everybody on the sheets takes part who is not at zero health. Of equal totals the first on the sheets acts first.
    """
    totals, thrown = dict[str, int](), list[tuple[str, Check]]()
    for sheet in party.sheets:
        if sheet.name in totals:
            continue
        if sheet.name in party.initiative:
            totals[sheet.name] = party.initiative[sheet.name]
        elif sheet.health is None or sheet.health[0] > 0:
            made = check(rules.combat.initiative, sheet, rules=rules, rng=rng)
            totals[sheet.name] = made.total
            thrown.append((sheet.name, made))
    order = tuple(sorted(totals.items(), key=lambda entry: -entry[1]))
    return replace(party, combat=Combat(order), initiative={}), tuple(thrown)


def told_order(party: Party) -> str:
    """Who acts when, e.g. `Wren 18, Bog Brigand 7`; empty where nobody fights."""
    return ", ".join(f"{name} {total}" for name, total in party.combat.order) if party.combat else ""
