"""Owns the form in which diagnostics leave the program: rows with lines and columns from 1, in code points."""

from collections.abc import Iterable
from pathlib import Path

from studio.errors import LorewrightError, NotText, TooLarge
from studio.lint.diagnostics import Diagnostic, Finding
from studio.lint.table import TABLE, diagnostic
from studio.scenario import Lines, Span

Row = dict[str, object]


def rows(path: Path, text: str, diagnostics: Iterable[Diagnostic]) -> list[Row]:
    """One row a diagnostic: path, code, severity, line, column, end_line, end_column, message, fix."""
    found = tuple(diagnostics)
    lines = Lines(text if found else "")
    return [_row(path, lines, one) for one in found]


def unreadable(error: LorewrightError) -> Diagnostic | None:
    """The diagnostic that stands for a file whose text could not be had, or None where it is no fault of the text."""
    code = "S001" if isinstance(error, NotText) else "S002" if isinstance(error, TooLarge) else None
    return diagnostic(TABLE[code], Finding(Span(0, 0), str(error))) if code else None


def _row(path: Path, lines: Lines, one: Diagnostic) -> Row:
    fix = None
    if one.fix is not None:
        edits = [{**_place(lines, edit.span), "text": edit.text} for edit in one.fix.edits]
        fix = {"title": one.fix.title, "edits": edits}
    return {
        "path": str(path),
        "code": one.code,
        "severity": str(one.severity),
        **_place(lines, one.span),
        "message": one.message,
        "fix": fix,
    }


def _place(lines: Lines, span: Span) -> dict[str, int]:
    line, column = lines.position(span.start)
    end_line, end_column = lines.position(span.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
