"""Owns writing a text beside a file, under a name that is free; knows no window."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from studio.files import save_atomic
from studio.workspace.documents import is_missing


def write_beside(path: Path, word: str, content: str) -> Path:
    """Writes a text into the folder of `path`, under its name with a word behind it; returns where. Raises NotSaved."""
    place = next(one for one in _names(path, word) if is_missing(one))
    save_atomic(place, content)
    return place


def _names(path: Path, word: str) -> Iterator[Path]:
    """The name with a word behind it, then with a number too."""
    yield path.with_name(f"{path.stem}-{word}{path.suffix}")
    for number in itertools.count(2):
        yield path.with_name(f"{path.stem}-{word}-{number}{path.suffix}")
