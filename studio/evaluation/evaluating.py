"""Owns an evaluation from models and a suite to all that is said of them: measures, compares, sums up.

Command line and window ask here; how it is shown they know themselves. Engines are opened one at a time, and only
where something is not kept yet.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.evaluation.bases import base_of
from studio.evaluation.comparing import Comparison, compared
from studio.evaluation.gates import Checked, checked
from studio.evaluation.kind import Prompting
from studio.evaluation.kinds import KINDS
from studio.evaluation.plain_words import BASE, Opening, opening
from studio.evaluation.prompting import Prompted
from studio.evaluation.results import Kept
from studio.evaluation.running import OpenSuite, entry, kept_of, measured_on
from studio.evaluation.suites import Limit
from studio.evaluation.summary import Summary, summarise
from studio.files import sha256_of
from studio.inference.engine import Engine
from studio.inference.opening import open_engine
from studio.language import _

Heard = Callable[[str, str, int, int], None]
"""Hears (who, part, cases done, of)."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a model: its figures, what they are beside its rivals', the sentences, and its limits."""

    summary: Summary
    comparisons: tuple[Comparison, ...]
    openings: tuple[Opening, ...]
    limits: tuple[Checked, ...]
    kept: Kept

    def as_json(self) -> dict[str, Any]:
        """Plain values; the cases stay in the file of results."""
        return {
            **self.summary.as_json(),
            "results": str(self.kept.path),
            "openings": [one.as_json() for one in self.openings],
            "comparisons": [one.as_json() for one in self.comparisons],
            "limits": [one.as_json() for one in self.limits],
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A suite's models and rivals with all that is said of them. `between` compares the models with each other."""

    suite: OpenSuite
    models: tuple[Judgement, ...]
    rivals: tuple[Summary, ...]
    between: tuple[Comparison, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every limit was kept."""
        return all(one.kept for model in self.models for one in model.limits)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as `--format json` prints them."""
        return {
            "format": 1,
            "suite": {
                "name": self.suite.suite.name,
                "title": self.suite.suite.title,
                "version": self.suite.version,
                "seed": self.suite.suite.seed,
                "cases": self.suite.total,
            },
            "passed": self.passed,
            "models": [one.as_json() for one in self.models],
            "rivals": [one.as_json() for one in self.rivals],
            "between": [one.as_json() for one in self.between],
        }


@dataclass(slots=True)
class Evaluating:
    """One evaluation: where results are kept, which limits hold, who hears, and how a model is opened."""

    suite: OpenSuite
    results: Path
    limits: Sequence[Limit] = ()
    base: str | None = None
    rivals: bool = True
    heard: Heard | None = None
    opener: Callable[[str], Any] = open_engine
    _rivals: dict[str, Kept] = field(default_factory=dict)

    async def run(self, models: Sequence[str]) -> Evaluation:
        """Measures every model and its rivals, and says what came of it; raises what opening and measuring raise."""
        kept = [await self._model(model) for model in models]
        beside = [await self._beside(model) for model in models] if self.rivals else [[] for _model in models]
        judged = [self._judged(one, rivals) for one, rivals in zip(kept, beside, strict=True)]
        between = [found for other in kept[1:] for found in compared(kept[0], other)]
        summaries = [summarise(one) for one in self._rivals.values()]
        return Evaluation(self.suite, tuple(judged), tuple(summaries), tuple(between))

    def _judged(self, kept: Kept, rivals: Sequence[Kept]) -> Judgement:
        summary = summarise(kept)
        comparisons = [found for rival in rivals for found in compared(kept, rival)]
        openings = []
        for part in summary.parts:
            with_base = next((one for one in comparisons if (one.part, one.rival) == (part.part, BASE)), None)
            openings.append(opening(part, kept.parts[part.part], self.suite.place, with_base))
        limits = checked(self.limits, summary, comparisons)
        return Judgement(summary, tuple(comparisons), tuple(openings), tuple(limits), kept)

    async def _model(self, model: str) -> Kept:
        path = Path(model)
        if path.is_file():  # what is kept of a file is found without loading it
            identity = await asyncio.to_thread(sha256_of, path)
            measured = entry(self.suite, identity, path.stem, kind="gguf", place=model)
            kept = kept_of(self.suite, measured, self.results)
            if kept is not None:
                return kept
        async with self._open(model) as engine:
            card = engine.card
            measured = entry(self.suite, card.identity, card.name, kind=card.kind, place=model)
            return await measured_on(self.suite, engine, measured, self.results, self._hear(card.name))

    async def _beside(self, model: str) -> list[Kept]:
        """The rivals of a model: rules, and its base with help; those that others share are measured once."""
        found = [await self._rule(part.name) for part in self.suite.suite.parts]
        found_base = base_of(Path(model)) if self.base is None else None
        base = self.base or (str(found_base) if found_base is not None else None)
        helped = await self._base(base) if base is not None else None
        return [kept for part in found for kept in part] + ([helped] if helped is not None else [])

    async def _rule(self, part_name: str) -> list[Kept]:
        part = next(one for one in self.suite.suite.parts if one.name == part_name)
        found = []
        for rival in KINDS[part.kind].rivals(part, self.suite.place):
            if rival.identity not in self._rivals:
                measured = entry(self.suite, rival.identity, rival.title, kind="rule", rival=rival.name)
                kept = kept_of(self.suite, measured, self.results, [part.name])
                self._rivals[rival.identity] = kept or await measured_on(
                    self.suite, rival.rule, measured, self.results, self._hear(rival.title), [part.name]
                )
            found.append(self._rivals[rival.identity])
        return found

    async def _base(self, base: str) -> Kept | None:
        """The base with instructions, examples and the grammar, on the parts that have such help."""
        helped = {
            part.name: help_
            for part in self.suite.suite.parts
            if (help_ := KINDS[part.kind].prompting(part, self.suite.place)) is not None
        }
        if not helped:
            return None
        if base not in self._rivals:
            self._rivals[base] = await self._helped(base, helped)
        return self._rivals[base]

    async def _helped(self, base: str, helped: dict[str, Prompting]) -> Kept:
        name = _(next(iter(helped.values())).title)
        path = Path(base)
        if path.is_file():
            identity = await asyncio.to_thread(sha256_of, path)
            measured = entry(self.suite, _together(identity, helped), name, kind="gguf", rival=BASE, place=base)
            kept = kept_of(self.suite, measured, self.results, helped)
            if kept is not None:
                return kept
        async with self._open(base) as engine:
            card = engine.card
            told = _together(card.identity, helped)
            name = name if card.grammars else _("{base}, but for the grammar").format(base=name)
            measured = entry(self.suite, told, name, kind=card.kind, rival=BASE, place=base)
            kept = None
            for part, help_ in helped.items():
                asked = Prompted(engine, help_, card.grammars)
                kept = await measured_on(self.suite, asked, measured, self.results, self._hear(name), [part])
            assert kept is not None
            return kept

    @asynccontextmanager
    async def _open(self, model: str) -> AsyncIterator[Engine]:
        engine: Engine = await self.opener(model)
        try:
            yield engine
        finally:
            await engine.close()

    def _hear(self, who: str) -> Callable[[str, int, int], None]:
        def hear(part: str, done: int, of: int) -> None:
            if self.heard is not None:
                self.heard(who, part, done, of)

        return hear


def _together(identity: str, helped: dict[str, Prompting]) -> str:
    """The identity of a base with help."""
    told = "\n".join([identity, *(help_.identity for help_ in helped.values())])
    return hashlib.sha256(told.encode()).hexdigest()
