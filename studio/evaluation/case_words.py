"""Owns how one case is told to people: in a line, and whole, with the words around what was judged. Judges nothing."""

from dataclasses import dataclass

from studio.evaluation.kind import CaseResult
from studio.language import _

_MOST = 120
"""Signs of what was expected and of what came that stand in a line."""


@dataclass(frozen=True, slots=True)
class CaseWords:
    """A case: `about` in a line; `said` is the player's line, empty where none was kept; `expected` and `got` are
    whole."""

    about: str
    said: str
    expected: str
    got: str


def case_words(result: CaseResult) -> CaseWords:
    """The words of a case."""
    expected, got = (" ".join(text.split())[:_MOST] or "–" for text in (result.expected, result.got))
    about = expected if result.right else _("{expected}, got {got}").format(expected=expected, got=got)
    said = str(result.detail.get("line") or "")
    return CaseWords(about, said, _with(result.expected, result, "reference"), _with(result.got, result, "reply"))


def _with(judged: str, result: CaseResult, which: str) -> str:
    """What was judged, and below it the words that it stands in, turn by turn, where they were kept."""
    turns = result.detail.get("turns")
    rows = [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
    told = [text for turn in rows if (text := str(turn.get(which) or "").strip()) and text not in judged]
    return "\n\n".join([judged, *told])
