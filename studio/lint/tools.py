"""Owns the checks of family T on the calls of DM turns; their answers are in `rolls`."""

import re
from collections.abc import Iterator

from studio.errors import did_you_mean
from studio.language import N_, _
from studio.lint.diagnostics import Finding, Fix, Reach, Reading, Rule, Severity, quoted
from studio.scenario import Edit, Span, Speaker, ToolCall, Turn, find_calls, write_call
from studio.scenario.model import plain_name

_BRACKET = re.compile(r"\[([A-Za-z][A-Za-z _]{0,30}):([^\[\]\r\n]{0,300})\]")
_BARE = re.compile(r"\[([A-Za-z_]{1,20}(?: [A-Za-z_]{1,20})?) ([^\[\]\r\n:]{1,300})\]")
_OPEN = re.compile(r"\[([A-Za-z][A-Za-z _]{0,30}):[^\[\]\r\n]{0,300}(?=[\[\r\n]|\Z)")


def _part(call: ToolCall, part: str) -> Span:
    """Where a part of a call stands in it, or the whole call."""
    place = call.text.find(part, call.text.find(":") + 1)
    return Span(call.span.start + place, call.span.start + place + len(part)) if place >= 0 else call.span


def _instead(call: ToolCall, old: str, new: str) -> Fix | None:
    if old not in call.text:
        return None
    return Fix(_("Write {new}").format(new=new), (Edit(_part(call, old), new),))


def _misspelt(reading: Reading) -> Iterator[Finding]:
    for call, tool in reading.calls:
        near = None if tool else reading.tools.nearest(call.name)
        if near:
            head = call.text[1:].partition(":")[0].removesuffix("]")
            span = Span(call.span.start + 1, call.span.start + 1 + len(head))
            text = _("There is no tool “{name}”. Did you mean “{near}”?")
            fix = Fix(_("Write {near}").format(near=near), (Edit(span, near),))
            yield Finding(span, text.format(name=quoted(call.name), near=near), fix)


def _unknown(reading: Reading) -> Iterator[Finding]:
    for turn in reading.bracketed:
        known = {call.span.start for call in turn.tool_calls}
        for match in _BRACKET.finditer(turn.content):
            span = _moved(match, turn)
            if span.start not in known:
                text = _("“{call}” looks like a tool call, but there is no tool “{name}”. The tools are {known}.")
                names = ", ".join(reading.tools.tools)
                yield Finding(span, text.format(call=quoted(match[0]), name=quoted(match[1]), known=names))


def _moved(match: re.Match[str], turn: Turn) -> Span:
    return Span(match.start() + turn.content_span.start, match.end() + turn.content_span.start)


def _no_colon(reading: Reading) -> Iterator[Finding]:
    for turn in reading.bracketed:
        known = {call.span.start for call in turn.tool_calls}
        for match in _BARE.finditer(turn.content):
            span, words = _moved(match, turn), match[0][1:-1].split()
            if span.start in known:
                continue
            head = next((h for n in (2, 1) if reading.tools.get(h := " ".join(words[:n]))), None)
            tool = reading.tools.get(head) if head else None
            if tool and tool.arguments:
                rest = " ".join(words[len(tool.name.split()) :])
                right = f"[{tool.name}: {rest}]"
                text = _("“{call}” lacks the colon after the tool's name, so it is only text. Write {right}.")
                fix = Fix(_("Write {new}").format(new=right), (Edit(span, right),))
                yield Finding(span, text.format(call=quoted(match[0]), right=quoted(right)), fix)


def _not_closed(reading: Reading) -> Iterator[Finding]:
    for turn in reading.bracketed:
        for match in _OPEN.finditer(turn.content):
            if reading.tools.get(match[1]):
                span = _moved(match, turn)
                text = _("“{call}” is not closed, so it is only text. Put ] after it.")
                end = span.start + len(match[0].rstrip())
                fix = Fix(_("Insert ]"), (Edit(Span(end, end), "]"),))
                yield Finding(Span(span.start, end), text.format(call=quoted(match[0])), fix)


