"""Owns what the replay sees in the calls of a DM turn: whether the sheets allow them, and the words about them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from studio.errors import did_you_mean
from studio.language import _
from studio.lint.diagnostics import Finding, Fix, Seen, quoted
from studio.lint.state import Rulebook, State, placeless
from studio.rules.party import Combat, Party, Sheet
from studio.rules.resolve import acting, amount, effect
from studio.scenario import Edit, Span, Tool, ToolCall, Turn
from studio.scenario.model import plain_name

MOST_ITEMS = 300
"""A longer inventory is not followed."""

_HURT = re.compile(
    r"\b(?:takes?|suffers?|loses?|deals?|dealing|for) ([0-9]{1,4}) "
    r"(?:points? of )?(?:[a-z]{1,12} )?(?:damage|hit points?)\b",
    re.IGNORECASE,
)
_HEALED = re.compile(
    r"\b(?:regains?|recovers?|heals?|heals? for) ([0-9]{1,4}) (?:points? of )?(?:health|hit points?|hp)\b",
    re.IGNORECASE,
)
_AMOUNTS = (("damage", _HURT), ("heal", _HEALED))
_HEALTH = re.compile(r"\b([0-9]{1,5})[ \t]?/[ \t]?([0-9]{1,5})\b")
_ABOUT = ("health", "hp", "hit point")


def called(book: Rulebook, state: State, turn: Turn, seen: list[Seen]) -> State:
    """The state after a DM turn's calls; what the sheets do not allow goes to `seen`."""
    party, owed, silent, peace = state.party, list[ToolCall](), "", state.peace
    tools = book.tools
    for call in turn.tool_calls:
        tool = tools.get(call.name) or tools.get(tools.nearest(call.name) or "")
        if tool is not None and tool.result:
            owed.append(placeless(call))
            seen += _asleep(book, party, call)
        elif tool is not None:
            silent = call.text
            if tool.effect == "end combat" and party.combat is None and peace:
                seen.append(_no_fight(call))
            peace = tool.effect == "end combat" or (peace and tool.effect != "begin combat")
            if call.problem is None:
                party = _applied(party, call, tool, seen)
    content = turn.content
    if "/" in content or " damage" in content or " hit point" in content or " health" in content:
        seen += _amounts(book, turn)
        seen += _standing(party, turn)
    return State(party, tuple(owed), silent=silent, peace=peace)


def _applied(party: Party, call: ToolCall, tool: Tool, seen: list[Seen]) -> Party:
    """The party after a call that gives no result."""
    if tool.effect in _FIGHT:
        return _FIGHT[tool.effect](party, call, seen)
    sheet = party.find(call.arguments[0]) if tool.arguments[:1] == ("target",) and call.arguments else None
    if sheet is None or len(sheet.inventory) > MOST_ITEMS:
        return party
    check = _CHECKS.get(tool.effect)
    if check is not None:
        seen += check(sheet, call)
    after = effect(call, sheet, tool.effect)
    return party if after is sheet else party.with_sheet(after)


def _asleep(book: Rulebook, party: Party, call: ToolCall) -> Iterator[Seen]:
    """Someone at no health who acts."""
    sheet = acting(call, party, book.player) if call.arguments and call.problem is None and party.sheets else None
    if sheet is not None and sheet.health is not None and sheet.health[0] == 0:
        text = _("{name} is at 0 health here and cannot roll. Heal {name} first, or let someone else act.")
        yield Seen("R204", Finding(call.span, text.format(name=quoted(sheet.name))))


def _damage(sheet: Sheet, call: ToolCall) -> Iterator[Seen]:
    if sheet.health is not None and sheet.health[0] == 0 < sheet.health[1]:
        text = _("{name} is at 0 health already, so this changes nothing. Delete the call, or heal {name} before it.")
        yield Seen("R202", Finding(call.span, text.format(name=quoted(sheet.name))))


def _heal(sheet: Sheet, call: ToolCall) -> Iterator[Seen]:
    if sheet.health is not None and sheet.health[0] >= sheet.health[1] > 0:
        text = _(
            "{name} has all {most} health already, so this changes nothing. Delete the call, or hurt {name} first."
        )
        yield Seen("R203", Finding(call.span, text.format(name=quoted(sheet.name), most=sheet.health[1])))


