"""Owns how two steps of the parity gate call tools: their likeliest replies to the same cases, case by case."""

from collections.abc import Iterator, Sequence

from studio.evaluation.parity import Calls, Reply
from studio.evaluation.significance import clustered, difference
from studio.evaluation.toolcalls import Case, Verdict, judge_reply
from studio.resources import samples
from studio.workspace.game import Games


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
