"""Owns renaming a name in the files of a workspace, and taking that back; knows no window."""

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.scenario import Edit, parse
from studio.scenario.edits import applied
from studio.scenario.renaming import NoSuchName, rename_edits
from studio.workspace.documents import Document
from studio.workspace.folder import Workspace
from studio.workspace.game import Games
from studio.workspace.history import History


@dataclass(frozen=True, slots=True)
class Planned:
    """What a renaming would do to one file; `error` says why it cannot."""

    document: Document
    edits: tuple[Edit, ...] = ()
    error: LorewrightError | None = None


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file that was written: as it was, and as it is."""

    before: Document
    after: Document


def closed_scenarios(workspace: Workspace, opened: Collection[Path]) -> Iterator[Path]:
    """The scenarios of a workspace that are not open."""
    return (path for path in workspace.scenario_files() if path not in opened)


def plan(paths: Iterable[Path], old: str, new: str, games: Games) -> tuple[Planned, ...]:
    """What renaming would do to files; those without the name, and those that cannot be read, are left out."""
    found = []
    for path in paths:
        document = Document.read(path)
        if document.locked is not None or old.casefold() not in document.text.casefold():
            continue
        try:
            edits = rename_edits(parse(document.text, path=path, tools=games.of(path).tools), old, new)
        except NoSuchName:
            continue
        except LorewrightError as error:
            found.append(Planned(document, error=error))
            continue
        if edits:
            found.append(Planned(document, edits))
    return tuple(found)


def carry_out(planned: Iterable[Planned], history: History) -> tuple[tuple[Renamed, ...], tuple[LorewrightError, ...]]:
    """Writes the files, each once its text is in the history; what could not be written is told and left as it was."""
    done, errors = [], []
    for one in planned:
        try:
            after = _written(one.document, applied(one.document.text, one.edits), history)
            done.append(Renamed(one.document, after))
        except LorewrightError as error:
            errors.append(error)
    return tuple(done), tuple(errors)


def take_back(renamed: Iterable[Renamed], history: History) -> tuple[tuple[Renamed, ...], tuple[LorewrightError, ...]]:
    """Writes the files as they were; one that somebody changed meanwhile stays, and is told.

    What comes back can be taken back in its turn: then the files say again what they said before this.
    """
    done, errors = [], []
    for one in renamed:
        try:
            done.append(Renamed(one.after, _written(one.after, one.before.text, history)))
        except LorewrightError as error:
            errors.append(error)
    return tuple(done), tuple(errors)


def _written(document: Document, text: str, history: History) -> Document:
    history.take(document.path, document.text, time.time())
    return document.saved(text)
