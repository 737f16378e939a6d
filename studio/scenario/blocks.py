"""Owns the block tree: which stretch of a text is front matter, a block, a comment or something else.

Knows nothing of what stands inside a block. The blocks tile the text without gaps, and nothing but the
offset is carried from one block to the next, so that a later edit can be scanned again from the block before it.
The cost is linear: one pattern with bounded repeats, every character passed a bounded number of times.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache

from studio.scenario.model import Span, light
from studio.scenario.problems import Edit, Problem, ProblemKind

TAGS = ("SYSTEM", "User", "DM", "TOOLCALL")
"""The four tags, in the only spelling that is right."""

_BY_LOWER = {name.lower(): name for name in TAGS}
_MEANT = {
    "player": "User",
    "human": "User",
    "gm": "DM",
    "dungeonmaster": "DM",
    "assistant": "DM",
    "narrator": "DM",
    "tool": "TOOLCALL",
    "toolresult": "TOOLCALL",
    "sys": "SYSTEM",
}
_TAG = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9_-]{0,31})([^<>\r\n]{0,80})(>?)")
_WHOLE = re.compile(r"[ \t\r\n]{0,16}(<(SYSTEM|User|DM|TOOLCALL)>)[^<]{0,4000}(</\2>)")
"""A block as nearly all are: both tags spelt right, no tag and no comment inside. Read in one go."""
_FRONT = re.compile(r"---[ \t]{0,80}(?:\r\n|\n|\r)")
_FRONT_END = re.compile(r"(?<=[\r\n])(?:---|\.\.\.)[ \t]{0,80}(?=[\r\n]|\Z)")
_FRONT_LIMIT = re.compile(r"(?<=[\r\n])<")
_LINE_END = re.compile(r"[\r\n]|\Z")
MARK = "\ufeff"
"""The byte order mark, kept as the first character of a text that has one."""


class BlockKind(StrEnum):
    """What a stretch of the text is."""

    FRONT = "front matter"
    BLOCK = "block"
    COMMENT = "comment"
    BLANK = "blank"
    TEXT = "text"
    UNKNOWN = "unknown"
    STRAY = "stray"


@light
@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of the text; `name` is the tag's right spelling, or the name as written where it is unknown."""

    kind: BlockKind
    name: str
    span: Span
    content: Span
    opening: Span | None = None
    closing: Span | None = None


@dataclass(frozen=True, slots=True)
class _Tag:
    """One tag as met; `name` is the right spelling, or None for an unknown one."""

    span: Span
    closing: bool
    written: str
    name: str | None
    exact: bool


Reports = tuple[Problem, ...]
"""What is wrong with one block."""


def scan(text: str, start: int = 0) -> tuple[tuple[Block, ...], tuple[Problem, ...]]:
    """The blocks of a text, in order and without gaps, and what is wrong with their tags.

    `start` may be where any block of the text begins: the blocks from there on are the same.
    """
    blocks: list[Block] = []
    reports: list[Reports] = []
    for block, found in Scanner(text, start).read():
        blocks.append(block)
        reports.append(found)
    if not any(reports):
        return tuple(blocks), ()
    return tuple(blocks), tuple(problem for found in nested(blocks, reports) for problem in found)


def nested(blocks: Sequence[Block], reports: Sequence[Reports]) -> list[Reports]:
    """The reports of neighbouring blocks, in which a block inside another is told as one mistake instead of several.

    A block that an opening tag ended and whose closing tag is met after the inner block was nesting. What is told
    rests on the blocks since the last one that began by itself, and on nothing before.
    """
    told = list(reports)
    outer: tuple[int, Span] | None = None
    before: int | None = None
    for place, block in enumerate(blocks):
        if block.kind is BlockKind.BLANK:
            continue
        if block.kind in (BlockKind.BLOCK, BlockKind.UNKNOWN):
            outer = None if before is None or block.opening is None else _interrupted(blocks, before, block)
        elif block.kind is BlockKind.STRAY and outer and blocks[outer[0]].name == block.name:
            _tell_nesting(told, outer, blocks[outer[0]].name, place)
            outer = None
        before = place
    return told


def _interrupted(blocks: Sequence[Block], before: int, block: Block) -> tuple[int, Span] | None:
    """The block that `block` ended by opening inside it, with the tag that did; None where it began by itself."""
    outer = blocks[before]
    unclosed = outer.kind is BlockKind.BLOCK and outer.closing is None and outer.name != block.name
    return (before, block.opening) if unclosed and block.opening else None


def _tell_nesting(told: list[Reports], outer: tuple[int, Span], name: str, stray: int) -> None:
    """Puts the nesting in place of the missing closing tag, of the text between, and of the tag that closes."""
    first, inner = outer
    told[first] = (*told[first][:-1], Problem(ProblemKind.NESTED, inner, {"outer": name}))
    for place in range(first + 1, stray):
        told[place] = tuple(one for one in told[place] if one.kind is not ProblemKind.OUTSIDE)
    told[stray] = ()


