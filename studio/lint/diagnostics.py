"""Owns the values of the checks: a diagnostic, its fix, a rule of the table; knows no rule."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice

from studio.scenario import (
    Character,
    Edit,
    Parsed,
    Problem,
    ProblemKind,
    Scenario,
    Span,
    Speaker,
    Tool,
    ToolCall,
    ToolTable,
    Vocabulary,
)
from studio.scenario.calls import name_index
from studio.scenario.results import ResultLine, read_result

_SUGGESTIONS = 200


class Severity(StrEnum):
    """How bad it is: an error spoils play or training, a warning probably does, a hint is worth a look."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends what a diagnostic says; the edits do not overlap."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to mend: `message` says what is wrong and what to do, `span` where (half open, code points)."""

    code: str
    severity: Severity
    span: Span
    message: str
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule's check reports; the table adds code and severity."""

    span: Span
    message: str
    fix: Fix | None = None


class Reading:
    """A parsed scenario as the checks look at it, with what several of them need worked out once."""

    def __init__(self, parsed: Parsed, vocabulary: Vocabulary) -> None:
        self.parsed = parsed
        self.vocabulary = vocabulary

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.parsed.scenario

    @property
    def text(self) -> str:
        """The scenario's text."""
        return self.parsed.scenario.text

    @property
    def tools(self) -> ToolTable:
        """The tools that the calls were read with."""
        return self.parsed.tools

    @cached_property
    def party(self) -> tuple[Character, ...]:
        """The characters of SYSTEM."""
        return self.scenario.system.party if self.scenario.system else ()

    @cached_property
    def names(self) -> dict[str, str]:
        """The characters' names by the form in which they are compared."""
        return name_index(character.name for character in self.party)

    @cached_property
    def calls(self) -> tuple[tuple[ToolCall, Tool | None], ...]:
        """The calls of the DM turns, each with its tool where there is one of that name."""
        turns = self.scenario.turns
        return tuple((call, self.tools.get(call.name)) for turn in turns for call in turn.tool_calls)

    @cached_property
    def results(self) -> dict[int, ResultLine | None]:
        """What each TOOLCALL turn says, by the turn's index; None where it is in no known form."""
        turns = (turn for turn in self.scenario.turns if turn.speaker is Speaker.TOOLCALL)
        return {turn.index: read_result(turn.content) for turn in turns}

    @cached_property
    def near_names(self) -> tuple[str, ...]:
        """The names that a wrong one is compared with; a huge party is not searched whole."""
        return tuple(islice(self.names.values(), _SUGGESTIONS))

    @cached_property
    def problems(self) -> dict[ProblemKind, list[Problem]]:
        """What the parser reported, by kind."""
        found: dict[ProblemKind, list[Problem]] = {}
        for problem in self.parsed.problems:
            found.setdefault(problem.kind, []).append(problem)
        return found

    def of(self, kind: ProblemKind) -> Iterable[Problem]:
        """The problems of one kind."""
        return self.problems.get(kind, ())


Check = Callable[[Reading], Iterator[Finding]]


class Reach(StrEnum):
    """What a finding depends on beside front matter and SYSTEM.

    TURN: the turn that it stands in and its direct neighbours. STORY: the turns before it, through the state of the
    replay alone. WHOLE: anything.
    """

    TURN = "turn"
    STORY = "story"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table of diagnostics; its page is `resources/diagnostics/CODE.md`."""

    code: str
    severity: Severity
    title: str
    check: Check
    reach: Reach = Reach.WHOLE


def quoted(text: str, limit: int = 60) -> str:
    """A piece of the text for a sentence: one line, not too long, what cannot be seen spelled out."""
    line = " ".join(text.split())
    short = line if len(line) <= limit else line[: limit - 1] + "…"
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in short)
