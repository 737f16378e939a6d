"""A fight that the rules decided, written out as a scenario writes it, is a scenario without a mistake."""

import random

import pytest

from studio.lint import Severity, check
from studio.rules import Act, Party, Rules
from studio.rules.checks import Outcome
from studio.rules.combat import Deed, carry_out, fight_out
from studio.scenario import parse

OPENING = """---
title: A test of arms
player: Mara
---
<SYSTEM>
# Role
You are the Dungeon Master of a hill country.

# World
A hill country of sheep, standing stones and old quarrels.

# Location
A sheepfold at night. The gate hangs open.

# Party

## Mara
- Player Character
- Shepherd
- Level 2
- Health: 26/26
- Exp: 570/600
- AC: 13
- Abilities: Strength 12, Dexterity 14, Constitution 13
- Inventory: Crook (5), Short Sword, Sling (1d4 bludgeoning), Healing Draught x2
- Spells: Fire Bolt (1d10 fire)
- Skills: Attack +4, Perception +2, Dexterity Save +4

## Grey Wolf
- Enemy
- Level 1
- Health: 11/11
- Armor Class: 12 (hide)
- Attacks: 2
- Challenge: 1/4
- Target: strongest
- Resistances: bludgeoning, cold
- Vulnerabilities: fire
- Skills: Attack +3

## Wolf Cub
- Enemy
- Level 1
- Health: 5/5
- Skills: Attack +1
</SYSTEM>

<User>I step through the gate with my crook held low.</User>

"""
WORDS = {Outcome.SUCCESS: "*SUCCESS* ", Outcome.FAILURE: "*FAILED* ", None: ""}


def written(act: Act, number: int) -> str:
    """An act as turns of a scenario."""
    asked = f"<DM>{act.asked}</DM>\n\n" if act.asked else ""
    lines = "".join(f"<TOOLCALL>{line}</TOOLCALL>\n\n" for line in act.lines)
    told = f"\n\n{act.told}" if act.told else ""
    asks = f"<User>And then, friend number {number}?</User>\n\n"
    return f"{asked}{lines}<DM>{WORDS[act.outcome]}The straw flies {number} yards.{told}</DM>\n\n{asks}"


def errors(text: str) -> list[str]:
    found = check(parse(text))
    return [f"{one.code} {one.message}" for one in found if one.severity is not Severity.HINT and one.code[0] != "W"]


@pytest.mark.parametrize("seed", range(12))
def test_a_fight_written_out_has_no_mistake_and_comes_to_the_same_sheets(seed):
    party = Party.of(parse(OPENING).scenario.system.party)
    for name, condition in (("Mara", "blessed"), ("Grey Wolf", "burning")):
        party = party.with_sheet(party.find(name).with_condition(condition, off=False))
    text = OPENING + "<DM>The wolf is on fire.\n\n[condition: Mara blessed]\n[condition: Grey Wolf burning]</DM>\n\n"
    text += "<User>I run.</User>\n\n"
    for number, (_deed, act) in enumerate(fight_out(party, rules=Rules.shipped(), rng=random.Random(seed))):
        text += written(act, number)
        party = act.party
    assert errors(text) == []
    assert party.combat is None


def test_a_wrong_number_in_it_would_be_found():
    """The twin: the check does look at these turns."""
    party = Party.of(parse(OPENING).scenario.system.party)
    begun = carry_out(Deed("begin"), party, rules=Rules.shipped(), rng=random.Random(1))
    deed = Deed("attack", begun.party.combat.whose, "Mara" if begun.party.combat.whose != "Mara" else "Wolf Cub")
    act = carry_out(deed, begun.party, rules=Rules.shipped(), rng=random.Random(1))
    text = OPENING + written(begun, 0) + written(act, 1)
    assert errors(text) == []
    wrong = text.replace("(skill) = *", "(skill) = *9")
    assert any(row.startswith("R102") for row in errors(wrong))


def test_scores_and_saves_are_known_to_the_checks():
    text = OPENING + "<DM>A beam falls.\n\n[roll: strength save dc 11 for Mara]</DM>\n\n"
    assert (
        errors(text + "<TOOLCALL>strength save: 11 + 1(skill) = *12*</TOOLCALL>\n\n<DM>*SUCCESS* It holds.</DM>") == []
    )
    (row,) = errors(text + "<TOOLCALL>strength save: 11 = *11*</TOOLCALL>\n\n<DM>*SUCCESS* It holds.</DM>")
    assert row.startswith("R103")
