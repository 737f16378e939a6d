"""Owns one open text file: how its bytes become editable text and back, and whether the disk still has them.

Knows neither the editor nor the language of the text.
"""

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, repeat
from pathlib import Path

from studio.errors import InputError, LorewrightError, NotText, TooLarge
from studio.files import read_bytes, read_first, save_atomic
from studio.language import N_, _
from studio.scenario.characters import UNHELD
from studio.workspace.differences import stretches

_BOM = "\ufeff"
_UNEDITABLE = re.compile(f"[{UNHELD}]")
_END = re.compile(r"\r\n|\n|\r")
_PIECE = re.compile("([^\n]{4000})(?=[^\n])")
_LETTERS = {"\n": "n", "\r\n": "w", "\r": "r"}
_ENDS = {letter: end for end, letter in _LETTERS.items()}
_SHOWN = 1024 * 1024
_SETTLED_NS = 2_000_000_000

Facts = tuple[int, int, int]


class ChangedOnDisk(InputError):
    """The file was changed by another program after it was opened."""

    sentence = N_("{path} was changed by another program since it was opened. Reload it, or save over it on purpose.")


class ReadOnly(InputError):
    """A file that could not be read whole is never written."""

    sentence = N_("{path} is open for reading only: {reason}")


class OnDisk(StrEnum):
    """What became of a file since it was read or saved."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was last read or saved.

    `text` has `\\n` line ends and no byte order mark; `newline` is the file's own line end, and where it mixes
    them `ends` has a letter a line. With a `locked` sentence the document is for reading only; `code` is then
    that of the diagnostic, where the text itself is at fault. `stamp` is the hash of the file's bytes, None
    where it has none yet; `facts` are time, size and number of the file as the system last told them.
    """

    path: Path
    text: str = ""
    newline: str = "\n"
    bom: bool = False
    locked: str | None = None
    code: str | None = None
    stamp: str | None = None
    ends: str = ""
    facts: Facts | None = None

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document at `path`; one that cannot be read whole is locked, with the reason and what can be shown."""
        facts = _facts(path)
        try:
            data = read_bytes(path)
        except TooLarge as error:
            shown = _shown(_beginning(path))
            reason = _("{error} What is shown is the first MiB.").format(error=error)
            return cls(path, shown, locked=reason, code="S002", facts=facts)
        except LorewrightError as error:
            return cls(path, locked=str(error), facts=facts)
        stamp = hashlib.sha256(data).hexdigest()
        try:
            raw = data.decode("utf-8")
        except UnicodeDecodeError as error:
            reason = str(NotText(path=path, position=error.start))
            return cls(path, _shown(data), locked=reason, code="S001", stamp=stamp, facts=facts)
        return cls(path, **_opened(raw), stamp=stamp, facts=facts)  # type: ignore[arg-type]  # the fields by name

    @classmethod
    def absent(cls, path: Path) -> "Document":
        """The document of a file that is not there: empty, and written when it is saved."""
        return cls(path)

    @classmethod
    def awaited(cls, path: Path) -> "Document":
        """The document of a file that is being read: empty, and for reading only until it is there."""
        return cls(path, locked=_("{name} is being read.").format(name=path.name))

    def encoded(self, text: str) -> str:
        """`text` as it is written: with the byte order mark, and each line's own end where the file mixes them."""
        if self.ends:
            lines = text.split("\n")
            ended = "".join(chain.from_iterable(zip(lines, chain(self._ends_for(lines), [""]), strict=True)))
        else:
            ended = text.replace("\n", self.newline) if self.newline != "\n" else text
        return (_BOM if self.bom else "") + ended

    def _ends_for(self, lines: Sequence[str]) -> list[str]:
        """An end for each line but the last: its own, or for a new line that of the one it took the place of."""
        letters: list[str] = []
        for part in stretches(self.text.split("\n"), lines):
            own = list(self.ends[slice(*part.old)])
            wanted = part.new[1] - part.new[0]
            spare = own[-1] if own else letters[-1] if letters else _LETTERS[self.newline]
            letters += [*own, *repeat(spare, wanted)][:wanted]
        return [_ENDS[letter] for letter in letters[: len(lines) - 1]]

    def saved(self, text: str) -> "Document":
        """Writes `text` and returns the document as it is now.

        Raises ReadOnly, NotSaved, or ChangedOnDisk where another program wrote the file meanwhile.
        """
        if self.locked is not None:
            raise ReadOnly(path=self.path, reason=self.locked)
        if self.changed_on_disk():
            raise ChangedOnDisk(path=self.path)
        content = self.encoded(text)
        save_atomic(self.path, content)
        ends = "".join(_LETTERS[end] for end in _END.findall(content)) if self.ends else ""
        stamp = hashlib.sha256(content.encode("utf-8")).hexdigest()
        return replace(self, text=text, stamp=stamp, ends=ends, facts=_facts(self.path))

    def changed_on_disk(self) -> bool:
        """Whether the file is no longer as it was read; a file that is gone counts as unchanged."""
        try:
            return hashlib.sha256(read_bytes(self.path)).hexdigest() != self.stamp
        except LorewrightError:
            return not is_missing(self.path)

    def on_disk(self) -> OnDisk:
        """What became of the file; its bytes are only read where the system's facts leave a doubt."""
        facts = _facts(self.path)
        if facts is None and is_missing(self.path):
            return OnDisk.SAME if self.stamp is None and self.locked is None else OnDisk.GONE
        if facts is not None and facts == self.facts and time.time_ns() - facts[0] > _SETTLED_NS:
            return OnDisk.SAME
        return OnDisk.CHANGED if self.changed_on_disk() else OnDisk.SAME

    def in_pieces(self, reason: str) -> "Document":
        """The same document for looking at only, its lines broken where they are too long to be laid out."""
        return replace(self, text=_PIECE.sub("\\1\n", self.text), locked=reason)

    def moved(self, path: Path) -> "Document":
        """The same document at another path; a move leaves its bytes and what the system tells of them as they were."""
        return replace(self, path=path)


def _opened(raw: str) -> dict[str, object]:
    """The fields of a document with this text."""
    body = raw.removeprefix(_BOM)
    letters = "".join(_LETTERS[end] for end in _END.findall(body)) if "\r" in body else ""
    kinds = set(letters)
    newline = _ENDS[max("nwr", key=letters.count)] if letters else "\n"
    text = _END.sub("\n", body) if letters else body
    locked = None
    if _UNEDITABLE.search(text):
        locked = _("It holds control marks that the editor would change, so it is shown and never written.")
    return {
        "text": text,
        "newline": newline,
        "bom": raw.startswith(_BOM),
        "ends": letters if len(kinds) > 1 else "",
        "locked": locked,
    }


def _beginning(path: Path) -> bytes:
    try:
        return read_first(path, _SHOWN)
    except LorewrightError:
        return b""  # it went or was locked between two looks; the reason that is told stays true


def _shown(data: bytes) -> str:
    """Bytes as they can be looked at; what is no text is marked."""
    return _END.sub("\n", data.decode("utf-8", "replace").removeprefix(_BOM))


def is_missing(path: Path) -> bool:
    """Whether there is no file at a path; one that may not be looked at is not missing."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:
        return False
    return False


def _facts(path: Path) -> Facts | None:
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino
