"""Owns what is kept of models on a suite, said without measuring anything; and what was measured over time.

Results are found by the model's identity and the suite's version. What was summed up once is not summed up again while
the files stay as they are. Opens no engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

from studio.errors import InputError, LorewrightError
from studio.evaluation.comparing import compared
from studio.evaluation.evaluating import Evaluation, judged
from studio.evaluation.kind import CaseResult, Part
from studio.evaluation.kinds import KINDS
from studio.evaluation.limits import Limit
from studio.evaluation.results import Kept, kept_results, read_results
from studio.evaluation.rivals import BASE
from studio.evaluation.running import OpenSuite, only
from studio.evaluation.summary import Figure, Summary, summarise
from studio.inference.opening import files_of, identity_of

_SHORT = 12
_RULE = "rule"
_Mark = tuple[tuple[str, int, int], ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a model is on a suite: `done` of `of` cases, and what is said of them (None before the first).

    `alone` says that a rival that it is to be held against is not measured yet.
    """

    done: int
    of: int
    evaluation: Evaluation | None = None
    alone: bool = False

    @property
    def whole(self) -> bool:
        """Whether every case has a result."""
        return self.done >= self.of


@dataclass(frozen=True, slots=True)
class Past:
    """A file of results as a line of history: when it was last added to, whose it is, and its main figures by part."""

    when: float
    suite: str
    version: str
    name: str
    cases: int
    figures: tuple[tuple[str, Figure], ...]


@dataclass(slots=True)
class _Seen(Generic[T]):
    """What was made of files, kept while they stay as they are."""

    made: dict[str, tuple[_Mark, T]] = field(default_factory=dict)

    def get(self, key: str, mark: _Mark) -> T | None:
        found = self.made.get(key)
        return found[1] if found is not None and found[0] == mark else None


@dataclass(slots=True)
class Shelf:
    """Looks at what is kept in a folder of results; asked again, it reads only what changed."""

    results: Path
    _identities: _Seen[str] = field(default_factory=_Seen)
    _pasts: _Seen[Past] = field(default_factory=_Seen)
    _standings: _Seen[Standing] = field(default_factory=_Seen)

    def identity(self, model: str, adapter: Path | None = None) -> str:
        """The identity of a model; raises what reading its files raises."""
        mark = _mark(files_of(model, adapter))
        found = self._identities.get(model, mark)
        if found is None:
            found = identity_of(model, adapter)
            self._identities.made[model] = mark, found
        return found

    def standing(self, one: OpenSuite, identity: str, base: str | None, limits: Sequence[Limit] = ()) -> Standing:
        """What is kept of a model of an identity; `base` is the untrained model that it is held against."""
        folder = self.results / one.suite.name / one.version[:_SHORT]
        key = f"{one.suite.name} {identity} {base}"
        mark = ((one.version, 0, 0), *_mark(folder.glob("*.jsonl")))
        found = self._standings.get(key, mark)
        if found is None:
            kept = _kept(folder, one, identity)
            done = sum(map(len, kept.parts.values())) if kept is not None else 0
            rivals = _rivals(folder, one, base)
            said = _evaluation(one, [kept], rivals, limits) if kept is not None and done else None
            found = Standing(done, one.total, said, _lacks(one, rivals, base))
            self._standings.made[key] = mark, found
        return found

    def history(self) -> list[Past]:
        """Every result of a model that is kept, the newest first; rivals are left out."""
        paths = self.results.glob("*/*/*.jsonl")
        found = [past for path in paths if (past := self._past(path)) is not None]
        return sorted(found, key=lambda past: (-past.when, past.name))

    def _past(self, path: Path) -> Past | None:
        mark = _mark([path])
        found = self._pasts.get(str(path), mark)
        if found is None:
            try:
                kept = read_results(path)
            except InputError:
                return None
            if kept.measured.rival:
                return None
            found = _line(kept, mark[0][1] / 1e9 if mark else 0.0)
            self._pasts.made[str(path)] = mark, found
        return found


