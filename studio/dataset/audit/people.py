"""Owns the verdicts of persons: `datasets/verdicts.jsonl` of a workspace, which is only ever appended to.

The last line on a row counts; taking a verdict back is another line. Knows no heuristics and no judge.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from studio.dataset.audit.lines import append_lines, read_lines
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
        self.add_all((key,), decision, note)

    def add_all(self, keys: Iterable[str], decision: Decision | None, note: str = "") -> None:
        """The same on many rows at once; raises NotSaved."""
        self._append([(key, decision, note) for key in keys], undo=False)

    def undo(self, key: str) -> Decision | None:
        """Takes the last verdict on a row back, so that the one before it counts again: that one, or None."""
        return self.undo_all((key,))[key]

    def undo_all(self, keys: Iterable[str]) -> dict[str, Decision | None]:
        """Takes the last verdict on each of the rows back; says by key what counts again. Raises NotSaved."""
        standing: dict[str, list[Said]] = {key: [] for key in keys}
        for said in self.said():
            if said.key in standing and said.undo:
                standing[said.key] = standing[said.key][:-1]
            elif said.key in standing:
                standing[said.key].append(said)
        before = {key: found[-2] if len(found) > 1 else None for key, found in standing.items()}
        self._append(
            [
                (key, one.decision if one else None, one.note if one else "")
                for key, one in before.items()
                if standing[key]
            ],
            undo=True,
        )
        return {key: one.decision if one is not None else None for key, one in before.items()}

    def _append(self, told: Iterable[tuple[str, Decision | None, str]], *, undo: bool) -> None:
        when = self.clock().isoformat(timespec="seconds")
        said = [Said(key=key, decision=decision, note=note, when=when, undo=undo) for key, decision, note in told]
        if said:
            append_lines(self.path, (one.model_dump(mode="json") for one in said))


_WORDS = {
    Decision.KEEP: N_("A person keeps it."),
    Decision.FLAG: N_("A person wants it looked at again."),
    Decision.BIN: N_("A person bins it."),
}


def _verdict(key: str, decision: Decision, note: str) -> Verdict:
    sentence = _(_WORDS[decision])
    return Verdict(key, By.PERSON, decision, (Reason("person", f"{sentence} {note}".strip(), decision),))
