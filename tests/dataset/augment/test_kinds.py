"""What each kind of variant leaves alone, and the arithmetic of the one that changes sheets."""

import random
from pathlib import Path

import pytest

from studio.dataset.augment.cast import rename_cast
from studio.dataset.augment.parents import Made, Maker, Parent
from studio.dataset.augment.places import swap_place
from studio.dataset.augment.reroll import reroll, with_numbers
from studio.dataset.augment.sheets import change_class, with_modifier
from studio.scenario import parse
from studio.scenario.game import Game

TEXT = """---
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# World
{world}

# Location
{place}

# Party

## Wren
- Player Character
- {class_name}
- Level 2
- Health: 9/16
- Exp: 100/400
- Skills: Stealth +4, Perception +3, Arcana +2, Initiative +1

## Captain Holt
- NPC Companion
- Drover
- Health: 12/12
</SYSTEM>

<User>{said}</User>

<DM>{told}

[roll: stealth]</DM>

<TOOLCALL>stealth: 11 + 4(skill) = *15*</TOOLCALL>

<DM>*SUCCESS* You pass.

[roll: initiative]</DM>

<TOOLCALL>initiative: 9 + 1(skill) = *10*</TOOLCALL>

<DM>{last}</DM>
"""
WORDS = {
    "world": "Hills.",
    "place": "A gate.",
    "class_name": "Tinker",
    "said": "I go.",
    "told": "Mud.",
    "last": "Rain.",
}


def made(maker: Maker, seed: int = 0, **words: str) -> Made | None:
    text = TEXT.format(**{**WORDS, **words})
    return maker(Parent(text, Path("combat/a.md"), Game.shipped()), random.Random(seed))


def test_a_title_stays_and_the_name_behind_it_goes_everywhere() -> None:
    found = made(rename_cast, said="Holt's boots! HOLT, run.", told="Captain Holt and Wren’s dog.")
    assert found is not None and "Holt" not in found.text and "Wren" not in found.text and "HOLT" not in found.text
    assert found.text.count("Captain ") == 2


@pytest.mark.parametrize("told", ["The wren sings.", "A Wren passes.", "House Wren pays.", "Wrenna, no, Wre is here."])
def test_what_may_be_no_name_is_left_alone(told: str) -> None:
    found = made(rename_cast, told=told)
    assert found is not None and "## Wren" in found.text and "Holt" not in found.text


@pytest.mark.parametrize(("class_name", "group"), [("Widow", "she"), ("Ferryman", "he")])
def test_a_class_says_which_names_fit(class_name: str, group: str) -> None:
    from studio.dataset.augment.tables import names

    found = made(rename_cast, class_name=class_name)
    assert found is not None
    hero = parse(found.text).scenario.player
    assert hero in names().groups[group]


@pytest.mark.parametrize("seed", range(8))
def test_a_class_keeps_outcomes_order_and_the_proportion_of_experience(seed: int) -> None:
    found = made(change_class, seed)
    assert found is not None
    scenario = parse(found.text).scenario
    hero = scenario.system.party[0] if scenario.system else None
    assert hero is not None and hero.class_name != "Tinker" and hero.health is not None and hero.experience is not None
    assert hero.health[1] - hero.health[0] == 7 and hero.modifier("Initiative") == 1
    stealth = hero.modifier("Stealth") or 0
    assert stealth > 4 and f"stealth: 11 + {stealth}(skill) = *{11 + stealth}*" in found.text
    assert hero.experience[0] * 4 in range(hero.experience[1] - 3, hero.experience[1] + 1)


@pytest.mark.parametrize("words", [{"told": "You are a tinker."}, {"world": "Tinkers rule."}])
def test_a_class_that_the_prose_speaks_of_stays(words: dict[str, str]) -> None:
    assert made(change_class, **words) is None


def test_where_the_prose_speaks_of_levels_the_level_stays() -> None:
    for seed in range(6):
        found = made(change_class, seed, last="At your level, that is well.")
        assert found is not None and "- Level 2" in found.text


def test_only_checks_are_thrown_again() -> None:
    for seed in range(6):
        found = made(reroll, seed)
        assert found is not None and found.note.startswith("stealth: the die shows")


@pytest.mark.parametrize(
    "told",
    ["The tavern-keeper waits.", "The Tavern waits.", "The tavern keeper waits.", "The tavern and the inn.", "TAVERN"],
)
def test_a_noun_that_is_part_of_more_is_not_swapped(told: str) -> None:
    assert made(swap_place, place="A tavern.", told=told) is None


def test_articles_and_plurals_follow() -> None:
    notes = {}
    for seed in range(12):
        found = made(swap_place, seed, place="A tavern.", told="Of all taverns, an old tavern, a tavern.")
        assert found is not None
        notes[found.note] = found.text
    assert "An inn." in notes["tavern → inn"] and "Of all inns, an old inn, an inn." in notes["tavern → inn"]
    assert "An alehouse." in notes["tavern → alehouse"]


@pytest.mark.parametrize(
    ("world", "swapped"),
    [
        ("In Karth they mend bells.", True),
        ("King Karth rules in Karth.", False),
        ("Karth is a man.", False),
        ("In Karth's house, in Karth Minor.", False),
    ],
)
def test_a_proper_name_is_swapped_where_it_is_a_place(world: str, swapped: bool) -> None:
    found = made(swap_place, world=world)
    assert (found is not None and "Karth" not in found.text) is swapped


def test_numbers_go_into_a_line_as_it_is_written() -> None:
    line = "sleight_of_hand :  8 -  2(skill) =*6*"
    assert with_numbers(line, 11, 9) == "sleight_of_hand :  11 -  2(skill) =*9*"
    assert with_modifier(line, 3) == "sleight_of_hand :  8 +  3(skill) =*6*"
