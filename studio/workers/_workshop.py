"""Owns the folder in which a conversion builds: beside the final one, gone however the work ends but by a kill."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from studio.errors import NotSaved
from studio.gguf.leftovers import PREFIX, Leftover, leftovers, note, sweep


class Workshop:
    """The folder of one conversion, and which of its files are whole."""

    def __init__(self, path: Path, key: str, name: str, source: str) -> None:
        self.path, self._key, self._name, self._source = path, key, name, source
        self.files: dict[str, Path] = {}

    def finished(self, kind: str, file: Path) -> None:
        """Notes that a quantisation's file is whole."""
        self.files[kind] = file
        note(self.path, self._key, self._name, self._source, {kind: one.name for kind, one in self.files.items()})


@contextlib.contextmanager
def workshop(out: Path, key: str = "", name: str = "", source: str = "", *, go_on: bool = True) -> Iterator[Workshop]:
    """A folder of our own; what an interrupted conversion of the same key finished is in it already. Raises NotSaved.

    What killed conversions left without a finished file is swept first. With `go_on` false nothing is taken over.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        sweep(out)
        path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=out))
    except OSError as error:
        raise NotSaved(path=out, reason=error.strerror or str(error)) from error
    ours = Workshop(path, key, name, source)
    try:
        for left in leftovers(out) if key else ():
            if left.key == key:
                _take_over(left, ours, go_on)
        yield ours
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _take_over(left: Leftover, ours: Workshop, go_on: bool) -> None:
    """Moves the whole files over and removes what is left of the old folder."""
    for kind, file in left.whole().items() if go_on else ():
        target = ours.path / file.name
        try:
            file.replace(target)
        except OSError:
            continue
        ours.finished(kind, target)
    shutil.rmtree(left.path, ignore_errors=True)


def key_of(*parts: object) -> str:
    """One word for what a conversion is made from: the same parts, the same word."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
