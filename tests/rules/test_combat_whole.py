"""Whole fights by the rules alone, and whatever deeds a log holds."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.rules import Party, Rules
from studio.rules.combat import (
    KINDS,
    NOBODY,
    CombatRefused,
    Deed,
    carry_out,
    fight_out,
    over,
    stands,
)
from studio.rules.errors import BadDice
from studio.rules.party import Combat
from studio.rules.recorded import RecordUnreadable
from studio.scenario.model import Character, Item
from tests.rules.fights import MARA, SHIPPED, WOLF, rules, table, with_condition


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
