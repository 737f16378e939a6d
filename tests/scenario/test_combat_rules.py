"""What a designer's own file says of fights, and every mistake in it with its line."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from studio.scenario import Vocabulary
from studio.scenario.combat_rules import CombatRules
from studio.scenario.game import RULES_FILE, Game, read_own_rules
from studio.scenario.vocabulary import BadRules

WORDS = Vocabulary.shipped()
SHIPPED = CombatRules.shipped()

STARS = """
die: 6
default_dc: 4
skills: [sensors, guns, initiative]
conditions: [adrift, on_fire]
abilities: {hull: [guns], crew: [sensors]}
weapons:
  laser: 1d4 burn
  torpedo: {dice: 2d6, damage: blast, add: [crew]}
remedies: {patch: 1d4}
effects:
  adrift: {attacks: dis, against: adv, saves: {crew: dis}, fails: [hull], lasts: 2}
  on fire: {each_turn: 1 heat, shakes_off: crew 4, ends_on: [hurt], checks: -1d4}
experience: {levels: [5, 10, 20], challenge: {1: 2, small: 1}}
combat: {armour_class: 3, attack: guns, critical: 0, foes: [pirate], rounds: 12, targets: {foes: random}}
"""


def read(folder: Path, text: str) -> Vocabulary:
    (folder / RULES_FILE).write_text(text, "utf-8")
    return read_own_rules(folder / RULES_FILE, WORDS)


def test_a_games_own_fight_stands_over_the_shipped_one(tmp_path: Path) -> None:
    fight = read(tmp_path, STARS).combat
    assert fight is not None
    assert (fight.armour_class, fight.attack, fight.rounds, fight.times) == (3, "guns", 12, SHIPPED.times)
    assert dict(fight.targets) == {"party": "weakest", "foes": "random"}
    assert fight.ability("guns") == "hull"
    assert {"laser", "torpedo", "mace"} <= {weapon.name for weapon in fight.weapons}
    adrift = fight.effect("Adrift")
    assert (adrift.lasts, adrift.on_save("crew"), adrift.on_save("hull")) == (2, ("dis",), ())
    assert fight.effect("on_fire").checks == "-1d4"
    assert fight.effect("on_fire").shakes_off == ("crew", 4)
    assert dict(fight.challenge) == {"1": 2, "small": 1}
    assert (fight.levels, fight.foes, fight.aside) == ((5, 10, 20), ("pirate",), SHIPPED.aside)


def test_a_game_that_says_nothing_of_fights_has_the_shipped_one(tmp_path: Path) -> None:
    assert read(tmp_path, "die: 12").combat is None


def test_an_entry_without_anything_goes(tmp_path: Path) -> None:
    fight = read(tmp_path, "weapons: {mace: }\neffects: {prone: }\nremedies: {healing draught: }").combat
    assert fight is not None
    assert "mace" not in {weapon.name for weapon in fight.weapons}
    assert fight.effect("prone") == fight.effect("nothing at all")
    assert [name for name, _dice in fight.remedies] == ["potion of healing"]


MISTAKES = """die: 1
default_dc: 4
skills:
  - sneak
  - Sneak
  - "a]b"
conditions: [adrift]
weapns: {}
weapons:
  laser: lots
  torpedo:
    dice: 2d6
    damge: blast
    add: [strength, luck]
effects:
  adrift: {attacks: twice, lasts: 0, skips: perhaps}
  frozen: {saves: {luck: adv}, fails: dexterity}
  adrift: {shakes_off: luck 3, each_turn: fire, ends_on: [supper]}
experience: {levels: [5, 3], challenge: {1: many}}
combat:
  rounds: never
  foes: enemy
  targets: {foes: nicest, all: first}
  armour_class: none
"""


def test_all_mistakes_are_named_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(BadRules) as caught:
        read(tmp_path, MISTAKES)
    mistakes = caught.value.fields["mistakes"]
    assert isinstance(mistakes, tuple)
    assert [line for line, _reason in mistakes] == sorted(line for line, _reason in mistakes)
    assert {line for line, _reason in mistakes} == {1, 5, 6, 8, 10, 13, 14, 17, 18, 19, 21, 22, 23, 24}
    told = str(caught.value)
    for line, reason in mistakes:
        assert f"Line {line}: {reason}" in told
    said = dict(mistakes)
    assert "Did you mean damage?" in said[13]
    assert "“luck” is none of" in said[14]
    assert "none of the conditions" in " ".join(reason for line, reason in mistakes if line == 17)
    assert any("stands twice" in reason for line, reason in mistakes if line == 18)


def test_the_game_tells_them_once_and_the_shipped_rules_serve(tmp_path: Path) -> None:
    (tmp_path / RULES_FILE).write_text(MISTAKES, "utf-8")
    game = Game.of(tmp_path)
    (trouble,) = game.troubles
    assert game.words is WORDS
    assert "Line 1: The die has 2 to 1000 sides." in str(trouble)
    assert "Line 24: " in str(trouble)
    mistakes = trouble.fields["mistakes"]
    assert isinstance(mistakes, tuple)
    assert mistakes[0] == (1, "The die has 2 to 1000 sides.")


def test_a_file_of_nothing_but_mistakes_is_told_in_reason(tmp_path: Path) -> None:
    with pytest.raises(BadRules) as caught:
        read(tmp_path, "".join(f"wrong{number}: 1\n" for number in range(400)))
    mistakes = caught.value.fields["mistakes"]
    assert isinstance(mistakes, tuple)
    assert len(mistakes) == 400
    assert str(caught.value).endswith("And 340 more.). Mend it, or remove it to play by the shipped rules.")


_KEYS = st.sampled_from(
    ["abilities", "weapons", "remedies", "effects", "experience", "combat", "dice", "damage", "add", "attacks", "saves",
     "against", "fails", "skips", "each_turn", "lasts", "shakes_off", "ends_on", "challenge", "levels", "rounds",
     "targets", "foes", "prone", "mace", "1"]
)  # fmt: skip
_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1d6", "adv"])
)
_YAML = st.recursive(
    _VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _YAML, max_size=4))
def test_any_values_are_rules_or_our_error(tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        words = read(folder, yaml.safe_dump(values))
    except BadRules as error:
        mistakes = error.fields["mistakes"]
        assert isinstance(mistakes, tuple)
        assert mistakes
        assert all(line >= 1 and reason for line, reason in mistakes)
    else:
        assert words.combat is None or isinstance(words.combat, CombatRules)
