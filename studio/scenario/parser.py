"""Owns turning the text of a scenario into values with spans; knows no diagnostic.

`parse` never raises: what cannot be read is a problem beside what could be.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.files import read_text
from studio.scenario.blocks import Block, BlockKind, scan
from studio.scenario.calls import find_calls, name_index, shifted
from studio.scenario.front import FrontMatter, read_front
from studio.scenario.lines import Lines
from studio.scenario.model import Scenario, Span, Speaker, SystemContext, ToolCall, Turn
from studio.scenario.problems import Problem
from studio.scenario.sheet import read_system
from studio.scenario.tools import ToolTable

TYPES = ("combat", "roleplay", "exploration", "mixed")
"""The kinds of scenario; the folder's name says it where the front matter does not."""

_SPEAKERS = {speaker.value: speaker for speaker in Speaker}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A scenario, the blocks that tile its text, and what could not be taken as written.

    `front_spans` says where each key of the front matter and its value stand; `tools` is the table that the
    calls were read with.
    """

    scenario: Scenario
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]
    tools: ToolTable
    front_spans: dict[str, tuple[Span, Span]] = field(default_factory=dict)


def parse(text: str, *, path: Path | None = None, tools: ToolTable | None = None) -> Parsed:
    """Reads any text as a scenario; `path` gives the type by its folder, `tools` defaults to the shipped table."""
    table = tools if tools is not None else ToolTable.shipped()
    blocks, problems = scan(text)
    front = next((read_front(text, block.content) for block in blocks if block.kind is BlockKind.FRONT), FrontMatter())
    found = [*problems, *front.problems]
    system = _system(text, blocks, found)
    names = name_index(character.name for character in system.party) if system else {}
    turns = answered(list(_turns(text, blocks)), table, lambda turn: find_calls(turn.content, table, names))
    scenario = Scenario(text, path, type_of(front.values, path), front.values, system, tuple(turns))
    return Parsed(scenario, blocks, tuple(found), table, front.spans)


def load(path: Path, *, tools: ToolTable | None = None) -> Parsed:
    """Reads a scenario file; raises PathMissing, UnreadableFile, TooLarge or NotText."""
    return parse(read_text(path), path=path, tools=tools)


def type_of(metadata: dict[str, object], path: Path | None) -> str | None:
    """The kind of scenario, as its front matter says it, else by its folder's name."""
    said = metadata.get("type")
    if isinstance(said, str):
        return said
    folder = (path.parent.name or path.absolute().parent.name).lower() if path else ""
    return folder if folder in TYPES else None


def _system(text: str, blocks: tuple[Block, ...], problems: list[Problem]) -> SystemContext | None:
    """The first SYSTEM block; another one is left out."""
    for block in blocks:
        if block.kind is BlockKind.BLOCK and block.name == "SYSTEM":
            context, more = read_system(text, block.span, block.content)
            problems.extend(more)
            return context
    return None


def speaker_of(block: Block) -> Speaker | None:
    """Who a block's turn belongs to; None where it is no turn."""
    return _SPEAKERS.get(block.name) if block.kind is BlockKind.BLOCK else None


def trimmed(text: str, span: Span) -> tuple[str, Span]:
    """What stands at `span` without blank space at its ends, and where that is."""
    raw = text[span.start : span.end]
    content = raw.strip()
    start = span.start + raw.index(content)
    return content, Span(start, start + len(content))


def _turns(text: str, blocks: tuple[Block, ...]) -> Iterator[Turn]:
    lines = Lines(text) if "\r" in text else None
    index, line, counted = 0, 1, 0
    for block in blocks:
        speaker = _SPEAKERS.get(block.name) if block.kind is BlockKind.BLOCK else None
        if speaker is not None:
            content, span = trimmed(text, block.content)
            start = block.span.start
            line, counted = lines.line(start) if lines else line + text.count("\n", counted, start), start
            yield Turn(index, speaker, content, line, block.span, span)
            index += 1


def answered(turns: list[Turn], table: ToolTable, calls_in: Callable[[Turn], tuple[ToolCall, ...]]) -> Iterator[Turn]:
    """The turns with their calls; a call that gives a result has the TOOLCALL turn that stands for it.

    `calls_in` finds the calls of a DM turn, with spans in its content.
    """
    for place, turn in enumerate(turns):
        calls = calls_in(turn) if turn.speaker is Speaker.DM else ()
        if calls:
            results = _results_after(turns, place)
            made = tuple(_attach(call, table, turn, results) for call in calls)
            turn = Turn(turn.index, turn.speaker, turn.content, turn.line, turn.span, turn.content_span, made)
        yield turn


def _attach(call: ToolCall, table: ToolTable, turn: Turn, results: Iterator[str]) -> ToolCall:
    tool = table.get(call.name) or table.get(table.nearest(call.name) or "")
    result = next(results, None) if tool and tool.result else None
    return shifted(call, turn.content_span.start, result)


def _results_after(turns: list[Turn], place: int) -> Iterator[str]:
    place += 1
    while place < len(turns) and turns[place].speaker is Speaker.TOOLCALL:
        yield turns[place].content
        place += 1
