"""Owns what is wrong with a single row or file of a source: it is listed and left out, and nothing else stops."""

from dataclasses import dataclass

from studio.dataset.rows import Place


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
