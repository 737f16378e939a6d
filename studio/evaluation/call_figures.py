"""Owns the figures of tool calls: precision, recall and F1 over calls, and how many turns and lines were right.

They are read from the results' details, so that kept results need no model. Knows no engine.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from studio.evaluation.kind import CaseResult, Grouping, Parts, Ratio
from studio.language import N_

DUE, CAME = ("right", "misplaced", "arguments", "missed"), ("right", "misplaced", "arguments", "invented", "malformed")
"""The verdicts on calls that were due, and on calls that came."""

ROLL = "roll"
"""The shipped tool whose first argument is a skill."""

Call = Mapping[str, Any]


def calls(result: CaseResult) -> list[Call]:
    """The judged calls of a case; what a file of results has there that is none is left out."""
    found = result.detail.get("calls")
    return [call for call in found if _is_call(call)] if isinstance(found, list) else []


def _is_call(told: object) -> bool:
    if not isinstance(told, Mapping) or not isinstance(told.get("verdict"), str):
        return False
    sides = (told.get(side) for side in ("expected", "got"))
    return all(side is None or (isinstance(side, list) and all(isinstance(one, str) for one in side)) for side in sides)


def _count(result: CaseResult, verdicts: Collection[str]) -> int:
    return sum(str(call.get("verdict")) in verdicts for call in calls(result))


def _over(upper: tuple[str, ...], lower: tuple[str, ...], weight: int = 1) -> Callable[[CaseResult], Parts]:
    """The calls of some verdicts over those of others; F1 counts the right ones twice."""
    return lambda result: (weight * _count(result, upper), _count(result, lower))


def _f1(result: CaseResult) -> Parts:
    return 2 * _count(result, ("right",)), _count(result, DUE) + _count(result, CAME)


def _scores(upper: str, lower: str) -> Callable[[CaseResult], Parts]:
    return lambda result: (result.scores.get(upper, 0), result.scores.get(lower, 0))


_RIGHT = ("right",)
_NAMED = ("right", "misplaced", "arguments")

RATIOS = (
    Ratio("f1", N_("calls right (F1)"), _f1),
    Ratio("precision", N_("of the calls it made, right"), _over(_RIGHT, CAME)),
    Ratio("recall", N_("of the calls that were due, right"), _over(_RIGHT, DUE)),
    Ratio("name", N_("right tool, of the calls due"), _over(_NAMED, DUE)),
    Ratio("arguments", N_("right arguments, of those"), _over(("right", "misplaced"), _NAMED)),
    Ratio("placement", N_("right place, of those"), _over(_RIGHT, ("right", "misplaced"))),
    Ratio("missed", N_("missed, of the calls due"), _over(("missed",), DUE), less=True),
    Ratio("invented", N_("invented, of the calls made"), _over(("invented",), CAME), less=True),
    Ratio("malformed", N_("malformed, of the calls made"), _over(("malformed",), CAME), less=True),
    Ratio("right", N_("player's lines answered right"), lambda result: (float(bool(result.right)), 1.0)),
    Ratio("turns", N_("turns right"), _scores("turns_right", "turns")),
    Ratio("turns_due", N_("turns right where calls are due"), _scores("due_right", "due")),
    Ratio("turns_none_due", N_("turns right where none is due"), _scores("none_due_right", "none_due")),
    Ratio("refused", N_("calls that could not be carried out"), _scores("refused", "carried"), less=True),
)
"""The figures of tool calls over all cases."""


def tools(result: CaseResult) -> set[str]:
    """The tools that were due or came."""
    return {name for call in calls(result) for name in (tool(call, "expected"), tool(call, "got")) if name}


def skills(result: CaseResult) -> set[str]:
    """The skills that were to be rolled or were."""
    return {name for call in calls(result) for name in (skill(call, "expected"), skill(call, "got")) if name}


def tool(call: Call, side: str) -> str | None:
    """The tool of a call."""
    told = call.get(side)
    return str(told[0]) if told else None


def skill(call: Call, side: str) -> str | None:
    """The skill of a roll, None of other calls. A tool of a game's own rolls where the call says so."""
    told = call.get(side)
    return str(told[1]) if told and len(told) > 1 and (told[0] == ROLL or call.get("rolls") is True) else None


def _of(name: Callable[[Call, str], str | None]) -> tuple[tuple[str, str, Callable[[CaseResult, str], Parts]], ...]:
    """F1, precision and recall of what a call's `name` says of it."""

    def counts(result: CaseResult, value: str) -> tuple[int, int, int]:
        found = calls(result)
        due = sum(name(call, "expected") == value for call in found)
        came = sum(name(call, "got") == value for call in found)
        right = sum(call.get("verdict") == "right" and name(call, "got") == value for call in found)
        return right, due, came

    def f1(result: CaseResult, value: str) -> Parts:
        right, due, came = counts(result, value)
        return 2 * right, due + came

    def precision(result: CaseResult, value: str) -> Parts:
        right, _due, came = counts(result, value)
        return right, came

    def recall(result: CaseResult, value: str) -> Parts:
        right, due, _came = counts(result, value)
        return right, due

    return (
        ("f1", N_("calls right (F1)"), f1),
        ("precision", N_("of the calls it made, right"), precision),
        ("recall", N_("of the calls that were due, right"), recall),
    )


GROUPINGS = (
    Grouping("tool", N_("tool"), tools, _of(tool)),
    Grouping("skill", N_("skill"), skills, _of(skill)),
)
"""Figures by tool and by skill."""
