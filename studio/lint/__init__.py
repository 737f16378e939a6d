"""The checks of scenarios: one table of diagnostics, with places, sentences and fixes."""

from studio.lint.diagnostics import Diagnostic, Fix, Rule, Severity
from studio.lint.rows import rows, unreadable
from studio.lint.selection import BadSelection, Selection
from studio.lint.table import TABLE, UnknownCode, check, explain
from studio.scenario.problems import Edit

__all__ = [
    "TABLE",
    "BadSelection",
    "Diagnostic",
    "Edit",
    "Fix",
    "Rule",
    "Selection",
    "Severity",
    "UnknownCode",
    "check",
    "explain",
    "rows",
    "unreadable",
]
