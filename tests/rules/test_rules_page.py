"""docs/rules.md says what the rules read: its file is one, and no key is missing."""

import re

import yaml

from studio.resources import resource
from studio.rules import Rules
from studio.scenario.combat_reading import _COMBAT, _EFFECT
from studio.scenario.game import mistakes_of
from studio.scenario.vocabulary import KEYS, Vocabulary

PAGE = (resource("rules").parent.parent / "docs" / "rules.md").read_text("utf-8")


def test_the_file_of_the_page_has_no_mistake_and_says_what_it_says():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    values = yaml.safe_load(text)
    assert mistakes_of(text, values, Vocabulary.shipped()) == ()
    rules = Rules.of(Vocabulary.shipped().over(values, None))
    assert (rules.die, rules.combat.armour_class, rules.combat.effect("on fire").each_turn) == (6, 4, ("1", "heat"))
    assert "mace" not in {weapon.name for weapon in rules.combat.weapons}


def test_every_key_is_told():
    for key in (*KEYS, *_COMBAT, *_EFFECT):
        assert re.search(rf"\b{key}\b", PAGE), key
