"""A party of three and a way to carry out what a DM turn says."""

import random

import pytest

from studio.rules import Party, Rules, resolve
from studio.scenario.model import Character, Item
from studio.scenario.tools import ToolTable

WREN = Character(
    name="Wren",
    kind="Player Character",
    level=3,
    health=(14, 18),
    inventory=(Item("Rope"), Item("Arrow", 12)),
    skills={"Stealth": 6, "Initiative": 3, "Sleight of Hand": 4},
)
TOLL = Character(name="Toll Keeper", health=(20, 20), skills={"insight": 2, "stealth": -1})
BRIGAND = Character(name="Bog Brigand", health=(9, 9), skills={"athletics": 5, "stealth": 6})
SPIRIT = Character(name="Mill Spirit")


@pytest.fixture
def party() -> Party:
    return Party.of((WREN, TOLL, BRIGAND, SPIRIT))


@pytest.fixture
def play(party):
    """Carries out the first call of a text."""
    from studio.scenario.calls import find_calls

    def carry_out(text, at=party, player=None, seed=1, rules=None):
        (call,) = find_calls(text, ToolTable.shipped(), at.names)
        return resolve(call, at, player=player, rules=rules or Rules.shipped(), rng=random.Random(seed))

    return carry_out
