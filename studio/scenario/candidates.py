"""Owns the values that completion answers with, and which of many fit what was begun; knows no language."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.scenario.snippets import Stop


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing to write: `text` replaces what was begun, the cursor then stands `back` characters before its end.

    `stops` are places in `text` that Tab goes to, the first of them at once; where there are none, `back` counts.
    """

    text: str
    detail: str = ""
    kind: str = "word"
    back: int = 0
    stops: tuple[Stop, ...] = ()
    shown: str = ""

    @property
    def label(self) -> str:
        """What a list shows of it: one line."""
        return self.shown or self.text.strip()


@dataclass(frozen=True, slots=True)
class Completion:
    """What fits at a place; the last `begun` characters of the line are replaced."""

    begun: int = 0
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """What this scenario names: its characters and the items they carry."""

    characters: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def fitting(begun: str, candidates: Iterable[Candidate], extra: int = 0) -> Completion:
    """The candidates that go on from what was begun, then those with a word that does.

    `extra` characters before what was begun are replaced too.
    """
    wanted = begun.lower().replace("_", " ")
    starting: list[Candidate] = []
    inside: list[Candidate] = []
    for candidate in candidates:
        plain = (candidate.shown or candidate.text).lower().replace("_", " ").lstrip("</")
        if plain.startswith(wanted):
            starting.append(candidate)
        elif f" {wanted}" in f" {plain}":
            inside.append(candidate)
    return Completion(len(begun) + extra, (*starting, *inside))
