"""Owns telling the language of a text (py3langid) and the main one of a data set; judges no row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from py3langid.langid import LanguageIdentifier

from studio.dataset.audit.language_model import identifier
from studio.dataset.audit.sight import Sight
from studio.dataset.audit.wordlists import lists

_SAMPLE = 240
_FEW_LETTERS = 30
_ENGLISH = 0.2
_FEW_SMALL = 5
_FEW_WORDS = 8
_MAIN = 0.5


@dataclass(frozen=True, slots=True)
class Spoken:
    """The code of a language (ISO 639-1; empty where the text is too short to say) and how sure that is, to 1."""

    code: str = ""
    certainty: float = 0.0


_UNKNOWN = Spoken()


def spoken(sight: Sight) -> Spoken:
    """The language of what is learnt in a row, tool calls and speech marks left aside."""
    words = sight.words
    if len(words) >= _FEW_WORDS:
        small = _small_words()
        known = len(small & words.known)
        if known >= _FEW_SMALL and known >= _ENGLISH * len(words.known):
            return Spoken("en", 1.0)
    text = _sample(sight.text)
    if sum(map(str.isalpha, text)) < _FEW_LETTERS and text.isascii():
        return _UNKNOWN
    code, certainty = _identifier().classify(text)
    return Spoken(str(code), float(certainty))


def _sample(text: str) -> str:
    """Enough of a text: its beginning and its end, where it is long."""
    if len(text) <= _SAMPLE:
        return text
    half = _SAMPLE // 2
    return f"{text[:half]} {text[-half:]}"


@cache
def _small_words() -> frozenset[str]:
    return frozenset(lists("language")["english"])


@cache
def _identifier() -> LanguageIdentifier:
    return identifier()


def main_language(all_spoken: Iterable[Spoken], limit: float) -> str:
    """The language of more than half of the rows that are sure; empty where there is none."""
    counts = Counter(one.code for one in all_spoken if one.code and one.certainty >= limit)
    code, count = counts.most_common(1)[0] if counts else ("", 0)
    return code if count > _MAIN * counts.total() else ""
