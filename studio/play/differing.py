"""Owns the calls that lead from one state of the sheets to another, and what no call can say. Knows no session."""

from collections.abc import Iterator

from studio.language import _
from studio.rules import Party, Sheet
from studio.scenario.model import plain_name

_MOST = 999


def calls_between(before: Party, after: Party) -> tuple[list[str], list[str]]:
    """The calls that make the one party the other, and sentences about what they can't."""
    calls, unsaid = list[str](), list[str]()
    for old in before.sheets:
        new = after.find(old.name)
        if new is None or before.find(old.name) is not old:
            continue
        calls += _calls(old, new)
        unsaid += _unsaid(old, new)
    if (before.combat is None) != (after.combat is None):
        calls.append("[end combat]" if after.combat is None else "[begin combat]")
    return calls, unsaid


def _calls(old: Sheet, new: Sheet) -> Iterator[str]:
    if old.health is not None and new.health is not None and old.health[0] != new.health[0]:
        change = new.health[0] - old.health[0]
        if abs(change) <= _MOST and old.with_health(change).health == (new.health[0], old.health[1]):
            yield f"[{'heal' if change > 0 else 'damage'}: {old.name} {abs(change)}]"
    names = {plain_name(item.name): item.name for item in (*old.inventory, *new.inventory)}
    for name in names.values():
        change = new.count(name) - old.count(name)
        if change and abs(change) <= _MOST:
            count = f" x{abs(change)}" if abs(change) > 1 else ""
            yield f"[{'give' if change > 0 else 'take'}: {old.name} {name}{count}]"
    yield from (f"[condition: {old.name} {one}]" for one in new.conditions if one not in old.conditions)
    yield from (f"[condition: {old.name} {one} off]" for one in old.conditions if one not in new.conditions)
    yield from [f"[level up: {old.name}]"] * min(8, max(0, (new.level or 0) - (old.level or 0)))


def _unsaid(old: Sheet, new: Sheet) -> Iterator[str]:
    """What no tool says: the most health, a level lost, experience, health beyond its bounds."""
    if (old.health is None) != (new.health is None) or (old.health and new.health and old.health[1] != new.health[1]):
        yield _("the most health of {name} was changed by hand, which no call can say.").format(name=old.name)
    if (new.level or 0) < (old.level or 0):
        yield _("the level of {name} was lowered by hand, which no call can say.").format(name=old.name)
    if old.experience != new.experience:
        yield _("the experience of {name} changed, which no call can say.").format(name=old.name)
