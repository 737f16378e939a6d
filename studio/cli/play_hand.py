"""Owns how a sheet is changed by hand in words: `Mara health -3`, `Mara inventory rope 2`, `Mara conditions prone off`.

Knows how it is written and whose sheets there are; what a sheet can take the rules say.
"""

import re

from studio.errors import did_you_mean
from studio.language import _
from studio.rules import HandChange, Party
from studio.rules.hand import FIELDS, HandRefused
from studio.rules.party import Sheet

USAGE = "/sheet [NAME FIELD CHANGE]"
"""How the word is written."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_ALSO = {"item": "inventory", "items": "inventory", "condition": "conditions", "xp": "experience", "hp": "health"}


def sheet_of(words: list[str], party: Party) -> tuple[Sheet, list[str]]:
    """Whose sheet is meant, by the longest name that the words begin with, and the words after it.

    Raises HandRefused.
    """
    for length in range(len(words), 0, -1):
        if (sheet := party.find(" ".join(words[:length]))) is not None:
            return sheet, words[length:]
    here = ", ".join(sheet.name for sheet in party.sheets)
    raise HandRefused(
        reason=_("“{words}” begins with nobody's name; here are {here}.").format(words=" ".join(words), here=here)
        if here
        else _("There are no sheets at this table.")
    )


def hand_change(who: str, words: list[str]) -> HandChange:
    """The change that the words after a name ask for. Raises HandRefused where they say too little."""
    field, rest = _field(words)
    if field == "conditions":
        ends = rest[-1].lower() if rest else ""
        what = " ".join(rest[:-1] if ends in ("on", "off") else rest)
        return HandChange(who, field, value=int(ends != "off"), what=what)
    what, number = " ".join(rest[:-1]), rest[-1] if rest else ""
    if not _NUMBER.fullmatch(number) or bool(what) is not (field == "inventory"):
        raise HandRefused(reason=_example(who, field))
    if number[0] in "+-":
        return HandChange(who, field, delta=int(number), what=what)
    return HandChange(who, field, value=int(number), what=what)


def _field(words: list[str]) -> tuple[str, list[str]]:
    for length in (2, 1):
        named = " ".join(words[:length]).lower()
        if (field := _ALSO.get(named, named)) in FIELDS:
            return field, words[length:]
    near = did_you_mean(words[0], FIELDS)
    question = _(" Did you mean {near}?").format(near=near) if near else ""
    told = _("A sheet has no “{field}”; it has {known}.{question}")
    raise HandRefused(reason=told.format(field=words[0], known=", ".join(FIELDS), question=question))


def _example(who: str, field: str) -> str:
    if field == "inventory":
        told = _("Say which thing and how many, as in /sheet {who} inventory rope 2, or rope +1, or rope -1.")
        return told.format(who=who)
    told = _("Say what it becomes or by how much it changes, as in /sheet {who} {field} 3, or +3, or -3.")
    return told.format(who=who, field=field)
