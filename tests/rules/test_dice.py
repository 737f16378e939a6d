import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.rules.dice import LONGEST, MOST_DICE, roll
from studio.rules.errors import BadDice

seeds = st.integers(0, 2**32)


@given(seeds, st.integers(1, 40), st.integers(1, 100), st.integers(-50, 50))
def test_a_sum_of_dice_lies_in_its_range_and_is_what_the_dice_show(seed, number, size, modifier):
    rolled = roll(f"{number}d{size}{modifier:+d}", random.Random(seed))
    assert len(rolled.dice) == number
    assert all(1 <= die.face <= size == die.size and die.kept for die in rolled.dice)
    assert rolled.total == rolled.natural + modifier


@given(seeds, st.sampled_from(["kh", "kl", "ph", "pl"]), st.integers(1, 8), st.integers(1, 8))
def test_selectors_keep_and_drop_the_right_dice(seed, selector, number, chosen):
    rolled = roll(f"{number}d20{selector}{chosen}", random.Random(seed))
    faces = sorted((die.face for die in rolled.dice), reverse=selector[1] == "h")
    left = faces[:chosen] if selector[0] == "k" else faces[chosen:]
    assert rolled.total == rolled.natural == sum(left)
    assert sum(die.kept for die in rolled.dice) == len(left)


@given(seeds)
def test_the_same_seed_gives_the_same_dice(seed):
    assert roll("4d6kh3 + 1d20", random.Random(seed)) == roll("4d6kh3 + 1d20", random.Random(seed))


def test_it_rolls_with_the_given_generator_alone():
    random.seed(7)
    before = random.getstate()
    roll("10d20", random.Random(1))
    assert random.getstate() == before


def test_a_twenty_sided_die_shows_every_face_about_as_often():
    rng = random.Random(20)
    faces = [roll("1d20", rng).total for _ in range(4000)]
    expected = len(faces) / 20
    chi_square = sum((faces.count(face) - expected) ** 2 / expected for face in range(1, 21))
    assert chi_square < 43.8  # 19 degrees of freedom, p = 0.001


@pytest.mark.parametrize(
    ("expression", "total"),
    [("7", 7), ("2*(3+4)-1", 13), ("-5+2", -3), ("7/2", 3), ("-7//2", -4), ("3d1", 3), ("0d6", 0), ("+4", 4)],
)
def test_arithmetic(expression, total):
    assert roll(expression, random.Random(0)).total == total


@pytest.mark.parametrize(
    "expression",
    ["", " ", "d", "1d", "1d0", "1d%", "d-4", "1d20 +", "stealth", "1/0", "1d20rr1", "4d6e6", "1d20mi10", "3d6k2",
     "(1, 2)", "1d20 [fire]", "1d20 > 5", "1.5", "2d6.5", f"{MOST_DICE + 1}d6", "600d6+600d6", "9" * 5000,
     "(" * 100 + "1" + ")" * 100 + "d", "1+" * LONGEST + "1", "1d20; import os", "１d６"],
)  # fmt: skip
def test_what_is_not_rolled_says_so(expression):
    with pytest.raises(BadDice):
        roll(expression, random.Random(0))


@given(st.text(max_size=40) | st.text(alphabet="0123456789dkhlp+-*/() []%,.<>=!rmiae", max_size=30))
@example("(" * 199)
@example("-" * 198 + "1")
@example("1" + "*99999" * 33)
def test_any_text_is_rolled_or_refused(expression):
    try:
        rolled = roll(expression, random.Random(0))
    except BadDice as error:
        assert str(error)
    else:
        assert len(rolled.dice) <= MOST_DICE
        assert isinstance(rolled.total, int)
