"""Owns the values of the checks: a diagnostic, its fix, a rule of the table; knows no rule."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice

from studio.scenario import (
    BlockKind,
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
    Turn,
    Vocabulary,
)
from studio.scenario.calls import name_index
from studio.scenario.combat_rules import CombatRules
from studio.scenario.lines import newline_of
from studio.scenario.model import plain_name

_SUGGESTIONS = 200


class Severity(StrEnum):
    """How bad it is: an error spoils play or training, a warning probably does, a hint is worth a look."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends what a diagnostic says; the edits do not overlap.

    One that is not `sure` is for a person to choose: it may take the wrong one of two things that disagree.
    """

    title: str
    edits: tuple[Edit, ...]
    sure: bool = True


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


@dataclass(frozen=True, slots=True)
class Seen:
    """One finding of a look that serves several rules; `rule` is the code of the one that tells it."""

    rule: str
    finding: Finding


class Cast:
    """What the checks need of SYSTEM and the words of the rules, worked out once for all parts of a scenario."""

    def __init__(self, scenario: Scenario, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.player = scenario.player
        self.party: tuple[Character, ...] = scenario.system.party if scenario.system else ()

    @cached_property
    def names(self) -> dict[str, str]:
        """The characters' names by the form in which they are compared."""
        return name_index(character.name for character in self.party)

    @cached_property
    def near_names(self) -> tuple[str, ...]:
        """The names that a wrong one is compared with; a huge party is not searched whole."""
        return tuple(islice(self.names.values(), _SUGGESTIONS))

    @cached_property
    def skills(self) -> dict[str, str]:
        """The skills of the rules by the form in which they are compared."""
        return {plain_name(skill): skill for skill in self.vocabulary.skills}

    @cached_property
    def conditions(self) -> dict[str, str]:
        """The conditions of the rules by the form in which they are compared."""
        return {plain_name(name): name for name in self.vocabulary.conditions}

    @cached_property
    def uncontested(self) -> frozenset[str]:
        """The skills whose roll has no outcome word, as they are compared."""
        return frozenset(map(plain_name, self.vocabulary.uncontested))

    @cached_property
    def players(self) -> tuple[Character, ...]:
        """The first two Player Characters."""
        found = (one for one in self.party if one.kind and "player" in one.kind.lower())
        return tuple(islice(found, 2))

    def saves(self, plain: str) -> bool:
        """Whether a listed modifier is that of an ability, or of its saving throw."""
        bare = plain.removesuffix(" saving throw").removesuffix(" save")
        fights = self.vocabulary.combat or CombatRules.shipped()
        return any(bare == name for name, _skills in fights.abilities)

    @cached_property
    def best(self) -> dict[str, tuple[int, tuple[str, ...]]]:
        """The highest listed modifier of each skill, and who lists it, in the party's order."""
        best: dict[str, tuple[int, tuple[str, ...]]] = {}
        for character in self.party:
            for skill, value in character.skills.items():
                plain = plain_name(skill)
                held = best.get(plain)
                if held is None or value > held[0]:
                    best[plain] = (value, (character.name,))
                elif value == held[0] and len(held[1]) < 2:
                    best[plain] = (value, (*held[1], character.name))
        return best


