"""Owns how the calls of a model are held against those of a scenario: right, misplaced, wrong, missed, invented.

A call is right where name, arguments and place agree: the turn, and the order within it. Knows no engine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from studio.evaluation.multi_turn import Reply
from studio.evaluation.toolcalls import Calls

Call = tuple[str, tuple[str, ...]]
Verdict = Literal["right", "misplaced", "arguments", "missed", "invented", "malformed"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One call: what was expected and what came, where both have it; `turn` is the step of the exchange.

    Of a malformed call only the text is known.
    """

    turn: int
    verdict: Verdict
    expected: Call | None = None
    got: Call | None = None
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values for a file of results."""
        told: dict[str, Any] = {"turn": self.turn, "verdict": self.verdict}
        for name, call in (("expected", self.expected), ("got", self.got)):
            if call is not None:
                told[name] = [call[0], *call[1]]
        return {**told, "text": self.text} if self.text else told


def judged(expected: Sequence[Calls], replies: Sequence[Reply]) -> list[Judged]:
    """Every call that is due or that came in the steps of an exchange, by turn; `expected` has those of each step.

    What came where the scenario no longer tells what is due is not held against it.
    """
    came: dict[int, Calls] = {reply.step: reply.got for reply in replies if reply.step is not None}
    found: list[Judged] = []
    due: list[tuple[int, Call]] = []
    extra: list[tuple[int, Call]] = []
    for turn, wanted in enumerate(expected):
        got = came.get(turn, ())
        pairs = _in_order(wanted, got)
        found += [Judged(turn, "right", wanted[one], got[other]) for one, other in pairs]
        due += [(turn, call) for place, call in enumerate(wanted) if place not in {one for one, _other in pairs}]
        extra += [(turn, call) for place, call in enumerate(got) if place not in {other for _one, other in pairs}]
    found += _taken(due, extra, "misplaced")
    found += _taken(due, extra, "arguments")
    found += [Judged(turn, "missed", call) for turn, call in due]
    found += [Judged(turn, "invented", None, call) for turn, call in extra]
    found += [
        Judged(reply.step, "malformed", text=text) for reply in replies if reply.step is not None
        for text in reply.malformed
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.turn)


def _in_order(wanted: Calls, got: Calls) -> list[tuple[int, int]]:
    """The places of the longest list of calls that both have in the same order."""
    best: list[list[list[tuple[int, int]]]] = [[[] for _ in range(len(got) + 1)] for _ in range(len(wanted) + 1)]
    for one in reversed(range(len(wanted))):
        for other in reversed(range(len(got))):
            if wanted[one] == got[other]:
                best[one][other] = [(one, other), *best[one + 1][other + 1]]
            else:
                best[one][other] = max(best[one + 1][other], best[one][other + 1], key=len)
    return best[0][0]


def _taken(due: list[tuple[int, Call]], extra: list[tuple[int, Call]], verdict: Verdict) -> Iterator[Judged]:
    """Takes pairs out of both lists: the same call elsewhere, or the same tool in the same turn."""
    for turn, call in list(due):
        for other_turn, other in list(extra):
            alike = call == other if verdict == "misplaced" else turn == other_turn and call[0] == other[0]
            if alike:
                due.remove((turn, call))
                extra.remove((other_turn, other))
                yield Judged(turn, verdict, call, other)
                break


def in_brackets(calls: Calls, between: str = " ") -> str:
    """Calls as a scenario has them, a count as `x3`."""
    return between.join(_bracket(name, arguments) for name, arguments in calls)


def _bracket(name: str, arguments: Sequence[str]) -> str:
    counted = len(arguments) == 3 and arguments[2].isdigit()
    words = [*arguments[:2], f"x{arguments[2]}"] if counted else arguments
    return f"[{name}: {' '.join(words)}]" if words else f"[{name}]"
