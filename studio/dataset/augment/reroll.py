"""Owns throwing the die of a check again, and ending a scenario where that changes its course.

It writes no new story: what followed is dropped, and one line (`resources/outcomes.yaml`) says how the check went; that
is what there is to learn from it. A skill without such a line keeps its outcome.
"""

import random
import re

from studio.dataset.augment.parents import Answered, Made, Parent
from studio.dataset.augment.tables import tellings
from studio.language import _
from studio.rules import Outcome, resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import judge, outcome_word
from studio.scenario.edits import applied
from studio.scenario.lines import newline_of
from studio.scenario.model import plain_name
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
    """The scenario with one check thrown again; where it goes the other way, what followed is dropped."""
    checks = [one for one in parent.answered if _outcome(parent, one, None) is not None]
    rng.shuffle(checks)
    for one in checks:
        told = read_result(one.turn.content)
        natural = _thrown(parent, one, rng)
        if told is None or natural is None:
            continue
        total = natural + told.true_total - told.natural
        edit = Edit(one.turn.content_span, with_numbers(one.turn.content, natural, total))
        outcome = _outcome(parent, one, total)
        ending = "" if outcome is _outcome(parent, one, None) else _ending(parent, one, outcome, rng)
        if ending is None:
            continue
        note = _("{skill}: the die shows {new}, not {old}; the outcome stays")
        text = applied(parent.text, [edit])
        if ending:
            note = _(
                "{skill}: the die shows {new}, not {old}, and the outcome turns; the scenario ends with how it goes"
            )
            text = applied(parent.text[: one.turn.span.end], [edit]) + ending
        return Made(text, note.format(skill=told.skill, old=told.natural, new=natural))
    return None


def _ending(parent: Parent, one: Answered, outcome: Outcome | None, rng: random.Random) -> str | None:
    """The turn that says how a check went, and ends the scenario.

    None where no line says it: of a skill whose outcome needs calls, or where other rolls of the turn have theirs too.
    """
    lines = tellings().get((plain_name(one.call.arguments[0]), outcome)) if outcome is not None else None
    alone = sum(call.result is not None for call in one.asked.tool_calls) == 1
    word = outcome_word(outcome, parent.rules)
    if not lines or not alone or word is None:
        return None
    newline = newline_of(parent.text)
    return f"{newline}{newline}<DM>{word} {rng.choice(lines)}</DM>{newline}"


def _outcome(parent: Parent, one: Answered, total: int | None) -> Outcome | None:
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