@lru_cache(maxsize=1024)
def meant_tag(written: str) -> str | None:
    """The tag that a wrong name probably means."""
    plain = written.lower().replace("_", "").replace("-", "")
    exact = _BY_LOWER.get(plain) or _MEANT.get(plain)
    if exact or not 2 <= len(plain) <= 12:
        return exact
    near = get_close_matches(plain, list(_BY_LOWER), n=1, cutoff=0.75)
    return _BY_LOWER[near[0]] if near else None


def begins_line(text: str, start: int) -> bool:
    """Whether nothing but blanks stands before `start` on its line; all that a block takes from the text before it."""
    while start and text[start - 1] in " \t":
        start -= 1
    return start == 0 or text[start - 1] in "\r\n\ufeff"


class Scanner:
    """One pass over a text from where a block begins.

    `reach` is how far the text was looked at for the blocks that were read so far; an unclosed comment, which rests
    on whether an end stands anywhere before the next comment, is left out of it.
    """

    def __init__(self, text: str, start: int = 0) -> None:
        self.text = text
        self.reach = start
        self._made: list[tuple[Block, Reports]] = []
        self._told: list[Problem] = []
        self._covered = start  # how far blocks have been made
        self._open: _Tag | None = None
        self._comment_end = 0
        self._comment_start = 0

    def read(self) -> Iterator[tuple[Block, Reports]]:
        """The blocks, each with what is wrong with it; who takes no more of them stops the pass."""
        position = self._covered or self._front_matter()
        while True:
            if self._open is None and (whole := _WHOLE.match(self.text, position)):
                position = self._block(whole)
                yield from self._made
                self._made.clear()
                continue
            match = _TAG.search(self.text, position)
            if match is None:
                break
            self.reach = max(self.reach, match.end() + 1)
            position = self._comment(match) if match[2] is None else self._tag(match)
            if self._made:
                yield from self._made
                self._made.clear()
        self.reach = len(self.text) + 1
        if self._open:
            self._end_unclosed(self._open, len(self.text))
        self._fill(len(self.text))
        yield from self._made

    def _block(self, match: re.Match[str]) -> int:
        """A whole block, and what stands before it; nothing is wrong with the block."""
        (start, begin), (stop, end) = match.span(1), match.span(3)
        if self._covered != match.start():
            self._fill(start)
        elif self._covered < start:
            blank = Span(self._covered, start)
            self._made.append((Block(BlockKind.BLANK, "", blank, blank), ()))
        spans = Span(start, end), Span(begin, stop), Span(start, begin), Span(stop, end)
        self._made.append((Block(BlockKind.BLOCK, match[2], *spans), ()))
        self._covered = end
        self.reach = max(self.reach, end + 1)
        return end

    def _front_matter(self) -> int:
        start = 1 if self.text.startswith(MARK) else 0
        if start:
            self._add(BlockKind.BLANK, "", Span(0, 1), Span(0, 1))
        opening = _FRONT.match(self.text, start)
        if not opening:
            return start
        end = _FRONT_END.search(self.text, opening.end())
        limit = _FRONT_LIMIT.search(self.text, opening.end())
        stop = limit.start() if limit else len(self.text)
        if end and end.start() < stop:
            content, stop = Span(opening.end(), end.start()), end.end()
        else:
            content = Span(opening.end(), stop)
            newline = opening[0].lstrip("- \t")
            before = "" if self.text[stop - 1] in "\r\n" else newline
            edit = Edit(Span(stop, stop), f"{before}---{newline}")
            self._report(ProblemKind.FRONT_UNCLOSED, Span(start, start + 3), edit=edit)
        self.reach = stop + 1
        self._add(BlockKind.FRONT, "", Span(start, stop), content)
        return stop

    def _comment(self, match: re.Match[str]) -> int:
        if self._open:
            self._report(ProblemKind.COMMENT_INSIDE, Span(*match.span()), block=self._open.written)
            return match.end()
        self._fill(match.start())
        end = self._end_of_comment(match.end())
        if end is None:
            found = _LINE_END.search(self.text, match.end())
            end = found.start() if found else len(self.text)
            end = min(end, self._comment_start) if self._comment_start != -1 else end
            self._report(ProblemKind.COMMENT_UNCLOSED, Span(*match.span()), edit=Edit(Span(end, end), " -->"))
        self.reach = max(self.reach, end + len("<!--"))
        self._add(BlockKind.COMMENT, "", Span(match.start(), end), Span(match.end(), end))
        return end

    def _end_of_comment(self, start: int) -> int | None:
        """Where a comment ends; None where another one begins first, or none ends. Each answer is kept."""
        if self._comment_end != -1 and self._comment_end < start:
            self._comment_end = self.text.find("-->", start)
        if self._comment_start != -1 and self._comment_start < start:
            self._comment_start = self.text.find("<!--", start)
        ends, begins = self._comment_end, self._comment_start
        return None if ends == -1 or (begins != -1 and begins < ends) else ends + 3

    def _tag(self, match: re.Match[str]) -> int:
        tag = self._read(match)
        if tag is None:
            return match.start() + 1
        if self._open is None:
            self._outside(tag)
        elif not self._inside(self._open, tag):
            return match.end(2)
        return tag.span.end

    def _read(self, match: re.Match[str]) -> _Tag | None:
        closing, written, rest, end = match[1] == "/", match[2], match[3], match[4]
        known = _BY_LOWER.get(written.lower())
        ends_line = closing and not rest.strip()
        if not end and not (known and (ends_line or begins_line(self.text, match.start()))):
            return None
        span = Span(match.start(), match.end() if end else match.end(2))
        if known:
            return _Tag(span, closing, written, known, written == known and not rest and bool(end))
        if rest.strip():
            return None if self._open else _Tag(span, closing, written, None, exact=False)
        return _Tag(span, closing, written, self._guess(match.start(), written, closing), exact=False)

    def _guess(self, start: int, written: str, closing: bool) -> str | None:
        """A near name counts outside blocks, at the start of a line, and where it closes what is open."""
        near = meant_tag(written)
        if self._open is None or (closing and near == self._open.name) or begins_line(self.text, start):
            return near
        return None

    def _outside(self, tag: _Tag) -> None:
        self._fill(tag.span.start)
        if tag.closing:
            self._stray(tag)
            return
        self._begin(tag)

    def _stray(self, tag: _Tag) -> None:
        self._report(ProblemKind.STRAY_CLOSE, tag.span, edit=Edit(tag.span, ""), tag=tag.written)
        self._add(BlockKind.STRAY, tag.name or tag.written, tag.span, tag.span)

    def _begin(self, tag: _Tag) -> None:
        self._open = tag
        if tag.name is None:
            self._report(ProblemKind.UNKNOWN_BLOCK, tag.span, tag=tag.written)
        elif not tag.exact:
            self._misspelt(tag, tag.name)

    def _misspelt(self, tag: _Tag, name: str) -> None:
        right = f"</{name}>" if tag.closing else f"<{name}>"
        written = self.text[tag.span.start : tag.span.end]
        self._report(ProblemKind.SPELLING, tag.span, edit=Edit(tag.span, right), written=written, right=right)

    def _inside(self, opened: _Tag, tag: _Tag) -> bool:
        """Takes a tag inside an open block; False when it is nothing but text there."""
        if not tag.closing:
            return self._opens_inside(opened, tag)
        if tag.name is None:
            if opened.name or opened.written.lower() != tag.written.lower():
                return False
        elif opened.name and tag.name != opened.name:
            written = self.text[tag.span.start : tag.span.end]
            edit = Edit(tag.span, f"</{opened.name}>")
            self._report(ProblemKind.WRONG_CLOSE, tag.span, edit=edit, block=opened.name, written=written)
        elif opened.name and not tag.exact:
            self._misspelt(tag, tag.name)
        self._end(opened, tag.span.start, tag.span)
        return True

    def _opens_inside(self, opened: _Tag, tag: _Tag) -> bool:
        """An opening tag of a known block ends the open one; any other is text."""
        if tag.name is None:
            if opened.name:
                self._report(ProblemKind.INNER_TAG, tag.span, tag=tag.written, block=opened.name)
            return False
        self._end_unclosed(opened, tag.span.start)
        self._fill(tag.span.start)
        self._begin(tag)
        return True

    def _end_unclosed(self, opened: _Tag, limit: int) -> None:
        """Ends the open block where its text ends, at most at `limit`, and says that it was not closed."""
        end = limit
        while end > opened.span.end and self.text[end - 1].isspace():
            end -= 1
        if opened.name:
            edit = Edit(Span(end, end), f"</{opened.name}>")
            self._report(ProblemKind.UNCLOSED, opened.span, edit=edit, block=opened.name)
        self._end(opened, end, None)

    def _end(self, opened: _Tag, content_end: int, closing: Span | None) -> None:
        kind = BlockKind.BLOCK if opened.name else BlockKind.UNKNOWN
        span = Span(opened.span.start, closing.end if closing else content_end)
        content = Span(opened.span.end, content_end)
        self._add(kind, opened.name or opened.written, span, content, opened.span, closing)
        self._open = None

    def _fill(self, end: int) -> None:
        """Covers what stands between two blocks: blank space, or text that belongs to none."""
        start = self._covered
        if start >= end:
            return
        if self.text[start:end].isspace():
            self._add(BlockKind.BLANK, "", Span(start, end), Span(start, end))
            return
        stripped = self.text[start:end].strip()
        first = self.text.index(stripped, start)
        where = Span(first, first + len(stripped))
        edit = None if "--" in stripped or ">" in stripped else Edit(where, f"<!-- {stripped} -->")
        self._report(ProblemKind.OUTSIDE, where, edit=edit, text=stripped[:200])
        self._add(BlockKind.TEXT, "", Span(start, end), where)

    def _add(
        self,
        kind: BlockKind,
        name: str,
        span: Span,
        content: Span,
        opening: Span | None = None,
        closing: Span | None = None,
    ) -> None:
        self._made.append((Block(kind, name, span, content, opening, closing), tuple(self._told)))
        self._told.clear()
        self._covered = span.end

    def _report(self, kind: ProblemKind, span: Span, edit: Edit | None = None, **fields: str) -> None:
        self._told.append(Problem(kind, span, fields, edit))
