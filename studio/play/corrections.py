"""Owns corrections: a better reply by a person, the whole state that it answers, and the files that keep them.

`corrections.jsonl` of a workspace holds a correction a line: format 2, and format 1 of older workspaces is read too.
Knows no session; `studio.play.session` makes one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.files import read_text
from studio.play.said import append

_LIMIT = 1 << 30


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CorrectionMessage(_Record):
    """One message of the play before a correction."""

    role: str
    content: str


class Correction(_Record):
    """A better answer by a person: `chosen` over `rejected` after `messages`; `state` is the sheets as they stood.

    Format 2 tells besides: `opening` the rules put before the reply, `player` whose character rolls, `seed`, the
    `model` by its SHA-256 and its `name`, and `scenario`, a text that passes the checks and ends with the chosen reply
    (empty where none could be made). `opening` is a part of `chosen` and of `rejected`.
    """

    format: Literal[1, 2] = 2
    session: str
    turn: int
    messages: tuple[CorrectionMessage, ...]
    chosen: str
    rejected: str
    state: dict[str, dict[str, str]]
    opening: str = ""
    player: str | None = None
    seed: int = 0
    model: str = ""
    name: str = ""
    scenario: str = ""


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of a file, and the numbers of the lines that are none."""

    corrections: tuple[Correction, ...]
    damaged: tuple[int, ...] = ()


def keep_correction(path: Path, correction: Correction) -> None:
    """Appends a correction to the workspace's `corrections.jsonl`; raises NotSaved."""
    append(path, correction)


def read_corrections(path: Path) -> Corrections:
    """The corrections of a workspace; no file has none. Raises what reading a text raises."""
    if not path.exists():
        return Corrections(())
    found = list(_lines(read_text(path, limit=_LIMIT)))
    damaged = tuple(number for number, one in found if one is None)
    return Corrections(tuple(one for _number, one in found if one is not None), damaged)


def _lines(text: str) -> Iterator[tuple[int, Correction | None]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, Correction.model_validate_json(line)
            except ValidationError:
                yield number, None
