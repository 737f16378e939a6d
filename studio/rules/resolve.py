"""Owns what a tool call comes to: its result line, its outcome, and what it changes on the sheets."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from studio.language import _
from studio.rules.checks import Outcome, check, judge, result_line
from studio.rules.dice import Die, Rolled
from studio.rules.errors import CallRefused
from studio.rules.harms import Table
from studio.rules.initiative import lined_up, told_order
from studio.rules.party import Change, Party, Sheet
from studio.rules.table import Rules
from studio.rules.turns import end
from studio.scenario.model import ToolCall, plain_name
from studio.scenario.results import read_result
from studio.scenario.tools import ToolTable

__all__ = [
    "Outcome",
    "Resolution",
    "acting",
    "amount",
    "as_written",
    "effect",
    "judge",
    "outcome_word",
    "resolve",
    "result_line",
]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a call came to. `line` is the content of its TOOLCALL turn, None for tools without a result.

    `party` is the state afterwards, `changes` what differs, `sentence` says it for the log. `because` names the
    conditions of the one who acts that had a part in the throw.
    """

    call: ToolCall
    party: Party
    sentence: str
    line: str | None = None
    actor: str | None = None
    outcome: Outcome | None = None
    rolled: Rolled | None = None
    dc: int | None = None
    changes: tuple[Change, ...] = ()
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    """What a tool needs to be resolved."""

    party: Party
    player: str | None
    rules: Rules
    rng: random.Random


def resolve(
    call: ToolCall,
    party: Party,
    *,
    player: str | None,
    rules: Rules,
    rng: random.Random,
    tools: ToolTable | None = None,
) -> Resolution:
    """Carries out one call. `player` acts where the call names nobody; raises CallRefused.

    `tools` says as what a workspace's own tool acts; one that acts as nothing is told and changes nothing.
    """
    tool = _TOOLS.get(tools.effect(call.name) if tools is not None else call.name)
    own = tools is not None and tools.get(call.name) is not None
    if (tool is None and not own) or call.problem is not None:
        raise CallRefused(call=call.text, reason=call.problem or _("there is no such tool"))
    if tool is None:
        return Resolution(call, party, call.text.strip("[]"))
    return tool(call, _Table(party, player, rules, rng))


def outcome_word(outcome: Outcome | None, rules: Rules) -> str | None:
    """The word that opens the turn after a check, or None where no check was made."""
    words = {Outcome.SUCCESS: rules.outcomes.success, Outcome.FAILURE: rules.outcomes.failure}
    return words[outcome] if outcome else None


def acting(call: ToolCall, party: Party, player: str | None) -> Sheet | None:
    """Who rolls: the named one, else the player, else whoever lists the highest modifier, else the first."""
    return roller(call.arguments[0], party, call.actor or player)


def roller(skill: str, party: Party, name: str | None) -> Sheet | None:
    """Who rolls for a skill: the one of that name, or where there is no name the best at it, else the first."""
    if name is not None:
        return party.find(name)
    return party.best_at(skill) or (party.sheets[0] if party.sheets else None)


def as_written(resolution: Resolution, line: str, rules: Rules) -> Resolution:
    """A roll's resolution with the dice of a TOOLCALL line that stands already; one of no known form has no outcome."""
    told = read_result(line)
    if told is None or resolution.rolled is None:
        return replace(resolution, line=line, outcome=None)
    party, actor = resolution.party, resolution.actor
    if actor is not None and actor in party.initiative and resolution.outcome is None:
        party = replace(party, initiative={**party.initiative, actor: told.total})
    return replace(
        resolution,
        line=line,
        party=party,
        outcome=judge(told.skill, told.total, resolution.call.dc, rules),
        rolled=Rolled(resolution.rolled.expression, told.natural, (Die(rules.die, told.natural),)),
        sentence=f"{actor or _('The table')}: {line}",
    )


def _roll(call: ToolCall, table: _Table) -> Resolution:
    skill = call.arguments[0]
    sheet = acting(call, table.party, table.player)
    if sheet is None and call.actor is not None:
        raise CallRefused(call=call.text, reason=_("nobody here is called {name}").format(name=call.actor))
    made = check(skill, sheet, rules=table.rules, rng=table.rng, dc=call.dc, advantage=call.advantage)
    party, actor = table.party, sheet.name if sheet else None
    if made.outcome is None and actor is not None:
        party = replace(party, initiative={**party.initiative, actor: made.total})
    who = actor or _("The table")
    text = f"{who}: {made.line}"
    return Resolution(call, party, text, made.line, actor, made.outcome, made.rolled, made.dc, because=made.because)


def _target(call: ToolCall, table: _Table) -> Sheet:
    sheet = table.party.find(call.arguments[0])
    if sheet is None:
        raise CallRefused(call=call.text, reason=_("nobody here is called {name}").format(name=call.arguments[0]))
    return sheet


