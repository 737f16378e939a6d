"""Owns throwing the die of a check again, and ending a scenario where that changes its course; writes no new story."""

import random
import re

from studio.dataset.augment.parents import Answered, Made, Parent
from studio.language import _
from studio.rules import resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import judge
from studio.scenario.edits import applied
from studio.scenario.lines import newline_of
from studio.scenario.problems import Edit
from studio.scenario.results import read_result

_NATURAL = re.compile(r"(:[ \t]{0,8})([0-9]{1,6})")
_TOTAL = re.compile(r"\*-?[0-9]{1,6}\*\Z")
_THROWS = 20


def with_numbers(line: str, natural: int, total: int) -> str:
    """A result's line with another die and total, the rest as it was written."""
    line = _NATURAL.sub(lambda match: f"{match[1]}{natural}", line, count=1)
    return _TOTAL.sub(f"*{total}*", line)


def reroll(parent: Parent, rng: random.Random) -> Made | None:
    """The scenario with one check thrown again; where it goes the other way, the scenario ends with its call."""
    checks = [one for one in parent.answered if _outcome(parent, one, None) is not None]
    rng.shuffle(checks)
    for one in checks:
        told = read_result(one.turn.content)
        natural = _thrown(parent, one, rng)
        if told is None or natural is None:
            continue
        total = natural + told.true_total - told.natural
        names = {"skill": told.skill, "old": told.natural, "new": natural}
        if _outcome(parent, one, total) is _outcome(parent, one, None):
            line = with_numbers(one.turn.content, natural, total)
            text = applied(parent.text, [Edit(one.turn.content_span, line)])
            return Made(text, _("{skill}: the die shows {new}, not {old}; the outcome stays").format(**names))
        text = parent.text[: one.asked.span.end] + newline_of(parent.text)
        note = _("{skill}: the die shows {new}, not {old}, and the outcome turns; the scenario ends with the call")
        return Made(text, note.format(**names))
    return None


def _outcome(parent: Parent, one: Answered, total: int | None) -> object:
    """How a check goes with a total (as it stands where None); None for what is no check, or reads as none."""
    told = read_result(one.turn.content)
    if told is None or told.total != told.true_total or one.call.problem is not None:
        return None
    return judge(told.skill, told.total if total is None else total, one.call.dc, parent.rules)


def _thrown(parent: Parent, one: Answered, rng: random.Random) -> int | None:
    """Another face than stands there, as the call asks for it to be thrown."""
    told = read_result(one.turn.content)
    for _throw in range(_THROWS):
        try:
            done = resolve(
                one.call,
                parent.party,
                player=parent.scenario.player,
                rules=parent.rules,
                rng=rng,
                tools=parent.game.tools,
            )
        except CallRefused:
            return None
        if done.rolled is not None and told is not None and done.rolled.natural != told.natural:
            return done.rolled.natural
    return None
