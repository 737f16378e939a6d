"""Owns making edits small and carrying a place of the text across them; knows no widget."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from studio.scenario import Edit, Span

_FINE = 4000


def minimal(text: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The same edits in the order of the text, each without what it leaves as it was; those without effect go.

    Where one reaches into the next, the next begins behind it.
    """
    small: list[Edit] = []
    place = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        start = max(edit.span.start, place)
        whole = Edit(Span(start, max(start, edit.span.end)), edit.text)
        place = whole.span.end
        made = _trimmed(text, whole)
        if made.text or made.span.start != made.span.end:
            small.append(made)
    return tuple(small)


def shared_start(one: str, other: str) -> int:
    """How many characters two texts share at their beginning; halves what is compared, for long texts."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _trimmed(text: str, edit: Edit) -> Edit:
    old, new = text[edit.span.start : edit.span.end], edit.text
    before = shared_start(old, new)
    after = shared_start(old[before:][::-1], new[before:][::-1])
    span = Span(edit.span.start + before, edit.span.end - after)
    return Edit(span, new[before : len(new) - after])


def between(old: str, new: str) -> tuple[Edit, ...]:
    """Edits, line by line, that make one text of another."""
    whole = _trimmed(old, Edit(Span(0, len(old)), new))
    start, stop = whole.span.start, whole.span.end
    if whole.text.count("\n") + old.count("\n", start, stop) > _FINE:
        return minimal(old, (whole,))
    start = old.rfind("\n", 0, start) + 1
    lines, wanted = old[start:stop].splitlines(True), new[start : stop + len(new) - len(old)].splitlines(True)
    places = [start]
    for line in lines:
        places.append(places[-1] + len(line))
    found = SequenceMatcher(None, lines, wanted).get_opcodes()
    edits = [Edit(Span(places[a], places[b]), "".join(wanted[c:d])) for kind, a, b, c, d in found if kind != "equal"]
    return minimal(old, edits)


def carried(offset: int, edits: Sequence[Edit]) -> int:
    """Where a place of the text stands after edits (in order): before what is put in at it."""
    moved = 0
    for edit in edits:
        start, end = edit.span.start, edit.span.end
        if offset <= start:
            break
        if offset < end:
            return start + moved + min(offset - start, len(edit.text))
        moved += len(edit.text) - (end - start)
    return offset + moved
