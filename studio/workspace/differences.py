"""Owns what differs between two texts, line by line and word by word, in bounded time; knows no colours.

Lines that occur once on both sides hold the two texts together; only what lies between them goes to difflib,
and only while a budget of work lasts. Past it a stretch counts as replaced whole, so that the answer is always
right, at worst coarse.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from studio.lint import Edit
from studio.scenario import Span

_MOST_AT_ONCE = 250_000
_MOST_IN_ALL = 2_000_000
_MOST_WORDS = 40_000
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class Kind(StrEnum):
    """How a stretch of lines stands on the two sides."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring lines of one kind: half-open line numbers from 0 on the old and on the new side."""

    kind: Kind
    old: tuple[int, int]
    new: tuple[int, int]


def stretches(old: Sequence[str], new: Sequence[str]) -> tuple[Stretch, ...]:
    """How two lists of lines differ, from top to bottom, without gaps; never two neighbours of one kind."""
    found = sorted(_pairs(old, new))
    made: list[Stretch] = []
    i = j = 0
    for start, other, size in (*found, (len(old), len(new), 0)):
        if start > i or other > j:
            kind = Kind.CHANGED if start > i and other > j else Kind.GONE if start > i else Kind.NEW
            made.append(Stretch(kind, (i, start), (j, other)))
        if size and made and made[-1].kind is Kind.SAME:
            last = made.pop()
            made.append(Stretch(Kind.SAME, (last.old[0], start + size), (last.new[0], other + size)))
        elif size:
            made.append(Stretch(Kind.SAME, (start, start + size), (other, other + size)))
        i, j = start + size, other + size
    return tuple(made)


def count(old: str, new: str) -> tuple[int, int]:
    """How many lines are new and how many are gone."""
    parts = [part for part in stretches(old.split("\n"), new.split("\n")) if part.kind is not Kind.SAME]
    return sum(part.new[1] - part.new[0] for part in parts), sum(part.old[1] - part.old[0] for part in parts)


def edits(old: str, new: str) -> tuple[Edit, ...]:
    """The edits that make `new` out of `old`, as small as they can be told; spans are code points of `old`."""
    before, after = _lines(old), _lines(new)
    made: list[Edit] = []
    place = 0
    for part in stretches(before, after):
        gone = "".join(before[slice(*part.old)])
        if part.kind is not Kind.SAME:
            come = "".join(after[slice(*part.new)])
            head, tail = _shared_ends(gone, come)
            made.append(Edit(Span(place + head, place + len(gone) - tail), come[head : len(come) - tail]))
        place += len(gone)
    return tuple(made)


def change(old: str, new: str) -> tuple[int, int, str]:
    """The one stretch in which two texts differ: where it starts, how much of the old goes, what comes instead."""
    head, tail = _shared_ends(old, new)
    return head, len(old) - head - tail, new[head : len(new) - tail]


def words(old: str, new: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """The places in two lines that differ, as half-open columns: those of the old line, those of the new one."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if len(before) * len(after) > _MOST_WORDS:
        head, tail = _shared_ends(old, new)
        return ((head, len(old) - tail),), ((head, len(new) - tail),)
    starts, others = _starts(before), _starts(after)
    gone, come = [], []
    for tag, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            gone.append((starts[i], starts[i_end]))
            come.append((others[j], others[j_end]))
    return tuple(span for span in gone if span[0] < span[1]), tuple(span for span in come if span[0] < span[1])


def _lines(text: str) -> list[str]:
    """The lines with their ends; `splitlines` would also break at marks that are no line ends here."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _starts(parts: Sequence[str]) -> list[int]:
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    return starts


def _shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many items two sequences share at their beginnings and, beyond those, at their ends."""
    most = min(len(old), len(new))
    head = _most(most, lambda size: old[:size] == new[:size])
    most -= head
    tail = _most(most, lambda size: old[len(old) - size :] == new[len(new) - size :])
    return head, tail


def _most(most: int, shared: Callable[[int], bool]) -> int:
    """The largest size up to `most` that is still shared, by halving: comparing slices is far quicker than items."""
    low, high = 0, most
    if most and shared(most):
        return most
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if shared(middle) else (low, middle)
    return low


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Equal stretches as (old line, new line, length), in no order."""
    left = _MOST_IN_ALL
    todo = [(0, len(old), 0, len(new))]
    while todo:
        i, i_end, j, j_end = todo.pop()
        head, tail = _shared_ends(old[i:i_end], new[j:j_end])
        if head:
            yield i, j, head
        if tail:
            yield i_end - tail, j_end - tail, tail
        i, j, i_end, j_end = i + head, j + head, i_end - tail, j_end - tail
        work = (i_end - i) * (j_end - j)
        if not work:
            continue
        anchors = _anchors(old[i:i_end], new[j:j_end])
        if anchors:
            todo.extend(_between(anchors, i, i_end, j, j_end))
        elif work <= min(left, _MOST_AT_ONCE):
            left -= work
            matcher = SequenceMatcher(None, old[i:i_end], new[j:j_end], autojunk=False)
            yield from ((i + block.a, j + block.b, block.size) for block in matcher.get_matching_blocks() if block.size)


def _between(
    anchors: Sequence[tuple[int, int]], i: int, i_end: int, j: int, j_end: int
) -> Iterator[tuple[int, int, int, int]]:
    """The pieces from each anchor to the next; an anchor begins its piece, so that it is found as a shared head."""
    starts = [(i, j), *((i + a, j + b) for a, b in anchors)]
    ends = [*starts[1:], (i_end, j_end)]
    for (a, b), (a_end, b_end) in zip(starts, ends, strict=True):
        if a < a_end and b < b_end:
            yield a, a_end, b, b_end


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The lines that occur once on each side, in an order that both sides share: the longest such row."""
    here, there = Counter(old), Counter(new)
    places = {line: place for place, line in enumerate(new) if there[line] == 1 and here[line] == 1}
    pairs = [(place, places[line]) for place, line in enumerate(old) if line in places]
    tops: list[int] = []
    piles: list[int] = []
    back: list[int] = []
    for at, (_place, other) in enumerate(pairs):
        pile = bisect_left(tops, other)
        back.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [other]
        piles[pile : pile + 1] = [at]
    row: list[tuple[int, int]] = []
    at = piles[-1] if piles else -1
    while at >= 0:
        row.append(pairs[at])
        at = back[at]
    return row[::-1]
