"""Owns reading what a table says of a fight over the rules that stand already, and every mistake in it by its key.

A mistake's key is the way to it, `weapons.laser.dice`. Knows neither files nor how a fight is fought.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from studio.errors import did_you_mean
from studio.language import _
from studio.scenario.combat_rules import ADVANTAGE, DISADVANTAGE, TARGETS, CombatRules, Effect, Weapon
from studio.scenario.model import plain_name

SECTIONS = ("abilities", "weapons", "remedies", "effects", "experience", "combat")
"""The keys of a file of rules that are about fights."""

Troubles = list[tuple[str, str]]

_DICE = re.compile(r"(?:[1-9]\d?)?d[1-9]\d{0,3}(?:[+-]\d{1,3})?\Z|\d{1,4}\Z")
_MOST, _LONGEST = 500, 40
_EVENTS = ("attack", "hurt")
_EFFECT = ("attacks", "checks", "saves", "against", "fails", "skips", "each_turn", "lasts", "shakes_off", "ends_on")
_NUMBERS = {"critical": (0, 1000), "fumble": (0, 1000), "times": (1, 10), "attacks": (1, 20), "rounds": (1, 1000)}
_COMBAT = ("armour_class", "attack", "initiative", "unarmed", "natural", "foes", "aside", "targets", *_NUMBERS)


def combat_rules(values: Mapping[str, object], under: CombatRules) -> tuple[CombatRules, Troubles]:
    """The rules of a fight with what `values` says over them, and all mistakes; those values are as they were."""
    reading = _Reading(under)
    for section in SECTIONS:
        if section in values:
            reading.read(section, values[section])
    return reading.rules, reading.troubles


class _Reading:
    """One pass over the sections, in which values become rules and mistakes are kept."""

    def __init__(self, under: CombatRules) -> None:
        self.rules = under
        self.troubles: Troubles = []

    def read(self, section: str, value: object) -> None:
        """Reads one section over what stands."""
        if not isinstance(value, Mapping):
            self._wrong(section, _("“{key}” is a table of keys.").format(key=section))
        elif len(value) > _MOST:
            self._wrong(section, _("“{key}” has more than {most} entries.").format(key=section, most=_MOST))
        else:
            getattr(self, f"_{section}")(value)

    def _wrong(self, key: str, reason: str) -> None:
        self.troubles.append((key, reason))

    # -- the sections -----------------------------------------------------------------------------------

    def _abilities(self, table: Mapping[object, object]) -> None:
        read = ((self._name("abilities", key), self._names(f"abilities.{key}", under)) for key, under in table.items())
        self.rules = replace(self.rules, abilities=tuple(read))

    def _weapons(self, table: Mapping[object, object]) -> None:
        weapons = {weapon.name: weapon for weapon in self.rules.weapons}
        for key, entry in table.items():
            name = self._name("weapons", key)
            if entry is None:
                weapons.pop(name, None)
            else:
                weapons[name] = self._weapon(f"weapons.{key}", name, entry)
        self.rules = replace(self.rules, weapons=tuple(weapons.values()))

    def _weapon(self, at: str, name: str, entry: object) -> Weapon:
        """A weapon as a table, or in short as `1d6 piercing`."""
        if not isinstance(entry, Mapping):
            dice, damage = self._hurt(at, entry)
            return Weapon(name, dice, damage)
        self._known(at, entry, ("dice", "damage", "add"))
        add = self._names(f"{at}.add", entry.get("add", ()), self._ability_names())
        damage = plain_name(str(entry.get("damage", "")))
        return Weapon(name, self._dice(f"{at}.dice", entry.get("dice")), damage, add)

    def _remedies(self, table: Mapping[object, object]) -> None:
        remedies = dict(self.rules.remedies)
        for key, entry in table.items():
            name = self._name("remedies", key)
            if entry is None:
                remedies.pop(name, None)
            else:
                remedies[name] = self._dice(f"remedies.{key}", entry)
        self.rules = replace(self.rules, remedies=tuple(remedies.items()))

    def _effects(self, table: Mapping[object, object]) -> None:
        effects = dict(self.rules.effects)
        for key, entry in table.items():
            name = self._name("effects", key)
            if entry is None:
                effects.pop(name, None)
            elif isinstance(entry, Mapping):
                effects[name] = self._effect(f"effects.{key}", entry)
            else:
                self._wrong(f"effects.{key}", _("“{key}” is a table of keys.").format(key=key))
        self.rules = replace(self.rules, effects=tuple(effects.items()))

    def _effect(self, at: str, entry: Mapping[object, object]) -> Effect:
        self._known(at, entry, _EFFECT)
        lasts = entry.get("lasts")
        skips = entry.get("skips", False)
        if not isinstance(skips, bool):
            self._wrong(f"{at}.skips", _("“{key}” is true or false.").format(key="skips"))
        return Effect(
            attacks=self._mode(f"{at}.attacks", entry.get("attacks", "")),
            checks=self._mode(f"{at}.checks", entry.get("checks", "")),
            saves=self._saves(f"{at}.saves", entry.get("saves", "")),
            against=self._mode(f"{at}.against", entry.get("against", "")),
            fails=self._names(f"{at}.fails", entry.get("fails", ()), self._ability_names()),
            skips=skips is True,
            each_turn=self._hurt(f"{at}.each_turn", entry["each_turn"]) if "each_turn" in entry else None,
            lasts=None if lasts is None else self._number(f"{at}.lasts", lasts, 1, 1000),
            shakes_off=self._shaken(f"{at}.shakes_off", entry["shakes_off"]) if "shakes_off" in entry else None,
            ends_on=self._names(f"{at}.ends_on", entry.get("ends_on", ()), _EVENTS),
        )

    def _experience(self, table: Mapping[object, object]) -> None:
        self._known("experience", table, ("challenge", "levels"))
        challenge, levels = table.get("challenge"), table.get("levels")
        if isinstance(challenge, Mapping):
            worth = {str(key): self._number(f"experience.challenge.{key}", of) for key, of in challenge.items()}
            self.rules = replace(self.rules, challenge=tuple(worth.items()))
        elif challenge is not None:
            self._wrong("experience.challenge", _("“{key}” is a table of keys.").format(key="challenge"))
        if levels is None:
            return
        totals = tuple(levels) if isinstance(levels, list | tuple) else ()
        rising = all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in totals)
        if not totals or len(totals) > _MOST or not rising or list(totals) != sorted(set(totals)):
            self._wrong("experience.levels", _("“levels” is a list of whole numbers, each larger than the one before."))
        else:
            self.rules = replace(self.rules, levels=totals)

    def _combat(self, table: Mapping[object, object]) -> None:
        self._known("combat", table, _COMBAT)
        given: dict[str, object] = {}
        for key, (least, most) in _NUMBERS.items():
            if key in table:
                given[key] = self._number(f"combat.{key}", table[key], least, most)
        for key in ("foes", "aside"):
            if key in table:
                given[key] = self._names(f"combat.{key}", table[key])
        for key in ("attack", "initiative"):
            if key in table:
                given[key] = self._name(f"combat.{key}", table[key])
        if "armour_class" in table:
            value = table["armour_class"]
            given["armour_class"] = None if value == "usual" else self._number("combat.armour_class", value, 0, 9999)
        for key in ("unarmed", "natural"):
            if key in table:
                given[key] = Weapon("", *self._hurt(f"combat.{key}", table[key]))
        if "targets" in table:
            given["targets"] = self._targets(table["targets"])
        self.rules = replace(self.rules, **given)  # type: ignore[arg-type]  # each value was read by its kind

    def _targets(self, value: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, Mapping):
            self._wrong("combat.targets", _("“{key}” is a table of keys.").format(key="targets"))
            return self.rules.targets
        self._known("combat.targets", value, ("party", "foes"))
        for side, choice in value.items():
            if choice not in TARGETS:
                text = _("“{word}” is none of {known}.").format(word=choice, known=", ".join(TARGETS))
                self._wrong(f"combat.targets.{side}", text)
        return tuple({**dict(self.rules.targets), **{str(side): str(choice) for side, choice in value.items()}}.items())

    # -- values -----------------------------------------------------------------------------------------

    def _known(self, at: str, table: Mapping[object, object], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                near = did_you_mean(str(key), known)
                hint = _(" Did you mean {near}?").format(near=near) if near else ""
                self._wrong(f"{at}.{key}", _("There is no key “{key}” here.").format(key=key) + hint)

    def _ability_names(self) -> tuple[str, ...]:
        return tuple(name for name, _skills in self.rules.abilities)

    def _name(self, at: str, value: object) -> str:
        name = plain_name(str(value))
        if not isinstance(value, str) or not name or len(name) > _LONGEST or any(mark in name for mark in "[]<>:,\r\n"):
            text = _("“{word}” cannot be a name here: use one to {most} letters, and none of [ ] < > : ,")
            self._wrong(f"{at}.{value}", text.format(word=value, most=_LONGEST))
        return name

    def _names(self, at: str, value: object, known: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of names, a word each; of `known` ones where that is given."""
        if not isinstance(value, list | tuple) or len(value) > _MOST:
            self._wrong(at, _("“{key}” is a list of words.").format(key=at.rpartition(".")[2]))
            return ()
        names = tuple(self._name(at, word) for word in value)
        for name in names if known is not None else ():
            if name not in (known or ()):
                text = _("“{word}” is none of {known}.").format(word=name, known=", ".join(known or ()))
                self._wrong(f"{at}.{name}", text)
        return names

    def _number(self, at: str, value: object, least: int = 0, most: int = 10_000_000) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        text = _("“{key}” is a whole number from {least} to {most}.")
        self._wrong(at, text.format(key=at.rpartition(".")[2], least=least, most=most))
        return least

    def _dice(self, at: str, value: object) -> str:
        dice = "" if value is None or isinstance(value, bool) else str(value).replace(" ", "").lower()
        if _DICE.match(dice):
            return dice
        self._wrong(at, _("“{value}” is no dice. Write them like 1d6, 2d4+2 or 4.").format(value=value))
        return "0"

    def _hurt(self, at: str, value: object) -> tuple[str, str]:
        """Dice and a kind of damage: `1d4 fire`."""
        dice, _space, damage = str(value).partition(" ")
        return self._dice(at, dice if isinstance(value, str | int) else None), plain_name(damage)

    def _mode(self, at: str, value: object) -> str:
        if value in ("", ADVANTAGE, DISADVANTAGE):
            return str(value)
        dice = str(value).replace(" ", "").lower()
        if isinstance(value, str | int) and not isinstance(value, bool) and _DICE.match(dice.removeprefix("-")):
            return dice
        text = _("“{key}” is adv, dis, or dice that are added, such as 1d4 or -1d4.").format(key=at.rpartition(".")[2])
        self._wrong(at, text)
        return ""

    def _saves(self, at: str, value: object) -> tuple[tuple[str, str], ...]:
        """Of every saving throw, or of some: `{dexterity: dis}`."""
        if not isinstance(value, Mapping):
            mode = self._mode(at, value)
            return (("", mode),) if mode else ()
        self._names(at, list(value), self._ability_names())
        return tuple((plain_name(str(name)), self._mode(f"{at}.{name}", mode)) for name, mode in value.items())

    def _shaken(self, at: str, value: object) -> tuple[str, int] | None:
        """A saving throw: `constitution 12`."""
        ability, _space, dc = str(value).rpartition(" ")
        if plain_name(ability) in self._ability_names() and dc.isdecimal() and len(dc) < 5:
            return plain_name(ability), int(dc)
        text = _("“{value}” is no saving throw. Write an ability and a DC, such as constitution 12.")
        self._wrong(at, text.format(value=value))
        return None
