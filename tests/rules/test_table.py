import yaml

from studio.resources import resource
from studio.rules import Rules
from studio.scenario.combat_reading import SECTIONS, combat_rules
from studio.scenario.combat_rules import CombatRules
from studio.scenario.vocabulary import COMBAT, Vocabulary


def test_the_shipped_rules_are_read():
    rules = Rules.shipped()
    assert (rules.die, rules.default_dc) == (20, 15)
    assert "initiative" in rules.uncontested
    assert set(rules.uncontested) <= set(rules.skills)
    assert (rules.outcomes.success, rules.outcomes.failure) == ("*SUCCESS*", "*FAILED*")


def test_the_shipped_fight_has_no_mistake_and_speaks_of_the_shipped_words():
    values = yaml.safe_load(resource("rules/combat.yaml").read_text("utf-8"))
    fight, troubles = combat_rules(values, CombatRules())
    assert troubles == []
    assert fight == Rules.shipped().combat
    assert set(values) == set(SECTIONS) == set(COMBAT)
    words = Vocabulary.shipped()
    assert {name for name, _effect in fight.effects} == set(words.conditions)
    skills = {skill.replace("_", " ") for skill in words.skills}
    assert {skill for _name, under in fight.abilities for skill in under} == skills
    assert len({weapon.name for weapon in fight.weapons}) == len(fight.weapons) > 35


def test_what_was_taken_from_others_is_attributed():
    text = resource("rules/ATTRIBUTION.md").read_text("utf-8")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text
    assert "System Reference Document 5.1" in text
