import json
import random

import pytest

from studio.rules import Rules
from studio.rules.combat import fight_out
from studio.rules.recorded import BadRecord
from studio.rules.state import party_json, party_of, rules_json, rules_of
from tests.rules.fights import rules, table


@pytest.mark.parametrize("by", [Rules.shipped(), rules(die=6, weapons={"laser": "1d4"}, combat={"rounds": 3})])
def test_rules_come_back_from_a_log_as_they_were(by):
    again = rules_of(json.loads(json.dumps(rules_json(by))))
    assert again.combat == by.combat
    assert (again.die, again.outcomes, again.conditions) == (by.die, by.outcomes, by.conditions)
    told = [[act.sentence for _deed, act in fight_out(table(), rules=one, rng=random.Random(4))] for one in (by, again)]
    assert told[0] == told[1]


@pytest.mark.parametrize("values", [None, 3, {}, {"sheets": 3}, {"sheets": [{"name": []}]}])
def test_a_damaged_state_is_our_error(values):
    with pytest.raises(BadRecord):
        party_of(values, table())
    with pytest.raises(BadRecord):
        rules_of(values)


def test_a_state_with_fewer_sheets_leaves_the_others_as_they_are():
    party = table()
    stood = party_json(party.with_sheet(party.find("Mara").with_health(-5)))
    short = {**stood, "sheets": stood["sheets"][:1]}
    again = party_of(json.loads(json.dumps(short)), party)
    assert again.find("Mara").health == (11, 16)
    assert again.sheets[1:] == party.sheets[1:]
