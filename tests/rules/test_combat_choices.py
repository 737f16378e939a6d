"""What can be done in a fight, what foes choose, and the calls that say so."""

from dataclasses import replace

import pytest

from studio.rules.combat import (
    Deed,
    carry_out,
    choose,
    offers,
    settled,
)
from studio.scenario.model import Item
from studio.scenario.own_tools import own_tools
from studio.scenario.tools import ToolTable
from tests.rules.fights import MARA, OWL, SHIPPED, TOMAS, WOLF, Faces, done, fight, rules, table


def test_what_is_offered_can_be_done():
    hurt = fight().with_sheet(fight().find("Mara").with_health(-3))
    made = offers(hurt, "Mara", SHIPPED)
    assert {offer.deed.kind for offer in made} == {"attack", "use", "next", "leave"}
    assert {offer.deed.target for offer in made if offer.deed.kind == "attack"} == {"Grey Wolf", "Wolf Cub"}
    assert {offer.deed.weapon for offer in made if offer.deed.kind == "attack"} == {
        "Crook",
        "Short Sword",
        "Fire Bolt",
        "bare hands",
    }
    for offer in made:
        assert offer.sentence
        assert done(offer.deed, hurt).sentence
    assert [offer.deed.kind for offer in offers(hurt, "Tomas", SHIPPED)] == ["leave"]
    assert offers(table(), "Mara", SHIPPED) == ()


@pytest.mark.parametrize(
    ("line", "target"), [("", "Mara"), ("strongest", "Mara"), ("weakest", "Tomas"), ("nonsense", "Mara")]
)
def test_foes_choose_by_the_rules_or_their_sheet(line, target):
    wolf = replace(WOLF, other={"Target": line})
    deed = choose(fight(MARA, TOMAS, wolf, OWL, at="Grey Wolf"), "Grey Wolf", SHIPPED, Faces())
    assert (deed.kind, deed.target) == ("attack", target)


def test_the_weapon_chosen_is_the_one_that_hurts_most_and_nobody_attacks_out_of_turn():
    assert choose(fight(), "Mara", SHIPPED, Faces()).weapon == "Fire Bolt"
    assert choose(fight(), "Grey Wolf", SHIPPED, Faces()) == Deed("next")


def test_a_foe_without_a_weapon_has_what_nature_gave_it():
    fanged = rules(combat={"natural": "2d4+2 piercing"})
    party = fight(TOMAS, WOLF, at="Grey Wolf")
    assert choose(party, "Grey Wolf", SHIPPED, Faces()).weapon == "a blow"
    act = done(Deed("attack", "Grey Wolf", "Tomas"), party, 15, 1, 4, by=fanged)
    assert act.party.find("Tomas").health == (2, 12)
    armed = replace(WOLF, inventory=(Item("Tooth (3 piercing)"),))
    assert {offer.deed.weapon for offer in offers(fight(TOMAS, armed, at="Grey Wolf"), "Grey Wolf", SHIPPED)} == {
        "Tooth",
        "",
    }


def test_calls_are_those_of_the_game():
    stars = own_tools(
        {
            "shipped": False,
            "scan": {"like": "roll", "example": "[scan: sensors]", "help": "h"},
            "hull": {"like": "damage", "example": "[hull: Kite 2]", "help": "h"},
        },
        ToolTable.shipped(),
        None,
    )
    deed = Deed("attack", "Mara", "Wolf Cub", weapon="Crook")
    act = carry_out(deed, fight(), rules=SHIPPED, rng=Faces(12), tools=stars)
    assert (act.asked, act.told) == ("[scan: attack dc 15 for Mara]", "[hull: Wolf Cub 5]")
    ended = carry_out(Deed("end"), act.party, rules=SHIPPED, rng=Faces(), tools=stars)
    assert (ended.asked, ended.told, ended.party.combat) == ("", "", None)


def test_what_an_act_decides_no_call_decides_again():
    effects = {tool.effect for tool in ToolTable.shipped().tools.values()}
    assert {effect for effect in effects if not settled(effect)} == {"give"}
