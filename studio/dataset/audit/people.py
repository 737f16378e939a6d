"""Owns the verdicts of persons: `datasets/verdicts.jsonl` of a workspace, which is only ever appended to.

The last line on a row counts; taking a verdict back is another line. Knows no heuristics and no judge.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from studio.dataset.audit.lines import append_line, read_lines
from studio.dataset.description import FOLDER
from studio.dataset.verdicts import By, Decision, Reason, Verdict
from studio.language import N_, _

NAME = "verdicts.jsonl"


class Said(pydantic.BaseModel):
    """One line: what counts from here on for the row with `key`; without a decision it is as if nobody had spoken.

    `undo` says that the line takes the one before it back.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    key: str = pydantic.Field(min_length=1, max_length=200)
    decision: Decision | None
    note: str = ""
    when: str = ""
    undo: bool = False


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """The file of a workspace; `clock` says when something is said."""

    root: Path
    clock: Callable[[], datetime.datetime] = _now

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.root / FOLDER / NAME

    def said(self) -> list[Said]:
        """All that was ever said, in order; lines that are damaged are left out."""
        found = []
        for line in read_lines(self.path):
            try:
                found.append(Said.model_validate(line))
            except pydantic.ValidationError:
                continue
        return found

    def read(self) -> dict[str, Verdict]:
        """The verdicts that count, by the key of their row."""
        last = {said.key: said for said in self.said()}
        return {key: _verdict(key, said.decision, said.note) for key, said in last.items() if said.decision is not None}

    def add(self, key: str, decision: Decision | None, note: str = "") -> None:
        """Records a verdict, or with None that there is none any more; raises NotSaved."""
        self._append(key, decision, note, undo=False)

    def undo(self, key: str) -> Decision | None:
        """Takes the last verdict on a row back, so that the one before it counts again: that one, or None."""
        standing: list[Said] = []
        for said in self.said():
            if said.key == key and said.undo:
                standing = standing[:-1]
            elif said.key == key:
                standing.append(said)
        decision, note = (standing[-2].decision, standing[-2].note) if len(standing) > 1 else (None, "")
        if standing:
            self._append(key, decision, note, undo=True)
        return decision

    def _append(self, key: str, decision: Decision | None, note: str, *, undo: bool) -> None:
        when = self.clock().isoformat(timespec="seconds")
        said = Said(key=key, decision=decision, note=note, when=when, undo=undo)
        append_line(self.path, said.model_dump(mode="json"))


_WORDS = {
    Decision.KEEP: N_("A person keeps it."),
    Decision.FLAG: N_("A person wants it looked at again."),
    Decision.BIN: N_("A person bins it."),
}


def _verdict(key: str, decision: Decision, note: str) -> Verdict:
    sentence = _(_WORDS[decision])
    return Verdict(key, By.PERSON, decision, (Reason("person", f"{sentence} {note}".strip(), decision),))
