"""Reads scenarios as rows: each is checked, held-out ones stay out, and what a model drafted waits for a person.

An error keeps a file out and is told with its line; warnings are told beside its rows. Files that did not change since
the last build are remembered, not read.
"""

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from studio.dataset.acceptance import unaccepted
from studio.dataset.description import SourceSettings, placed
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.remembered import Given, Read, Stamp, digest_of, program
from studio.dataset.rows import Place, Row
from studio.dataset.scenario_rows import CallsLost, rows_of
from studio.dataset.sources.finding import Found, found_below
from studio.errors import LorewrightError, NotText, OutsideFolder, PathMissing
from studio.files import leads_out, read_bytes
from studio.language import _
from studio.lint import Severity, check
from studio.lint.diagnostics import Diagnostic
from studio.scenario import parse
from studio.scenario.game import Game

HELD_OUT, UNACCEPTED = "held-out", "unaccepted"
_EVERY = 100


def read(source: SourceSettings, reading: Reading) -> Iterator[Row | RowProblem]:
    """The rows of every scenario below the source's path; raises PathMissing, OutsideFolder or Cancelled."""
    assert source.scenarios is not None
    top = placed(reading.root, source.scenarios)
    if not top.exists():
        raise PathMissing(path=top)
    unseen: list[RowProblem] = []

    def failed(shown: str, error: OSError) -> None:
        unseen.append(RowProblem(source.name, Place(shown), "UnreadableFile", error.strerror or str(error)))

    name = reading.shown(top)
    files = found_below(top, "" if name == "." else name, failed) if top.is_dir() else [Found(name, str(top))]
    yield from unseen
    standards: dict[str, str] = {}
    for number, file in enumerate(files):
        if number % _EVERY == 0:
            reading.tell(source.name, number, len(files))
        folder = file.folder
        if folder not in standards:
            standards[folder] = _standard(source, reading, Path(file.whole))
        for one in _of_file(file, source, reading, standards[folder], top):
            yield _noted(one, reading) if isinstance(one, Read) else one
    reading.tell(source.name, len(files), len(files))


def _noted(one: Read, reading: Reading) -> Row:
    if one.tokens is not None:
        reading.notes.tokens[one.row.key] = one.tokens
    return one.row


def _standard(source: SourceSettings, reading: Reading, path: Path) -> str:
    """A name for all that decides what the files of a folder give, but their content."""
    game, cutter = reading.games.of(path), reading.cutter
    own = "" if game is Game.shipped() else repr((sorted(game.tools.tools.items()), game.words))
    limit = (cutter.limit, cutter.mark) if cutter is not None else None
    told = repr((program(), own, repr(reading.selections.of(path)), source.name, limit))
    return digest_of(told.encode("utf-8", "surrogatepass"))


def _of_file(file: Found, source: SourceSettings, reading: Reading, standard: str, top: Path) -> Given:
    """What one file gives; it never raises for what is wrong with the file."""
    shown = file.shown
    try:
        if leads_out(file.whole, reading.root, top):
            raise OutsideFolder(path=shown, folder=reading.root)
        stamp = Stamp.of(os.stat(file.whole))  # noqa: PTH116  # a string, as `finding` gives it
        memory = reading.memory if reading.cutter is None or reading.cutter.mark else None
        if memory is not None:
            known = memory.of(shown, standard, stamp, partial(_content, file.whole))
            if known.given is not None:
                reading.notes.file(source.name, shown, known.digest)
                return known.given
        path, asked = Path(file.whole), time.time_ns()
        content = read_bytes(path)
        digest = digest_of(content)
        reading.notes.file(source.name, shown, digest)
        given = _checked(content, path, source.name, reading)
        if memory is not None:
            memory.keep(shown, standard, stamp, digest, asked, given)
        return given
    except CallsLost:
        raise
    except OSError as error:
        return [RowProblem(source.name, Place(shown), "UnreadableFile", error.strerror or str(error))]
    except LorewrightError as error:
        return [RowProblem(source.name, Place(shown), error.code, str(error))]


def _content(whole: str) -> bytes | None:
    try:
        return read_bytes(Path(whole))
    except LorewrightError:
        return None


def _checked(content: bytes, path: Path, source: str, reading: Reading) -> Given:
    """What the content of a file gives; raises NotText, TemplateRefused or CallsLost."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotText(path=path, position=error.start) from error
    place, game = Place(reading.shown(path)), reading.games.of(path)
    parsed = parse(text, path=path, tools=game.tools)
    if parsed.scenario.held_out:
        return [RowProblem(source, place, HELD_OUT, _("It is held out, to measure with."), error=False)]
    if unaccepted(parsed.scenario):
        sentence = _("A model drafted it and no person has accepted it yet: read it, then accept or delete it.")
        return [RowProblem(source, place, UNACCEPTED, sentence, error=False)]
    found = check(parsed, game.words, reading.selections.of(path))
    told: Given = [_problem(one, text, source, place) for one in found if one.severity is not Severity.HINT]
    if any(one.severity is Severity.ERROR for one in found):
        return told
    return [*rows_of(parsed, source, place, game, reading.cutter), *told]


def _problem(found: Diagnostic, text: str, source: str, place: Place) -> RowProblem:
    where = Place(place.path, text.count("\n", 0, found.span.start) + 1)
    return RowProblem(source, where, found.code, found.message, found.severity is Severity.ERROR)
