import json
import random
from dataclasses import replace

import pytest

from studio.rules import Rules
from studio.rules.combat import fight_out
from studio.rules.errors import BadDice
from studio.rules.recorded import RecordUnreadable, rules_json, rules_of
from tests.rules.fights import rules, table


@pytest.mark.parametrize("by", [Rules.shipped(), rules(die=6, weapons={"laser": "1d4"}, combat={"rounds": 3})])
def test_rules_come_back_from_a_log_as_they_were(by):
    again = rules_of(json.loads(json.dumps(rules_json(by))))
    assert again.combat == by.combat
    assert (again.die, again.outcomes, again.conditions) == (by.die, by.outcomes, by.conditions)
    told = [[act.sentence for _deed, act in fight_out(table(), rules=one, rng=random.Random(4))] for one in (by, again)]
    assert told[0] == told[1]


@pytest.mark.parametrize("values", [None, 3, {}, {"die": 6}, rules_json(replace(Rules.shipped(), die=1))])
def test_damaged_rules_are_our_error(values):
    with pytest.raises(RecordUnreadable):
        rules_of(values)


def test_dice_in_a_log_that_are_none_are_refused_and_break_nothing():
    values = json.loads(json.dumps(rules_json(Rules.shipped())))
    values["own_combat"]["natural"]["dice"] = "9" * 5000
    with pytest.raises(BadDice):
        for seed in range(20):
            list(fight_out(table(), rules=rules_of(values), rng=random.Random(seed)))
