"""Reads what play left behind as rows: saved sessions as talks, corrections as preferences.

Of a session the branch that it stands on counts. The turns that its scenario already told are not learnt again: they
are read with the scenario; nor are replies that a person marked bad or corrected. A long session comes in parts, each
with the sheets as they stood there. It knows no engine.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from studio.chat.messages import ASSISTANT, SYSTEM, Message, joined, messages
from studio.dataset.cutting import Opening
from studio.dataset.description import SourceSettings, placed
from studio.dataset.facts import facts_in
from studio.dataset.fitting import fit
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.scenario_rows import SHEET, unwritable
from studio.dataset.sources.json_records import Record
from studio.dataset.sources.lines import Bad
from studio.dataset.sources.played import played, told
from studio.dataset.sources.records import UnknownTable, records
from studio.dataset.sources.texts import BadRecord, bad, text_of
from studio.errors import InputError, MachineError, OutsideFolder, PathMissing, UnreadableFile, UsageError
from studio.files import leads_out, sha256_of
from studio.language import _
from studio.play.book import Book
from studio.play.corrections import Correction
from studio.play.exporting import unlearnt
from studio.play.reading import read_book
from studio.play.standing import standing
from studio.rules import Rules
from studio.scenario import Scenario, find_calls
from studio.scenario.game import Game
from studio.scenario.model import Speaker
from studio.scenario.writer import NotWritable

DAMAGED, NOTHING, DISLIKED = "damaged", "nothing-played", "disliked"


def read(source: SourceSettings, reading: Reading) -> Iterator[Row | RowProblem]:
    """The rows of sessions or of corrections; raises PathMissing, OutsideFolder or Cancelled."""
    if source.sessions is not None:
        yield from _sessions(placed(reading.root, source.sessions), source, reading)
    else:
        assert source.corrections is not None
        yield from _corrections(placed(reading.root, source.corrections), source, reading)


def _sessions(top: Path, source: SourceSettings, reading: Reading) -> Iterator[Row | RowProblem]:
    if not top.exists():
        raise PathMissing(path=top)
    files = sorted(top.rglob("*.jsonl")) if top.is_dir() else [top]
    for number, path in enumerate(files):
        reading.tell(source.name, number, len(files))
        place = Place(reading.shown(path))
        try:
            if leads_out(path, reading.root, top):
                raise OutsideFolder(path=place.path, folder=reading.root)
            yield from _session(path, place, source.name, reading)
        except BadRecord as error:
            yield RowProblem(source.name, place, str(error.fields["code"]), str(error))
        except (InputError, UsageError, MachineError) as error:
            yield RowProblem(source.name, place, error.code, str(error))


def _session(path: Path, place: Place, source: str, reading: Reading) -> Iterator[Row | RowProblem]:
    """The row of one session; raises BadRecord, DamagedSession or what reading raises."""
    game = reading.games.of(path)
    book = read_book(path, game)
    reading.notes.file(source, place.path, sha256_of(path))
    if book.damage is not None:
        sentence = _("From line {line} on it is damaged, so its last {count} lines were left out.")
        where = Place(place.path, book.damage.line)
        yield RowProblem(source, where, DAMAGED, sentence.format(line=where.line, count=book.damage.lines))
    path_shown = book.path()
    branch = played(path_shown, book.scenario, game)
    known = told(branch.turns, book.scenario)
    last = max((turn.index for turn in branch.turns if turn.speaker is Speaker.DM), default=-1)
    if last < known:
        yield RowProblem(source, place, NOTHING, _("Nothing was played in it beyond its scenario."), error=False)
        return
    disliked = unlearnt(book)
    aside = {number for number, node in enumerate(path_shown) if node.id in disliked}
    spoken = tuple(_unlearnt(messages(branch, last + 1), known, aside))
    if not any(one.trained for one in spoken):
        sentence = _("All its replies were marked bad or corrected, so none is learnt from it as it was said.")
        yield RowProblem(source, place, DISLIKED, sentence, error=False)
        return
    for message in spoken:
        text_of(message.content, _("A turn"))
    row = _row(Kind.PLAY, spoken, place, source, game, group=path.stem, scenario=book.scenario)
    yield from _fitting(row, book, reading)


def _fitting(row: Row, book: Book, reading: Reading) -> Iterator[Row | RowProblem]:
    """The row of a session; where it is too long, in parts that open with the sheets as they stood there."""
    if reading.cutter is None:
        yield row
        return
    try:
        yield from fit(row, reading.cutter, reading, _opening(book))
    except NotWritable as error:
        yield RowProblem(row.source, row.place, SHEET, unwritable(error), error=False)  # what was played, was played


def _opening(book: Book) -> Opening:
    """SYSTEM with the sheets as they stood before each turn, hands and fights included; it raises NotWritable."""
    path = book.path()

    def opening(turn: int) -> Message | None:
        if book.scenario.system is None:
            return None
        party = book.before(path[turn].id).party if turn < len(path) else book.party
        text = standing(book.scenario, party) if turn else book.scenario.system.content.strip()
        return Message(SYSTEM, text)

    return opening


def _unlearnt(spoken: Sequence[Message], known: int, aside: Collection[int]) -> Iterator[Message]:
    """The messages; those with a turn before `known`, or with one that is not to be learnt (`aside`), not learnt.

    A message has the turns up to the next one's first.
    """
    ends = [one.turn_index for one in spoken[1:]] + [None]
    for one, end in zip(spoken, ends, strict=True):
        first = one.turn_index
        old = first is not None and (
            first < known or any(first <= turn and (end is None or turn < end) for turn in aside)
        )
        yield Message(one.role, one.content, one.turn_index) if old and one.trained else one


def _row(
    kind: Kind,
    spoken: tuple[Message, ...],
    place: Place,
    source: str,
    game: Game,
    *,
    group: str,
    rejected: str | None = None,
    scenario: Scenario | None = None,
) -> Row:
    calls = sum(len(find_calls(one.content, game.tools, ())) for one in spoken if one.trained)
    facts = facts_in(spoken, Rules.of(game.words), game.tools)
    if scenario is not None and scenario.scenario_type:
        facts = {**facts, "type": (scenario.scenario_type,)}
    return Row(kind, source, place, spoken, group, rejected, calls, facts=facts)


def _corrections(path: Path, source: SourceSettings, reading: Reading) -> Iterator[Row | RowProblem]:
    if not path.exists():
        raise PathMissing(path=path)
    shown = reading.shown(path)
    game = reading.games.of(path)
    try:
        for one in records(path, lambda sha256: reading.notes.file(source.name, shown, sha256)):
            reading.tell(source.name, one.line)
            yield _corrected(one, shown, source.name, game)
    except (UnreadableFile, UnknownTable) as error:
        yield RowProblem(source.name, Place(shown), error.code, str(error))


def _corrected(one: Record | Bad, shown: str, source: str, game: Game) -> Row | RowProblem:
    """The row of one correction, or what is wrong with it."""
    place = Place(shown, one.line)
    if isinstance(one, Bad):
        return RowProblem(source, place, one.code, one.sentence, one.error)
    try:
        correction = Correction.model_validate(one.values)
        return _preference(correction, place, source, game)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        sentence = _("It is no correction ({where}: {reason}).").format(where=where, reason=first["msg"])
        return RowProblem(source, place, "correction", sentence)
    except BadRecord as error:
        return RowProblem(source, place, str(error.fields["code"]), str(error))


def _preference(correction: Correction, place: Place, source: str, game: Game) -> Row:
    before = [
        Message(one.role, text_of(one.content, _("A message")).strip(), None if one.role == SYSTEM else number)
        for number, one in enumerate(correction.messages)
    ]
    chosen = text_of(correction.chosen, "`chosen`").strip()
    rejected = text_of(correction.rejected, "`rejected`").strip()
    if not before or before[-1].role == ASSISTANT:
        raise bad("correction", _("It does not say what the corrected answer answers."))
    spoken = (*joined(before), Message(ASSISTANT, chosen, len(before), trained=True))
    return _row(Kind.PREFERENCE, spoken, place, source, game, group=correction.session, rejected=rejected)
