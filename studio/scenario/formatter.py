"""Owns the one way in which a scenario is laid out; changes how it looks and never what it says.

What is laid out: the gaps between blocks, blank space at the ends of a turn, the lines of front matter, and in SYSTEM
the headings and the sheets (`studio.scenario.sheet_layout`). Words of a turn, comments, stray text, and every block
whose tags are wrong stay as they are. Line ends and a byte order mark are kept.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from studio.scenario.blocks import MARK, Block, BlockKind
from studio.scenario.edits import applied
from studio.scenario.front import read_front
from studio.scenario.lines import newline_of
from studio.scenario.meaning import meaning
from studio.scenario.model import Span
from studio.scenario.parser import Parsed, parse
from studio.scenario.problems import Edit
from studio.scenario.sheet_layout import line_ends, spaced, system_edits

_MOST = 4
"""How often a text is laid out again at most, where a first time lets more be laid out."""

_KINDS = (BlockKind.FRONT, BlockKind.BLOCK, BlockKind.COMMENT)
_TRAILING = re.compile(r"[ \t]{1,200}(?=[\r\n]|\Z)")
_AFTER_KEY = re.compile(r"(?<=:)[ \t]{2,200}(?=\S)")


def format_edits(parsed: Parsed) -> tuple[Edit, ...]:
    """The edits that lay a scenario out, in order; none where it is laid out already.

    The text that they give says the same (`meaning`), and laying it out again changes nothing. An edit of a kind that
    would break that is not made.
    """
    edits, text = _once(parsed), parsed.scenario.text
    if not edits:
        return edits
    after = _applied(parsed, edits)
    again = _once(after)
    if not again:
        return edits
    for _time in range(_MOST):  # what was laid out lets more be laid out: rare, and one edit then
        after = _applied(after, again)
        again = _once(after)
        if not again:
            break
    return (_difference(text, after.scenario.text),)


def _applied(parsed: Parsed, edits: tuple[Edit, ...]) -> Parsed:
    return parse(applied(parsed.scenario.text, edits), path=parsed.scenario.path, tools=parsed.tools)


def _difference(text: str, other: str) -> Edit:
    """One edit that makes the one text of the other, as short as it can be."""
    least = min(len(text), len(other))
    start = next((i for i in range(least) if text[i] != other[i]), least)
    tail = next((i for i in range(least - start) if text[-1 - i] != other[-1 - i]), least - start)
    return Edit(Span(start, len(text) - tail), other[start : len(other) - tail])


def _once(parsed: Parsed) -> tuple[Edit, ...]:
    groups = [list(one) for one in (_gaps(parsed), _turns(parsed), _front(parsed), system_edits(parsed))]
    edits = _ordered(edit for group in groups for edit in group)
    if not edits or _keeps(parsed, edits):
        return edits
    return _ordered(edit for group in groups if group and _keeps(parsed, _ordered(group)) for edit in group)


def formatted(parsed: Parsed) -> str:
    """The text of a scenario, laid out."""
    return applied(parsed.scenario.text, format_edits(parsed))


def _ordered(edits: Iterator[Edit] | list[Edit]) -> tuple[Edit, ...]:
    """The edits in order, apart: blank space at the end of a line is the next edit's where both reach for it."""
    ordered = sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))
    ends = [min(one.span.end, after.span.start) for one, after in pairwise(ordered)]
    return tuple(
        replace(edit, span=Span(edit.span.start, end))
        for edit, end in zip(ordered, [*ends, *(edit.span.end for edit in ordered[-1:])], strict=True)
    )


def _keeps(parsed: Parsed, edits: tuple[Edit, ...]) -> bool:
    """Whether the text still says the same with these edits."""
    return meaning(_applied(parsed, edits)) == meaning(parsed)


