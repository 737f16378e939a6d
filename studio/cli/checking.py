"""Owns checking many files for the command line: what each gives, and what it all comes to; prints no row."""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from studio.cli.check_cache import CheckCache, digest_of, place, program
from studio.cli.output import print_line
from studio.cli.scenario_files import find
from studio.errors import LorewrightError
from studio.files import read_text
from studio.language import plural
from studio.lint import Diagnostic, Selection, Severity, check, rows, unreadable
from studio.lint.rows import Row
from studio.scenario import parse
from studio.scenario.game import Game
from studio.workspace.game import Games
from studio.workspace.selections import Selections

FEW = 64
"""Up to so many files no other process and no cache is worth its start."""


class Outcome(NamedTuple):
    """What one file gave: rows without their path; or the sentence and exit code of why it could not be read."""

    rows: list[Row]
    digest: str = ""
    asked: int = 0
    sentence: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Standard:
    """What scenarios are held to: the tools and rules of the game that each belongs to, and which rules speak."""

    games: Games = field(default_factory=Games)
    selections: Selections = field(default_factory=Selections)

    def of(self, path: Path) -> str:
        """The name of what a file is held to."""
        return self.name(self.games.of(path), self.selections.of(path))

    def name(self, game: Game, selection: Selection) -> str:
        """A name that another game, rule, selection or language changes."""
        own = "" if game is Game.shipped() else repr((sorted(game.tools.tools.items()), game.words))
        return digest_of(program() + own + repr(selection))

    def judge(self, path: Path, text: str) -> list[Diagnostic]:
        """What is to be mended in the text of one file."""
        game = self.games.of(path)
        return check(parse(text, path=path, tools=game.tools), game.words, self.selections.of(path))

    @property
    def troubles(self) -> tuple[LorewrightError, ...]:
        """What could not be used of the settings and games that were asked for."""
        return (*self.games.troubles, *self.selections.troubles)

    def check(self, shown: str) -> Outcome:
        """Checks one file."""
        path, asked = Path(shown), time.time_ns()
        try:
            text = read_text(path)
        except LorewrightError as error:
            one = unreadable(error)
            if one is None:
                return Outcome([], sentence=str(error), exit_code=error.exit_code)
            return Outcome(_bare(rows(path, "", [one])))
        return Outcome(_bare(rows(path, text, self.judge(path, text))), digest_of(text), asked)


def _bare(found: list[Row]) -> list[Row]:
    return [{key: value for key, value in row.items() if key != "path"} for row in found]


class Findings:
    """What was found so far; a file that cannot be read does not keep the others from being checked."""

    def __init__(self, *, strict: bool) -> None:
        self.rows: list[Row] = []
        self._strict = strict
        self._files = 0
        self._failure = 0

    def failed(self, error: LorewrightError) -> None:
        """Notes what is no finding in a text: a sentence, and the exit code that goes with it."""
        self._told(str(error), error.exit_code)

    def _told(self, sentence: str, exit_code: int) -> None:
        print_line(sentence, sys.stderr)
        self._failure = max(self._failure, exit_code)

    def take(self, shown: str, outcome: Outcome) -> None:
        """Counts what one file gave."""
        self._files += 1
        if outcome.sentence:
            self._told(outcome.sentence, outcome.exit_code)
        self.rows += [{"path": shown, **row} for row in outcome.rows]

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


def check_files(paths: Sequence[Path], findings: Findings, standard: Standard, *, cached: bool, processes: int) -> None:
    """Checks what the paths name into `found`, in order; files that the cache knows are not read again."""
    files = list(find(paths, findings.failed))
    names = {name: standard.of(Path(whole)) for name, whole in {one.folder: one.whole for one in files}.items()}
    for trouble in standard.troubles:
        findings.failed(trouble)
    if not cached or len(files) <= FEW:
        for one, outcome in zip(files, _results([one.shown for one in files], standard, processes), strict=True):
            findings.take(one.shown, outcome)
        return
    cache = CheckCache(place(paths))
    known = {one.whole: rows for one in files if (rows := cache.rows(one, names[one.folder])) is not None}
    results = _results([one.shown for one in files if one.whole not in known], standard, processes)
    for one in files:
        outcome = Outcome(known[one.whole]) if one.whole in known else next(results)
        findings.take(one.shown, outcome)
        if outcome.digest:
            cache.keep(one, names[one.folder], outcome.digest, outcome.asked, outcome.rows)
    cache.save(path for path in paths if path.is_dir())


def _results(shown: Sequence[str], standard: Standard, processes: int) -> Iterator[Outcome]:
    """What each file gives, in order; few are checked here, many by several processes."""
    if processes < 2 or len(shown) <= FEW:
        return map(standard.check, shown)
    from studio.cli.pool import Crew  # costs more than checking a few files

    return Crew(standard.check, shown, processes).run()


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
