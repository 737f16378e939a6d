"""Owns how two steps of the parity gate call tools: their likeliest replies to the same cases, case by case."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from studio.evaluation.parity import Calls, Reply
from studio.evaluation.significance import clustered, difference
from studio.evaluation.toolcalls import Case, Verdict, judge_reply
from studio.inference.engine import Ask, Engine
from studio.resources import samples
from studio.workspace.game import Games

REPLY_TOKENS = 96
"""Tokens a reply may have; the samples' narrators need fewer."""


async def replies(engine: Engine, cases: Sequence[Case], told: Callable[[int], None]) -> list[str]:
    """The likeliest reply to each case, its opening included; `told` hears after each scenario how many there are."""
    found: list[str] = []
    for _opening, together in groupby(cases, key=lambda case: case.messages[:1]):
        part = list(together)
        answers = await engine.answer_many([Ask(case.messages, case.opening, REPLY_TOKENS) for case in part])
        found += [f"{case.opening}{answer.text}" for case, answer in zip(part, answers, strict=True)]
        told(len(found))
    return found


def calls_between(cases: Sequence[Case], before: Sequence[str], after: Sequence[str]) -> Calls:
    """The tool calls of `after` beside those of `before`, on the same cases."""
    games = Games()
    tables = [games.of(case.path or samples() / "-").tools for case in cases]
    sides = [
        [judge_reply(case, reply, table) for case, reply, table in zip(cases, said, tables, strict=True)]
        for said in (before, after)
    ]
    old, new = ([verdict.right for verdict in side] for side in sides)
    halves = [clustered([(case.scenario, (float(right), 1.0)) for case, right in zip(cases, side, strict=True)])
              for side in (old, new)]  # fmt: skip
    drop = difference(halves[0], halves[1])
    count = len(cases)
    return Calls(
        cases=count,
        right=round(sum(new) / count, 4),
        before=round(sum(old) / count, 4),
        drop=round((sum(old) - sum(new)) / count, 4),
        low=round(drop.low, 4) if drop is not None else 0.0,
        high=round(drop.high, 4) if drop is not None else 0.0,
        differs=next(_differing(sides[0], sides[1], calls=True), None),
        shown=next(_differing(sides[0], sides[1], calls=False), None),
    )


def _differing(before: Sequence[Verdict], after: Sequence[Verdict], *, calls: bool) -> Iterator[Reply]:
    for one, other in zip(before, after, strict=True):
        alike = (one.got, one.malformed) == (other.got, other.malformed) if calls else one.reply == other.reply
        if not alike:
            case = one.case
            yield Reply(case.scenario, case.turn, case.user, case.reference, one.reply, other.reply)
