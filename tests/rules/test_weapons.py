import pytest

from studio.rules import Rules
from studio.rules.weapons import mean, plus, times, weapon_of
from tests.rules.fights import rules

SHIPPED = Rules.shipped()


@pytest.mark.parametrize(
    ("item", "dice", "kind"),
    [
        ("Mallet (6)", "6", ""),
        ("Short Sword", "1d6", "piercing"),
        ("Short Sword (6)", "6", "piercing"),
        ("Grandmother's longsword", "1d8", "slashing"),
        ("Silvered Sword (1d6 + 2 radiant)", "1d6+2", "radiant"),
        ("light_hammer", "1d4", "bludgeoning"),
        ("Heavy Crossbow", "1d10", "piercing"),  # the longest name, not `crossbow`
    ],
)
def test_what_a_thing_does(item, dice, kind):
    weapon = weapon_of(item, SHIPPED)
    assert (weapon.dice, weapon.damage) == (dice, kind)


@pytest.mark.parametrize("item", ["Rope", "Crowbar", "Swordfish", "Letter (sealed)", "Lamp ()", "(4)", "", "x" * 5000])
def test_what_is_no_weapon(item):
    assert weapon_of(item, SHIPPED) is None


def test_weapons_of_ones_own():
    stars = rules(weapons={"laser": "2d4 burn", "rope": {"dice": "1d3", "damage": "choking"}, "sword": None})
    assert weapon_of("Old laser", stars).damage == "burn"
    assert weapon_of("Rope", stars).dice == "1d3"
    assert weapon_of("Sword", stars) is None
    assert weapon_of("Mace", stars) is not None


@pytest.mark.parametrize(
    ("dice", "twice", "more", "average"),
    [
        ("1d6", "2d6", "1d6+2", 3.5),
        ("d6", "2d6", "1d6+2", 3.5),
        ("2d4+3", "4d4+3", "2d4+5", 8),
        ("1d4-2", "2d4-2", "1d4", 0.5),
        ("6", "12", "8", 6),
        ("0", "0", "2", 0),
    ],
)
def test_arithmetic_of_dice(dice, twice, more, average):
    assert (times(dice, 2), plus(dice, 2), mean(dice)) == (twice, more, average)
