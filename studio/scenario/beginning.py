"""Owns the place in a text from which a play goes on, and putting what was played back behind it.

Knows neither models nor editors: a text and an offset go in, turns or an edit come out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.scenario.lines import newline_of
from studio.scenario.model import Scenario, Span, Speaker, Turn
from studio.scenario.parser import Parsed, parse
from studio.scenario.problems import Edit
from studio.scenario.tools import ToolTable

_TAG = re.compile("<(?=/?[A-Za-z]|!--)")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A scenario as it stands at a place: its text up to `end`, which is where the last of its turns ends."""

    scenario: Scenario
    end: int

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns up to the place."""
        return self.scenario.turns


@dataclass(frozen=True, slots=True)
class Played:
    """A turn that was played."""

    speaker: Speaker
    content: str


def up_to(text: str, offset: int, *, path: Path | None = None, tools: ToolTable | None = None) -> Beginning:
    """The scenario up to the turn that `offset` stands in or after; before the first turn it is SYSTEM alone."""
    whole = parse(text, path=path, tools=tools)
    end = _end_at(whole, offset)
    return Beginning(parse(text[:end], path=path, tools=tools).scenario, end)


def _end_at(parsed: Parsed, offset: int) -> int:
    """Where the turn ends that `offset` stands in or after; the end of SYSTEM where it stands before them all."""
    system = parsed.scenario.system
    first = system.span.end if system is not None else 0
    return max([first, *(turn.span.end for turn in parsed.scenario.turns if turn.span.start <= offset)])


def brought_back(parsed: Parsed, beginning: Beginning, played: Sequence[Played], near: int) -> Edit | None:
    """The edit that puts the turns played behind the turn from which they began; None where they stand there.

    The text may have changed since: `near` is about where that turn ends now, and of the turns that say the same the
    nearest is taken. Turns that stand there already are not brought twice.
    """
    text, turns = parsed.scenario.text, parsed.scenario.turns
    place = _place(parsed, beginning, near)
    after = [turn for turn in turns if turn.span.start >= place]
    told = [Played(one.speaker, _harmless(one.content)) for one in played]
    stands = 0
    while stands < min(len(told), len(after)) and _same(after[stands], told[stands]):
        place = after[stands].span.end
        stands += 1
    if stands == len(told):
        return None
    newline = newline_of(text)
    lines = (f"<{one.speaker}>{newline.join(one.content.splitlines())}</{one.speaker}>" for one in told[stands:])
    written = (newline * 2).join(lines)
    return Edit(Span(place, place), f"{newline * 2 if place else ''}{written}{'' if text[place:] else newline}")


def _place(parsed: Parsed, beginning: Beginning, near: int) -> int:
    """Where the turn ends that a play began from: it, else whatever stands at that place now."""
    if not beginning.turns:
        return _end_at(parsed, -1)
    last = beginning.turns[-1]
    same = [turn.span.end for turn in parsed.scenario.turns if _same(turn, Played(last.speaker, last.content))]
    return min(same, key=lambda end: abs(end - near)) if same else _end_at(parsed, near)


def _same(turn: Turn, played: Played) -> bool:
    return turn.speaker is played.speaker and turn.content.split() == played.content.split()


def _harmless(content: str) -> str:
    """A turn's content in which no tag and no comment begins: what was said must not end the block it stands in."""
    return _TAG.sub("‹", content.strip())
