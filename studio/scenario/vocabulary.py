"""Owns the words and numbers of a set of rules, and what is wrong with ones that were given; knows no rule of play."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from studio.errors import InputError, did_you_mean
from studio.files import read_text
from studio.language import N_, _
from studio.resources import resource
from studio.scenario.combat_rules import CombatRules
from studio.scenario.model import plain_name
from studio.scenario.tables import SAFE

WORDS = ("die", "default_dc", "uncontested", "skills", "conditions", "outcomes")
COMBAT = ("abilities", "weapons", "remedies", "effects", "experience", "combat")
KEYS = (*WORDS, *COMBAT)
"""What a file of rules may say."""

_LISTS = ("uncontested", "skills", "conditions")
_LONGEST, _MOST = 40, 500


class BadRules(InputError):
    """The rules' data file is not usable."""

    sentence = N_("{path} does not describe rules ({reason}). Mend it, or remove it to play by the shipped rules.")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one set of rules. `uncontested` names the skills whose roll has no outcome word.

    `outcomes` are the words after a check that went well and one that did not, in this order. `combat` is how a fight
    is fought, None where that is as it ships.
    """

    skills: tuple[str, ...]
    conditions: tuple[str, ...]
    uncontested: tuple[str, ...]
    outcomes: tuple[str, ...]
    die: int = 20
    default_dc: int = 15
    combat: CombatRules | None = None

    @classmethod
    @cache
    def shipped(cls) -> "Vocabulary":
        """The words of the rules that come with the studio."""
        rules = yaml.load(read_text(resource("rules/rules.yaml")), SAFE)
        return cls(
            skills=tuple(rules["skills"]),
            conditions=tuple(rules["conditions"]),
            uncontested=tuple(rules["uncontested"]),
            outcomes=tuple(rules["outcomes"].values()),
            die=int(rules["die"]),
            default_dc=int(rules["default_dc"]),
        )

    def over(self, values: Mapping[str, object], path: Path) -> "Vocabulary":
        """These words with those that are given in place of them; raises BadRules with all that is wrong."""
        troubles = tuple(rules_troubles(values, self))
        if troubles:
            raise BadRules(path=path, reason=" ".join(reason for _key, reason in troubles), troubles=troubles)
        given: dict[str, object] = {key: value for key, value in values.items() if key in WORDS}
        for key in _LISTS:
            if key in given:
                given[key] = _words(given[key])
        outcomes = given.pop("outcomes", None)
        if isinstance(outcomes, Mapping):
            success, failure = self.outcomes
            given["outcomes"] = (str(outcomes.get("success", success)), str(outcomes.get("failure", failure)))
        if "skills" in given and "uncontested" not in given:
            skills = {plain_name(name) for name in _words(given["skills"])}
            given["uncontested"] = tuple(name for name in self.uncontested if plain_name(name) in skills)
        if any(key in COMBAT for key in values):
            given["combat"], _troubles = _combat(values, self)
        return replace(self, **given)  # type: ignore[arg-type]  # rules_troubles looked at every value


def rules_troubles(values: Mapping[str, object], under: Vocabulary) -> Iterator[tuple[str, str]]:
    """What is wrong with values for rules: the key and a sentence each, nothing where they can be used.

    Within a section the key is the way to what is wrong, `weapons.laser.dice`.
    """
    for key in values:
        if key not in KEYS:
            near = did_you_mean(str(key), KEYS)
            hint = _(" Did you mean {near}?").format(near=near) if near else ""
            yield str(key), _("Rules say nothing of “{key}”.").format(key=key) + hint
    if "die" in values and not _number(values["die"], 2, 1000):
        yield "die", _("The die has 2 to 1000 sides.")
    if "default_dc" in values and not _number(values["default_dc"], 1, 9999):
        yield "default_dc", _("The usual DC is a whole number from 1.")
    for key in _LISTS:
        if key in values:
            yield from _list_troubles(key, values[key])
    yield from _uncontested(values, under)
    if "outcomes" in values:
        yield from (("outcomes", reason) for reason in _outcome_troubles(values["outcomes"], under))
    if any(key in COMBAT for key in values):
        yield from _combat(values, under)[1]
        yield from _effect_troubles(values, under)


def _combat(values: Mapping[str, object], under: "Vocabulary") -> tuple[CombatRules, list[tuple[str, str]]]:
    from studio.scenario.combat_reading import combat_rules  # most games have none of their own

    return combat_rules(values, under.combat or CombatRules.shipped())


def _effect_troubles(values: Mapping[str, object], under: "Vocabulary") -> Iterator[tuple[str, str]]:
    """What a condition does is said of conditions that there are."""
    effects = values.get("effects")
    known = {plain_name(name) for name in _words(values.get("conditions", under.conditions)) if isinstance(name, str)}
    for name, entry in effects.items() if isinstance(effects, Mapping) else ():
        if entry is not None and plain_name(str(name)) not in known:
            yield f"effects.{name}", _("“{name}” has effects, but is none of the conditions.").format(name=name)


def _number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _words(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _list_troubles(key: str, value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        yield key, _("“{key}” is a list of words.").format(key=key)
        return
    if key == "skills" and not value:
        yield key, _("Name at least one skill, so that something can be rolled.")
    if len(value) > _MOST:
        yield key, _("“{key}” has more than {most} words.").format(key=key, most=_MOST)
    seen = set[str]()
    for word in value[:_MOST]:
        plain = plain_name(word)
        if not plain or len(word) > _LONGEST or any(mark in word for mark in "[]<>:,\r\n"):
            text = _("“{word}” cannot be one of {key}: use one to {most} letters, and none of [ ] < > : ,")
            yield f"{key}.{word}", text.format(word=word, key=key, most=_LONGEST)
        elif plain in seen:
            yield f"{key}.{word}", _("“{word}” stands twice in {key}.").format(word=word, key=key)
        seen.add(plain)


def _uncontested(values: Mapping[str, object], under: Vocabulary) -> Iterator[tuple[str, str]]:
    """A roll that has no DC must be one of the skills."""
    skills = values.get("skills", under.skills)
    known = {plain_name(name) for name in _words(skills) if isinstance(name, str)}
    for name in _words(values.get("uncontested", ())):
        if isinstance(name, str) and plain_name(name) not in known:
            yield f"uncontested.{name}", _("“{name}” has no DC, but is none of the skills.").format(name=name)


def _outcome_troubles(value: object, under: Vocabulary) -> Iterator[str]:
    if not isinstance(value, Mapping) or not set(value) <= {"success", "failure"}:
        yield _("The outcomes are `success` and `failure`, a word each.")
        return
    success, failure = (
        value.get(name, word) for name, word in zip(("success", "failure"), under.outcomes, strict=True)
    )
    for word in (success, failure):
        inner = word[1:-1] if isinstance(word, str) else ""
        starred = isinstance(word, str) and word.startswith("*") and word.endswith("*")
        if not starred or not inner.strip() or len(inner) > _LONGEST or any(mark in inner for mark in "*[]<>\r\n"):
            yield _("“{word}” cannot open a turn: write a word between two asterisks, such as *SUCCESS*.").format(
                word=word
            )
    if success == failure:
        yield _("Success and failure need different words.")
