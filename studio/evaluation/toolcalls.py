"""Owns the measure of tool calls: the cases in held-out scenarios, and how a reply compares with the reference.

A case is one DM turn, given the reference text before it. Right means that the reply's list of calls (name,
normalised arguments, order) equals the reference's; a turn in which no call is due counts like any other.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.chat import Message, messages
from studio.intervals import Share
from studio.rules import Rules
from studio.rules.resolve import judge, outcome_word
from studio.scenario.calls import find_calls, normalise
from studio.scenario.model import Scenario, Speaker, ToolCall
from studio.scenario.tools import ToolTable

Calls = tuple[tuple[str, tuple[str, ...]], ...]
"""A list of calls in the form in which lists are compared."""

NO_CALL = "no call"


@dataclass(frozen=True, slots=True)
class Case:
    """One DM turn to be answered. `opening` is what the rules put first after a check; `names` is the party."""

    scenario: str
    path: Path | None
    turn: int
    messages: tuple[Message, ...]
    opening: str
    names: tuple[str, ...]
    player: str | None
    expected: Calls
    reference: str
    user: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reply to a case: the calls found in it, and how many were none (`malformed`) or not due (`invented`)."""

    case: Case
    reply: str
    got: Calls
    malformed: int

    @property
    def right(self) -> bool:
        """Whether the list of calls is the reference's, and nothing malformed beside it."""
        return self.got == self.case.expected and not self.malformed

    @property
    def invented(self) -> int:
        """Calls beyond the reference's."""
        return (Counter(self.got) - Counter(self.case.expected)).total()

    @property
    def missed(self) -> int:
        """The reference's calls that are not there."""
        return (Counter(self.case.expected) - Counter(self.got)).total()


def cases_of(scenario: Scenario, rules: Rules, table: ToolTable) -> list[Case]:
    """A case for each DM turn of a scenario."""
    names = tuple(member.name for member in scenario.system.party) if scenario.system else ()
    found: list[Case] = []
    user = ""
    for turn in scenario.turns:
        user = turn.content if turn.speaker is Speaker.USER else user
        if turn.speaker is not Speaker.DM or turn.index == 0:
            continue
        expected = calls_in(turn.content, names, table, scenario.player)[0]
        found.append(
            Case(
                scenario=str(scenario.metadata.get("title") or scenario.path),
                path=scenario.path,
                turn=turn.index,
                messages=messages(scenario, upto=turn.index),
                opening=opening_of(scenario, turn.index, rules),
                names=names,
                player=scenario.player,
                expected=expected,
                reference=turn.content,
                user=user,
            )
        )
    return found


def cases_of_talk(talk: Sequence[Message], table: ToolTable) -> list[Case]:
    """A case for each answer of a talk that is learnt from; nobody's name is known, and no rules put a word first."""
    return [
        Case(
            scenario="",
            path=None,
            turn=turn,
            messages=tuple(talk[:turn]),
            opening="",
            names=(),
            player=None,
            expected=calls_in(answer.content, (), table, None)[0],
            reference=answer.content,
            user=talk[turn - 1].content,
        )
        for turn, answer in enumerate(talk)
        if answer.trained and turn > 0
    ]


def opening_of(scenario: Scenario, index: int, rules: Rules) -> str:
    """The word that the rules put at the head of the turn after a check, or nothing."""
    before = scenario.turns[index - 1]
    if before.speaker is not Speaker.TOOLCALL:
        return ""
    calls = [call for turn in scenario.turns[:index] for call in turn.tool_calls if call.result is not None]
    if not calls:
        return ""
    last = calls[-1]
    total = total_of(last.result or "")
    return "" if total is None else outcome_word(judge(last.arguments[0], total, last.dc, rules), rules) or ""


def total_of(line: str) -> int | None:
    """The total of a result line, the number between its last two asterisks."""
    parts = line.rsplit("*", 2)
    try:
        return int(parts[1]) if len(parts) == 3 else None
    except ValueError:
        return None


def calls_in(text: str, names: Sequence[str], table: ToolTable, player: str | None) -> tuple[Calls, int]:
    """The well-formed calls of a text in order, and how many malformed ones stand beside them."""
    found = find_calls(text, table, names)
    good = tuple(_named(call, player) for call in found if call.problem is None and table.get(call.name))
    return good, len(found) - len(good)


def _named(call: ToolCall, player: str | None) -> tuple[str, tuple[str, ...]]:
    """A call in comparable form; naming the player as the one who acts is the same as naming nobody."""
    if call.actor is not None and player is not None and call.actor.lower() == player.lower():
        name, arguments = normalise(call)
        return name, tuple(a for a in arguments if a != f"for {player.lower()}")
    return normalise(call)


def judge_reply(case: Case, reply: str, table: ToolTable) -> Verdict:
    """The verdict on a reply, its opening included or not."""
    got, malformed = calls_in(reply, case.names, table, case.player)
    return Verdict(case, reply, got, malformed)


@dataclass(frozen=True, slots=True)
class Scores:
    """All cases of one player of the game. `by_tool` counts cases whose reference calls that tool."""

    name: str
    right: Share
    right_with_calls: Share
    right_without: Share
    invented: Share
    well_formed: Share
    by_tool: dict[str, Share]

    def as_json(self) -> dict[str, object]:
        """Plain values for the report."""
        return {
            "name": self.name,
            "right": self.right.as_json(),
            "right_where_calls_are_due": self.right_with_calls.as_json(),
            "right_where_none_is_due": self.right_without.as_json(),
            "invented": self.invented.as_json(),
            "well_formed": self.well_formed.as_json(),
            "by_tool": {tool: share.as_json() for tool, share in self.by_tool.items()},
        }


def scores(name: str, verdicts: Sequence[Verdict]) -> Scores:
    """Counts over verdicts: invented of all replies, well-formed of all bracketed calls."""
    due = [verdict for verdict in verdicts if verdict.case.expected]
    none_due = [verdict for verdict in verdicts if not verdict.case.expected]
    written = sum(len(verdict.got) + verdict.malformed for verdict in verdicts)
    tools = sorted({call for verdict in due for call, _ in verdict.case.expected})
    by_tool = {tool: _right(v for v in due if any(tool == call for call, _ in v.case.expected)) for tool in tools}
    return Scores(
        name=name,
        right=_right(verdicts),
        right_with_calls=_right(due),
        right_without=_right(none_due),
        invented=Share(sum(verdict.invented > 0 for verdict in verdicts), len(verdicts)),
        well_formed=Share(written - sum(verdict.malformed for verdict in verdicts), written),
        by_tool={NO_CALL: _right(none_due), **by_tool},
    )


def _right(verdicts: Iterable[Verdict]) -> Share:
    found = list(verdicts)
    return Share(sum(verdict.right for verdict in found), len(found))
