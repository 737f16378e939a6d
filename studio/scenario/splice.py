"""Owns a text's blocks while it is edited: an edit reads again what it touches, and the rest stays; knows no check.

The blocks are kept in order with what was read in each. Where a block stands is its place in that order: offsets are
summed up from the edit on only when they are asked for. After an edit the text is scanned from the first block that
looked at the edited stretch until a block ends where one ended before; from there on nothing can have changed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from studio.scenario.blocks import MARK, Block, BlockKind, Reports, Scanner, begins_line, nested
from studio.scenario.calls import find_calls, name_index
from studio.scenario.front import FrontMatter, read_front
from studio.scenario.model import Scenario, Span, Speaker, SystemContext, ToolCall, Turn
from studio.scenario.parser import Parsed, answered, speaker_of, trimmed, type_of
from studio.scenario.problems import Edit, Problem, ProblemKind
from studio.scenario.sheet import read_system
from studio.scenario.tools import ToolTable

_FRONT_REACH = 100
"""Code points at the beginning of a text that decide whether it has front matter, and more."""


class Cell:
    """One block with what was read in it. Its spans are those of the text in which it was read, from `base` on.

    `ahead` is how far behind its end the text decided what it is; `heads`, whether it is a turn that does not answer
    the one before it. Two cells are equal only if they are one.
    """

    __slots__ = (
        "_calls", "ahead", "base", "block", "content", "heads", "length", "lines", "reports", "speaker", "words",
    )  # fmt: skip

    def __init__(self, text: str, block: Block, reports: Reports, reach: int) -> None:
        start, end = block.span.start, block.span.end
        self.block = block
        self.reports = reports
        self.base = start
        self.length = end - start
        self.ahead = reach - end
        self.lines = text.count("\n", start, end)
        if text.find("\r", start, end) >= 0:
            self.lines += text.count("\r", start, end) - text.count("\r\n", start, end)
        self.speaker = speaker_of(block)
        self.heads = self.speaker is not None and self.speaker is not Speaker.TOOLCALL
        self.words, self.content = trimmed(text, block.content) if self.speaker else ("", block.content)
        self._calls: tuple[object, tuple[ToolCall, ...]] | None = None

    @property
    def system(self) -> bool:
        """Whether it is a SYSTEM block."""
        return self.block.kind is BlockKind.BLOCK and self.block.name == "SYSTEM"

    @property
    def open_comment(self) -> bool:
        """Whether it is a comment without an end, which an end that is written far behind it closes."""
        return self.block.kind is BlockKind.COMMENT and any(
            one.kind is ProblemKind.COMMENT_UNCLOSED for one in self.reports
        )

    def calls(self, tools: ToolTable, names: dict[str, str]) -> tuple[ToolCall, ...]:
        """The calls in its words; looked for once with the same names."""
        held = self._calls
        if held is None or held[0] is not names:
            held = self._calls = (names, find_calls(self.words, tools, names))
        return held[1]


@dataclass(frozen=True, slots=True)
class Head:
    """What front matter and the first SYSTEM block say; `names` is the same object while the names are the same."""

    front: FrontMatter
    system: SystemContext | None
    problems: tuple[Problem, ...]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Spliced:
    """What an edit did: at `first`, the cells `gone` (the first of them began at `start`) gave way to `made`.

    `head` says whether front matter or SYSTEM was read again.
    """

    first: int
    start: int
    gone: tuple[Cell, ...]
    made: tuple[Cell, ...]
    head: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A text and its blocks at one moment, which later edits leave alone: it may be read on another thread."""

    text: str
    path: Path | None
    tools: ToolTable
    head: Head
    cells: tuple[Cell, ...]

    def parsed(self) -> Parsed:
        """The whole scenario, equal to `parse` of the text."""
        starts = accumulate((cell.length for cell in self.cells), initial=0)
        part = self.part(zip(self.cells, starts, strict=False))
        return replace(part, problems=(*part.problems, *self.head.problems))

    def part(self, cells: Iterable[tuple[Cell, int]]) -> Parsed:
        """Some cells, each with where it starts, as if there were no others; the head's problems are left out."""
        blocks: list[Block] = []
        reports: list[Reports] = []
        turns: list[Turn] = []
        calls: list[tuple[ToolCall, ...]] = []
        line = 1
        for cell, start in cells:
            by = start - cell.base
            blocks.append(_block(cell.block, by))
            reports.append(tuple(_problem(one, by) for one in cell.reports) if cell.reports and by else cell.reports)
            if cell.speaker is not None:
                span, content = blocks[-1].span, _span(cell.content, by)
                turns.append(Turn(len(turns), cell.speaker, cell.words, line, span, content))
                calls.append(cell.calls(self.tools, self.head.names) if cell.speaker is Speaker.DM else ())
            line += cell.lines
        front = self.head.front
        told = nested(blocks, reports)
        scenario = Scenario(
            self.text,
            self.path,
            type_of(front.values, self.path),
            front.values,
            self.head.system,
            tuple(answered(turns, self.tools, lambda turn: calls[turn.index])),
        )
        problems = tuple(problem for found in told for problem in found)
        return Parsed(scenario, tuple(blocks), problems, self.tools, front.spans)


