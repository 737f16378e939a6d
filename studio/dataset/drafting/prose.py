"""Owns what is wrong with a line that a model wrote which no check of a scenario sees: echoes, and talk of the game."""

import re
from collections.abc import Iterator

from studio.dataset.drafting.stock import stock
from studio.dataset.drafting.writers import Voice

_SHORT, _RUN = 3, 4
"""Words of a sentence that may be said twice, and of a run that may not stand twice in one line."""

_SENTENCE = re.compile(r"[^.!?]+")
_WORD = re.compile(r"[\w'’]+")
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
_OF_ONESELF = re.compile(r"\b(?:I|I'm|me|my|myself)\b")


def faults(words: str, voice: Voice, before: str) -> int:
    """How much is wrong in a line after the lines `before`."""
    return sum(_found(words, voice, before))


def _found(words: str, voice: Voice, before: str) -> Iterator[bool]:
    asked, plain = stock().asked, words.lower()
    yield from (len(one.split()) > _SHORT and one.strip() in before for one in _SENTENCE.findall(words))
    yield _goes_round(plain)
    yield any(one in plain for one in asked.never)
    yield any(one.line in words for one in asked.examples[voice])
    yield voice is Voice.NARRATOR and _OF_ONESELF.search(_QUOTED.sub("", words)) is not None


def _goes_round(plain: str) -> bool:
    """Whether a run of words stands twice."""
    told = _WORD.findall(plain)
    runs = [tuple(told[at : at + _RUN]) for at in range(len(told) - _RUN + 1)]
    return len(set(runs)) < len(runs)