def _changed(call: ToolCall, table: _Table, old: Sheet, new: Sheet, sentence: str) -> Resolution:
    return Resolution(call, table.party.with_sheet(new), sentence, changes=old.changes(new))


def _living(call: ToolCall, table: _Table) -> Sheet:
    """The target, who must have health to lose or regain."""
    sheet = _target(call, table)
    if sheet.health is None:
        raise CallRefused(call=call.text, reason=_("the sheet of {name} lists no health").format(name=sheet.name))
    return sheet


def effect(call: ToolCall, sheet: Sheet, tool: str | None = None) -> Sheet:
    """The target's sheet after a call that the rules can carry out; unchanged by tools that change none.

    `tool` is the shipped tool as which a tool of a workspace's own acts.
    """
    change = _EFFECTS.get(tool or call.name)
    return change(call, sheet) if change is not None else sheet


def _ended(call: ToolCall) -> bool:
    return len(call.arguments) > 2 and call.arguments[-1] == "off"


_EFFECTS: dict[str, Callable[[ToolCall, Sheet], Sheet]] = {
    "damage": lambda call, sheet: sheet.with_health(-int(call.arguments[1])),
    "heal": lambda call, sheet: sheet.with_health(int(call.arguments[1])),
    "give": lambda call, sheet: sheet.with_item(call.arguments[1], amount(call)),
    "take": lambda call, sheet: sheet.with_item(call.arguments[1], -amount(call)),
    "condition": lambda call, sheet: sheet.with_condition(call.arguments[1], off=_ended(call)),
    "level up": lambda call, sheet: replace(sheet, level=(sheet.level or 0) + 1),
}


def _damage(call: ToolCall, table: _Table) -> Resolution:
    old = _living(call, table)
    new = effect(call, old, "damage")
    text = _("{name} takes {n} damage ({health}).")
    text = text.format(name=old.name, n=call.arguments[1], health=new.told("health"))
    return _changed(call, table, old, new, text)


def _heal(call: ToolCall, table: _Table) -> Resolution:
    old = _living(call, table)
    new = effect(call, old, "heal")
    text = _("{name} regains {n} health ({health}).")
    regained = new.health[0] - old.health[0] if new.health is not None and old.health is not None else 0
    text = text.format(name=old.name, n=regained, health=new.told("health"))
    return _changed(call, table, old, new, text)


def amount(call: ToolCall) -> int:
    """How many of an item a call gives or takes."""
    return int(call.arguments[2]) if len(call.arguments) > 2 else 1


def _give(call: ToolCall, table: _Table) -> Resolution:
    old, item, count = _target(call, table), call.arguments[1], amount(call)
    text = _("{name} receives {item}.").format(name=old.name, item=f"{item} x{count}" if count > 1 else item)
    return _changed(call, table, old, effect(call, old, "give"), text)


def _take(call: ToolCall, table: _Table) -> Resolution:
    old, item, count = _target(call, table), call.arguments[1], amount(call)
    if old.count(item) < count:
        reason = _("{name} has {have} of {item}").format(name=old.name, have=old.count(item), item=item)
        raise CallRefused(call=call.text, reason=reason)
    text = _("{name} gives up {item}.").format(name=old.name, item=f"{item} x{count}" if count > 1 else item)
    return _changed(call, table, old, effect(call, old, "take"), text)


def _condition(call: ToolCall, table: _Table) -> Resolution:
    old = _target(call, table)
    new = effect(call, old, "condition")
    text = _("{name} is no longer {condition}.") if _ended(call) else _("{name} is {condition}.")
    return _changed(call, table, old, new, text.format(name=old.name, condition=plain_name(call.arguments[1])))


def _level_up(call: ToolCall, table: _Table) -> Resolution:
    old = _target(call, table)
    new = effect(call, old, "level up")
    return _changed(call, table, old, new, _("{name} reaches level {level}.").format(name=old.name, level=new.level))


def _begin_combat(call: ToolCall, table: _Table) -> Resolution:
    party = table.party
    if party.combat is not None:
        raise CallRefused(call=call.text, reason=_("a fight is on already"))
    begun, _thrown = lined_up(party, table.rules, table.rng)
    first = (begun.combat.whose if begun.combat else None) or _("Nobody")
    change = Change("", "combat", "", told_order(begun))
    return Resolution(call, begun, _("A fight begins. {name} acts first.").format(name=first), changes=(change,))


def _end_combat(call: ToolCall, table: _Table) -> Resolution:
    if table.party.combat is None:
        return Resolution(call, table.party, _("There was no fight."))
    act = end(table.party, table=Table(table.rules, table.rng), called=True)
    return Resolution(call, act.party, act.sentence, changes=act.changes)


_TOOLS: dict[str, Callable[[ToolCall, _Table], Resolution]] = {
    "roll": _roll,
    "damage": _damage,
    "heal": _heal,
    "give": _give,
    "take": _take,
    "condition": _condition,
    "level up": _level_up,
    "begin combat": _begin_combat,
    "end combat": _end_combat,
}
