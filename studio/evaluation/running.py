"""Owns measuring a model on a suite: which cases there are, what is kept already, and adding the rest, case by case.

What was measured is found again by the model's identity and the suite's version, so a run that was stopped or killed
goes on where it stood, and one that is complete asks nothing. Knows no file of a suite and no figure.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from studio.evaluation.kind import CaseResult, Context, Part, Place
from studio.evaluation.kinds import KINDS
from studio.evaluation.results import Kept, Measured, ResultsFile, file_of, read_results
from studio.evaluation.suites import Suite

COUNTING = 2
"""Goes up when cases are made, played or judged in another way than before: figures on either side don't compare."""

Told = Callable[[str, int, int], None]
"""Hears (part, cases done, of)."""


@dataclass(frozen=True, slots=True)
class OpenSuite:
    """A suite at its place, with the cases of each part. `version` changes with all that decides what is counted."""

    suite: Suite
    place: Place
    cases: Mapping[str, Sequence[Any]]
    version: str

    @property
    def total(self) -> int:
        """How many cases there are."""
        return sum(map(len, self.cases.values()))


def opened(suite: Suite, place: Place) -> OpenSuite:
    """The suite with its cases; raises what reading them raises."""
    cases = {part.name: KINDS[part.kind].cases(part, place) for part in suite.parts}
    return OpenSuite(suite, place, cases, _version(suite, place, cases))


def _version(suite: Suite, place: Place, cases: Mapping[str, Sequence[Any]]) -> str:
    """The SHA-256 of the cases, the settings, the seed and the game that is played."""
    told = [
        COUNTING,
        suite.seed,
        [[part.name, part.kind, part.settings.model_dump(mode="json", exclude_defaults=True)] for part in suite.parts],
        {name: [[case.id, case.digest] for case in found] for name, found in cases.items()},
        [asdict(tool) for tool in place.game.tools.tools.values()],
        asdict(place.rules),
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode("utf-8", "surrogatepass")).hexdigest()


def entry(one: OpenSuite, model: str, name: str, *, kind: str, rival: str = "", place: str = "") -> Measured:
    """The header of the results of a model, or of a rival, on a suite."""
    return Measured(one.suite.name, one.version, one.suite.seed, model, name, kind, rival, place)


def kept_of(one: OpenSuite, measured: Measured, results: Path, parts: Collection[str] | None = None) -> Kept | None:
    """What is kept of a model where all cases (of the parts that are named, where some are) are there, else None."""
    path = file_of(results, measured)
    if not path.is_file():
        return None
    kept = _as_called(read_results(path), measured)
    asked = [part for part in one.cases if parts is None or part in parts]
    whole = all({case.id for case in one.cases[part]} <= kept.done(part) for part in asked)
    return only(kept, one) if whole else None


def _as_called(kept: Kept, measured: Measured) -> Kept:
    """The results under the name and place that the model has now."""
    return replace(kept, measured=replace(kept.measured, name=measured.name, place=measured.place))


def only(kept: Kept, one: OpenSuite) -> Kept:
    """The results of the suite's cases in their order; what else the file holds is left out."""
    parts: dict[str, tuple[CaseResult, ...]] = {}
    for part, cases in one.cases.items():
        found = {result.id: result for result in kept.parts.get(part, ())}
        parts[part] = tuple(found[case.id] for case in cases if case.id in found)
    return Kept(kept.path, kept.measured, parts, kept.damaged)


async def measured_on(
    one: OpenSuite,
    engine: Any,
    measured: Measured,
    results: Path,
    told: Told | None = None,
    parts: Collection[str] | None = None,
) -> Kept:
    """The results of an engine on all parts (or those that are named), kept as they come.

    Raises what the engine raises, and NotSaved; what was measured by then is kept.
    """
    file = ResultsFile(file_of(results, measured), measured)
    try:
        for part in one.suite.parts:
            if parts is None or part.name in parts:
                await _part(one, part, engine, file, told)
    finally:
        file.close()
    return only(_as_called(read_results(file.path), measured), one)


async def _part(one: OpenSuite, part: Part, engine: Any, file: ResultsFile, told: Told | None) -> None:
    """Adds what is missing of a part; what is asked together is asked together again."""
    done = file.kept.done(part.name)
    open_groups = {case.group for case in one.cases[part.name] if case.id not in done}
    cases = [case for case in one.cases[part.name] if case.group in open_groups]
    if not cases:
        return
    before = len(one.cases[part.name]) - len(cases)

    def hear(count: int, _of: int) -> None:
        if told is not None:
            told(part.name, before + count, len(one.cases[part.name]))

    context = Context(one.place, one.suite.seed, hear)
    async for result in KINDS[part.kind].measure(engine, cases, context):
        if result.id not in done:
            file.add(part.name, result)
