"""Owns which two marks of a text belong together: the tags of a block, the brackets of a call; knows no widget."""

import re

from studio.scenario import Span

_TAG = re.compile(r"</?(SYSTEM|User|DM|TOOLCALL)>")
_WINDOW = 10
_CALL = 400
_FAR = 200_000


def pair_at(text: str, offset: int) -> tuple[Span, Span] | None:
    """The mark that the caret touches, and its partner; None where there are not both."""
    low = max(0, offset - _WINDOW)
    for tag in _TAG.finditer(text, low, min(len(text), offset + _WINDOW + 1)):
        if tag.start() <= offset <= tag.end():
            return _tags(text, tag)
    return _brackets(text, offset)


def block_closed(text: str, offset: int, name: str) -> bool:
    """Whether the next tag from a place on closes a block of that name."""
    tag = _TAG.search(text, offset, offset + _FAR)
    return tag is not None and tag[0] == f"</{name}>"


def _tags(text: str, tag: re.Match[str]) -> tuple[Span, Span] | None:
    name, here = tag[1], Span(*tag.span())
    if text[tag.start() + 1] != "/":
        other = _TAG.search(text, tag.end(), tag.end() + _FAR)
        return (here, Span(*other.span())) if other and other[0] == f"</{name}>" else None
    start = text.rfind(f"<{name}>", max(0, tag.start() - _FAR), tag.start())
    if start < 0 or text.rfind(f"</{name}>", start, tag.start()) >= 0:
        return None
    return here, Span(start, start + len(name) + 2)


def _brackets(text: str, offset: int) -> tuple[Span, Span] | None:
    for place in (offset, offset - 1):
        mark = text[place : place + 1] if place >= 0 else ""
        if mark == "[":
            other = _first(text, place + 1, min(len(text), place + _CALL), 1)
        elif mark == "]":
            other = _first(text, place - 1, max(-1, place - _CALL), -1)
        else:
            continue
        return (Span(place, place + 1), Span(other, other + 1)) if other is not None else None
    return None


def _first(text: str, start: int, stop: int, step: int) -> int | None:
    """The bracket that ends the nesting, on the same line."""
    depth = 1
    for place in range(start, stop, step):
        mark = text[place]
        if mark == "\n":
            return None
        if mark in "[]":
            depth += 1 if (mark == "[") == (step > 0) else -1
            if depth == 0:
                return place
    return None
