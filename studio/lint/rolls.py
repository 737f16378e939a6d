"""Owns what the replay sees in a TOOLCALL turn: the die, the modifiers, the sum, and the call that it answers."""

import re
from collections.abc import Iterator

from studio.language import _
from studio.lint.diagnostics import Finding, Fix, Seen, quoted
from studio.lint.state import Rulebook, State
from studio.rules.party import Sheet
from studio.rules.resolve import acting, judge, result_line
from studio.rules.scores import modifier
from studio.scenario import Edit, Span, ToolCall, Turn
from studio.scenario.model import plain_name
from studio.scenario.results import ResultLine, read_result

_BONUS = re.compile(r"\+([0-9]{1,3})\Z")
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}\Z")


def rolled(book: Rulebook, state: State, turn: Turn) -> tuple[State, tuple[Seen, ...]]:
    """The state after a result, and what is wrong with it."""
    call = state.owed[0] if state.owed else None
    owed, line = state.owed[1:], read_result(turn.content)
    seen: list[Seen] = [] if call else [_uncalled(state, turn)]
    if line is None:
        if turn.content:
            seen.append(_malformed(turn))
        return State(state.party, owed, state.due, True, state.faces, state.silent, state.peace), tuple(seen)
    seen += _die(book, turn, line)
    seen += _sum(book, call, turn, line)
    answers = call is not None and call.problem is None and bool(call.arguments)
    if call is not None and answers and plain_name(line.skill) != plain_name(call.arguments[0]):
        seen.append(_other(book, call, turn, line))
    elif call is not None and answers:
        seen += _modifiers(book, state, call, turn, line)
    due, stray = state.due, call is None and bool(state.silent)
    if not stray and plain_name(line.skill) not in book.cast.uncontested:
        sure = answers and line.total == line.true_total
        due = (*due, judge(line.skill, line.total, call.dc, book.rules) if call is not None and sure else None)
    faces = (*state.faces, line.natural, line.total)
    return State(state.party, owed, due, state.unsure or stray, faces, state.silent, state.peace), tuple(seen)


def _uncalled(state: State, turn: Turn) -> Seen:
    if state.silent:
        text = _("{call} gives no result: the rules carry it out without a word. Delete this TOOLCALL turn.")
        return Seen("R114", Finding(turn.span, text.format(call=quoted(state.silent))))
    text = _("This TOOLCALL answers no call. Put the call, such as [roll: stealth], into the DM turn before it.")
    return Seen("R113", Finding(turn.span, text))


def _malformed(turn: Turn) -> Seen:
    text = _("“{line}” is not a result. Write it like `stealth: 13 + 6(skill) = *19*`.")
    return Seen("T011", Finding(turn.content_span, text.format(line=quoted(turn.content))))


def _die(book: Rulebook, turn: Turn, line: ResultLine) -> Iterator[Seen]:
    if not 1 <= line.natural <= book.rules.die:
        text = _("The die shows {natural}, but it has the numbers 1 to {die}.")
        yield Seen("R101", Finding(turn.content_span, text.format(natural=line.natural, die=book.rules.die)))


def _sum(book: Rulebook, call: ToolCall | None, turn: Turn, line: ResultLine) -> Iterator[Seen]:
    if line.total == line.true_total:
        return
    place = turn.content_span.start + turn.content.rfind("*", 0, len(turn.content) - 1)
    span = Span(place, turn.content_span.end)
    text = _("The sum is {true}, not {total}. Mend the total or the numbers before it.")
    title = _("Write {new}").format(new=line.true_total)
    dc = call.dc if call else None
    same = judge(line.skill, line.total, dc, book.rules) is judge(line.skill, line.true_total, dc, book.rules)
    fix = Fix(title, (Edit(span, f"*{line.true_total}*"),), sure=same)
    yield Seen("R102", Finding(span, text.format(true=line.true_total, total=line.total), fix))


def _other(book: Rulebook, call: ToolCall, turn: Turn, line: ResultLine) -> Seen:
    span = Span(turn.content_span.start, turn.content_span.start + len(line.skill))
    known = plain_name(line.skill) in book.cast.skills or plain_name(line.skill) in book.cast.best
    text = _("This is a result for “{skill}”, but the call before it is {call}. Make them the same.")
    fix = Fix(_("Write {new}").format(new=call.arguments[0]), (Edit(span, call.arguments[0]),), sure=not known)
    return Seen("R112", Finding(span, text.format(skill=quoted(line.skill), call=quoted(call.text)), fix))


