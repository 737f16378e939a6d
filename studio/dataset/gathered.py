"""Owns the rows of all sources while they are gathered for a build: what was read, what is in, what is out and why.

No row is lost: `account` holds what was read against what is in and out, in rows and in tool calls. Knows no check.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.dataset.description import Description, SourceSettings
from studio.dataset.fitting import fitted
from studio.dataset.problems import MOST, Problems, RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Place, Row, authority_of
from studio.dataset.sources import read_source
from studio.dataset.sources.scenarios import HELD_OUT
from studio.dataset.verdicts import Decision, Reason
from studio.errors import Cancelled, LorewrightError, UnexpectedFailure
from studio.language import N_, _

DUPLICATE = "duplicate"
_EVERY = 1000


class RowsLost(LorewrightError):
    """Rows vanished on the way: our mistake."""

    sentence = N_(
        "This is a mistake in Lorewright, not yours: {wanted} {what} were read and {found} of them arrived. "
        "Nothing was built."
    )


@dataclass(frozen=True, slots=True)
class Out:
    """A row that is not in the build, and why."""

    row: Row
    reason: Reason


@dataclass(slots=True)
class Gathered:
    """The rows so far. By source, `given` counts all that its reader gave, `read` the rows in it, `calls` theirs."""

    rows: list[Row] = field(default_factory=list)
    out: list[Out] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    given: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    def leave(self, why: dict[str, Reason]) -> None:
        """Takes the rows with these keys out."""
        kept = []
        for row in self.rows:
            reason = why.get(row.key)
            if reason is None:
                kept.append(row)
            else:
                self.out.append(Out(row, reason))
        self.rows = kept

    def once(self, authority: Mapping[str, float]) -> None:
        """Takes rows out that say the very same: the weightiest source's stays, then a person's, then the first."""
        best: dict[str, Row] = {}
        for row in self.rows:
            known = best.get(row.key)
            if known is None or authority_of(row, authority) > authority_of(known, authority):
                best[row.key] = row
        twice = [row for row in self.rows if best[row.key] is not row]
        for row in twice:
            sentence = _("It says the very same as {place}.").format(place=best[row.key].place)
            self.out.append(Out(row, Reason(DUPLICATE, sentence, Decision.BIN)))
        if twice:
            self.rows = [row for row in self.rows if best[row.key] is row]

    def account(self) -> None:
        """Raises RowsLost where what was read is not what is in and out."""
        found = Counter(row.source for row in self.rows)
        found.update(out.row.source for out in self.out)
        calls = Counter[str]()
        for row in (*self.rows, *(out.row for out in self.out)):
            calls[row.source] += row.calls
        for what, wanted, have in (("rows", self.read, found), ("tool calls", self.calls, calls)):
            if +wanted != +have:
                raise RowsLost(what=what, wanted=wanted.total(), found=have.total())


def gather_sources(description: Description, reading: Reading, most: int = MOST) -> Gathered:
    """All rows of all sources; a source that cannot be read is a problem, and the others are read.

    Of each source and code, `most` problems are kept and all counted. Raises RowsLost.
    """
    found = Gathered(problems=Problems(most, whole=(HELD_OUT,)))
    for source in description.sources:
        _read(source, reading, found)
        arrived = found.read[source.name] + found.problems.count(source.name)
        if found.given[source.name] != arrived:
            raise RowsLost(what=_("rows and problems"), wanted=found.given[source.name], found=arrived)
    for trouble in (*reading.games.troubles, *reading.selections.troubles):
        where = Place(reading.shown(Path(str(trouble.fields.get("path", "")))))
        found.problems.append(RowProblem("", where, trouble.code, str(trouble)))
    found.problems.change(reading.told_of)
    return found


def _read(source: SourceSettings, reading: Reading, found: Gathered) -> None:
    number = 0
    try:
        rows = read_source(source, reading)
        if reading.cutter is not None and source.scenarios is None:
            rows = fitted(rows, reading.cutter, reading)
        for one in rows:
            found.given[source.name] += 1
            if isinstance(one, RowProblem):
                found.problems.append(one)
                continue
            number += 1
            if number % _EVERY == 0:
                reading.tell(source.name, number)
            found.rows.append(one)
            found.read[source.name] += 1
            found.calls[source.name] += one.calls
    except (Cancelled, UnexpectedFailure):
        raise
    except LorewrightError as error:
        if error.exit_code == LorewrightError.exit_code:
            raise  # a mistake of ours is none of the source's
        found.given[source.name] += 1
        found.problems.append(RowProblem(source.name, Place(place_of(source)), error.code, str(error)))


def place_of(source: SourceSettings) -> str:
    """Where a source is, as the description says it."""
    return str(getattr(source, source.kind))


def left_out(problems: Iterable[RowProblem], code: str) -> tuple[str, ...]:
    """The paths of the files that stay out for one reason."""
    return tuple(dict.fromkeys(problem.place.path for problem in problems if problem.code == code))
