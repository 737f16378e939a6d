"""Two sides to fight, rules of one's own over the shipped ones, and dice that fall as they are told."""

import random
from dataclasses import replace
from pathlib import Path

from studio.rules import Party, Rules
from studio.rules.combat import Act, Deed, carry_out
from studio.rules.party import Combat
from studio.scenario.model import Character, Item
from studio.scenario.vocabulary import Vocabulary

MARA = Character(
    name="Mara",
    kind="Player Character",
    level=2,
    health=(16, 16),
    experience=(100, 600),
    inventory=(Item("Crook (5)"), Item("Short Sword"), Item("Healing Draught", 2)),
    spells=("Fire Bolt (1d10 fire)", "Light"),
    skills={"Attack": 4, "Initiative": 3, "Dexterity Save": 4},
    other={"AC": "13", "Abilities": "Strength 12, Dexterity 14, Constitution 13"},
)
TOMAS = Character(name="Tomas", kind="NPC Companion", health=(9, 12), experience=(0, 300), skills={"Attack": 2})
WOLF = Character(
    name="Grey Wolf",
    kind="Enemy",
    level=1,
    health=(11, 11),
    skills={"Attack": 3, "Initiative": 2},
    other={"Armor Class": "12 (hide)", "Challenge": "1/4", "Resistances": "bludgeoning, cold", "Immunities": "poison",
           "Vulnerabilities": "fire"},
)  # fmt: skip
CUB = Character(name="Wolf Cub", kind="Enemy", health=(4, 4), skills={"Attack": 1})
OWL = Character(name="Owl", kind="Bystander", health=(1, 1))


SHIPPED = Rules.shipped()


class Faces(random.Random):
    """Dice that fall as they are told, and then as they like."""

    def __init__(self, *faces: int) -> None:
        super().__init__(1)
        self.faces = list(faces)

    def randint(self, a: int, b: int) -> int:
        return self.faces.pop(0) if self.faces else super().randint(a, b)


def table(*characters: Character) -> Party:
    """A party of these, or of two against two and one who only looks on."""
    return Party.of(characters or (MARA, TOMAS, WOLF, CUB, OWL))


def rules(**values: object) -> Rules:
    """The shipped rules with values over them."""
    return Rules.of(Vocabulary.shipped().over(values, Path("rules.yaml")))


def fight(*characters: Character, at: str = "Mara") -> Party:
    """A fight in which one of them acts now."""
    party = table(*characters)
    order = tuple((sheet.name, 20 - place) for place, sheet in enumerate(party.sheets))
    turn = next(place for place, (name, _total) in enumerate(order) if name == at)
    return replace(party, combat=Combat(order, turn=turn))


def done(deed: Deed, party: Party, *faces: int, by: Rules = SHIPPED) -> Act:
    """What a deed comes to with dice of these faces."""
    return carry_out(deed, party, rules=by, rng=Faces(*faces))


def with_condition(party: Party, name: str, *conditions: str) -> Party:
    """The party with conditions on one of them."""
    for condition in conditions:
        party = party.with_sheet(party.find(name).with_condition(condition, off=False))
    return party
