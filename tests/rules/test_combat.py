"""Who acts first, and blows: what hits, what it does, and who may strike."""

from dataclasses import replace

import pytest

from studio.rules.checks import Outcome
from studio.rules.combat import (
    CombatRefused,
    Deed,
)
from studio.rules.errors import BadDice
from tests.rules.fights import CUB, MARA, OWL, TOMAS, WOLF, done, fight, rules, table


def test_everybody_who_stands_throws_for_initiative():
    fallen = replace(WOLF, name="Old Wolf", health=(0, 9))
    act = done(Deed("begin"), table(MARA, WOLF, fallen, OWL), 4, 15, 4)
    assert act.party.combat.order == (("Grey Wolf", 17), ("Mara", 7), ("Owl", 4))
    assert act.party.combat.whose == "Grey Wolf"
    assert act.lines == (
        "initiative: 4 + 3(skill) = *7*",
        "initiative: 15 + 2(skill) = *17*",
        "initiative: 4 = *4*",
    )
    assert act.asked.splitlines()[0] == "[roll: initiative for Mara]"
    assert act.told == "[begin combat]"
    assert [change.field for change in act.changes] == ["combat"]


def test_initiative_that_is_thrown_already_counts():
    party = replace(table(MARA, WOLF), initiative={"Mara": 1})
    act = done(Deed("begin"), party, 2)
    assert act.party.combat.order == (("Grey Wolf", 4), ("Mara", 1))
    assert len(act.lines) == 1


def test_of_equals_the_first_on_the_sheets_acts_first():
    act = done(Deed("begin"), table(TOMAS, CUB), 9, 9)
    assert [name for name, _total in act.party.combat.order] == ["Tomas", "Wolf Cub"]


@pytest.mark.parametrize(("face", "outcome"), [(7, Outcome.FAILURE), (8, Outcome.SUCCESS), (19, Outcome.SUCCESS)])
def test_an_attack_is_against_the_armour_class_of_the_sheet(face, outcome):
    act = done(Deed("attack", "Mara", "Grey Wolf", weapon="Short Sword"), fight(), face, 3)
    assert act.outcome is outcome
    assert act.lines == (f"attack: {face} + 4(skill) = *{face + 4}*",)
    assert act.asked == "[roll: attack dc 12 for Mara]"
    assert act.party.find("Grey Wolf").health == ((6, 11) if outcome is Outcome.SUCCESS else (11, 11))
    assert bool(act.told) is bool(act.changes) is (outcome is Outcome.SUCCESS)


def test_who_has_no_armour_class_has_the_rules_and_that_is_the_usual_dc():
    deed = Deed("attack", "Mara", "Wolf Cub", weapon="Crook")
    assert done(deed, fight(), 10).outcome is Outcome.FAILURE
    assert done(deed, fight(), 11).outcome is Outcome.SUCCESS
    assert done(deed, fight(), 10, by=rules(default_dc=14)).outcome is Outcome.SUCCESS
    assert done(deed, fight(), 2, by=rules(combat={"armour_class": 6})).outcome is Outcome.SUCCESS


@pytest.mark.parametrize(
    ("weapon", "faces", "left"),
    [
        ("Crook", (12,), 6),  # the sheet's own number, of no kind that the wolf resists
        ("short_sword", (12, 4), 5),  # 1d6 by the rules and the better of strength and dexterity, +2
        ("Fire Bolt", (12, 3), 5),  # vulnerable: twice
        ("bare hands", (12,), 11),  # 1 bludgeoning, halved to nothing
        (None, (12,), 6),  # the first on the sheet
    ],
)
def test_weapons_have_their_dice_from_the_sheet_else_from_the_rules(weapon, faces, left):
    act = done(Deed("attack", "Mara", "Grey Wolf", weapon=weapon or ""), fight(), *faces)
    assert act.party.find("Grey Wolf").health == (left, 11)


def test_the_highest_face_always_hits_and_throws_the_damage_twice():
    walled = replace(WOLF, other={"AC": "40"})
    act = done(Deed("attack", "Mara", "Grey Wolf", weapon="Short Sword"), fight(MARA, walled), 20, 3, 2)
    assert act.outcome is Outcome.SUCCESS
    assert "critical" in act.sentence
    assert act.party.find("Grey Wolf").health == (4, 11)  # 3 + 2 of two dice, and 2 once
    assert act.asked == "[roll: attack dc 24 for Mara]"  # so that the line says what the rules say


def test_the_lowest_face_always_misses():
    bare = replace(WOLF, other={"AC": "2"})
    act = done(Deed("attack", "Mara", "Grey Wolf"), fight(MARA, bare), 1)
    assert act.outcome is Outcome.FAILURE
    assert act.asked == "[roll: attack dc 6 for Mara]"


def test_which_faces_count_is_the_rules_own():
    wild = rules(combat={"critical": 3, "times": 3, "fumble": 0})
    act = done(Deed("attack", "Mara", "Wolf Cub", weapon="Fire Bolt"), fight(), 18, 1, 1, 1, by=wild)
    assert act.party.find("Wolf Cub").health == (1, 4)
    assert done(Deed("attack", "Mara", "Grey Wolf"), fight(MARA, replace(WOLF, other={"AC": "2"})), 1, by=wild).changes


def test_a_die_of_six_sides_fights_as_well():
    small = rules(die=6, default_dc=4)
    assert done(Deed("attack", "Tomas", "Wolf Cub"), fight(at="Tomas"), 6, by=small).outcome is Outcome.SUCCESS
    assert "critical" in done(Deed("attack", "Tomas", "Wolf Cub"), fight(at="Tomas"), 6, by=small).sentence
    assert done(Deed("attack", "Tomas", "Wolf Cub"), fight(at="Tomas"), 1, by=small).outcome is Outcome.FAILURE


@pytest.mark.parametrize(("kind", "taken"), [("cold", 2), ("poison", 0), ("fire", 10), ("", 5), ("force", 5)])
def test_damage_goes_by_what_the_sheet_resists(kind, taken):
    act = done(Deed("damage", "Grey Wolf", dice="5", damage=kind), table())
    assert act.party.find("Grey Wolf").health == (11 - taken, 11)
    assert act.told == (f"[damage: Grey Wolf {taken}]" if taken else "")


def test_only_whose_turn_it_is_attacks_and_only_so_often():
    with pytest.raises(CombatRefused, match="It is Mara's turn, not Tomas's"):
        done(Deed("attack", "Tomas", "Grey Wolf"), fight())
    after = done(Deed("attack", "Mara", "Wolf Cub"), fight(), 2).party
    with pytest.raises(CombatRefused, match="has acted"):
        done(Deed("attack", "Mara", "Wolf Cub"), after)
    twice = replace(MARA, other={"Attacks": "2"})
    after = done(Deed("attack", "Mara", "Wolf Cub"), fight(twice, CUB), 2).party
    assert done(Deed("attack", "Mara", "Wolf Cub"), after, 2).party.combat.done == 2


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (Deed("attack", "Mara", "Nobody"), "Nobody here is called Nobody"),
        (Deed("attack", "Mara", "Mara"), "cannot be attacked: the turn is theirs"),
        (Deed("attack", "Mara", "Grey Wolf", weapon="Greataxe"), "has no Greataxe"),
        (Deed("attack", "Mara", "Grey Wolf", advantage="twice"), "neither adv nor dis"),
        (Deed("use", "Mara", item="Rope"), "heals nobody"),
        (Deed("use", "Mara", item="Potion of Healing"), "has no Potion of Healing"),
        (Deed("damage", "Ghost", dice="3"), "Nobody here"),
        (Deed("save", "Mara", ability=""), "needs an ability"),
        (Deed("condition", "Mara", condition=" "), "Name the condition"),
        (Deed("gain", "Grey Wolf", dice="5"), "counts no experience"),
        (Deed("begin"), "on already"),
        (Deed("dance", "Mara"), "no “dance”"),
    ],
)
def test_what_is_refused_says_why(deed, reason):
    party = fight()
    with pytest.raises(CombatRefused, match=reason):
        done(deed, party)
    with pytest.raises(BadDice):
        done(Deed("damage", "Mara", dice="lots"), party)


@pytest.mark.parametrize("kind", ["attack", "next", "leave", "end"])
def test_without_a_fight_nobody_fights(kind):
    with pytest.raises(CombatRefused, match="no fight"):
        done(Deed(kind, "Mara", "Grey Wolf"), table())


def test_a_name_that_no_call_can_hold_is_fought_without_calls():
    odd = replace(WOLF, name="Wolf [Alpha]")
    act = done(Deed("attack", "Mara", "Wolf [Alpha]", weapon="Crook"), fight(MARA, odd), 15)
    assert (act.lines, act.told) == (("attack: 15 + 4(skill) = *19*",), "")
    assert act.party.find("Wolf [Alpha]").health == (6, 11)


def test_a_sheet_that_lists_endless_attacks_has_twenty():
    frantic = replace(MARA, other={"Attacks": "9999"})
    party = fight(frantic, replace(WOLF, other={"AC": "99"}))
    for _number in range(20):
        party = done(Deed("attack", "Mara", "Grey Wolf"), party, 2).party
    with pytest.raises(CombatRefused, match="has acted"):
        done(Deed("attack", "Mara", "Grey Wolf"), party)
