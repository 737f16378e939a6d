"""Fights as they are played: one act after the other, and whole ones by the rules alone."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.rules import Party, Rules
from studio.rules.checks import Outcome
from studio.rules.combat import (
    FOES,
    KINDS,
    NOBODY,
    PARTY,
    CombatRefused,
    Deed,
    carry_out,
    choose,
    fight_out,
    offers,
    over,
    settled,
    side,
    stands,
)
from studio.rules.errors import BadDice
from studio.rules.party import Combat
from studio.rules.recorded import RecordUnreadable
from studio.scenario.model import Character, Item
from studio.scenario.own_tools import own_tools
from studio.scenario.tools import ToolTable
from tests.rules.fights import CUB, MARA, OWL, TOMAS, WOLF, rules, table

SHIPPED = Rules.shipped()


class Faces(random.Random):
    """Dice that fall as they are told, and then as they like."""

    def __init__(self, *faces: int) -> None:
        super().__init__(1)
        self.faces = list(faces)

    def randint(self, a: int, b: int) -> int:
        return self.faces.pop(0) if self.faces else super().randint(a, b)


def fight(*characters: Character, at: str = "Mara") -> Party:
    """A fight in which one of them acts now."""
    party = table(*characters)
    order = tuple((sheet.name, 20 - place) for place, sheet in enumerate(party.sheets))
    turn = next(place for place, (name, _total) in enumerate(order) if name == at)
    return replace(party, combat=Combat(order, turn=turn))


def done(deed: Deed, party: Party, *faces: int, by: Rules = SHIPPED):
    return carry_out(deed, party, rules=by, rng=Faces(*faces))


def with_condition(party: Party, name: str, *conditions: str) -> Party:
    for condition in conditions:
        party = party.with_sheet(party.find(name).with_condition(condition, off=False))
    return party


# -- beginning ------------------------------------------------------------------------------------------


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


# -- blows ----------------------------------------------------------------------------------------------


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


# -- conditions -----------------------------------------------------------------------------------------


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


# -- saving throws --------------------------------------------------------------------------------------


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


# -- healing, leaving, the end --------------------------------------------------------------------------


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


# -- what is offered and chosen -------------------------------------------------------------------------


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


# -- whole fights ---------------------------------------------------------------------------------------


def told(party: Party, seed: int, by: Rules) -> list[tuple[dict[str, object], str, Party]]:
    made = fight_out(party, rules=by, rng=random.Random(seed))
    return [(deed.as_json(), act.sentence, act.party) for deed, act in made]


def test_a_fight_by_seed_is_the_same_twice_and_others_differ():
    assert told(table(), 7, SHIPPED) == told(table(), 7, SHIPPED)
    assert len({str(told(table(), seed, SHIPPED)) for seed in range(8)}) == 8


_NAMES = ("Ash", "Bram", "Cole", "Dara", "Eyla")
_sheets = st.builds(
    Character,
    name=st.sampled_from(_NAMES),
    kind=st.sampled_from([None, "Player Character", "Enemy", "Bystander", "Ghost"]),
    level=st.none() | st.integers(0, 20),
    health=st.none() | st.integers(0, 30).flatmap(lambda most: st.tuples(st.integers(0, most), st.just(most))),
    experience=st.none() | st.tuples(st.integers(0, 50), st.integers(0, 400)),
    inventory=st.lists(
        st.builds(Item, st.sampled_from(["Mace", "Club (0)", "Knife (1d4-3)", "Bow (9d9999)", "Rope"])), max_size=2
    ).map(tuple),
    skills=st.dictionaries(st.sampled_from(["Attack", "Initiative"]), st.integers(-30, 30)),
    other=st.dictionaries(
        st.sampled_from(["AC", "Attacks", "Target", "Challenge", "Immunities"]),
        st.sampled_from(["0", "3", "30", "random", "1/2", "slashing", "many", ""]),
    ),
)
_fights = st.lists(_sheets, min_size=1, max_size=5, unique_by=lambda one: one.name)


@settings(max_examples=60, deadline=None)
@given(_fights, st.integers(0, 999), st.lists(st.sampled_from(SHIPPED.conditions), max_size=3))
def test_any_fight_ends_with_health_in_its_bounds_and_the_order_whole(characters, seed, conditions):
    by, party = rules(combat={"rounds": 8}), table(*characters)
    for place, condition in enumerate(conditions):
        party = with_condition(party, characters[place % len(characters)].name, condition)
    able = {sheet.name for sheet in party.sheets if sheet.health is None or sheet.health[0] > 0}
    if not able:
        with pytest.raises(CombatRefused):
            list(fight_out(party, rules=by, rng=random.Random(seed)))
        return
    acts = [act for _deed, act in fight_out(party, rules=by, rng=random.Random(seed))]
    assert len(acts) <= 1 + 8 * len(able) * (1 + 30)
    assert acts[-1].party.combat is None
    for act in acts:
        for before, sheet in zip(party.sheets, act.party.sheets, strict=True):
            assert (before.health is None) is (sheet.health is None)
            assert sheet.health is None or 0 <= sheet.health[0] <= sheet.health[1] == before.health[1]
            assert sheet.experience is None or sheet.experience[0] <= max(sheet.experience[1], before.experience[0])
        combat = act.party.combat
        if combat is not None:
            assert {name for name, _total in combat.order} == able
            assert [total for _name, total in combat.order] == sorted((t for _n, t in combat.order), reverse=True)
            assert over(act.party, by) or stands(act.party, combat.whose or "")
            assert combat.round <= 8


_text = st.sampled_from(
    ["", "Mara", "Grey Wolf", "wolf cub", "Crook", "Healing Draught", "poisoned", "2d6", "7", "dexterity"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.builds(
            Deed,
            kind=st.sampled_from(KINDS),
            who=_text,
            target=_text,
            weapon=_text,
            item=_text,
            ability=_text,
            condition=_text,
            dice=_text,
            dc=st.integers(-1, 30),
            advantage=st.sampled_from(["", "adv", "dis"]),
            half=st.booleans(),
            off=st.booleans(),
        ),
        max_size=8,
    )
)
def test_any_deeds_are_done_or_refused_and_a_log_of_them_comes_to_the_same(deeds):
    """A refused deed changes nothing; what a log keeps comes to the same again."""
    party, done_so_far = table(), []
    for place, deed in enumerate(deeds):
        try:
            act = carry_out(deed, party, rules=SHIPPED, rng=random.Random(place))
        except (CombatRefused, BadDice) as error:
            assert str(error)
            continue
        assert act.sentence or deed.kind == "condition"
        done_so_far.append((place, json.dumps(deed.as_json())))
        party = act.party
    again = table()
    for place, kept in done_so_far:
        again = carry_out(Deed.of(json.loads(kept)), again, rules=SHIPPED, rng=random.Random(place)).party
    assert again == party


@pytest.mark.parametrize("values", [None, [], {"who": "Mara"}, {"kind": "attack", "dc": "many"}, {"kind": ["a"]}])
def test_a_damaged_record_is_our_error(values):
    with pytest.raises(RecordUnreadable):
        Deed.of(values)


def dull(rounds: int) -> list[Party]:
    """A fight in which nobody can be hurt."""
    by = rules(combat={"rounds": rounds, "natural": "1d6 bludgeoning"})
    safe = [replace(one, other={"Immunities": "bludgeoning"}, inventory=(), spells=()) for one in (MARA, WOLF)]
    return [act.party for _deed, act in fight_out(table(*safe), rules=by, rng=random.Random(1))]


def test_a_fight_that_nobody_can_win_is_over_after_its_rounds():
    parties = dull(4)
    assert parties[-1].combat is None
    assert parties[-1].find("Mara").health == (16, 16)
    assert len(parties) == 1 + 4 * 2 * 2
    assert over(replace(parties[-1], combat=Combat((("Mara", 1), ("Grey Wolf", 1)), round=51)), SHIPPED) == NOBODY


def test_without_that_it_would_go_on():
    """The twin: it is the rounds alone that end it."""
    assert len(dull(400)) == 1 + 400 * 2 * 2


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
