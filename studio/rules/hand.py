"""Owns changing a sheet by hand: one field of one sheet, never past its bounds, refused in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from studio.errors import InputError
from studio.language import N_, _
from studio.rules.party import Change, Party, Sheet
from studio.rules.recorded import as_json, read
from studio.rules.table import Rules
from studio.scenario.model import plain_name

MOST = 1_000_000
"""The largest number on a sheet that a hand writes."""


class HandRefused(InputError):
    """A change by hand that a sheet cannot take; nothing has changed."""

    sentence = N_("{reason}")


@dataclass(frozen=True, slots=True)
class HandChange:
    """One field of one sheet by hand: `value` it becomes, or `delta` it moves by.

    `field` is one of `FIELDS`. `what` is the item of an inventory, whose count `value` is, or the condition, which
    holds (1) or not (0).
    """

    who: str
    field: str
    value: int | None = None
    delta: int | None = None
    what: str = ""

    def as_json(self) -> dict[str, object]:
        """The change for a log."""
        return as_json(self)

    @classmethod
    def of(cls, values: object) -> "HandChange":
        """The change of a log; raises RecordUnreadable."""
        return read(cls, values)


def by_hand(change: HandChange, party: Party, rules: Rules) -> tuple[Party, tuple[Change, ...]]:
    """The party after a change by hand, and what differs. Raises HandRefused.

    A `value` past the bounds is refused; a `delta` stops at them.
    """
    sheet, field = party.find(change.who), _FIELDS.get(change.field)
    if sheet is None:
        raise HandRefused(reason=_("Nobody here is called {name}.").format(name=change.who))
    if field is None:
        known = ", ".join(_FIELDS)
        raise HandRefused(reason=_("A sheet has no “{field}”; it has {known}.").format(field=change.field, known=known))
    if (change.value is None) == (change.delta is None):
        raise HandRefused(reason=_("Say either what it becomes or by how much it changes."))
    after = field(sheet, change, rules)
    changes = sheet.changes(after)
    if not changes:
        raise HandRefused(reason=_("That is what stands on the sheet of {name} already.").format(name=sheet.name))
    return party.with_sheet(after), changes


def _wanted(change: HandChange, now: int, least: int, most: int, name: str) -> int:
    """The number that a field becomes."""
    if change.value is None:
        return max(least, min(most, now + (change.delta or 0)))
    if not least <= change.value <= most:
        text = _("{name} of {who} can be {least} to {most}, not {value}.")
        raise HandRefused(reason=text.format(name=name, who=change.who, least=least, most=most, value=change.value))
    return change.value


def _health(sheet: Sheet, change: HandChange, rules: Rules) -> Sheet:
    if sheet.health is None:
        raise HandRefused(reason=_("The sheet of {name} lists no health.").format(name=sheet.name))
    now, most = sheet.health
    return replace(sheet, health=(_wanted(change, now, 0, max(now, most), _("Health")), most))


def _most_health(sheet: Sheet, change: HandChange, rules: Rules) -> Sheet:
    now, most = sheet.health or (0, 0)
    most = _wanted(change, most, 1, MOST, _("The most health"))
    return replace(sheet, health=(min(now, most) if sheet.health else most, most))


def _experience(sheet: Sheet, change: HandChange, rules: Rules) -> Sheet:
    """A gain reaches levels as in play; what is written stands as it is."""
    if sheet.experience is None:
        raise HandRefused(reason=_("The sheet of {name} counts no experience.").format(name=sheet.name))
    now, most = sheet.experience
    if change.delta is not None and change.delta > 0:
        return sheet.with_experience(min(change.delta, MOST), rules.combat.levels)
    return replace(sheet, experience=(_wanted(change, now, 0, max(now, most), _("Experience")), most))


def _level(sheet: Sheet, change: HandChange, rules: Rules) -> Sheet:
    return replace(sheet, level=_wanted(change, sheet.level or 0, 1, 1000, _("The level")))


def _item(sheet: Sheet, change: HandChange, rules: Rules) -> Sheet:
    name = " ".join(change.what.split())
    if not name or len(name) > 200 or any(mark in name for mark in "[]<>,"):
        raise HandRefused(reason=_("Name a thing in up to 200 letters, and none of [ ] < > ,"))
    have = sheet.count(name)
    return sheet.with_item(name, _wanted(change, have, 0, MOST, name) - have)


def _condition(sheet: Sheet, change: HandChange, rules: Rules) -> Sheet:
    name = plain_name(change.what)
    if not name or len(name) > 40 or any(mark in name for mark in "[]<>,:"):
        raise HandRefused(reason=_("Name a condition in up to 40 letters, and none of [ ] < > , :"))
    holds = int(name in sheet.conditions)
    wanted = _wanted(change, holds, 0, 1, name)
    return sheet if wanted == holds else sheet.with_condition(name, off=not wanted)


_FIELDS: dict[str, Callable[[Sheet, HandChange, Rules], Sheet]] = {
    "health": _health,
    "most health": _most_health,
    "experience": _experience,
    "level": _level,
    "inventory": _item,
    "conditions": _condition,
}

FIELDS = tuple(_FIELDS)
"""What a hand can change."""
