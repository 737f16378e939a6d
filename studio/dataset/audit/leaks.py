"""Owns the checks for what should never be in an answer: template marks, and SYSTEM read out."""

from functools import lru_cache

from studio.dataset.audit.phrases import words_of
from studio.dataset.audit.sight import Found, Sight, excerpt
from studio.dataset.audit.wordlists import patterns

_STEP = 8


def template_token(sight: Sight, limit: float) -> Found | None:
    """A mark of a chat template or of a prompt's format in what is learnt, or in the answer that is rejected for it."""
    for text in (sight.text, sight.talk.rejected or ""):
        for pattern in patterns("template"):
            match = pattern.regex.search(text) if pattern.fits(text, "", 0) else None
            if match is not None:
                return Found(what=f"{pattern.what} “{excerpt(match.group())}”")
    return None


def system_echo(sight: Sight, limit: float) -> Found | None:
    """The longest stretch of words that an answer has from SYSTEM."""
    if not sight.system or len(sight.words) < limit:
        return None
    known = _grams(sight.system)
    longest, end, run = 0, 0, 0
    words = sight.words
    for at, gram in enumerate(zip(*(words[step:] for step in range(_STEP)), strict=False)):
        run = run + 1 if gram in known else 0
        if run > longest:
            longest, end = run, at + _STEP
    length = longest + _STEP - 1 if longest else 0
    return Found(length, " ".join(words[end - length : end])) if length >= limit else None


@lru_cache(maxsize=64)
def _grams(text: str) -> frozenset[tuple[str, ...]]:
    """All stretches of words of a text; many rows share one SYSTEM."""
    words = words_of(text)
    return frozenset(zip(*(words[step:] for step in range(_STEP)), strict=False))