class Splice:
    """A text that is edited, and its blocks. `parsed` equals `parse` of the text at all times.

    The cost of an edit is that of the blocks it touches, and of copying the text once.
    """

    def __init__(self, text: str, *, path: Path | None = None, tools: ToolTable | None = None) -> None:
        self.text = text
        self.path = path
        self.tools = tools if tools is not None else ToolTable.shipped()
        self.cells = list(_scan(text))
        self._starts = _Starts(accumulate((cell.length for cell in self.cells[:-1]), initial=0) if self.cells else ())
        self._systems = sum(cell.system for cell in self.cells)
        self._open_comments = sum(cell.open_comment for cell in self.cells)
        self._parsed: Parsed | None = None
        self._head_cells: tuple[tuple[Cell, int], ...] = ()
        self.head = Head(FrontMatter(), None, (), {})
        self._read_head()

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def parsed(self) -> Parsed:
        """The whole scenario; made when it is asked for, at a cost that grows with the text."""
        if self._parsed is None:
            self._parsed = self.snapshot().parsed()
        return self._parsed

    def snapshot(self) -> Snapshot:
        """The text and its blocks as they are now."""
        return Snapshot(self.text, self.path, self.tools, self.head, tuple(self.cells))

    def part(self, places: Iterable[int]) -> Parsed:
        """The cells at some places as if there were no others, with their spans in the whole text."""
        source = Snapshot(self.text, self.path, self.tools, self.head, ())
        return source.part((self.cells[place], self._starts[place]) for place in places)

    def head_part(self) -> Parsed:
        """Front matter and SYSTEM alone, with what is wrong in them beside their tags."""
        source = Snapshot(self.text, self.path, self.tools, self.head, ())
        return replace(source.part(self._head_cells), problems=self.head.problems)

    def start(self, place: int) -> int:
        """Where the cell at a place starts; the text's end for the place behind the last one."""
        return self._starts[place] if place < len(self.cells) else len(self.text)

    def place(self, offset: int) -> int:
        """The place of the cell that holds an offset; of the last one for the text's end."""
        return max(0, self._starts.after(offset) - 1)

    def edit(self, start: int, removed: int, inserted: str) -> Spliced:
        """Replaces `removed` code points at `start` by `inserted`."""
        old = self.text
        self.text = "".join((old[:start], inserted, old[start + removed :]))
        self._parsed = None
        first = self._first_touched(start)
        made, last = self._scan_again(first, old, start + removed, len(inserted) - removed)
        while made and first < last and made[0].block.span.end <= start and self._same(first, made[0]):
            self.cells[first].ahead = made.pop(0).ahead
            first += 1
        begin = self._starts[first] if first < len(self.cells) else len(old)
        gone = self._put(first, last, made, len(inserted) - removed)
        return Spliced(first, begin, gone, tuple(made), self._read_head())

    def _first_touched(self, start: int) -> int:
        """The first cell for which the text at `start` was looked at."""
        if start <= _FRONT_REACH or not self.cells:
            return 0
        first = self.place(start)
        while first and self._reach(first - 1) >= start:
            first -= 1
        return first if not self._open_comments else self._comment_before(first)

    def _reach(self, place: int) -> int:
        cell = self.cells[place]
        return self._starts[place] + cell.length + cell.ahead

    def _comment_before(self, first: int) -> int:
        """The last unclosed comment before `first` if the text closes it now; those before it end at the next."""
        place = next((place for place in range(first - 1, -1, -1) if self.cells[place].open_comment), None)
        if place is None:
            return first
        inside = self._starts[place] + len("<!--")
        end = self.text.find("-->", inside)
        return place if end != -1 and self.text.find("<!--", inside, end) == -1 else first

    def _scan_again(self, first: int, old: str, stop: int, by: int) -> tuple[list[Cell], int]:
        """The cells from `first` on up to where they meet those behind the edit, and the place of the first such."""
        made: list[Cell] = []
        count = len(self.cells)
        last = self._starts.before(stop)
        scanner = Scanner(self.text, self._starts[first] if first else 0)
        for block, reports in scanner.read():
            made.append(Cell(self.text, block, reports, scanner.reach))
            end = block.span.end
            while last < count and self._starts[last] + by < end:
                last += 1
            if last < count and self._starts[last] + by == end and self._goes_on(last, old, end):
                return made, last
        return made, count

    def _goes_on(self, place: int, old: str, end: int) -> bool:
        """Whether the cell at `place` is the same when it begins at `end` of the new text."""
        if self.cells[place].block.kind is BlockKind.FRONT or (place == 0 and old.startswith(MARK)):
            return False
        return begins_line(old, self._starts[place]) == begins_line(self.text, end)

    def _same(self, place: int, cell: Cell) -> bool:
        held, by = self.cells[place], cell.base - self.cells[place].base
        return (
            held.length == cell.length
            and _block(held.block, by) == cell.block
            and tuple(_problem(one, by) for one in held.reports) == cell.reports
        )

    def _put(self, first: int, last: int, made: list[Cell], by: int) -> tuple[Cell, ...]:
        gone = tuple(self.cells[first:last])
        self.cells[first:last] = made
        self._starts.put(first, last, [cell.base for cell in made], by)
        self._systems += sum(cell.system for cell in made) - sum(cell.system for cell in gone)
        self._open_comments += sum(cell.open_comment for cell in made) - sum(cell.open_comment for cell in gone)
        return gone

    def _read_head(self) -> bool:
        """Reads front matter and the first SYSTEM block where they are new or moved."""
        places = [place for place in range(min(2, len(self.cells))) if self._is_front(place)]
        if self._systems:
            places.append(next(place for place, cell in enumerate(self.cells) if cell.system))
        cells = tuple((self.cells[place], self._starts[place]) for place in places)
        if cells == self._head_cells:
            return False
        self._head_cells = cells
        self.head = self._head_of(cells)
        return True

    def _is_front(self, place: int) -> bool:
        return self.cells[place].block.kind is BlockKind.FRONT

    def _head_of(self, cells: Sequence[tuple[Cell, int]]) -> Head:
        front, system = FrontMatter(), None
        problems: list[Problem] = []
        for cell, start in cells:
            block = _block(cell.block, start - cell.base)
            if cell.system:
                system, problems = read_system(self.text, block.span, block.content)
            else:
                front = read_front(self.text, block.content)
        names = name_index(character.name for character in system.party) if system else {}
        same = list(names.items()) == list(self.head.names.items())
        return Head(front, system, (*front.problems, *problems), self.head.names if same else names)