def _arguments(reading: Reading) -> Iterator[Finding]:
    for call, tool in reading.calls:
        if tool and call.problem:
            text = _("{call} cannot be carried out: {problem}. Write it like {example}.")
            fields = {"call": quoted(call.text), "problem": quoted(call.problem), "example": tool.example}
            yield Finding(call.span, text.format(**fields))


def _target(reading: Reading) -> Iterator[Finding]:
    for call, tool in reading.calls:
        if tool and "target" in tool.arguments and call.arguments:
            name = call.arguments[tool.arguments.index("target")]
            if plain_name(name) not in reading.names:
                yield _nobody(reading, call, name)


def _actor(reading: Reading) -> Iterator[Finding]:
    for call, _tool in reading.calls:
        if call.actor is not None and plain_name(call.actor) not in reading.names:
            yield _nobody(reading, call, call.actor)


def _nobody(reading: Reading, call: ToolCall, name: str) -> Finding:
    """A name that no sheet has; a name of several words may begin with the one that was read."""
    near = did_you_mean(name, reading.near_names)
    if near:
        text = _("Nobody in the party is called “{name}”. Did you mean {near}?")
        return Finding(_part(call, name), text.format(name=quoted(name), near=quoted(near)), _instead(call, name, near))
    text = _("Nobody in the party is called “{name}”. Add a sheet under # Party, or name someone who has one.")
    return Finding(_part(call, name), text.format(name=quoted(name)))


def _skill(reading: Reading) -> Iterator[Finding]:
    known = reading.cast.skills
    listed = reading.cast.best
    for call, tool in reading.calls:
        if not tool or not call.arguments or tool.arguments[:1] != ("skill",):
            continue
        skill = call.arguments[0]
        if plain_name(skill) in known or plain_name(skill) in listed or reading.cast.saves(plain_name(skill)):
            continue
        near = did_you_mean(plain_name(skill), known)
        if near:
            text = _("The rules know no skill “{skill}”. Did you mean {near}?").format(skill=quoted(skill), near=near)
            yield Finding(_part(call, skill), text, _instead(call, skill, known[near]))
        else:
            text = _("The rules know no skill “{skill}”, and no sheet lists it. Use one that they know: {known}.")
            names = ", ".join(reading.vocabulary.skills)
            yield Finding(call.span, text.format(skill=quoted(skill), known=names))


def _condition(reading: Reading) -> Iterator[Finding]:
    known = reading.cast.conditions
    for call, tool in reading.calls:
        if not tool or "condition" not in tool.arguments or call.problem:
            continue
        name = call.arguments[tool.arguments.index("condition")]
        if plain_name(name) in known:
            continue
        near = did_you_mean(plain_name(name), known)
        if near:
            text = _("The rules know no condition “{name}”. Did you mean {near}?").format(name=quoted(name), near=near)
            yield Finding(_part(call, name), text, _instead(call, name, known[near]))
        else:
            text = _("The rules know no condition “{name}”. They know {known}.")
            names = ", ".join(reading.vocabulary.conditions)
            yield Finding(call.span, text.format(name=quoted(name), known=names))


def _wrong_speaker(reading: Reading) -> Iterator[Finding]:
    for turn in reading.turns:
        if turn.speaker is Speaker.DM or "[" not in turn.content:
            continue
        for call in find_calls(turn.content, reading.tools, reading.names):
            start = turn.content_span.start
            span = Span(start + call.span.start, start + call.span.end)
            text = _("{call} stands in a {speaker} turn, where it is only text. Tools are called in DM turns.")
            yield Finding(span, text.format(call=quoted(call.text), speaker=turn.speaker))


