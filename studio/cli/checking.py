"""Owns checking many files for the command line: which there are, what each gives, what it comes to; prints no row."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.cli.output import print_line
from studio.errors import LorewrightError, NotAllowed, UnreadableFile
from studio.files import read_text
from studio.language import plural
from studio.lint import Severity, check, rows, unreadable
from studio.lint.rows import Row
from studio.scenario import parse


class Findings:
    """What was found so far; a file that cannot be read does not keep the others from being checked."""

    def __init__(self, *, strict: bool) -> None:
        self.rows: list[Row] = []
        self._strict = strict
        self._files = 0
        self._failure = 0

    def take(self, path: Path) -> None:
        """Checks one file."""
        self._files += 1
        try:
            text = read_text(path)
        except LorewrightError as error:
            self._unread(path, error)
            return
        self.rows += rows(path, text, check(parse(text, path=path)))

    def failed(self, error: LorewrightError) -> None:
        """Notes what is no finding in a text: a sentence, and the exit code that goes with it."""
        print_line(str(error), sys.stderr)
        self._failure = max(self._failure, error.exit_code)

    def _unread(self, path: Path, error: LorewrightError) -> None:
        one = unreadable(error)
        if one is None:
            self.failed(error)
        else:
            self.rows += rows(path, "", [one])

    def _counts(self) -> Counter[object]:
        return Counter(row["severity"] for row in self.rows)

    @property
    def exit_code(self) -> int:
        """The exit code that all of it comes to."""
        counts = self._counts()
        bad = counts[Severity.ERROR] + (counts[Severity.WARNING] if self._strict else 0)
        return self._failure or (1 if bad else 0)

    def summary(self) -> str:
        """One line that says how much was checked and found."""
        counts = self._counts()
        return ", ".join(
            (
                plural("{count} file", "{count} files", self._files),
                plural("{count} error", "{count} errors", counts[Severity.ERROR]),
                plural("{count} warning", "{count} warnings", counts[Severity.WARNING]),
                plural("{count} hint", "{count} hints", counts[Severity.HINT]),
            )
        )


def scenarios(paths: Iterable[Path], found: Findings) -> Iterator[Path]:
    """The files that the paths name, each once; folders are searched for .md files, hidden ones left out."""
    seen: set[Path] = set()
    for path in paths:
        for file in _inside(path, found) if path.is_dir() else (path,):
            resolved = file.resolve()
            if resolved not in seen:
                seen.add(resolved)
                yield file


def _inside(folder: Path, found: Findings) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        kind = NotAllowed if isinstance(error, PermissionError) else UnreadableFile
        found.failed(kind(path=error.filename, reason=error.strerror or str(error)))

    for root, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if name.lower().endswith(".md") and not name.startswith(".") and path.is_file():
                yield path
