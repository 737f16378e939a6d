"""Owns what is wrong with a single row or file of a source: it is listed and left out, and nothing else stops.

However much is wrong, the list stays short: of each source and code the first are kept, and all are counted.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from studio.dataset.rows import Place

MOST = 2000
"""Most problems of one source and code that are kept."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something that is not taken into a build. `code` groups equal reasons; `error` False is a warning that is kept.

    A scenario with errors, a line that is not JSON, a record without an answer, a turn that fits in no example.
    """

    source: str
    place: Place
    code: str
    sentence: str
    error: bool = True

    def as_json(self) -> dict[str, object]:
        """The problem as plain values."""
        return {
            "source": self.source,
            "path": self.place.path,
            "line": self.place.line,
            "code": self.code,
            "error": self.error,
            "message": self.sentence,
        }


class Problems:
    """Problems in their order: the first `most` of each source and code, all of the codes in `whole`; each counted."""

    def __init__(self, most: int = MOST, whole: Collection[str] = ()) -> None:
        self._most, self._whole = most, whole
        self._kept: list[RowProblem] = []
        self._counts = Counter[tuple[str, str, bool]]()

    def append(self, problem: RowProblem) -> None:
        """Counts a problem, and keeps it while there are few like it."""
        like = (problem.source, problem.code, problem.error)
        self._counts[like] += 1
        if self._counts[like] <= self._most or problem.code in self._whole:
            self._kept.append(problem)

    def change(self, to: Callable[[RowProblem], RowProblem]) -> None:
        """Says the problems that are kept in another way."""
        self._kept = [to(problem) for problem in self._kept]

    def __iter__(self) -> Iterator[RowProblem]:
        return iter(self._kept)

    def codes(self, *, error: bool, source: str | None = None) -> Counter[str]:
        """How many there are by code, kept or not: errors or warnings, of one source or of all."""
        found = Counter[str]()
        for (whose, code, wrong), count in self._counts.items():
            if wrong is error and source in (None, whose):
                found[code] += count
        return found

    def count(self, source: str) -> int:
        """How many a source has."""
        return sum(count for (whose, *_like), count in self._counts.items() if whose == source)

    @property
    def more(self) -> int:
        """How many are counted and not kept."""
        return self._counts.total() - len(self._kept)