class _Starts:
    """Where cells start. Those from one place on lag behind by a number that is added when they are asked for."""

    __slots__ = ("_at", "_by", "_from")

    def __init__(self, starts: Iterable[int]) -> None:
        self._at = list(starts)
        self._from = len(self._at)
        self._by = 0

    def __getitem__(self, place: int) -> int:
        return self._at[place] + self._by if place >= self._from else self._at[place]

    def before(self, offset: int) -> int:
        """How many start before an offset."""
        if self._from < len(self._at) and self[self._from] < offset:
            return bisect_left(self._at, offset - self._by, self._from)
        return bisect_left(self._at, offset, 0, self._from)

    def after(self, offset: int) -> int:
        """How many start at an offset or before it."""
        if self._from < len(self._at) and self[self._from] <= offset:
            return bisect_right(self._at, offset - self._by, self._from)
        return bisect_right(self._at, offset, 0, self._from)

    def put(self, first: int, last: int, starts: list[int], by: int) -> None:
        """Puts other starts in place of some; those behind them move by a number."""
        if self._by and self._from < last:
            self._at[self._from : last] = [start + self._by for start in self._at[self._from : last]]
        elif self._by and self._from > last:
            self._at[last : self._from] = [start - self._by for start in self._at[last : self._from]]
        self._at[first:last] = starts
        self._from = first + len(starts)
        self._by += by


def _scan(text: str) -> Iterator[Cell]:
    scanner = Scanner(text)
    for block, reports in scanner.read():
        yield Cell(text, block, reports, scanner.reach)


def _span(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by) if by else span


def _block(block: Block, by: int) -> Block:
    if not by:
        return block
    opening = _span(block.opening, by) if block.opening else None
    closing = _span(block.closing, by) if block.closing else None
    return Block(block.kind, block.name, _span(block.span, by), _span(block.content, by), opening, closing)


def _problem(problem: Problem, by: int) -> Problem:
    edit = Edit(_span(problem.edit.span, by), problem.edit.text) if problem.edit else None
    return Problem(problem.kind, _span(problem.span, by), problem.fields, edit)
