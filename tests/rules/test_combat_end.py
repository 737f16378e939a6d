"""Healing, leaving, sides, and how a fight ends."""

from dataclasses import replace

import pytest

from studio.rules.combat import (
    FOES,
    PARTY,
    CombatRefused,
    Deed,
    fight_out,
    over,
    side,
    stands,
)
from studio.scenario.model import Character
from tests.rules.fights import MARA, SHIPPED, TOMAS, WOLF, Faces, done, fight, rules, table, with_condition


def test_a_draught_is_used_up_and_takes_the_turn():
    hurt = fight().with_sheet(fight().find("Mara").with_health(-10))
    act = done(Deed("use", "Mara", item="Healing Draught"), hurt)
    assert act.party.find("Mara").health == (14, 16)
    assert act.party.find("Mara").count("Healing Draught") == 1
    assert act.told == "[take: Mara Healing Draught]\n[heal: Mara 8]"
    with pytest.raises(CombatRefused, match="has acted"):
        done(Deed("attack", "Mara", "Grey Wolf"), act.party)


def test_who_is_healed_from_nothing_fights_on():
    party = fight().with_sheet(fight().find("Tomas").with_health(-99))
    assert not stands(party, "Tomas")
    party = done(Deed("use", "Mara", item="Healing Draught", target="Tomas"), party).party
    assert stands(party, "Tomas")
    assert done(Deed("next"), party).party.combat.whose == "Tomas"


def test_who_is_down_is_passed_over():
    party = fight().with_sheet(fight().find("Tomas").with_health(-99))
    assert done(Deed("next"), party).party.combat.whose == "Grey Wolf"


def test_leaving_ends_a_fight_when_a_side_is_gone():
    party = fight(MARA, WOLF)
    gone = done(Deed("leave", "grey wolf"), party).party
    assert over(gone, SHIPPED) == PARTY
    ended = done(Deed("next"), gone)
    assert ended.party.combat is None
    assert ended.party.find("Mara").experience == (150, 600)
    with pytest.raises(CombatRefused, match="out of the fight"):
        done(Deed("leave", "Grey Wolf"), gone)


def test_experience_is_shared_and_makes_levels():
    party = fight()
    for name in ("Grey Wolf", "Wolf Cub"):
        party = party.with_sheet(party.find(name).with_health(-99))
    act = done(Deed("next"), party)
    assert act.party.find("Mara").experience == (130, 600)  # (50 + 10) // 2
    assert act.party.find("Tomas").experience == (30, 300)
    assert act.told == "[end combat]"
    rich = fight(replace(MARA, experience=(595, 600)), replace(WOLF, other={"Reward": "2500"}, health=(1, 5)))
    act = done(Deed("next"), rich.with_sheet(rich.find("Grey Wolf").with_health(-1)))
    assert (act.party.find("Mara").level, act.party.find("Mara").experience) == (5, (3095, 6500))
    assert act.told == "[end combat]\n" + "\n".join(["[level up: Mara]"] * 3)


def test_whoever_loses_learns_nothing():
    party = fight(MARA, WOLF)
    act = done(Deed("next"), party.with_sheet(party.find("Mara").with_health(-99)))
    assert act.party.find("Mara").experience == (100, 600)
    assert "lost" in act.sentence


def test_conditions_that_last_turns_do_not_outlast_the_fight():
    party = with_condition(fight(), "Mara", "prone", "poisoned")
    act = done(Deed("end"), party)
    assert act.party.find("Mara").conditions == ("poisoned",)
    assert act.party.combat is None


def test_sides_are_by_the_kind_on_the_sheet():
    party = table()
    assert [side(sheet, SHIPPED) for sheet in party.sheets] == [PARTY, PARTY, FOES, FOES, "aside"]
    pirates = rules(combat={"foes": ["crew"], "aside": ["enemy"]})
    assert side(party.find("Grey Wolf"), pirates) == "aside"


def test_a_sheet_can_say_its_side():
    ghost = Character("Ghost", kind="Ghost", health=(3, 3), other={"Side": "Foes"})
    tame = replace(WOLF, other={"Side": "party"})
    odd = replace(WOLF, other={"Side": "left"})
    assert [side(sheet, SHIPPED) for sheet in table(ghost, tame).sheets] == [FOES, PARTY]
    assert side(table(odd).sheets[0], SHIPPED) == FOES


def test_one_side_alone_fights_until_the_narrator_or_the_rounds_end_it():
    party = fight(MARA, TOMAS)
    assert over(party, SHIPPED) is None
    acts = [act for _deed, act in fight_out(party, rules=rules(combat={"rounds": 3}), rng=Faces())]
    assert acts[-1].party.combat is None
    assert len(acts) == 6
