"""Owns how the SYSTEM block is laid out: its headings and the lines of its sheets; the prose of a section stays.

A line is laid out only where it is one line of its own and was understood whole.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from studio.scenario.blocks import BlockKind
from studio.scenario.fields import read_item, read_skill, split_list, write_value
from studio.scenario.lines import newline_of
from studio.scenario.markdown import Mark, find_marks
from studio.scenario.model import Character, Span
from studio.scenario.parser import Parsed
from studio.scenario.problems import Edit
from studio.scenario.sheet import FIELDS, WRITTEN

_END = re.compile(r"\r\n|\n|\r")
_BLANK = " \t\r\n"
_LONGEST_KEY = 40


def line_ends(gap: str) -> int:
    """How many lines end in a gap."""
    return len(_END.findall(gap))


def spaced(gap: str, count: int, newline: str) -> str:
    """The first `count` line ends of a gap, filled up with more of the same kind."""
    kept = _END.findall(gap)[:count]
    whole = "".join(kept) + (kept[-1] if kept else newline) * (count - len(kept))
    return whole if line_ends(whole) == count else newline * count


def system_edits(parsed: Parsed) -> Iterator[Edit]:
    """The edits that lay the SYSTEM block out."""
    system = parsed.scenario.system
    block = next((one for one in parsed.blocks if one.kind is BlockKind.BLOCK and one.name == "SYSTEM"), None)
    if system is None or block is None or block.closing is None or not system.section_spans:
        return
    for edit in _Layout(parsed, system.content_span).edits():
        if parsed.scenario.text[edit.span.start : edit.span.end] != edit.text:
            yield edit


class _Layout:
    """One pass over the headings and list items of SYSTEM."""

    def __init__(self, parsed: Parsed, content: Span) -> None:
        self.text = parsed.scenario.text
        self.content = content
        self.newline = newline_of(self.text)
        system = parsed.scenario.system
        self.party = system.party if system else ()
        self.bad = sorted(problem.span.start for problem in parsed.problems)

    def edits(self) -> Iterator[Edit]:
        """All edits, in order."""
        section, sheet, last = "", False, -1
        sheets = iter(self.party)
        character: Character | None = None
        for mark in find_marks(self.text, self.content.start, self.content.end):
            if mark.depth or mark.level > 2:
                continue
            if mark.level == 2 and section != "party":
                continue
            if mark.level:
                title = self.text[mark.text.start : mark.text.end]
                section = title.lower().rstrip(":").strip() if mark.level == 1 else section
                character = next(sheets, None) if mark.level == 2 and title else None
                sheet = character is not None
                yield from self._heading(mark)
                last = self._line(mark)[1]
            elif sheet and character:
                yield from self._item(mark, character, last)
                last = mark.text.end
        yield self._tail()

    def _line(self, mark: Mark) -> tuple[int, int]:
        """Where the line of a mark begins and ends, without its line end."""
        start, end = mark.line, mark.line
        while start > self.content.start and self.text[start - 1] in " \t":
            start -= 1
        while end < self.content.end and self.text[end] not in "\r\n":
            end += 1
        return start, end

    def _before(self, start: int) -> int:
        """Where the blank space before a line begins."""
        while start > self.content.start and self.text[start - 1] in _BLANK:
            start -= 1
        return start

    def _after(self, end: int) -> int:
        """Where the next line that is not blank begins."""
        place = line = end
        while place < self.content.end and self.text[place] in _BLANK:
            place += 1
            if self.text[place - 1] in "\r\n":
                line = place
        return line

    def _tail(self) -> Edit:
        start = self._before(self.content.end)
        gap = Span(start, self.content.end)
        return Edit(gap, spaced(self.text[gap.start : gap.end], 1, self.newline))

    def _heading(self, mark: Mark) -> Iterator[Edit]:
        start, end = self._line(mark)
        hashes = self.text[mark.line : mark.line + mark.level + 1].rstrip(_BLANK)
        if hashes != "#" * mark.level or mark.text.end > end:
            return
        gap = Span(self._before(start), start)
        count = 1 if gap.start == self.content.start else 2
        yield Edit(gap, spaced(self.text[gap.start : gap.end], count, self.newline))
        words = self.text[mark.text.start : mark.text.end]
        if words and not words.endswith("#"):
            yield Edit(Span(start, end), f"{'#' * mark.level} {words}")
        following = self._after(end)
        if mark.level == 1 and following > end and self.text[following : following + 1] not in "#":
            yield Edit(Span(end, following), spaced(self.text[end:following], 1, self.newline))

    def _item(self, mark: Mark, character: Character, last: int) -> Iterator[Edit]:
        """One line of a sheet; directly below the line before it where nothing but blank space stands between."""
        start, end = self._line(mark)
        gap = Span(self._before(start), start)
        if gap.start == last:
            yield Edit(gap, spaced(self.text[gap.start : gap.end], 1, self.newline))
        following = self._after(end)
        alone = mark.text.start < mark.text.end <= end and self.text[following : following + 1] not in (" ", "\t")
        if alone and self.text[mark.line] in "-*+":
            yield Edit(Span(start, end), f"- {self._words(mark, character)}")

    def _words(self, mark: Mark, character: Character) -> str:
        words = self.text[mark.text.start : mark.text.end]
        key, colon, rest = words.partition(":")
        if not colon and (words.lower().startswith("level ")):
            key, rest = words[:5], words[5:]
        elif not colon or len(key) > _LONGEST_KEY:
            return words
        field = FIELDS.get(key.strip().lower())
        if field is None:
            return f"{key.strip()}: {rest.strip()}" if rest[:1] in (" ", "\t") and rest.strip() else words
        span = character.field_spans.get(field)
        if span is None or not mark.text.start <= span.start <= span.end <= mark.text.end or self._blamed(mark.text):
            return words
        value = _value(character, field, self.text[span.start : span.end])
        if value is None:
            return words
        return f"Level {value}" if field == "level" else f"{WRITTEN[field]}: {value}"

    def _blamed(self, span: Span) -> bool:
        """Whether something in a line could not be read; such a problem begins in its line."""
        place = bisect_left(self.bad, span.start)
        return place < len(self.bad) and self.bad[place] < max(span.end, span.start + 1)


def _value(character: Character, field: str, written: str) -> str | None:
    """A field's value in its one form, or None where that would read as something else."""
    if field in ("level", "health", "experience"):
        value = getattr(character, field)
        return None if value is None else write_value(value)
    entries = [written[start:end] for start, end in split_list(written)]
    wanted = [_entry(field, entry) for entry in entries]
    if not wanted or None in wanted:
        return None
    return ", ".join(entry for entry in wanted if entry is not None)


def _entry(field: str, entry: str) -> str | None:
    if field == "spells":
        return entry
    if field == "inventory":
        item = read_item(entry)
        short = item.name if item.name == entry.strip() else f"{item.name} x{item.count}"
        return short if read_item(short) == item else None
    skill = read_skill(entry)
    short = f"{skill[0]} {skill[1]:+d}" if skill else ""
    return short if read_skill(short) == skill else None