def _modifiers(book: Rulebook, state: State, call: ToolCall, turn: Turn, line: ResultLine) -> Iterator[Seen]:
    """Whether the one who acts lists what was added."""
    sheet = acting(call, state.party, book.player)
    if sheet is None:
        return
    plain = plain_name(line.skill)
    own = [value for value, source in line.parts if plain_name(source) in ("skill", plain)]
    added = sum(own) if own else None
    listed = modifier(sheet, line.skill, book.rules)
    if added != listed:
        yield _mismatch(book, state, call, turn, line, sheet)
    for value, source in line.parts:
        if plain_name(source) not in ("skill", plain):
            yield from _source(sheet, turn, value, source)


def _mismatch(book: Rulebook, state: State, call: ToolCall, turn: Turn, line: ResultLine, sheet: Sheet) -> Seen:
    own = [value for value, source in line.parts if plain_name(source) in ("skill", plain_name(line.skill))]
    added, listed = sum(own) if own else None, modifier(sheet, line.skill, book.rules)
    names = {"name": quoted(sheet.name), "skill": quoted(line.skill), "listed": _told(listed), "added": _told(added)}
    other = next((one for one in state.party.sheets if added is not None and one.modifier(line.skill) == added), None)
    if other is not None and call.actor is None and book.player is None:
        text = _("Two readings: by the rules {name} rolls, who lists {listed}, but the result has {added}, as {other} "
                 "lists it. Write `for {other}` in the call, or the modifier of {name} here.")  # fmt: skip
        return Seen("R104", Finding(turn.content_span, text.format(other=quoted(other.name), **names)))
    right = result_line(line.skill, line.natural, listed)
    total = line.natural + (listed or 0)
    same = judge(line.skill, total, call.dc, book.rules) is judge(line.skill, line.total, call.dc, book.rules)
    plain = len(own) == len(line.parts)
    sure = same and other is None
    fix = Fix(_("Write {new}").format(new=right), (Edit(turn.content_span, right),), sure) if plain else None
    if other is None:
        text = _("{name} rolls, whose sheet has {listed} for {skill}; the result has {added}. Make them the same.")
        return Seen("R103", Finding(turn.content_span, text.format(**names), fix))
    text = _("{name} rolls, whose sheet has {listed} for {skill}; the result has {added}, as {other} lists it. "
             "Write `for {other}` in the call if {other} rolls, else the modifier of {name} here.")  # fmt: skip
    return Seen("R103", Finding(turn.content_span, text.format(other=quoted(other.name), **names), fix))


def _told(modifier: int | None) -> str:
    return _("no modifier") if modifier is None else f"{modifier:+d}"


def _source(sheet: Sheet, turn: Turn, value: int, source: str) -> Iterator[Seen]:
    """A modifier that comes from elsewhere: another skill, a line of the sheet, an item, a condition."""
    known = set(_worth(sheet, plain_name(source)))
    if value in known or plain_name(source) in sheet.conditions:
        return
    place = turn.content.find(f"({source})")
    span = Span(turn.content_span.start + place + 1, turn.content_span.start + place + 1 + len(source))
    names = {"name": quoted(sheet.name), "source": quoted(source), "value": f"{value:+d}"}
    if known:
        text = _("{name}'s sheet gives {known} for “{source}”, not {value}. Make them the same.")
        yield Seen("R105", Finding(span, text.format(known=", ".join(f"{one:+d}" for one in sorted(known)), **names)))
    else:
        text = _("Nothing on {name}'s sheet is called “{source}”, so nothing gives {value}. Add it to the sheet, or "
                 "leave it out of the roll.")  # fmt: skip
        yield Seen("R105", Finding(span, text.format(**names)))


def _worth(sheet: Sheet, plain: str) -> Iterator[int]:
    listed = sheet.modifier(plain)
    if listed is not None:
        yield listed
    for key, text in sheet.character.other.items():
        if plain_name(key) == plain and _NUMBER.match(text.strip()):
            yield int(text)
    for item in sheet.inventory:
        bonus = _BONUS.search(item.name)
        if bonus and plain in (plain_name(item.name), plain_name(item.name[: bonus.start()])):
            yield int(bonus[1])
