"""Owns changing many scenario files for a command: reading, saving whole or not at all, and showing what differs.

Knows nothing of what is changed and why. A file that could not be read is never written.
"""

import difflib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.scenario_files import find
from studio.errors import InputError, LorewrightError, PathMissing
from studio.files import read_text, save_atomic
from studio.language import N_, _, plural

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")


class ChangedMeanwhile(InputError):
    """A file that somebody else wrote to between reading and saving."""

    sentence = N_("{path} was changed by another program just now; it was left as it is. Run the command again.")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One file, its text before and after."""

    path: Path
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def save(self) -> None:
        """Writes the new text; raises NotSaved, or ChangedMeanwhile where the file is no longer what was read."""
        if read_text(self.path) != self.before:
            raise ChangedMeanwhile(path=self.path)
        save_atomic(self.path, self.after)

    def diff(self) -> str:
        """What differs, as a unified diff."""
        old, new = _LINE.findall(self.before), _LINE.findall(self.after)
        lines = difflib.unified_diff(old, new, str(self.path), str(self.path))
        return "".join(
            line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in lines
        )


class Rewriting:
    """The files of one command: what was read, what failed, what was written."""

    def __init__(self) -> None:
        self.written: list[Path] = []
        self._files = 0
        self._failure = 0

    def failed(self, error: LorewrightError) -> None:
        """Says a failure, which does not keep the other files from their turn."""
        print_line(str(error), sys.stderr)
        self._failure = max(self._failure, error.exit_code)

    def texts(self, paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
        """The texts of the scenarios that the paths name; raises PathMissing before the first is read."""
        named = list(paths)
        for path in named:
            if not os.path.lexists(path):
                raise PathMissing(path=path)
        for one in find(named, self.failed):
            self._files += 1
            path = Path(one.shown)
            try:
                text = read_text(path)
            except LorewrightError as error:
                self.failed(error)
                continue
            yield path, text

    def save(self, rewrites: Iterable[Rewrite]) -> None:
        """Writes every changed file."""
        for rewrite in rewrites:
            if not rewrite.changed:
                continue
            try:
                rewrite.save()
            except LorewrightError as error:
                self.failed(error)
            else:
                self.written.append(rewrite.path)

    def tell(self, rewrites: list[Rewrite], *, as_json: bool, diff: bool, done: str, due: str) -> None:
        """Prints a row a changed file, or the diffs; `done` and `due` are the sentences with a {path}."""
        if as_json:
            print_json([self._row(rewrite, diff=diff) for rewrite in rewrites])
        else:
            for rewrite in rewrites:
                if rewrite.changed and diff:
                    sys.stdout.write(rewrite.diff())
                elif rewrite.changed:
                    print_line((done if rewrite.path in self.written else due).format(path=rewrite.path))
        changed = sum(1 for rewrite in rewrites if rewrite.changed)
        files = plural("{count} file", "{count} files", self._files)
        print_line(_("{files}, {changed} changed").format(files=files, changed=changed), sys.stderr)

    def _row(self, rewrite: Rewrite, *, diff: bool) -> dict[str, object]:
        row: dict[str, object] = {"path": str(rewrite.path), "changed": rewrite.changed}
        row["written"] = rewrite.path in self.written
        return row | {"diff": rewrite.diff()} if diff else row

    def exit_code(self, *, findings: bool) -> int:
        """The exit code that all of it comes to."""
        return self._failure or int(findings)
