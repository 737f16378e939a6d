"""Owns what a variant is made of: a scenario that may have variants, and how one is written and marked.

Knows no kind of variant. All text but what a kind changes, and the marks in front matter, stays byte for byte.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path, PurePath

import yaml

from studio.errors import InputError
from studio.language import N_, _
from studio.lint import Selection, Severity, check
from studio.rules import Party, Rules
from studio.scenario import Parsed, Scenario, Speaker, ToolCall, Turn, parse, render
from studio.scenario.blocks import MARK, BlockKind
from studio.scenario.edits import applied
from studio.scenario.game import Game
from studio.scenario.lines import newline_of
from studio.scenario.model import Span
from studio.scenario.problems import Edit

AUGMENTED = "augmented"
"""The tag of a scenario that was made of another one."""

_WORD = re.compile(r"[^\W\d_]+")

Codes = Counter[tuple[Severity, str]]


class NotAParent(InputError):
    """A scenario of which no variants are made; `broken` says whether that is because of errors in it."""

    sentence = N_("No variants are made of {path}: {reason}")


@dataclass(frozen=True, slots=True)
class Made:
    """A variant's text before it is marked, and what was done, for people."""

    text: str
    note: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A call with the TOOLCALL turn that answers it, and the DM turn that it stands in."""

    call: ToolCall
    asked: Turn
    turn: Turn


class Parent:
    """A scenario that may have variants, with the game that it is written for."""

    def __init__(self, text: str, path: PurePath, game: Game, selection: Selection | None = None) -> None:
        """Raises NotAParent where the scenario is held out, is a variant itself, or has errors."""
        self.text = text
        self.path = path
        self.game = game
        self.rules = Rules.of(game.words)
        self._selection = selection
        root = selection.root if selection is not None else None
        self._place = Path(path) if root is None else root / path  # rules that are silent in one file know it by this
        self.parsed = self.read(text)
        self.codes = self.found(text)
        reason = refusal(self.scenario)
        broken = reason is None and any(severity is Severity.ERROR for severity, _code in self.codes)
        if broken:
            reason = _("`lorewright check` finds errors in it; mend them first.")
        if reason is not None:
            raise NotAParent(path=path, reason=reason, broken=broken)

    def read(self, text: str) -> Parsed:
        """A text, read as this scenario is."""
        return parse(text, path=self._place, tools=self.game.tools)

    def found(self, text: str) -> Codes:
        """How often each error and warning is found in a text."""
        rows = check(self.read(text), self.game.words, self._selection)
        return Counter((row.severity, row.code) for row in rows if row.severity is not Severity.HINT)

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.parsed.scenario

    @cached_property
    def party(self) -> Party:
        """The sheets before the first turn."""
        return Party.of(self.scenario.system.party if self.scenario.system else ())

    @cached_property
    def told(self) -> str:
        """All that the turns say, without their calls."""
        return "\n".join(without_calls(turn) for turn in self.scenario.turns if turn.speaker is not Speaker.TOOLCALL)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the text, in the case in which it stands."""
        return frozenset(_WORD.findall(self.text))

    @cached_property
    def present(self) -> frozenset[str]:
        """The same in lower case."""
        return frozenset(word.lower() for word in self.words)

    @cached_property
    def answered(self) -> tuple[Answered, ...]:
        """The calls that are answered, with their answers."""
        return tuple(self._answered())

    def _answered(self) -> Iterator[Answered]:
        turns = self.scenario.turns
        for place, turn in enumerate(turns):
            after = place
            for call in turn.tool_calls:
                if call.result is not None:
                    after += 1
                    yield Answered(call, turn, turns[after])


Maker = Callable[[Parent, random.Random], Made | None]
"""Makes one variant, or none where the scenario gives no occasion."""


def refusal(scenario: Scenario) -> str | None:
    """Why a scenario may have no variants; None where it may."""
    if scenario.held_out:
        return _("it is held out, so that models can be measured on it.")
    if AUGMENTED in tags_of(scenario):
        return _("it is a variant itself. Make them of the scenario that it was made of.")
    return None


def tags_of(scenario: Scenario) -> tuple[str, ...]:
    """The tags of a scenario."""
    tags = scenario.metadata.get("tags")
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def without_calls(turn: Turn) -> str:
    """What a turn says beside its calls."""
    start = turn.content_span.start
    spans = (Span(call.span.start - start, call.span.end - start) for call in turn.tool_calls)
    return applied(turn.content, [Edit(span, "") for span in spans])


def marked(parsed: Parsed, tags: Iterable[str], values: Mapping[str, str | int | date]) -> str:
    """The text with tags and values added to its front matter; nothing else of it changes. Raises NotWritable."""
    scenario, text = parsed.scenario, parsed.scenario.text
    newline = newline_of(text)
    all_tags = list(dict.fromkeys((*tags_of(scenario), *tags)))
    wanted: dict[str, object] = {"tags": all_tags, **values}
    front = next((block for block in parsed.blocks if block.kind is BlockKind.FRONT), None)
    lines = "".join(f"{key}: {_flow(value)}{newline}" for key, value in wanted.items() if key not in scenario.metadata)
    if front is None:
        mark = MARK if text.startswith(MARK) else ""
        return f"{mark}---{newline}{lines}---{newline}{text.removeprefix(MARK)}"
    edits = [Edit(Span(front.content.end, front.content.end), lines)]
    for key in wanted.keys() & scenario.metadata.keys():
        span = parsed.front_spans[key][1]
        end = span.start + len(text[span.start : span.end].rstrip())  # a list of lines ends where the next key begins
        span = Span(span.start, end)
        space = "" if text[span.start - 1 : span.start] == " " else " "
        edits.append(Edit(span, space + _flow(wanted[key])))
    written = applied(text, edits)
    said = {key: str(value) if isinstance(value, date) else value for key, value in wanted.items()}
    merged = {**scenario.metadata, **said}
    if parse(written).scenario.metadata == merged:
        return written
    return render(replace(scenario, metadata=merged))  # front matter in a form of its own is written anew


def _flow(value: object) -> str:
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    return dumped.removesuffix("...\n").strip()
