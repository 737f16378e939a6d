"""Owns the checks of how much an answer says and how often it says it: length, repeated lines and words, stretching."""

import math
import re
import zlib
from collections import Counter

from studio.dataset.audit.phrases import words_of
from studio.dataset.audit.sight import Found, Sight

_FEW_WORDS = 24
_FEW_BYTES = 400
_LETTERS = 12
_SAMPLE = 20_000
_CALL = re.compile(r"\[[a-zA-Z_ ]{2,24}(?::[^\[\]\n]{0,200})?\]")
_RULED = frozenset(" \n\t\r=*~#.-_0123456789")


def short_answer(sight: Sight, limit: float) -> Found | None:
    """Words of the last answer; one that calls a tool says enough, and one without a word is another check's."""
    last = sight.answers[-1] if sight.answers else ""
    if not last.strip() or ("[" in last and _CALL.search(last)):
        return None
    count = len(words_of(last)) if len(sight.answers) > 1 else len(sight.words)
    return Found(count, last) if 0 < count < limit else None


def long_answer(sight: Sight, limit: float) -> Found | None:
    """Words of the longest answer."""
    if len(sight.words) <= limit:
        return None
    count = max(len(words_of(one)) for one in sight.answers)
    return Found(count) if count > limit else None


def long_prompt(sight: Sight, limit: float) -> Found | None:
    """Words of all that stands before the answer."""
    if len(sight.prompt) <= limit:  # a word has one letter at least
        return None
    count = len(words_of(sight.prompt))
    return Found(count) if count > limit else None


def repeated_lines(sight: Sight, limit: float) -> Found | None:
    """The share of lines of more than two words that stood there before."""
    if sight.text.count("\n") < 3:
        return None
    lines = [line.strip().lower() for line in sight.text.splitlines() if line.count(" ") > 1]
    if len(lines) < 4:
        return None
    share = 1 - len(set(lines)) / len(lines)
    return Found(share, Counter(lines).most_common(1)[0][0]) if share > limit else None


def repetition(sight: Sight, limit: float) -> Found | None:
    """The share of stretches of four words that repeat an earlier one."""
    words = sight.words[:_SAMPLE]
    if len(words) < _FEW_WORDS:
        return _few(words, limit)
    grams = list(zip(words, words[1:], words[2:], words[3:], strict=False))
    share = 1 - len(set(grams)) / len(grams)
    return Found(share, " ".join(Counter(grams).most_common(1)[0][0])) if share > limit else None


def _few(words: list[str], limit: float) -> Found | None:
    """A short answer is only looked at for one word again and again."""
    if len(words) < 8:
        return None
    word, count = Counter(words).most_common(1)[0]
    return Found(count / len(words), word) if count >= len(words) / 2 and count / len(words) > limit else None


def compression(sight: Sight, limit: float) -> Found | None:
    """What is left of the text when it is packed, as a share of it."""
    words = sight.words
    if len(sight.text) < _FEW_BYTES or (len(words) * _LETTERS > len(sight.text) and len(words.known) > len(words) / 2):
        return None  # half of the words are new: nothing packs that far
    data = sight.text[:_SAMPLE].encode("utf-8", "replace")
    share = len(zlib.compress(data, 1)) / len(data)
    return Found(share) if share < limit else None


def stretched(sight: Sight, limit: float) -> Found | None:
    """The length of a run of one letter or mark; what lines are ruled with does not count."""
    least = max(1, math.ceil(limit))
    for mark in sorted(set(sight.text) - _RULED):
        at = sight.text.find(mark * least)
        if at >= 0:
            run = sight.text[at:]
            return Found(len(run) - len(run.lstrip(mark)), run)
    return None
