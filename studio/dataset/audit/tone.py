"""Owns the checks of how an answer speaks: a forum's chatter, hedging, and models that refuse or say nothing."""

import re
from collections.abc import Iterator
from functools import cache

from studio.dataset.audit.phrases import Words, words_of
from studio.dataset.audit.sight import Found, Sight
from studio.dataset.audit.wordlists import lists, phrases

_LISTS = (("chatter", "strong"), ("chatter", "weak"), ("hedging", "strong"), ("hedging", "weak"),
          ("refusal", "anywhere"), ("refusal", "first"))  # fmt: skip
_BEGINNING = 40
_EMPTY_WORDS = 8
_MARK = re.compile(r"(?i)(?<!\w)(?:edit|update|eta|psa)(?: ?#?\d{1,2})? ?:(?!\w)")
_MARK_WORDS = frozenset({"edit", "update", "eta", "psa"})
_SMILES = re.compile(r"[:;=](?<!\w[:;=])-?[)(DPpO3](?!\w)")
_FACES = re.compile("[\U0001f300-\U0001faff❤☺☹]")
_LAUGHS = re.compile(r"\b(?:a?(?:ha|he|ja|je|hi|ho){3,20}h?|lm{1,9}f?a{1,20}o{1,20}|lo{1,9}l{2,20})\b")
_DRAWN = re.compile(r"\b[a-z]{1,12}(?P<long>[a-hj-vyz])(?P=long){2,20}[a-z]{0,12}\b")
_OWN = frozenset({"i", "i'm", "i've", "i'd", "i'll", "my", "me", "myself"})
_SOUNDS = ("haha", "hehe", "jaja", "hihi", "hoho", "jeje", "lm", "lol")
_THREES = tuple(letter * 3 for letter in "abcdefghjklmnopqrstuvyz")
_SHOUTS = re.compile(r"[?!]{2,40}")
_FORUM = re.compile(r"\^{1,4}(?= ?this)|\^\^|(?<![\w<])/s(?![\w>/])|(?<!\w)[ru]/\w{2,24}")


def chatter(sight: Sight, limit: float) -> Found | None:
    """A forum's talk about itself: a phrase counts 1, a weak one, each once, one half."""
    words = _narrow(sight.told_words)
    strong = [phrase for _at, phrase in phrases("chatter", "strong").among(words)]
    strong += _marks(sight)
    weak = {phrase for _at, phrase in phrases("chatter", "weak").among(words)}
    weak.update(_SHOUTS.findall(sight.told))
    weak.update(_drawn(sight.told.lower()))
    score = len(strong) + len(weak) / 2
    return Found(score, ", ".join([*dict.fromkeys(strong), *sorted(weak)])) if score >= limit else None


def _narrow(words: Words) -> Words:
    """The words, for the lists of this module: six of them ask, and most texts hold nothing of any."""
    return words.narrowed(*_wanted())


@cache
def _wanted() -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    every = [phrases(*one) for one in _LISTS]
    return frozenset().union(*(one.alone for one in every)), frozenset().union(*(one.pairs for one in every))


def _marks(sight: Sight) -> list[str]:
    """What is no word: “Edit:”, faces, names of forums."""
    told = sight.told
    lowered = told.lower()
    found = []
    if ":" in told and _MARK_WORDS & sight.told_words.known:
        found += [match.group() for match in _MARK.finditer(told)]
    if not told.isascii():
        found += _FACES.findall(told)
    if "/" in told or "^" in told:
        found += [match.group() for match in _FORUM.finditer(told)]
    if any(sound in lowered for sound in _SOUNDS):
        found += [match.group() for match in _LAUGHS.finditer(lowered)]
    return found + [match.group() for match in _SMILES.finditer(told)]


def _drawn(lowered: str) -> Iterator[str]:
    """Words with a letter drawn out: “sooo”."""
    if any(three in lowered for three in _THREES):
        yield from (match.group() for match in _DRAWN.finditer(lowered))


def hedging(sight: Sight, limit: float) -> Found | None:
    """Words of somebody who does not know, for each hundred words."""
    words = _narrow(sight.told_words)
    strong = [phrase for _at, phrase in phrases("hedging", "strong").among(words)]
    weak = [phrase for _at, phrase in phrases("hedging", "weak").among(words)]
    score = (2 * len(strong) + len(weak)) / max(1.0, len(words) / 100)
    return Found(score, ", ".join(dict.fromkeys([*strong, *weak]))) if score >= limit else None


def writer(sight: Sight, limit: float) -> Found | None:
    """Words by which the one who wrote an answer speaks of themselves, outside of quotations."""
    own = [word for word in sight.told_words if word in _OWN] if _OWN & sight.told_words.known else []
    return Found(len(own), ", ".join(dict.fromkeys(own))) if own and len(own) >= limit else None


def refusal(sight: Sight, limit: float) -> Found | None:
    """A model that says it is one, or that it will not answer."""
    for answer in sight.answers:
        words = _narrow(sight.told_words if len(sight.answers) == 1 else Words.of(answer))
        for _at, phrase in phrases("refusal", "anywhere").among(words):
            return Found(what=phrase)
        for at, phrase in phrases("refusal", "first").among(words):
            if at < _BEGINNING:
                return Found(what=phrase)
    return None


@cache
def _nothing() -> frozenset[str]:
    return frozenset(" ".join(words_of(one)) for one in lists("refusal")["empty"])


def empty_answer(sight: Sight, limit: float) -> Found | None:
    """An answer without a word or a digit, or one that only says that there is none."""
    for answer in sight.answers or ("",):
        words = sight.words if len(sight.answers) == 1 else words_of(answer)
        if not words or (len(words) <= _EMPTY_WORDS and " ".join(words) in _nothing()):
            return Found(what=answer)
    return None
