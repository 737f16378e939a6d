"""Owns which parts of a line get which colour, from the line and the state before it; knows no Qt.

This is for colours while typing, a line at a time; what a scenario means is read by `studio.scenario`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Inside(IntEnum):
    """What a line's end stands inside of."""

    NOTHING = 0
    FRONT = 1
    SYSTEM = 2
    USER = 3
    DM = 4
    TOOLCALL = 5
    COMMENT = 6


BAND = {Inside.SYSTEM: "system", Inside.USER: "user", Inside.DM: "dm", Inside.TOOLCALL: "toolcall"}
"""The colour token of each block."""

_BLOCKS = {"SYSTEM": Inside.SYSTEM, "User": Inside.USER, "DM": Inside.DM, "TOOLCALL": Inside.TOOLCALL}
_MARK = re.compile(r"<(/?)(SYSTEM|User|DM|TOOLCALL)>|<!--")
_HEADING = re.compile(r"#{1,6}\s+\S.*")
_KEY = re.compile(r"\s*[-*]\s+((?:Level|[A-Z][A-Za-z ]{0,30}:))")
_FRONT_KEY = re.compile(r"([A-Za-z_-]{1,30}):")
_CALL = re.compile(r"\[([A-Za-z_ ]{1,24})(:[^\[\]]{0,200})?\]")
_OUTCOMES = ("*SUCCESS*", "*FAILED*")
_TOTAL = re.compile(r"\*-?\d{1,6}\*")
_EMPHASIS = re.compile(r"\*\*[^*]{1,200}\*\*|\*[^*\s][^*]{0,200}\*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line, in code points, with what it is."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class LineState:
    """A coloured line: its pieces, what its end stands inside of, and the block whose colour the margin takes."""

    pieces: tuple[Piece, ...]
    after: Inside
    band: Inside


def _always(_column: int) -> bool:
    return True


def colour_line(
    text: str,
    before: Inside,
    first: bool,
    tools: frozenset[str],
    ends: Callable[[int], bool] = _always,
    outcomes: tuple[str, ...] = _OUTCOMES,
) -> LineState:
    """Colours one line; `first` is the file's first line, `tools` the names of calls in lower case.

    `ends` is asked whether a comment that begins at a column, and does not end on the line, ends further on;
    without an end it is only as long as its line. `outcomes` are the words after success and after failure.
    """
    if before is Inside.FRONT and text.startswith("<"):
        before = Inside.NOTHING  # front matter without an end stops where the first tag begins a line
    if (first and text.rstrip() == "---") or before is Inside.FRONT:
        return _front(text, first)
    pieces: list[Piece] = []
    inside: Inside = before
    band: Inside = before
    at = 0
    while at < len(text):
        if inside is Inside.COMMENT:
            piece, inside = _comment(text, at, at == 0 and before is Inside.COMMENT, ends)
            pieces.append(piece)
            at = piece.end
        else:
            mark = _next_mark(text, at, inside)
            pieces += _content(text, at, mark.start() if mark else len(text), inside, tools, outcomes)
            if mark is None:
                break
            inside, tag = _pass(mark, inside)
            at = mark.start() if tag is None else mark.end()
            if tag is not None:
                pieces.append(tag)
        if band in (Inside.NOTHING, Inside.COMMENT) and inside is not Inside.COMMENT:
            band = inside
    return LineState(tuple(pieces), inside, band)


def _comment(text: str, at: int, begun: bool, ends: Callable[[int], bool]) -> tuple[Piece, Inside]:
    """The comment from a column, and what stands inside after it; `begun` where it began on a line before."""
    end = text.find("-->", at)
    if end >= 0:
        return Piece(at, end + 3, "comment"), Inside.NOTHING
    return Piece(at, len(text), "comment"), Inside.COMMENT if begun or ends(at) else Inside.NOTHING


def _next_mark(text: str, at: int, inside: Inside) -> re.Match[str] | None:
    """The next tag; a comment begins only outside of blocks."""
    for mark in _MARK.finditer(text, at):
        if mark[2] is not None or inside is Inside.NOTHING:
            return mark
    return None


def _pass(mark: re.Match[str], inside: Inside) -> tuple[Inside, Piece | None]:
    """What stands inside after a tag, and the tag's piece; None where a comment begins."""
    if mark[2] is None:
        return Inside.COMMENT, None
    block = _BLOCKS[mark[2]]
    piece = Piece(mark.start(), mark.end(), f"tag-{BAND[block]}")
    return (Inside.NOTHING if mark[1] else block), piece


def _front(text: str, first: bool) -> LineState:
    if text.rstrip() in ("---", "..."):
        after = Inside.FRONT if first else Inside.NOTHING
        return LineState((Piece(0, len(text), "comment"),), after, Inside.FRONT)
    key = _FRONT_KEY.match(text)
    pieces = (Piece(0, key.end(), "key"),) if key else ()
    return LineState(pieces, Inside.FRONT, Inside.FRONT)


def _content(
    text: str, start: int, end: int, inside: Inside, tools: frozenset[str], outcomes: tuple[str, ...]
) -> list[Piece]:
    if start >= end:
        return []
    if inside is Inside.SYSTEM:
        return _sheet(text, start, end)
    if inside is Inside.TOOLCALL:
        found = [Piece(start, end, "result")]
        return found + [Piece(*match.span(), "total") for match in _TOTAL.finditer(text, start, end)]
    if inside is Inside.NOTHING:
        return [Piece(start, end, "outside")] if text[start:end].strip() else []
    pieces = [Piece(*match.span(), "emphasis") for match in _EMPHASIS.finditer(text, start, end)]
    if inside is Inside.DM:
        for word, kind in zip(outcomes, ("outcome-success", "outcome-failed"), strict=False):
            place = text.find(word, start, end)
            while place >= 0:
                pieces.append(Piece(place, place + len(word), kind))
                place = text.find(word, place + len(word), end)
        for call in _CALL.finditer(text, start, end):
            if " ".join(call[1].replace("_", " ").lower().split()) in tools:
                pieces.append(Piece(*call.span(), "call"))
    return pieces


def _sheet(text: str, start: int, end: int) -> list[Piece]:
    heading = _HEADING.match(text, start, end)
    if heading:
        return [Piece(start, end, "heading")]
    key = _KEY.match(text, start, end)
    return [Piece(key.start(1), key.end(1), "key")] if key else []
