"""Owns applying the fixes of diagnostics to a text until none is left; reads and writes no file.

A fix that is not sure is left to a person. Of fixes that touch each other the first in the text is applied, and the
others are looked for again in what came out, so that no edit ever meets a text it was not made for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from studio.lint.diagnostics import Diagnostic
from studio.scenario import Edit, Lines

MOST_ROUNDS = 60
"""A text that is not at rest by then is left as it stands; each round is a whole and valid text."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One fix that was applied: its rule, what it did, and the line at that time."""

    code: str
    title: str
    line: int


@dataclass(frozen=True, slots=True)
class Mended:
    """A text after its fixes, and what they were, in the order in which they were applied."""

    text: str
    applied: tuple[Applied, ...]


def mend(text: str, check: Callable[[str], Iterable[Diagnostic]]) -> Mended:
    """Applies the sure fixes of what `check` finds, again and again until nothing changes."""
    applied: list[Applied] = []
    seen = {text}
    for _round in range(MOST_ROUNDS):
        chosen, edits = _chosen(check(text))
        after = edited(text, edits)
        if after in seen:  # at rest, or two fixes that undo each other
            break
        lines = Lines(text)
        applied += (Applied(one.code, one.fix.title, lines.line(one.span.start)) for one in chosen if one.fix)
        seen.add(after)
        text = after
    return Mended(text, tuple(applied))


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text after edits that do not overlap."""
    parts: list[str] = []
    place = 0
    for edit in sorted(edits, key=lambda one: (one.span.start, one.span.end)):
        parts += (text[place : edit.span.start], edit.text)
        place = edit.span.end
    return "".join((*parts, text[place:]))


def _chosen(diagnostics: Iterable[Diagnostic]) -> tuple[list[Diagnostic], list[Edit]]:
    """The fixes of one round, which leave at least one character between them, and their edits."""
    chosen: list[Diagnostic] = []
    edits: list[Edit] = []
    wanted = [(_reach(one.fix.edits), one) for one in diagnostics if one.fix is not None and one.fix.sure]
    end = -1
    for span, one in sorted(wanted, key=lambda pair: pair[0]):
        if span[0] > end and one.fix is not None:
            chosen.append(one)
            edits += one.fix.edits
            end = span[1]
    return chosen, edits


def _reach(edits: tuple[Edit, ...]) -> tuple[int, int]:
    """From where to where the edits of a fix go."""
    return min(edit.span.start for edit in edits), max(edit.span.end for edit in edits)
