"""Owns the shapes of what play leaves on disk: session files and corrections. Format 1 of both.

A session is JSON lines: a header, then a node of the tree of turns a line, in the order they came about. A
correction is one line of `corrections.jsonl`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.errors import InputError, NotSaved
from studio.files import read_text
from studio.jobs.protocol import encode
from studio.language import N_


class DamagedSession(InputError):
    """A session file cannot be read from its beginning."""

    sentence = N_("{path} is not a session ({reason}). Nothing was changed; open another one.")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionHeader(_Record):
    """The first line: what is played, with which model, and from which seed the dice fall.

    `scenario` is the text played on top of; `model` the SHA-256 of the GGUF; `name` of the model for people.
    """

    format: Literal[1] = 1
    scenario: str
    model: str
    name: str
    seed: int


class Node(_Record):
    """One turn of the tree. `parent` is None for the first; `ids` are what the model generated, sent back unchanged.

    `random` names the generator that the calls of this turn are rolled with; `forced` is what the rules opened it with.
    `model` is the SHA-256 of the GGUF that wrote it, where that is not the header's; `ids` are that model's.
    """

    id: int
    parent: int | None
    kind: Literal["User", "DM", "TOOLCALL"]
    text: str
    ids: tuple[int, ...] | None = None
    forced: str = ""
    random: str | None = None
    model: str | None = None


class CorrectionMessage(_Record):
    """One message of the play before a correction."""

    role: str
    content: str


class Correction(_Record):
    """A better answer by a person: `chosen` over `rejected` after `messages`; `state` is the sheets as they stood."""

    format: Literal[1] = 1
    session: str
    turn: int
    messages: tuple[CorrectionMessage, ...]
    chosen: str
    rejected: str
    state: dict[str, dict[str, str]]


class SessionFile:
    """Appends to a session's file; every line is on its way to the disk when `add` returns."""

    def __init__(self, path: Path, header: SessionHeader) -> None:
        """Begins a file; raises NotSaved where it exists already or cannot be made."""
        self.path, self.header = path, header
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream: IO[bytes] = path.open("xb")
        except OSError as error:
            raise NotSaved(path=path, reason=error.strerror or str(error)) from error
        self._write(header)

    def add(self, node: Node) -> None:
        """Writes one turn."""
        self._write(node)

    def close(self) -> None:
        """Ends the file."""
        self._stream.close()

    def _write(self, record: BaseModel) -> None:
        try:
            self._stream.write(encode(record.model_dump(mode="json")))
            self._stream.flush()
        except OSError as error:
            raise NotSaved(path=self.path, reason=error.strerror or str(error)) from error


def read_session(path: Path) -> tuple[SessionHeader, list[Node]]:
    """Header and turns; from the first damaged line on the rest is left out. Raises DamagedSession."""
    lines = iter(read_text(path, limit=1 << 30).split("\n"))
    try:
        header = SessionHeader.model_validate_json(next(lines))
    except (ValidationError, StopIteration) as error:
        raise DamagedSession(path=path, reason="its first line is not a session's") from error
    return header, list(_nodes(lines))


def _nodes(lines: Iterator[str]) -> Iterator[Node]:
    known: set[int | None] = {None}
    for line in lines:
        try:
            node = Node.model_validate_json(line)
        except ValidationError:
            return
        if node.parent not in known or node.id in known:
            return
        known.add(node.id)
        yield node


def keep_correction(path: Path, correction: Correction) -> None:
    """Appends a correction to the workspace's `corrections.jsonl`; raises NotSaved."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as stream:
            stream.write(encode(correction.model_dump(mode="json")))
    except OSError as error:
        raise NotSaved(path=path, reason=error.strerror or str(error)) from error


def read_corrections(path: Path) -> list[Correction]:
    """The corrections of a workspace; lines that are none are left out."""
    if not path.exists():
        return []
    found = []
    for line in read_text(path, limit=1 << 30).split("\n"):
        try:
            found.append(Correction.model_validate(json.loads(line)))
        except (ValueError, RecursionError):
            continue
    return found