def _who(reading: Reading) -> Iterator[Finding]:
    """A roll that says no name, in a file that names no player."""
    if reading.scenario.player is not None or len(reading.party) < 2:
        return
    for call, tool in reading.calls:
        if tool and "actor" in tool.options and not call.actor and call.arguments:
            listed = reading.cast.best.get(plain_name(call.arguments[0]))
            if listed:
                yield Finding(call.span, _who_rolls(reading, call, *listed))


def _who_rolls(reading: Reading, call: ToolCall, value: int, best: tuple[str, ...]) -> str:
    """Who rolls by the rules; where the text can be read otherwise too, both readings are said."""
    name = best[0]
    if len(best) > 1:
        other, listed = best[1], f"{value:+d}"
    else:
        player = next((one for one in reading.cast.players if one.name != name), None)
        if player is None:
            text = _("{call} says no name: {name} rolls, who lists the highest modifier. Add `for NAME` to be plain.")
            return text.format(call=quoted(call.text), name=quoted(name))
        modifier = player.modifier(call.arguments[0])
        other, listed = player.name, _("none") if modifier is None else f"{modifier:+d}"
    text = _("{call} says no name: by the rules {name} rolls, who lists {value}; {other}, who lists {listed}, may be "
             "meant as well. Add `for NAME` to be plain.")  # fmt: skip
    names = {"name": quoted(name), "other": quoted(other)}
    return text.format(call=quoted(call.text), value=f"{value:+d}", listed=listed, **names)


def _order(reading: Reading) -> Iterator[Finding]:
    for call, tool in reading.calls:
        if not tool or call.problem or not (call.dc is not None or call.advantage or call.actor):
            continue
        right = write_call(call)
        if _words(call.text) != _words(right):
            text = _("The options stand in another order than usual. Write {right}, so that the model sees one form.")
            fix = Fix(_("Write {new}").format(new=right), (Edit(call.span, right),))
            yield Finding(call.span, text.format(right=quoted(right)), fix)


def _words(text: str) -> str:
    plain = plain_name(text).replace(" ", "")
    return plain.replace("advantage", "adv").replace("disadv", "dis")


def _self(reading: Reading) -> Iterator[Finding]:
    player = reading.scenario.player
    for call, _tool in reading.calls:
        if player and call.actor and plain_name(call.actor) == plain_name(player):
            text = _("{name} is the player and rolls anyway. Leave `for {name}` out, so that the model sees one form.")
            place = call.text.lower().rfind(" for ")
            span = _part(call, call.text[place : place + 5 + len(call.actor)]) if place >= 0 else call.span
            fix = Fix(_("Delete it"), (Edit(span, ""),)) if place >= 0 else None
            yield Finding(call.span, text.format(name=quoted(player)), fix)


def rules() -> tuple[Rule, ...]:
    """The rows of family T about calls."""
    error, warning, hint = Severity.ERROR, Severity.WARNING, Severity.HINT
    turn = Reach.TURN
    return (
        Rule("T001", error, N_("A tool's name is misspelt"), _misspelt, turn),
        Rule("T002", warning, N_("Looks like a call, but there is no such tool"), _unknown, turn),
        Rule("T003", error, N_("The arguments of a call do not fit"), _arguments, turn),
        Rule("T004", error, N_("The target is not in the party"), _target, turn),
        Rule("T005", error, N_("The one who rolls is not in the party"), _actor, turn),
        Rule("T006", warning, N_("A roll for an unknown skill"), _skill, turn),
        Rule("T007", warning, N_("An unknown condition"), _condition, turn),
        Rule("T015", warning, N_("A call outside a DM turn"), _wrong_speaker, turn),
        Rule("T016", error, N_("A call without its colon"), _no_colon, turn),
        Rule("T017", error, N_("A call that is not closed"), _not_closed, turn),
        Rule("T018", hint, N_("Nobody is named to roll"), _who, turn),
        Rule("T020", hint, N_("Options in another order"), _order, turn),
        Rule("T021", hint, N_("The player is named to roll"), _self, turn),
    )