def _sound(text: str, block: Block) -> bool:
    """Whether a block is whole and written right, so that what stands around it is free."""
    if block.kind is BlockKind.COMMENT:
        return block.span.end - block.content.start >= 3 and text.startswith("-->", block.span.end - 3)
    if block.kind is BlockKind.FRONT:
        return block.content.end < block.span.end
    if block.kind is not BlockKind.BLOCK or block.opening is None or block.closing is None:
        return False
    opening = text[block.opening.start : block.opening.end]
    closing = text[block.closing.start : block.closing.end]
    return opening == f"<{block.name}>" and closing == f"</{block.name}>"


def _gaps(parsed: Parsed) -> Iterator[Edit]:
    """One blank line between blocks; a comment keeps its line, or its place on the line of a block."""
    text, newline = parsed.scenario.text, newline_of(parsed.scenario.text)
    solid = [block for block in parsed.blocks if block.kind is not BlockKind.BLANK]
    if not solid:
        return
    start = 1 if text.startswith(MARK) else 0
    if solid[0].span.start > start and solid[0].kind in _KINDS and _sound(text, solid[0]):
        yield Edit(Span(start, solid[0].span.start), "")
    for before, after in pairwise(solid):
        if _sound(text, before) and _sound(text, after):
            yield from _changed(text, Span(before.span.end, after.span.start), _gap(text, before, after, newline))
    if _sound(text, solid[-1]):
        tail = Span(solid[-1].span.end, len(text))
        yield from _changed(text, tail, spaced(text[tail.start :], 1, newline))


def _gap(text: str, before: Block, after: Block, newline: str) -> str:
    gap = text[before.span.end : after.span.start]
    if BlockKind.COMMENT in (before.kind, after.kind):
        least = 1 if before.kind is BlockKind.FRONT else 0
        return spaced(gap, min(max(line_ends(gap), least), 2), newline) or (" " if gap else "")
    return spaced(gap, 1 if before.kind is BlockKind.FRONT else 2, newline)


def _changed(text: str, span: Span, wanted: str) -> Iterator[Edit]:
    if text[span.start : span.end] != wanted:
        yield Edit(span, wanted)


def _turns(parsed: Parsed) -> Iterator[Edit]:
    """A turn's words begin and end at its tags."""
    text = parsed.scenario.text
    for block in parsed.blocks:
        if block.kind is not BlockKind.BLOCK or block.name == "SYSTEM" or not _sound(text, block):
            continue
        content = text[block.content.start : block.content.end]
        bare = content.strip()
        left = block.content.start + (len(content) - len(content.lstrip()) if bare else len(content))
        yield from _changed(text, Span(block.content.start, left), "")
        yield from _changed(text, Span(left + len(bare), block.content.end), "")


def _front(parsed: Parsed) -> Iterator[Edit]:
    """Front matter without blank space at the ends of lines, one space after a key; only where it reads the same."""
    text, content = parsed.scenario.text, None
    for block in parsed.blocks:
        if block.kind is BlockKind.FRONT and _sound(text, block):
            content = block.content
            for fence in (Span(block.span.start, content.start), Span(content.end, block.span.end)):
                line = text[fence.start : fence.end]
                bare = line.rstrip("\r\n")
                yield from _changed(text, Span(fence.start + 3, fence.start + len(bare)), "")
    if content is None:
        return
    source = text[content.start : content.end]
    edits = [Edit(Span(*match.span()), "") for match in _TRAILING.finditer(source)]
    edits += [Edit(Span(*span), " ") for span in _key_spaces(parsed, content)]
    changed = applied(source, edits)
    before, after = read_front(source, Span(0, len(source))), read_front(changed, Span(0, len(changed)))
    if edits and not before.problems and not after.problems and before.values == after.values:
        for edit in edits:
            yield Edit(Span(edit.span.start + content.start, edit.span.end + content.start), edit.text)


def _key_spaces(parsed: Parsed, content: Span) -> Iterator[tuple[int, int]]:
    """Where more than one space stands between a key and its value, from the beginning of front matter."""
    text = parsed.scenario.text
    for key, value in parsed.front_spans.values():
        match = _AFTER_KEY.search(text, key.end, value.start + 1)
        if match and match.end() == value.start:
            yield match.start() - content.start, match.end() - content.start
