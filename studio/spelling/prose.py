"""Owns which stretches of a line are prose, and which words stand in them; knows no dictionary.

What is in square brackets, in backticks, between angle brackets, or an address is not prose.
"""

import re
from collections.abc import Iterator, Sequence

from studio.scenario import Span

_NOT_PROSE = re.compile(
    r"\[[^\[\]\n]{0,300}\]|``[^`\n]{1,300}``|`[^`\n]{1,300}`|<[^<>\n]{0,300}>"
    r"|\b(?:https?://|www\.)\S{1,300}|\b[\w.+-]{1,60}@[\w-]{1,60}\.[\w.-]{1,60}|\*(?:SUCCESS|FAILED)\*"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?")


def words(line: str, taken: Sequence[Span] = ()) -> Iterator[tuple[Span, str]]:
    """The words of a line that are prose, with where they stand; `taken` are stretches that are not.

    A word is given as it is compared: with a straight apostrophe, without one that closes a quotation.
    """
    for start, end in _free(line, taken):
        for match in _WORD.finditer(line, start, end):
            if not _beside_digits(line, match.start(), match.end()):
                written = match.group().rstrip("'’") if match.group()[-2:-1].lower() != "s" else match.group()
                yield Span(match.start(), match.start() + len(written)), written.replace("’", "'")


def _free(line: str, taken: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """The stretches between what is taken."""
    blocked = [(span.start, span.end) for span in taken] + [match.span() for match in _NOT_PROSE.finditer(line)]
    place = 0
    for start, end in sorted(blocked):
        if start > place:
            yield place, start
        place = max(place, end)
    if place < len(line):
        yield place, len(line)


def _beside_digits(line: str, start: int, end: int) -> bool:
    """Whether a word is part of something like d20, x2 or file_name."""
    around = line[max(0, start - 1) : start] + line[end : end + 1]
    return any(sign.isdigit() or sign == "_" for sign in around)
