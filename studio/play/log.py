"""Owns a session's file: it is only ever added to, and read up to the first line that is damaged.

What follows that line is moved into a file beside it before anything is added, so that nothing is lost. Knows no
engine and no rule.
"""

import codecs
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from pydantic import BaseModel, ValidationError

from studio.errors import InputError, NotSaved
from studio.files import read_bytes, save_atomic
from studio.jobs.protocol import encode
from studio.language import N_, _
from studio.play.records import EVENTS, Event, Node, SessionHeader, as_line
from studio.play.tree import BadEvent, Tree

_LIMIT = 1 << 30


class DamagedSession(InputError):
    """A session file cannot be read from its beginning."""

    sentence = N_("{path} is not a session ({reason}). Nothing was changed; open another one.")


class SessionElsewhere(NotSaved):
    """Another program has added to a session's file since it was opened here."""

    sentence = N_(
        "{path} was added to by another window or program, so nothing more is written to it from here. Open the "
        "session again to go on with what stands there."
    )


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a file stops to be a session's: the line from 1, the byte it begins at, how many lines were left out."""

    line: int
    offset: int
    lines: int
    kept_in: Path | None = None

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        text = _("From line {line} on the session's file is damaged; everything before it is here.")
        if self.kept_in is not None:
            text = f"{text} {_('The rest was moved to {name}.')}"
        return text.format(line=self.line, name=self.kept_in.name if self.kept_in is not None else "")


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it was read: its header, the tree of its events, and the damage if there is any."""

    header: SessionHeader
    tree: Tree
    damage: Damage | None = None

    @property
    def path(self) -> tuple[Node, ...]:
        """The turns from the first to the tip."""
        return self.tree.path(self.tree.tip)


class SessionFile:
    """Appends to a session's file; every line is on its way to the disk when `add` returns."""

    def __init__(self, path: Path, header: SessionHeader) -> None:
        """Begins a file; raises NotSaved where it exists already or cannot be made."""
        self.path, self.header = path, header
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_saved(path, error) from error
        self._open(os.O_EXCL | os.O_CREAT)
        try:
            self._write(header)
        except NotSaved:
            self.close()
            path.unlink(missing_ok=True)  # an empty file would be listed as a damaged session
            raise

    @classmethod
    def again(cls, path: Path, header: SessionHeader) -> "SessionFile":
        """A file that exists and is whole, to be added to; raises NotSaved, or the errors of reading it."""
        file = cls.__new__(cls)
        file.path, file.header = path, header
        file._open(0)
        if not read_bytes(path, limit=_LIMIT).endswith(b"\n"):  # it was cut short right before the end of a line
            file._append(b"\n")
        return file

    def _open(self, how: int) -> None:
        how |= os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            self._handle: int | None = os.open(self.path, how, 0o666)
            self._size = os.fstat(self._handle).st_size
        except OSError as error:
            raise _not_saved(self.path, error) from error

    def add(self, event: Event) -> None:
        """Writes one event; raises NotSaved, with the file as it was."""
        self._write(event)

    def close(self) -> None:
        """Ends the file."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _write(self, record: BaseModel) -> None:
        self._append(encode(as_line(record)))

    def _append(self, data: bytes) -> None:
        if self._handle is None:
            raise NotSaved(path=self.path, reason=_("it was closed"))
        if os.fstat(self._handle).st_size != self._size:
            raise SessionElsewhere(path=self.path)
        written = 0
        try:
            while written < len(data):
                written += os.write(self._handle, data[written:])
        except OSError as error:
            os.ftruncate(self._handle, self._size)  # half a line would damage all that follows
            raise _not_saved(self.path, error) from error
        self._size += len(data)


def _not_saved(path: Path, error: OSError) -> NotSaved:
    return NotSaved(path=path, reason=error.strerror or str(error))


def read_session(path: Path) -> Kept:
    """A session up to its first damaged line; nothing is changed. Raises DamagedSession or the errors of reading."""
    lines = read_bytes(path, limit=_LIMIT).split(b"\n")
    try:
        header = SessionHeader.model_validate_json(lines[0].removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        raise DamagedSession(path=path, reason=_strange(lines[0])) from error
    tree, offset, op = Tree(), len(lines[0]) + 1, 0
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():  # what an editor leaves; nothing was there to lose
            offset += len(line) + 1
            continue
        try:
            event = EVENTS.validate_json(line)
            if header.format == 1 and isinstance(event, Node) and not event.op:  # not added since it was reopened
                op += event.kind == "User" or not op
                event = event.model_copy(update={"op": op})
            tree.apply(event)
        except (ValidationError, BadEvent):
            damage = Damage(number, offset, sum(bool(one.strip()) for one in lines[number - 1 :]))
            return Kept(header, tree, damage)
        offset += len(line) + 1
    return Kept(header, tree)


def _strange(line: bytes) -> str:
    """Why a line begins no session that can be read."""
    if not line.strip():
        return _("its first line is empty")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    told = value.get("format") if isinstance(value, dict) else None
    if isinstance(told, int) and told > SessionHeader.model_fields["format"].default:
        return _("it was written by a newer version of the studio")
    return _("its first line is not a session's")


def mended(path: Path, damage: Damage) -> Damage:
    """Moves what is damaged into a file beside the session's; raises NotSaved, with both as they were."""
    rest = read_bytes(path, limit=_LIMIT)[damage.offset :]
    aside = next(name for name in _names_beside(path) if not name.exists())
    save_atomic(aside, rest)
    try:
        os.truncate(path, damage.offset)
    except OSError as error:
        raise _not_saved(path, error) from error
    return replace(damage, kept_in=aside)


def _names_beside(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.damaged")
    for number in count(2):
        yield path.with_name(f"{path.name}.damaged-{number}")
