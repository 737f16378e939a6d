"""Owns finding a turn that goes round in circles, however short; the audit, which keeps rows, lets few words pass."""

from collections import Counter

from studio.dataset.audit.phrases import words_of

ROUND = 0.1
"""The share of a turn's stretches of three words that may have stood earlier in it; of sound turns hardly 0.07 do."""
_FEW_WORDS = 8
_FEW_AGAIN = 3


def circle_in(text: str) -> tuple[str, int] | None:
    """The words that a text says most often and how often, where it goes round in circles; None where it does not."""
    words = words_of(text)
    stretches = list(zip(words, words[1:], words[2:], strict=False))
    again = len(stretches) - len(set(stretches))
    if len(words) < _FEW_WORDS or again < _FEW_AGAIN or again / len(stretches) <= ROUND:
        return None
    most, count = Counter(stretches).most_common(1)[0]
    return " ".join(most), count
