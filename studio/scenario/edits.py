"""Owns putting edits into a text; knows nothing of what the text says."""

from collections.abc import Iterable

from studio.scenario.problems import Edit


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; their spans are those of the text before, in any order, and do not overlap."""
    parts, place = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        parts += [text[place : edit.span.start], edit.text]
        place = edit.span.end
    return "".join([*parts, text[place:]])
