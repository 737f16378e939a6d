"""Owns the checks of how an answer speaks: a forum's chatter, hedging, and models that refuse or say nothing."""

import re
from functools import cache

from studio.dataset.audit.phrases import words_of
from studio.dataset.audit.sight import Found, Sight
from studio.dataset.audit.wordlists import lists, phrases

_BEGINNING = 40
_EMPTY_WORDS = 8
_MARK = re.compile(r"(?i)(?<!\w)(?:edit|update|eta|psa)(?: ?#?\d{1,2})? ?:(?!\w)")
_SMILES = re.compile(
    r"(?<!\w)[:;=]-?[)(DPpO3](?!\w)|[😀-🙏🤣🤔👍👎👏💀🔥💯]|(?<!\w)(?:\^{1,4}(?= ?this)|\^\^|o_O|¯\\)|(?<![\w<])/s(?![\w>/])"
    r"|(?<!\w)[ru]/\w{2,24}"
)


def chatter(sight: Sight, limit: float) -> Found | None:
    """A forum's talk about itself: a phrase counts 1, a weak one, each once, one half."""
    strong = [phrase for _at, phrase in phrases("chatter", "strong").among(sight.told_words, sight.told_known)]
    strong += [match.group().strip() for match in _MARK.finditer(sight.told)]
    strong += [match.group() for match in _SMILES.finditer(sight.told)]
    weak = {phrase for _at, phrase in phrases("chatter", "weak").among(sight.told_words, sight.told_known)}
    score = len(strong) + len(weak) / 2
    return Found(score, ", ".join([*dict.fromkeys(strong), *sorted(weak)])) if score >= limit else None


def hedging(sight: Sight, limit: float) -> Found | None:
    """Words of somebody who does not know, for each hundred words."""
    words, known = sight.told_words, sight.told_known
    strong = [phrase for _at, phrase in phrases("hedging", "strong").among(words, known)]
    weak = [phrase for _at, phrase in phrases("hedging", "weak").among(words, known)]
    score = (2 * len(strong) + len(weak)) / max(1.0, len(words) / 100)
    return Found(score, ", ".join(dict.fromkeys([*strong, *weak]))) if score >= limit else None


def refusal(sight: Sight, limit: float) -> Found | None:
    """A model that says it is one, or that it will not answer."""
    for answer in sight.answers:
        words = sight.told_words if len(sight.answers) == 1 else words_of(answer)
        for among, found in (
            (words, phrases("refusal", "anywhere")),
            (words[:_BEGINNING], phrases("refusal", "first")),
        ):
            for _at, phrase in found.among(among):
                return Found(what=phrase)
    return None


@cache
def _nothing() -> frozenset[str]:
    return frozenset(" ".join(words_of(one)) for one in lists("refusal")["empty"])


def empty_answer(sight: Sight, limit: float) -> Found | None:
    """An answer without a word or a digit, or one that only says that there is none."""
    for answer in sight.answers or ("",):
        words = words_of(answer)
        if not words or (len(words) <= _EMPTY_WORDS and " ".join(words) in _nothing()):
            return Found(what=answer)
    return None