def _take(sheet: Sheet, call: ToolCall) -> Iterator[Seen]:
    """An item that is not there to be taken, or too few of it."""
    item, count = call.arguments[1], amount(call)
    have = sheet.count(item)
    if have >= count:
        return
    names = {"name": quoted(sheet.name), "item": quoted(item)}
    place = call.text.rfind(item)
    span = Span(call.span.start + place, call.span.start + place + len(item)) if place > 0 else call.span
    if have:
        text = _("{name} has only {have} of {item} here, not {count}. Take fewer, or give some first.")
        yield Seen("R201", Finding(span, text.format(have=have, count=count, **names)))
        return
    near = did_you_mean(item, [one.name for one in sheet.inventory])
    if near and plain_name(near) != plain_name(item):
        text = _("{name} carries no {item} here. Did you mean {near}?")
        fix = Fix(_("Write {near}").format(near=near), (Edit(span, near),), sure=False) if place > 0 else None
        yield Seen("R201", Finding(span, text.format(near=quoted(near), **names), fix))
    else:
        text = _("{name} carries no {item} here. Give it first, put it on the sheet, or delete the call.")
        yield Seen("R201", Finding(span, text.format(**names)))


def _condition(sheet: Sheet, call: ToolCall) -> Iterator[Seen]:
    plain = plain_name(call.arguments[1])
    names = {"name": quoted(sheet.name), "condition": quoted(plain)}
    if len(call.arguments) > 2 and call.arguments[2] == "off":
        if plain not in sheet.conditions and not any(plain in plain_name(v) for v in sheet.character.other.values()):
            text = _("{name} is not {condition} here, so nothing ends. Set the condition first, or delete the call.")
            yield Seen("R205", Finding(call.span, text.format(**names)))
    elif plain in sheet.conditions:
        text = _("{name} is {condition} already, so this changes nothing. End it first, or delete the call.")
        yield Seen("R206", Finding(call.span, text.format(**names)))


_CHECKS: dict[str, Callable[[Sheet, ToolCall], Iterator[Seen]]] = {
    "damage": _damage,
    "heal": _heal,
    "take": _take,
    "condition": _condition,
}


def _begin(party: Party, call: ToolCall, seen: list[Seen]) -> Party:
    """A fight is on; who acts when is rolled in play and not asked here."""
    if party.combat is not None:
        text = _("A fight is on already. End it with [end combat] before the next begins, or delete this call.")
        seen.append(Seen("R207", Finding(call.span, text)))
    return replace(party, combat=Combat(()))


def _end(party: Party, call: ToolCall, seen: list[Seen]) -> Party:
    return replace(party, combat=None) if party.combat is not None else party


def _no_fight(call: ToolCall) -> Seen:
    """Only where one has ended before: a story may begin within a fight."""
    text = _("No fight is on here, so none ends. Put [begin combat] where it begins, or delete this call.")
    return Seen("R208", Finding(call.span, text))


_FIGHT: dict[str, Callable[[Party, ToolCall, list[Seen]], Party]] = {"begin combat": _begin, "end combat": _end}


def _amounts(book: Rulebook, turn: Turn) -> Iterator[Seen]:
    """Damage or healing that the words number otherwise than the calls, or that no call makes."""
    for name, pattern in _AMOUNTS:
        if name not in book.tools.tools:
            continue
        for match in pattern.finditer(turn.content):
            calls = [call for call in turn.tool_calls if _acts_as(book, call) == name and len(call.arguments) > 1]
            start = turn.content_span.start
            span = Span(start + match.start(1), start + match.end(1))
            if not calls:
                text = _("“{words}” changes no sheet: only a call does. Add a call such as {example} to this turn.")
                example = book.tools.tools[name].example
                yield Seen("R211", Finding(span, text.format(words=quoted(match[0]), example=example)))
            elif match[1] not in {call.arguments[1] for call in calls}:
                text = _("“{words}” does not fit {call}. Write the same number in both.")
                fix = None
                if len(calls) == 1:
                    right = calls[0].arguments[1]
                    fix = Fix(_("Write {new}").format(new=right), (Edit(span, right),), sure=False)
                yield Seen("R210", Finding(span, text.format(words=quoted(match[0]), call=quoted(calls[0].text)), fix))


def _acts_as(book: Rulebook, call: ToolCall) -> str:
    tool = book.tools.get(call.name)
    return tool.effect if tool is not None else ""


def _standing(party: Party, turn: Turn) -> Iterator[Seen]:
    """Health that the narrator states as `12/18`, where the maximum names one character and the sheet has another."""
    if "/" not in turn.content or not any(word in turn.content.lower() for word in _ABOUT):
        return
    for match in _HEALTH.finditer(turn.content):
        now, most = int(match[1]), int(match[2])
        meant = [sheet for sheet in party.sheets if sheet.health is not None and sheet.health[1] == most]
        if len(meant) != 1 or meant[0].health is None or meant[0].health[0] == now:
            continue
        start, right = turn.content_span.start, f"{meant[0].health[0]}/{most}"
        span = Span(start + match.start(), start + match.end())
        text = _("{name} is at {right} here, not {told}: that is what the calls so far leave. Make them agree.")
        fix = Fix(_("Write {new}").format(new=right), (Edit(span, right),), sure=False)
        yield Seen("R209", Finding(span, text.format(name=quoted(meant[0].name), right=right, told=match[0]), fix))
