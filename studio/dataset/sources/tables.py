"""Reads files of records as rows: each record by its own shape, whatever the others of its file are.

A record gives one row or one problem, with its line; a file that can't be read gives one for the whole of it. What a
file held is told at its end. Knows neither how bytes become records nor how records become rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.dataset.description import SourceSettings, placed
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Place, Row
from studio.dataset.sources.json_records import Record
from studio.dataset.sources.lines import Bad
from studio.dataset.sources.making import Origin, row_of
from studio.dataset.sources.records import files_in, records
from studio.dataset.sources.shapes import Tally, mixture, shape_of
from studio.dataset.sources.snapshot import BelowScore
from studio.dataset.sources.texts import BadRecord
from studio.errors import InputError, MachineError, OutsideFolder, UsageError
from studio.files import leads_out
from studio.language import _, plural
from studio.rules import Rules

MIXED, TAIL, LEFT_OUT = "mixed-shapes", "tail", "below-score"
_EVERY = 1000
_FILES = 20


def read(source: SourceSettings, reading: Reading) -> Iterator[Row | RowProblem]:
    """The rows of a file, or of the files in a folder; raises PathMissing, OutsideFolder or Cancelled."""
    assert source.file is not None
    yield from read_path(placed(reading.root, source.file), source, reading)


def read_path(path: Path, source: SourceSettings, reading: Reading, shape: str = "") -> Iterator[Row | RowProblem]:
    """The rows at a place, in the shape that the source names if none is given; raises PathMissing or NotAllowed."""
    files = files_in(path)
    if not files:
        sentence = _("There is no file of records in the folder. Put JSONL, JSON, CSV or Parquet there.")
        yield RowProblem(source.name, Place(reading.shown(path)), "empty", sentence)
    for number, one in enumerate(files):
        if number % _FILES == 0:
            reading.tell(source.name, number, len(files))
        if leads_out(one, reading.root, path):
            error = OutsideFolder(path=reading.shown(one), folder=reading.root)
            yield RowProblem(source.name, Place(reading.shown(one)), error.code, str(error))
            continue
        yield from TableFile(one, reading.shown(one), source, reading, shape or source.shape).rows()


@dataclass(slots=True)
class TableFile:
    """One file as it is read: `shown` is its name in rows; `tally` says what its records turned out to be."""

    path: Path
    shown: str
    source: SourceSettings
    reading: Reading
    shape: str = "auto"
    tally: Tally = field(default_factory=Tally)

    def rows(self) -> Iterator[Row | RowProblem]:
        """Its rows and problems; raises Cancelled."""
        game = self.reading.games.of(self.path)
        rules = Rules.of(game.words)
        origin = Origin(self.source.name, game.tools, rules, self.source.reasoning, self.source.min_score)
        try:
            for number, one in enumerate(records(self.path, self._note), start=1):
                if number % _EVERY == 0:
                    self.reading.tell(self.source.name, number)
                if isinstance(one, Bad):
                    yield RowProblem(self.source.name, self._place(one.line), one.code, one.sentence, one.error)
                else:
                    yield from self._made(one, origin)
        except (InputError, UsageError, MachineError) as error:
            yield RowProblem(self.source.name, self._place(1), error.code, str(error))
        found = self.tally.recognised()
        if found is not None:
            self.reading.notes.shapes.setdefault(self.source.name, found.sentence)
            if len(found.counts) > 1:
                yield RowProblem(self.source.name, self._place(1), MIXED, f"{mixture(found.counts)}.", error=False)

    def _note(self, sha256: str) -> None:
        self.reading.notes.file(self.source.name, self.shown, sha256)

    def _place(self, line: int) -> Place:
        return Place(self.shown, line)

    def _made(self, record: Record, origin: Origin) -> Iterator[Row | RowProblem]:
        """The row of one record, or its problem."""
        place = self._place(record.line)
        try:
            shaped = shape_of(record.values, self._columns, self.shape)
            self.tally.add(shaped, record.values)
            made = row_of(record.values, shaped, place, origin)
        except BelowScore as error:
            yield RowProblem(origin.source, place, LEFT_OUT, str(error), error=False)
        except BadRecord as error:
            yield RowProblem(origin.source, place, str(error.fields["code"]), str(error))
        else:
            yield made.row
            if made.tail:
                yield RowProblem(origin.source, place, TAIL, _tail(made.tail), error=False)

    @property
    def _columns(self) -> Mapping[str, str]:
        return self.source.columns


def _tail(count: int) -> str:
    return plural(
        "{count} message stands after the last answer; nothing is learnt of it, so it was left off.",
        "{count} messages stand after the last answer; nothing is learnt of them, so they were left off.",
        count,
    )
