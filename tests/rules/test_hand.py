import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.rules import Change, HandChange, Rules
from studio.rules.hand import FIELDS, HandRefused, by_hand
from tests.rules.fights import table

RULES = Rules.shipped()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (HandChange("mara", "health", value=3), ("health", "16/16", "3/16")),
        (HandChange("Mara", "health", delta=-99), ("health", "16/16", "0/16")),
        (HandChange("Tomas", "health", delta=99), ("health", "9/12", "12/12")),
        (HandChange("Tomas", "most health", value=8), ("health", "9/12", "8/8")),
        (HandChange("Mara", "level", delta=1), ("level", "2", "3")),
        (HandChange("Mara", "experience", value=5), ("experience", "100/600", "5/600")),
        (HandChange("Tomas", "inventory", value=3, what="rope"), ("inventory", "", "rope x3")),
        (HandChange("Tomas", "conditions", value=1, what="Prone"), ("conditions", "", "prone")),
    ],
)
def test_what_a_hand_changes(change, told):
    party, changes = by_hand(change, table(), RULES)
    assert changes == (Change(party.find(change.who).name, *told),)
    others = [sheet for sheet in party.sheets if sheet.name != changes[0].who]
    assert others == [sheet for sheet in table().sheets if sheet.name != changes[0].who]


def test_experience_that_is_gained_reaches_levels():
    party, changes = by_hand(HandChange("Mara", "experience", delta=500), table(), RULES)
    assert party.find("Mara").experience == (600, 900)
    assert {change.field for change in changes} == {"experience", "level"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (HandChange("Nobody", "health", value=1), "Nobody here is called Nobody"),
        (HandChange("Mara", "mood", value=1), "has no “mood”"),
        (HandChange("Mara", "health"), "either what it becomes"),
        (HandChange("Mara", "health", value=1, delta=1), "either what it becomes"),
        (HandChange("Mara", "health", value=17), "0 to 16, not 17"),
        (HandChange("Mara", "health", value=-1), "0 to 16, not -1"),
        (HandChange("Mara", "health", delta=1), "stands on the sheet"),
        (HandChange("Mara", "level", value=0), "1 to 1000"),
        (HandChange("Grey Wolf", "experience", delta=3), "counts no experience"),
        (HandChange("Mara", "inventory", value=1, what="a [b]"), "Name a thing"),
        (HandChange("Mara", "inventory", value=-1, what="Rope"), "Rope of Mara can be 0"),
        (HandChange("Mara", "conditions", value=1, what=""), "Name a condition"),
        (HandChange("Mara", "conditions", value=2, what="prone"), "0 to 1"),
    ],
)
def test_what_is_refused_says_why(change, reason):
    with pytest.raises(HandRefused, match=reason):
        by_hand(change, table(), RULES)


_changes = st.builds(
    HandChange,
    who=st.sampled_from([sheet.name for sheet in table().sheets]),
    field=st.sampled_from(FIELDS),
    value=st.none() | st.integers(-20, 700),
    delta=st.none() | st.integers(-700, 700),
    what=st.sampled_from(["", "Rope", "Crook (5)", "prone", "a,b"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_changes, max_size=6))
def test_no_hand_leaves_the_bounds_and_what_a_log_keeps_comes_to_the_same(asked):
    party, kept = table(), []
    for change in asked:
        try:
            party, changes = by_hand(change, party, RULES)
        except HandRefused:
            continue
        assert changes
        kept.append(json.dumps(change.as_json()))
        for sheet in party.sheets:
            assert sheet.health is None or 0 <= sheet.health[0] <= sheet.health[1]
            assert sheet.experience is None or 0 <= sheet.experience[0] <= sheet.experience[1]
            assert all(item.count > 0 for item in sheet.inventory)
            assert len(set(sheet.conditions)) == len(sheet.conditions)
    again = table()
    for line in kept:
        again, _changes_made = by_hand(HandChange.of(json.loads(line)), again, RULES)
    assert again == party
