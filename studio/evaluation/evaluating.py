"""Owns an evaluation from models and a suite to all that is said of them: measures, compares, sums up.

Command line and window ask here; how it is shown they know themselves. Engines are opened one at a time, and only
where something is not kept yet.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.evaluation.absence import Absent, absent
from studio.evaluation.bases import base_of
from studio.evaluation.beside import Beside, Heard, Opener, engine_of, teller
from studio.evaluation.comparing import Comparison, compared
from studio.evaluation.device_card import DeviceCard, card_of
from studio.evaluation.gates import Checked, checked
from studio.evaluation.limits import Limit
from studio.evaluation.plain_words import Opening, opening
from studio.evaluation.results import Kept
from studio.evaluation.running import OpenSuite, entry, kept_of, measured_on
from studio.evaluation.summary import Summary, summarise
from studio.files import sha256_of
from studio.inference.opening import open_engine


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of a model: its figures, what they are beside its rivals', the sentences, and its limits."""

    summary: Summary
    comparisons: tuple[Comparison, ...]
    openings: tuple[Opening, ...]
    limits: tuple[Checked, ...]
    kept: Kept

    @property
    def device(self) -> DeviceCard | None:
        """Where it can be played; None for what is no GGUF on this machine."""
        place = self.summary.measured.place
        return card_of(Path(place), self.summary) if place and Path(place).is_file() else None

    def as_json(self) -> dict[str, Any]:
        """Plain values; the cases stay in the file of results."""
        device = self.device
        return {
            **self.summary.as_json(),
            "results": str(self.kept.path),
            "openings": [one.as_json() for one in self.openings],
            "comparisons": [one.as_json() for one in self.comparisons],
            "limits": [one.as_json() for one in self.limits],
            "device": None if device is None else device.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A suite's models and rivals with all that is said of them. `between` compares the models with each other."""

    suite: OpenSuite
    models: tuple[Judgement, ...]
    rivals: tuple[Summary, ...]
    between: tuple[Comparison, ...] = ()

    @property
    def absent(self) -> list[Absent]:
        """The rivals that its models do not stand beside, and why."""
        return absent(self.suite, self.rivals)

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
            "absent": [one.as_json() for one in self.absent],
            "between": [one.as_json() for one in self.between],
        }


@dataclass(slots=True)
class Evaluating:
    """One evaluation: where results are kept, which limits hold, who hears, and how a model is opened.

    `base` is the untrained model to beat; without it each model's own: as `bases` has it, else as its card or run says.
    """

    suite: OpenSuite
    results: Path
    limits: Sequence[Limit] = ()
    base: str | None = None
    rivals: bool = True
    heard: Heard | None = None
    opener: Opener = open_engine
    bases: Mapping[str, str] = field(default_factory=dict)

    async def run(self, models: Sequence[str]) -> Evaluation:
        """Measures every model and its rivals, and says what came of it; raises what opening and measuring raise."""
        beside = Beside(self.suite, self.results, self.opener, self.heard)
        kept = [await self._model(model) for model in models]
        rivals = [await beside.of(self._base(model)) if self.rivals else [] for model in models]
        found = [judged(self.suite, one, others, self.limits) for one, others in zip(kept, rivals, strict=True)]
        between = [gap for other in kept[1:] for gap in compared(kept[0], other)]
        return Evaluation(self.suite, tuple(found), tuple(map(summarise, beside.all)), tuple(between))

    def _base(self, model: str) -> str | None:
        if self.base is not None:
            return self.base
        found = self.bases.get(model) or base_of(Path(model))
        return None if found is None else str(found)

    async def _model(self, model: str) -> Kept:
        path = Path(model)
        if path.is_file():  # what is kept of a file is found without loading it
            identity = await asyncio.to_thread(sha256_of, path)
            measured = entry(self.suite, identity, path.stem, kind="gguf", place=model)
            kept = kept_of(self.suite, measured, self.results)
            if kept is not None:
                return kept
        async with engine_of(self.opener, model) as engine:
            card = engine.card
            measured = entry(self.suite, card.identity, card.name, kind=card.kind, place=model)
            return await measured_on(self.suite, engine, measured, self.results, teller(self.heard, card.name))


def judged(one: OpenSuite, kept: Kept, rivals: Sequence[Kept], limits: Sequence[Limit]) -> Judgement:
    """All that is said of what is kept of a model, beside its rivals."""
    summary = summarise(kept)
    comparisons = [found for rival in rivals for found in compared(kept, rival)]
    openings = []
    for part in summary.parts:
        beside = [gap for gap in comparisons if gap.part == part.part]
        openings.append(opening(part, kept.parts[part.part], one.place, beside))
    return Judgement(summary, tuple(comparisons), tuple(openings), tuple(checked(limits, summary, comparisons)), kept)
