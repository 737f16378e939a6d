"""Owns the checks of family W on how rolls are asked for: who names them, where the call stands, how many there are."""

import re
from collections.abc import Iterator
from functools import lru_cache

from studio.language import _
from studio.lint.diagnostics import Finding, Fix, Reading, Seen, quoted
from studio.scenario import Edit, Span, Speaker, ToolCall, Turn
from studio.scenario.model import plain_name

_EVERYDAY = frozenset(("attack", "history", "initiative", "insight", "medicine", "nature", "performance", "religion"))
"""Skills whose names are words of every day as well: they count only beside `check` or `roll`."""


@lru_cache(maxsize=8)
def _named(skills: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The patterns of a player who names a skill, and of a narrator who asks for one in words."""
    every = "|".join(re.escape(one).replace(r"\ ", "[ _]") for one in skills) or "(?!)"
    rare = "|".join(re.escape(one).replace(r"\ ", "[ _]") for one in skills if one not in _EVERYDAY) or "(?!)"
    player = rf"\b(?:use|using|roll|rolling)(?: for)?(?: my| an?| the| some)? (?:{rare})\b"
    either = rf"\b(?:{every}) (?:check|roll|test)\b"
    asked = rf"\b(?:roll for|roll an?|roll)(?: an?)? (?:{every}|d20|die)\b"
    dice = r"\b(?:roll|make) (?:an? )?(?:check|saving throw)\b"
    return re.compile(f"{player}|{either}", re.IGNORECASE), re.compile(f"{asked}|{either}|{dice}", re.IGNORECASE)


def asked(reading: Reading) -> Iterator[Seen]:
    """What is wrong in how each turn asks for rolls."""
    skills = tuple(sorted(reading.cast.skills, key=len, reverse=True))
    player, narrator = _named(skills)
    for turn in reading.turns:
        if turn.speaker is Speaker.USER:
            words = turn.content
            if "se " in words or "sing " in words or "oll" in words or " check" in words or " test" in words:
                yield from _by_player(turn, player)
        elif turn.speaker is Speaker.DM:
            if turn.tool_calls:
                yield from _calls(reading, turn)
            elif "oll" in turn.content or " check" in turn.content or "ROLL" in turn.content:
                yield from _in_words(turn, narrator)


def _by_player(turn: Turn, pattern: re.Pattern[str]) -> Iterator[Seen]:
    for match in pattern.finditer(turn.content):
        text = _("“{words}” names the skill. Players say what they do; which skill that is, the model should find.")
        yield Seen("W002", Finding(_at(turn, *match.span()), text.format(words=quoted(match[0]))))


def _in_words(turn: Turn, pattern: re.Pattern[str]) -> Iterator[Seen]:
    match = pattern.search(turn.content)
    if match:
        text = _("“{words}” asks for a roll in words, and no call follows, so nothing is rolled. Add [roll: …].")
        yield Seen("W020", Finding(_at(turn, *match.span()), text.format(words=quoted(match[0]))))


def _at(turn: Turn, start: int, end: int) -> Span:
    return Span(turn.content_span.start + start, turn.content_span.start + end)


def _calls(reading: Reading, turn: Turn) -> Iterator[Seen]:
    base = turn.content_span.start
    last, checks, end = -1, 0, 0
    for call in turn.tool_calls:
        tool = reading.tools.get(call.name)
        if turn.content[call.span.start - base - 1] not in "\r\n":  # at the very start this is the last character
            yield from _own_line(reading, turn, call, end)
        end = call.span.end - base
        if tool is not None and tool.result:
            last = end
            checks += bool(call.arguments) and plain_name(call.arguments[0]) not in reading.cast.uncontested
            if checks == 2:
                text = _("This turn asks for a second check. One at a time: tell what came of the first before.")
                yield Seen("W004", Finding(call.span, text))
    if last >= 0:
        yield from _told_early(turn, last)


def _told_early(turn: Turn, last: int) -> Iterator[Seen]:
    """Words after a roll's call, before its result is known."""
    base = turn.content_span.start
    rest = turn.content[last:]
    for call in turn.tool_calls:
        if call.span.start - base >= last:
            rest = rest.replace(call.text, "", 1)
    words = rest.strip()
    if any(c.isalnum() for c in words):
        start = turn.content.find(words.split(None, 1)[0], last)
        text = _("The turn goes on after the call of a roll, before anyone knows the result. Tell it in the next turn.")
        yield Seen("W021", Finding(_at(turn, start, len(turn.content)), text))


def _own_line(reading: Reading, turn: Turn, call: ToolCall, end: int) -> Iterator[Seen]:
    """A call that shares its line with words or with another call; `end` is where the call before it ended."""
    place = call.span.start - turn.content_span.start
    before = place
    while before > end and turn.content[before - 1] in " \t":
        before -= 1
    if before == 0 or turn.content[before - 1] in "\r\n":
        return
    newline = reading.newline
    gap = newline if before == end else newline * 2
    text = _("{call} shares its line. Put each call on a line of its own, after an empty one.")
    fix = Fix(_("Put it on a line of its own"), (Edit(_at(turn, before, place), gap),))
    yield Seen("W022", Finding(call.span, text.format(call=quoted(call.text)), fix))
