"""Owns how the problems of a scenario become rows of the problem list; knows no check."""

from studio.scenario import Lines
from studio.ui.problems import Problem
from studio.workspace import Surveyed


def problems_of(entry: Surveyed) -> tuple[Problem, ...]:
    """The rows of the problem list for one scenario."""
    if entry.unreadable is not None:
        code = entry.diagnostics[0].code if entry.diagnostics else ""
        return (Problem(entry.path, entry.title, code, "error", 1, 0, 0, entry.unreadable),)
    lines = Lines(entry.text) if entry.diagnostics else None
    return tuple(
        Problem(
            entry.path,
            entry.title,
            item.code,
            str(item.severity),
            lines.line(item.span.start) if lines is not None else 1,
            item.span.start,
            item.span.end,
            item.message,
        )
        for item in entry.diagnostics
    )
