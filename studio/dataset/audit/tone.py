"""Owns the checks of how an answer speaks: a forum's chatter, hedging, and models that refuse or say nothing."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from studio.dataset.audit.forms import forms
from studio.dataset.audit.phrases import Words, words_of
from studio.dataset.audit.sight import Found, Sight, excerpt, plain, told
from studio.dataset.audit.wordlists import lists, phrases

_LISTS = (("chatter", "strong"), ("chatter", "weak"), ("hedging", "strong"), ("hedging", "weak"),
          ("refusal", "anywhere"), ("refusal", "first"))  # fmt: skip
_BEGINNING = 40
_BEGINNING_LETTERS = 240
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
    strong += _formed("chatter", "strong", sight, strong)
    weak = {phrase for _at, phrase in phrases("chatter", "weak").among(words)}
    weak.update(_formed("chatter", "weak", sight, weak))
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
    needs = (forms(*one).words for one in _LISTS)
    alone = frozenset().union(*(one.alone for one in every), *needs)
    return alone, frozenset().union(*(one.pairs for one in every))


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


def _formed(name: str, part: str, sight: Sight, known: Iterable[str]) -> list[str]:
    """The forms of a list that are there, save those around a phrase that counts already."""
    listed = forms(name, part)
    found = [excerpt(match.group()) for match in listed.among(sight.told_plain, _narrow(sight.told_words))]
    return [one for one in found if not any(phrase in one for phrase in known)]


def _drawn(lowered: str) -> Iterator[str]:
    """Words with a letter drawn out: “sooo”."""
    if any(three in lowered for three in _THREES):
        yield from (match.group() for match in _DRAWN.finditer(lowered))


def hedging(sight: Sight, limit: float) -> Found | None:
    """Words of somebody who does not know, for each hundred words."""
    words = _narrow(sight.told_words)
    strong = [phrase for _at, phrase in phrases("hedging", "strong").among(words)]
    weak = [phrase for _at, phrase in phrases("hedging", "weak").among(words)]
    strong += _formed("hedging", "strong", sight, strong)
    weak += _formed("hedging", "weak", sight, [*strong, *weak])
    score = (2 * len(strong) + len(weak)) / max(1.0, len(words) / 100)
    return Found(score, ", ".join(dict.fromkeys([*strong, *weak]))) if score >= limit else None


def writer(sight: Sight, limit: float) -> Found | None:
    """Words by which the one who wrote an answer speaks of themselves, outside of quotations."""
    own = [word for word in sight.told_words if word in _OWN] if _OWN & sight.told_words.known else []
    return Found(len(own), ", ".join(dict.fromkeys(own))) if own and len(own) >= limit else None


def refusal(sight: Sight, limit: float) -> Found | None:
    """A model that says it is one, or that it will not answer, outside of quotations."""
    for answer in sight.answers:
        alone = len(sight.answers) == 1
        text = sight.told if alone else told(answer)
        what = _refused(text, _narrow(sight.told_words if alone else Words.of(text)))
        if what:
            return Found(what=what)
    return None


def _refused(text: str, words: Words) -> str:
    """By which words an answer refuses; empty where it does not."""
    phrase = phrases("refusal", "anywhere").first(words)
    if not phrase:
        phrase = next((one for at, one in phrases("refusal", "first").among(words) if at < _BEGINNING), "")
    if phrase:
        return phrase
    lowered = plain(text)
    found = next(forms("refusal", "anywhere").among(lowered, words), None)
    found = found or next(forms("refusal", "first").among(lowered[:_BEGINNING_LETTERS], words), None)
    return excerpt(found.group()) if found else ""


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
