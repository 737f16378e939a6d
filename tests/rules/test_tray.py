import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.rules import Rules, Throw
from studio.rules.checks import Outcome
from studio.rules.errors import BadDice
from studio.rules.tray import ThrowRefused, throw
from studio.scenario.results import read_result
from tests.rules.fights import table

RULES = Rules.shipped()


def thrown(asked, seed=1, party=None):
    return throw(asked, party or table(), rules=RULES, rng=random.Random(seed))


def test_a_skill_is_thrown_with_what_the_sheet_adds():
    made = thrown(Throw(skill="Attack", who="mara", advantage="adv"))
    assert made.line == f"attack: {made.rolled.natural} + 4(skill) = *{made.total}*"
    assert (len(made.rolled.dice), made.outcome, made.call) == (2, None, "[roll: attack adv for Mara]")


def test_a_dc_gives_an_outcome():
    assert thrown(Throw(skill="attack", who="Mara", dc=1)).outcome is Outcome.SUCCESS
    assert thrown(Throw(skill="attack", who="Mara", dc=99)).outcome is Outcome.FAILURE
    assert thrown(Throw(skill="attack", who="Mara", dc=99)).call == "[roll: attack dc 99 for Mara]"
    assert thrown(Throw(skill="initiative", who="Mara", dc=3)).outcome is None


def test_conditions_count_at_the_tray():
    poisoned = table().with_sheet(table().find("Mara").with_condition("poisoned", off=False))
    made = thrown(Throw(skill="stealth", who="Mara"), party=poisoned)
    assert (len(made.rolled.dice), made.because) == (2, ("poisoned",))
    assert len(thrown(Throw(skill="stealth", who="Mara", advantage="adv"), party=poisoned).rolled.dice) == 1


def test_mere_dice_have_no_line():
    made = thrown(Throw(expression="4d6kh3+2"))
    assert (made.line, made.call, made.outcome) == ("", "", None)
    assert made.total == made.rolled.total
    assert str(made.total) in made.sentence
    assert "(" in made.sentence  # the die that was dropped


def test_the_same_generator_throws_the_same():
    asked = Throw(skill="stealth", who="Mara")
    assert thrown(asked, 5) == thrown(asked, 5)
    assert len({thrown(asked, seed).line for seed in range(40)}) > 10


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (Throw(), ThrowRefused),
        (Throw(skill="stealth", expression="1d6"), ThrowRefused),
        (Throw(skill="stealth", who="Nobody"), ThrowRefused),
        (Throw(skill="stealth", advantage="lucky"), ThrowRefused),
        (Throw(skill="[end combat]"), ThrowRefused),
        (Throw(skill="3"), ThrowRefused),
        (Throw(skill="stealth", dc=-1), ThrowRefused),
        (Throw(expression="a lot"), BadDice),
        (Throw(expression="9999d6"), BadDice),
    ],
)
def test_what_cannot_be_thrown_says_so(asked, error):
    with pytest.raises(error) as caught:
        thrown(asked)
    assert str(caught.value)


@given(st.text(max_size=20), st.sampled_from(["", "adv", "dis"]), st.integers(-2, 40), st.integers(0, 99))
def test_any_skill_is_thrown_in_a_line_that_reads_back_or_refused(skill, advantage, dc, seed):
    asked = Throw(skill=skill, who="Mara", advantage=advantage, dc=dc)
    try:
        made = thrown(asked, seed)
    except ThrowRefused:
        return
    assert thrown(Throw.of(json.loads(json.dumps(asked.as_json()))), seed) == made
    read = read_result(made.line)
    if skill.isascii() and skill.replace(" ", "").isalpha():
        assert read is not None
        assert (read.natural, read.total) == (made.rolled.natural, made.total)
