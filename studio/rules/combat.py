"""Owns the seam of a fight for those who play it: what can be done, what it comes to, and a fight to its end.

The parts: `deeds` (what is asked), `turns` (order, rounds, end), `blows`, `saves`, `harms`, `sides`, `tactics`.
"""

import random
from collections.abc import Iterator

from studio.rules.acts import Act, CombatRefused
from studio.rules.deeds import KINDS, Deed, carry_out
from studio.rules.party import Party
from studio.rules.sides import FOES, NOBODY, PARTY, over, side, stands
from studio.rules.table import Rules
from studio.rules.tactics import Offer, choose, offers
from studio.scenario.tools import ToolTable

__all__ = [
    "FOES",
    "KINDS",
    "NOBODY",
    "PARTY",
    "Act",
    "CombatRefused",
    "Deed",
    "Offer",
    "carry_out",
    "choose",
    "fight_out",
    "offers",
    "over",
    "settled",
    "side",
    "stands",
]

_DECIDED = frozenset(("roll", "damage", "heal", "take", "condition", "level up", "begin combat", "end combat"))


def fight_out(
    party: Party, *, rules: Rules, rng: random.Random, tools: ToolTable | None = None
) -> Iterator[tuple[Deed, Act]]:
    """A fight to its end with the rules choosing for everybody, each deed with what it came to; it always ends."""
    deed = Deed("next") if party.combat is not None else Deed("begin")
    if deed.kind == "begin":
        act = carry_out(deed, party, rules=rules, rng=rng, tools=tools)
        yield deed, act
        party = act.party
    while party.combat is not None and party.combat.whose is not None:
        deed = choose(party, party.combat.whose, rules, rng)
        act = carry_out(deed, party, rules=rules, rng=rng, tools=tools)
        yield deed, act
        party = act.party


def settled(effect: str) -> bool:
    """Whether a call in the telling of an act is about what the rules have decided, so that it is not carried out."""
    return effect in _DECIDED
