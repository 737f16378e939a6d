"""Owns one open text file: how its bytes become editable text and back, and its recovery after a crash.

Knows neither the editor nor the language of the text.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import InputError, LorewrightError
from studio.files import read_text, save_atomic
from studio.language import N_, _

_BOM = "\ufeff"
_UNEDITABLE = re.compile("[\x00\ufdd0\ufdd1\u2029]")
"""Characters that a Qt text document turns into others."""


class ChangedOnDisk(InputError):
    """The file was changed by another program after it was opened."""

    sentence = N_("{path} was changed by another program since it was opened. Reload it, or save over it on purpose.")


class ReadOnly(InputError):
    """A file that could not be read whole is never written."""

    sentence = N_("{path} is open for reading only: {reason}")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was last read or saved.

    `text` has `\\n` line ends and no byte order mark. With a `locked` sentence the document is for reading
    only. `notice` says what a save would change beyond the edits.
    """

    path: Path
    text: str = ""
    newline: str = "\n"
    bom: bool = False
    locked: str | None = None
    notice: str | None = None
    stamp: str | None = None

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document at `path`; one that cannot be read is empty and locked, with the reason."""
        try:
            raw = read_text(path)
        except LorewrightError as error:
            return cls(path, locked=str(error))
        body = raw.removeprefix(_BOM)
        ends = {end: body.count(end) for end in ("\r\n",)} | {"\n": body.count("\n") - body.count("\r\n")}
        newline = max(ends, key=lambda end: (ends[end], end == "\n"))
        text = body.replace("\r\n", "\n")
        locked = notice = None
        if "\r" in text or _UNEDITABLE.search(text):
            locked = _("It holds characters that the editor would change (lone carriage returns or control marks).")
        elif all(ends.values()):
            notice = _("This file mixes two kinds of line ends. Saving makes them all the same.")
        return cls(path, text, newline, raw.startswith(_BOM), locked, notice, _stamp(raw))

    def encoded(self, text: str) -> str:
        """`text` as it is written: with the file's own line ends and byte order mark."""
        ended = text.replace("\n", self.newline) if self.newline != "\n" else text
        return (_BOM if self.bom else "") + ended

    def saved(self, text: str, *, over_changes: bool = False) -> "Document":
        """Writes `text` and returns the document as it is now.

        Raises ReadOnly, NotSaved, or ChangedOnDisk where another program wrote the file meanwhile.
        """
        if self.locked is not None:
            raise ReadOnly(path=self.path, reason=self.locked)
        if not over_changes and self.changed_on_disk():
            raise ChangedOnDisk(path=self.path)
        content = self.encoded(text)
        save_atomic(self.path, content)
        return replace(self, text=text, notice=None, stamp=_stamp(content))

    def changed_on_disk(self) -> bool:
        """Whether the file is no longer as it was read; a file that is gone counts as unchanged."""
        if not self.path.exists():
            return False
        try:
            return _stamp(read_text(self.path)) != self.stamp
        except LorewrightError:
            return True


def _stamp(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Recovery:
    """The unsaved text of documents, one file each, in a folder of the workspace."""

    folder: Path

    def keep(self, path: Path, text: str) -> None:
        """Keeps the unsaved text of `path`; raises NotSaved."""
        save_atomic(self._place(path), json.dumps({"format": 1, "path": str(path), "text": text}))

    def forget(self, path: Path) -> None:
        """Drops what was kept for `path`."""
        self._place(path).unlink(missing_ok=True)

    def kept(self, document: Document) -> str | None:
        """The text kept for a document, where it differs from the file; None where there is nothing usable."""
        place = self._place(document.path)
        try:
            values = json.loads(read_text(place))
            text = values["text"]
        except (LorewrightError, ValueError, KeyError, TypeError):
            return None
        return text if isinstance(text, str) and text != document.text else None

    def _place(self, path: Path) -> Path:
        key = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
        return self.folder / f"{key}.json"
