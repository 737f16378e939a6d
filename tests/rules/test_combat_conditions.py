"""What conditions do in a fight, and saving throws against them."""

from dataclasses import replace

import pytest

from studio.rules.checks import Outcome
from studio.rules.combat import (
    Deed,
)
from tests.rules.fights import CUB, MARA, TOMAS, done, fight, rules, table, with_condition


def test_conditions_give_advantage_and_disadvantage_and_both_are_neither():
    deed = Deed("attack", "Mara", "Wolf Cub", weapon="Crook")
    poisoned = done(deed, with_condition(fight(), "Mara", "poisoned"), 18, 3)
    assert (poisoned.outcome, poisoned.because) == (Outcome.FAILURE, ("poisoned",))
    stunned = done(deed, with_condition(fight(), "Wolf Cub", "stunned"), 3, 18)
    assert (stunned.outcome, stunned.because) == (Outcome.SUCCESS, ("stunned",))
    both = done(deed, with_condition(with_condition(fight(), "Mara", "poisoned"), "Wolf Cub", "stunned"), 18)
    assert len(both.thrown[0].dice) == 1
    asked = done(replace(deed, advantage="adv"), with_condition(fight(), "Mara", "poisoned"), 18)
    assert len(asked.thrown[0].dice) == 1


def test_a_blessing_adds_a_die_that_the_line_names():
    act = done(Deed("attack", "Mara", "Wolf Cub"), with_condition(fight(), "Mara", "blessed"), 8, 3)
    assert act.lines == ("attack: 8 + 4(skill) + 3(blessed) = *15*",)
    assert act.outcome is Outcome.SUCCESS


def test_who_attacks_is_hidden_no_more():
    act = done(Deed("attack", "Mara", "Wolf Cub"), with_condition(fight(), "Mara", "hidden"), 2, 3)
    assert act.party.find("Mara").conditions == ()
    assert act.told == "[condition: Mara hidden off]"


def test_a_condition_that_ends_when_hurt():
    brittle = rules(conditions=["frozen"], effects={"frozen": {"ends_on": ["hurt"], "skips": True}})
    party = with_condition(fight(), "Wolf Cub", "frozen")
    act = done(Deed("attack", "Mara", "Wolf Cub", weapon="bare hands"), party, 20, by=brittle)
    assert act.party.find("Wolf Cub").conditions == ()


def test_who_is_held_loses_the_turn_and_then_is_free():
    party = with_condition(fight(MARA, CUB, TOMAS), "Wolf Cub", "stunned")
    act = done(Deed("next"), party)
    assert act.party.combat.whose == "Tomas"
    assert "Wolf Cub loses the turn" in act.sentence
    assert act.party.find("Wolf Cub").conditions == ()
    assert act.told == "[condition: Wolf Cub stunned off]"


def test_a_condition_lasts_as_many_turns_as_the_rules_say():
    slow = rules(conditions=["webbed"], effects={"webbed": {"lasts": 3}})
    party = with_condition(fight(MARA, CUB), "Mara", "webbed")
    for left in (2, 1):
        party = done(Deed("next"), done(Deed("next"), party, by=slow).party, by=slow).party
        assert [one.left for one in party.combat.lasting] == [left]
    party = done(Deed("next"), party, by=slow).party
    assert (party.find("Mara").conditions, party.combat.lasting) == ((), ())


def test_what_burns_hurts_each_turn_until_it_is_shaken_off():
    party = with_condition(fight(TOMAS, CUB, at="Wolf Cub"), "Tomas", "burning")
    hurt = done(Deed("next"), party, 3)
    assert hurt.party.find("Tomas").health == (6, 12)
    burning = done(Deed("next"), hurt.party, 9).party
    assert burning.find("Tomas").conditions == ("burning",)
    free = done(Deed("next"), hurt.party, 10)
    assert free.party.find("Tomas").conditions == ()
    assert free.asked == "[roll: dexterity save dc 10 for Tomas]"


def test_who_burns_down_ends_the_fight():
    party = with_condition(fight(MARA, CUB), "Wolf Cub", "burning")
    act = done(Deed("next"), party, 4)
    assert act.party.combat is None
    assert act.kind == "end"
    assert "won" in act.sentence


@pytest.mark.parametrize(
    ("ability", "line"),
    [
        ("dexterity", "dexterity save: 11 + 4(skill) = *15*"),  # listed as Dexterity Save
        ("Strength", "strength save: 11 + 1(skill) = *12*"),  # by its score
        ("wisdom", "wisdom save: 11 = *11*"),  # the sheet says nothing of it
        ("initiative", "initiative: 11 + 3(skill) = *14*"),  # a listed skill serves as well
    ],
)
def test_a_saving_throw_is_by_ability_or_by_a_listed_skill(ability, line):
    act = done(Deed("save", "Mara", ability=ability, dc=12), table(), 11)
    assert act.lines == (line,)
    assert act.outcome is (Outcome.FAILURE if ability == "wisdom" else Outcome.SUCCESS)


def test_a_save_halves_the_damage_or_spares_it():
    deed = Deed("save", "Tomas", ability="dexterity", dc=12, dice="7", damage="fire", condition="burning")
    failed = done(deed, table(), 3)
    assert failed.party.find("Tomas").health == (2, 12)
    assert failed.party.find("Tomas").conditions == ("burning",)
    assert done(deed, table(), 15).changes == ()
    assert done(replace(deed, half=True), table(), 15).party.find("Tomas").health == (6, 12)


def test_some_conditions_leave_no_saving_throw():
    act = done(Deed("save", "Mara", ability="dexterity", dc=1), with_condition(table(), "Mara", "stunned"))
    assert (act.outcome, act.steps) == (Outcome.FAILURE, ())
    restrained = done(
        Deed("save", "Mara", ability="dexterity", dc=15), with_condition(table(), "Mara", "restrained"), 18, 2
    )
    assert restrained.outcome is Outcome.FAILURE
