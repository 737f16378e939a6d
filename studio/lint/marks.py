"""Owns what an edit does to diagnostics that are shown: which go, which come, which only move; knows no check."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count

from studio.lint.diagnostics import Diagnostic, Fix
from studio.scenario import Edit, Span


@dataclass(frozen=True, slots=True)
class Mark:
    """A diagnostic that is shown, with a number that stays its own for as long as it is."""

    key: int
    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Held:
    """A mark as it was when its cell began at `base`."""

    mark: Mark
    base: int

    def placed(self, start: int) -> Mark:
        """The mark in a text in which its cell begins at `start`."""
        by = start - self.base
        return Mark(self.mark.key, moved(self.mark.diagnostic, by)) if by else self.mark


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of the text: at `start`, `removed` code points gave way to `inserted` others."""

    start: int
    removed: int
    inserted: int

    def of_span(self, span: Span) -> Span | None:
        """Where a stretch of the old text stands in the new one; what is typed at its edges is not taken in.

        None where the edit removed a part of it.
        """
        stop, by = self.start + self.removed, self.inserted - self.removed
        if span.start == span.end == self.start and self.removed:
            return span
        if span.start < self.start:
            begin = span.start
        elif span.start >= stop:
            begin = span.start + by
        else:
            return None
        if span.end <= self.start:
            end = span.end
        elif span.end >= stop:
            end = span.end + by
        else:
            return None
        return Span(begin, max(begin, end))

    def pushes(self, span: Span) -> bool:
        """Whether an empty stretch is moved by what is typed at it, also where it belongs to the text before."""
        return span.start == span.end == self.start and not self.removed

    def of(self, one: Diagnostic) -> Diagnostic | None:
        """The diagnostic in the new text, or None where the edit removed a part of it."""
        span = self.of_span(one.span)
        if span is None:
            return None
        if one.fix is None:
            return replace(one, span=span)
        places = [self.of_span(edit.span) for edit in one.fix.edits]
        if None in places:
            return None
        pairs = zip(places, one.fix.edits, strict=True)
        edits = tuple(Edit(place, edit.text) for place, edit in pairs if place is not None)
        return replace(one, span=span, fix=replace(one.fix, edits=edits))


class Delta:
    """What goes and what comes while an edit is worked through: one that goes and comes again stays.

    `totals` are counted on, by code.
    """

    def __init__(self, totals: Counter[str], keys: "count[int]", change: Change | None = None) -> None:
        self._totals = totals
        self._keys = keys
        self._change = change
        self._left: dict[Diagnostic, list[int]] = {}
        self._gone: dict[int, str] = {}
        self._new: dict[int, Mark] = {}

    def retire(self, marks: Iterable[Mark]) -> None:
        """Takes marks away, as they stand in the new text."""
        for mark in marks:
            self._totals[mark.diagnostic.code] -= 1
            if self._change is None or not self._change.pushes(mark.diagnostic.span):
                self._left.setdefault(mark.diagnostic, []).append(mark.key)
            if self._new.pop(mark.key, None) is None:
                self._gone[mark.key] = mark.diagnostic.code

    def retire_old(self, marks: Iterable[Mark]) -> None:
        """Takes marks away, as they stood in the text before the edit."""
        for mark in marks:
            after = self._change.of(mark.diagnostic) if self._change else mark.diagnostic
            if after is None:
                self._totals[mark.diagnostic.code] -= 1
                self._gone[mark.key] = mark.diagnostic.code
            else:
                self.retire((Mark(mark.key, after),))

    def show(self, one: Diagnostic) -> Mark:
        """Shows a diagnostic; under the number that it had, where it was shown before."""
        self._totals[one.code] += 1
        left = self._left.get(one)
        if left:
            mark = Mark(left.pop(0), one)
            if self._gone.pop(mark.key, None) is None:
                self._new[mark.key] = mark
            return mark
        mark = Mark(next(self._keys), one)
        self._new[mark.key] = mark
        return mark

    @property
    def gone(self) -> dict[int, str]:
        """The numbers of those that are shown no more, with their codes."""
        return self._gone

    @property
    def new(self) -> dict[int, Mark]:
        """Those that were not shown before."""
        return self._new


def moved(one: Diagnostic, by: int) -> Diagnostic:
    """The diagnostic, with every place moved by a number."""
    if not by:
        return one
    fix = one.fix
    if fix is not None:
        fix = Fix(fix.title, tuple(Edit(_moved(edit.span, by), edit.text) for edit in fix.edits), fix.sure)
    return Diagnostic(one.code, one.severity, _moved(one.span, by), one.message, fix)


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