def together(standings: Iterable[Standing]) -> Evaluation | None:
    """Several models on one suite as one evaluation, as when they had been measured at once."""
    said = [one.evaluation for one in standings if one.evaluation is not None]
    if not said:
        return None
    models = [model for one in said for model in one.models]
    rivals: Mapping[str, Summary] = {rival.measured.model: rival for one in said for rival in one.rivals}
    between = [gap for other in models[1:] for gap in compared(models[0].kept, other.kept)]
    return Evaluation(said[0].suite, tuple(models), tuple(rivals.values()), tuple(between))


def _line(kept: Kept, when: float) -> Past:
    summary = summarise(kept)
    figures = [(part.title, figure) for part in summary.parts if (figure := part.figure(part.main)) is not None]
    cases = sum(map(len, kept.parts.values()))
    return Past(when, kept.measured.suite, kept.measured.version, kept.measured.name, cases, tuple(figures))


def _evaluation(one: OpenSuite, models: Sequence[Kept], rivals: Sequence[Kept], limits: Sequence[Limit]) -> Evaluation:
    found = [judged(one, kept, rivals, limits) for kept in models]
    return Evaluation(one, tuple(found), tuple(map(summarise, rivals)))


def _kept(folder: Path, one: OpenSuite, identity: str) -> Kept | None:
    for path in sorted(folder.glob(f"*-{identity[:_SHORT]}.jsonl")):
        try:
            kept = read_results(path)
        except InputError:
            continue
        if kept.measured.model == identity and kept.measured.version == one.version and not kept.measured.rival:
            return only(kept, one)
    return None


def _rivals(folder: Path, one: OpenSuite, base: str | None) -> list[Kept]:
    """The rules, and the base with help where it is the one that is asked for; none that is half measured.

    What a rival goes by changes with what it may learn from; of each part the one that was measured last counts.
    """
    found = [
        only(kept, one)
        for kept in kept_results(folder.parent.parent)
        if kept.path.parent == folder and kept.measured.version == one.version and kept.measured.rival
    ]
    asked = [kept for kept in found if kept.measured.kind == _RULE or (base and kept.measured.place == base)]
    last: dict[tuple[str, str], Kept] = {}
    for kept in sorted((kept for kept in asked if _whole(kept, one)), key=lambda kept: kept.path.stat().st_mtime_ns):
        last |= {(kept.measured.rival, part): kept for part, results in kept.parts.items() if results}
    return [replace(kept, parts=parts) for kept in asked if (parts := _counting(kept, last))]


def _counting(kept: Kept, last: Mapping[tuple[str, str], Kept]) -> dict[str, tuple[CaseResult, ...]]:
    """The parts of a rival that no later results of it stand for."""
    return {part: found for part, found in kept.parts.items() if last.get((kept.measured.rival, part)) is kept}


def _whole(kept: Kept, one: OpenSuite) -> bool:
    """Whether each part that a rival was asked has a result of every case."""
    parts = {part: results for part, results in kept.parts.items() if results}
    return bool(parts) and all(len(results) == len(one.cases[part]) for part, results in parts.items())


def _lacks(one: OpenSuite, rivals: Sequence[Kept], base: str | None) -> bool:
    """Whether a rule or the base is not measured that a part of the suite has."""
    there = {(kept.measured.rival, part) for kept in rivals for part, results in kept.parts.items() if results}
    for part in one.suite.parts:
        kind = KINDS[part.kind]
        if base is not None and BASE in kind.beside and (BASE, part.name) not in there:
            return True
        rules = {(name, part.name) for name in kind.beside if name != BASE} - there
        if rules and rules & {(name, part.name) for name in _learnable(part, one)}:
            return True
    return False


def _learnable(part: Part, one: OpenSuite) -> set[str]:
    """The rules of a part that have something to learn from; what cannot be read is told when it is measured."""
    try:
        return {rival.name for rival in KINDS[part.kind].rivals(part, one.place)}
    except LorewrightError:
        return set()


def _mark(files: Iterable[Path]) -> _Mark:
    """What changes when one of the files does."""
    found = []
    for file in sorted(files):
        try:
            status = file.stat()
        except OSError:
            continue
        found.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(found)