class Reading:
    """A parsed scenario as the checks look at it, whole or a part of it.

    A check looks at `turns` and `stretch` and at nothing outside them, so that it can run on a part: a few
    neighbouring turns, and the text that belongs to them.
    """

    def __init__(
        self,
        parsed: Parsed,
        vocabulary: Vocabulary,
        *,
        cast: Cast | None = None,
        turns: Sequence[Turn] | None = None,
        stretch: Span | None = None,
        echoes: frozenset[int] | None = None,
    ) -> None:
        self.parsed = parsed
        self.cast = cast if cast is not None else Cast(parsed.scenario, vocabulary)
        self.turns: Sequence[Turn] = parsed.scenario.turns if turns is None else turns
        self.stretch = stretch if stretch is not None else Span(0, len(parsed.scenario.text))
        self._echoes = echoes
        self.looks: dict[str, dict[str, list[Finding]]] = {}

    def part(self, turns: Sequence[Turn], stretch: Span) -> "Reading":
        """The same scenario with the look at a few turns only; for rules of `Reach.TURN`."""
        return Reading(self.parsed, self.vocabulary, cast=self.cast, turns=turns, stretch=stretch)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the rules."""
        return self.cast.vocabulary

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.parsed.scenario

    @property
    def text(self) -> str:
        """The scenario's text."""
        return self.parsed.scenario.text

    @cached_property
    def newline(self) -> str:
        """The line end that the text uses first; looked for once."""
        return newline_of(self.text)

    @property
    def tools(self) -> ToolTable:
        """The tools that the calls were read with."""
        return self.parsed.tools

    @property
    def party(self) -> tuple[Character, ...]:
        """The characters of SYSTEM."""
        return self.cast.party

    @property
    def names(self) -> dict[str, str]:
        """The characters' names by the form in which they are compared."""
        return self.cast.names

    @property
    def near_names(self) -> tuple[str, ...]:
        """The names that a wrong one is compared with."""
        return self.cast.near_names

    @cached_property
    def calls(self) -> tuple[tuple[ToolCall, Tool | None], ...]:
        """The calls of the DM turns, each with its tool where there is one of that name."""
        return tuple((call, self.tools.get(call.name)) for turn in self.turns for call in turn.tool_calls)

    @cached_property
    def narrated(self) -> tuple[Turn, ...]:
        """The DM turns."""
        return tuple(turn for turn in self.turns if turn.speaker is Speaker.DM)

    @cached_property
    def bracketed(self) -> tuple[Turn, ...]:
        """The DM turns with a bracket that is no call; a call holds exactly one."""
        return tuple(turn for turn in self.narrated if turn.content.count("[") != len(turn.tool_calls))

    @property
    def echoes(self) -> frozenset[int]:
        """The turns, by their index, of whose words and speaker there is an earlier one."""
        if self._echoes is None:
            seen: dict[tuple[Speaker, str], int] = {}
            firsts = {seen.setdefault((turn.speaker, turn.content), turn.index) for turn in self.turns}
            self._echoes = frozenset(turn.index for turn in self.turns) - firsts
        return self._echoes

    @cached_property
    def systems(self) -> list[Span]:
        """Where SYSTEM blocks stand."""
        blocks = self.parsed.blocks
        return [block.span for block in blocks if block.name == "SYSTEM" and block.kind is BlockKind.BLOCK]

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


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a scenario that serves several rules, and is taken once for all of them."""

    name: str
    see: Callable[[Reading], Iterable[Seen]]

    def at(self, reading: Reading) -> dict[str, list[Finding]]:
        """What was seen, by the code of the rule that tells it."""
        found = reading.looks.get(self.name)
        if found is None:
            found = reading.looks[self.name] = {}
            for seen in self.see(reading):
                found.setdefault(seen.rule, []).append(seen.finding)
        return found

    def rule(self, code: str, severity: Severity, title: str, reach: "Reach") -> "Rule":
        """The row of one code."""
        return Rule(code, severity, title, lambda reading: iter(self.at(reading).get(code, ())), reach, self)


class Reach(StrEnum):
    """What a finding depends on, so that a check after an edit can be spared where nothing of it changed.

    REPORT: one entry of `Parsed.problems`, in which it stands, and the sections of SYSTEM.
    HEAD: front matter and SYSTEM, in which it stands.
    OUTLINE: front matter and SYSTEM, and which blocks there are: every SYSTEM block, and of the others of each sort the
    first five and the last, with where they stand. Their sorts are kind and name, and for DM turns whether they call a
    tool and which outcome word they open with. The other blocks may be left out of `Parsed.blocks` and `turns`.
    TURN: front matter and SYSTEM, the turn that it stands in (with the text up to the next turn), the TOOLCALL turns
    around it, and the nearest turn of another kind on each side. Running the check on a `Reading.part` of these
    gives the same findings in that turn. Of the sheets it looks at names, kinds, skills, and which fields there are.
    ECHO: the same as TURN, and whether an earlier turn has the same speaker and the same words (`Reading.echoes`).
    STORY: front matter and SYSTEM, the turn that it stands in, and the turns before it through the replay's state
    alone: `Replay.step` gives it.
    WHOLE: the text and all turns; costs a look at everything after each edit.
    """

    REPORT = "report"
    HEAD = "head"
    OUTLINE = "outline"
    TURN = "turn"
    ECHO = "echo"
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
    look: Look | None = None


def quoted(text: str, limit: int = 60) -> str:
    """A piece of the text for a sentence: one line, not too long, what cannot be seen spelled out."""
    line = " ".join(text.split())
    short = line if len(line) <= limit else line[: limit - 1] + "…"
    return "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in short)
