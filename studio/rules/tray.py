"""Owns throwing dice by hand: a skill with what the sheet adds, or any dice."""

import random
import re
from dataclasses import dataclass

from studio.errors import InputError
from studio.language import N_, _
from studio.rules.checks import Outcome, check
from studio.rules.dice import Rolled, roll
from studio.rules.party import Party
from studio.rules.recorded import as_json, read
from studio.rules.table import Rules
from studio.scenario.combat_rules import ADVANTAGE, DISADVANTAGE
from studio.scenario.model import plain_name

_LONGEST = 60
_DICE = re.compile(r"[0-9]{0,3}d[0-9]|[0-9]+\Z", re.IGNORECASE)
_DC = re.compile(r"\s+dc\s+([0-9]{1,3})(?=\s|\Z)", re.IGNORECASE)
_ADVANTAGE = re.compile(rf"\s+({ADVANTAGE}|{DISADVANTAGE})(?=\s|\Z)", re.IGNORECASE)


class ThrowRefused(InputError):
    """A throw that cannot be made; no die fell."""

    sentence = N_("{reason}")


@dataclass(frozen=True, slots=True)
class Throw:
    """What is thrown: a `skill` (or a saving throw, `dexterity save`), or the dice of an `expression`."""

    skill: str = ""
    expression: str = ""
    who: str = ""
    advantage: str = ""
    dc: int = 0

    @classmethod
    def typed(cls, text: str) -> "Throw":
        """What somebody types: dice, or a skill with its options in any order, as `stealth adv dc 12 for Wren`."""
        if _DICE.match(text):
            return cls(expression=text.replace(" ", ""))
        dc, advantage = _DC.search(text), _ADVANTAGE.search(text)
        bare = _ADVANTAGE.sub("", _DC.sub("", text, count=1), count=1)
        skill, _for, who = bare.partition(" for ")
        return cls(
            skill=" ".join(skill.split()),
            who=" ".join(who.split()),
            advantage=advantage[1].lower() if advantage else "",
            dc=int(dc[1]) if dc else 0,
        )

    def as_json(self) -> dict[str, object]:
        """The throw for a log."""
        return as_json(self)

    @classmethod
    def of(cls, values: object) -> "Throw":
        """The throw of a log; raises RecordUnreadable."""
        return read(cls, values)


@dataclass(frozen=True, slots=True)
class Thrown:
    """What was thrown. `line` is the TOOLCALL line, `call` the call that asks for it; both empty for mere dice."""

    rolled: Rolled
    total: int
    sentence: str
    line: str = ""
    call: str = ""
    outcome: Outcome | None = None
    dc: int | None = None
    because: tuple[str, ...] = ()


def throw(asked: Throw, party: Party, *, rules: Rules, rng: random.Random) -> Thrown:
    """Throws; the same for the same generator. Raises ThrowRefused, or BadDice of an expression.

    A skill without a DC has no outcome: what the throw is for, only the table knows.
    """
    if asked.who and party.find(asked.who) is None:
        raise ThrowRefused(reason=_("Nobody here is called {name}.").format(name=asked.who))
    if bool(asked.skill.strip()) == bool(asked.expression.strip()):
        raise ThrowRefused(reason=_("Throw either for a skill or any dice, such as 2d6+3."))
    if asked.advantage not in ("", ADVANTAGE, DISADVANTAGE):
        raise ThrowRefused(reason=_("“{word}” is neither adv nor dis.").format(word=asked.advantage))
    return _for_skill(asked, party, rules, rng) if asked.skill.strip() else _dice(asked, party, rng)


def _dice(asked: Throw, party: Party, rng: random.Random) -> Thrown:
    rolled = roll(asked.expression.strip(), rng)
    faces = ", ".join(str(die.face) if die.kept else f"({die.face})" for die in rolled.dice[:40])
    text = _("{who} throws {dice}: {faces} = {total}") if faces else _("{who} throws {dice} = {total}")
    who = asked.who or _("The table")
    told = text.format(who=who, dice=asked.expression.strip(), faces=faces, total=rolled.total)
    return Thrown(rolled, rolled.total, told)


def _for_skill(asked: Throw, party: Party, rules: Rules, rng: random.Random) -> Thrown:
    skill = plain_name(asked.skill)
    if len(skill) > _LONGEST or any(mark in skill for mark in "[]<>:*\r\n") or not skill[0].isalpha():
        raise ThrowRefused(reason=_("“{skill}” cannot be thrown for.").format(skill=asked.skill[:_LONGEST]))
    if asked.dc < 0 or asked.dc > 9999:
        raise ThrowRefused(reason=_("A DC is 1 to 9999."))
    sheet = party.find(asked.who) if asked.who else None
    dc = asked.dc or None
    made = check(skill, sheet, rules=rules, rng=rng, dc=dc, advantage=asked.advantage or None)
    name = sheet.name if sheet else None
    words = [skill, f"dc {dc}" if dc else "", asked.advantage, f"for {name}" if name else ""]
    return Thrown(
        made.rolled,
        made.total,
        f"{name or _('The table')}: {made.line}",
        made.line,
        f"[roll: {' '.join(word for word in words if word)}]",
        made.outcome if dc else None,
        made.dc if dc else None,
        made.because,
    )
