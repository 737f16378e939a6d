"""Owns the whole path on a folder of scenarios: check, train, convert, play, measure. `demo` prints what it returns."""

import asyncio
import os
import platform
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from studio.errors import InputError
from studio.evaluation.call_matching import in_brackets
from studio.evaluation.exchanges import exchanges_in
from studio.evaluation.held_out import NothingHeldOut, Split, cases_in
from studio.evaluation.measure import engine_for, measure
from studio.evaluation.prompting import Prompted, five_examples, prompting
from studio.evaluation.rivals import Prompting
from studio.evaluation.rules_of_thumb import Commonest, KeywordRule
from studio.evaluation.toolcalls import Case, Scores, Verdict, scores
from studio.inference.engine import LlamaEngine
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run, RunState
from studio.language import N_, _
from studio.lint import Severity, check
from studio.play.events import PlayEvent
from studio.play.session import Session, open_session
from studio.rules import Rules
from studio.scenario import load
from studio.scenario.game import Game
from studio.scenario.tools import ToolTable
from studio.training.config import TrainingConfig
from studio.training.supervising import SupervisedJob

T = TypeVar("T")

QUANTISATION = "Q4_K_M"
SCRIPT = (
    "I keep to the shadow of the stalls and follow the clerk without being noticed.",
    "What does the market look like at this hour?",
    "I buy a loaf from the baker for 1 silver.",
    "I kneel by the lock and work it with a bent pin.",
)
"""The player's lines of the scripted session."""

Told = Callable[[str, Fields], None]
"""Hears (stage, fields) while the path is walked."""


class SamplesBroken(InputError):
    """The scenarios to train on have errors."""

    sentence = N_(
        "{count} errors stand in {folder}; the first is {first}. Run `lorewright check {folder}` and mend them."
    )


@dataclass(slots=True)
class FirstModel:
    """The path's settings and what it has found so far. `out` gets runs, models and the report."""

    samples: Path
    base: Path
    out: Path
    config: TrainingConfig
    told: Told
    rules: Rules = field(default_factory=Rules.shipped)
    table: ToolTable = field(default_factory=ToolTable.shipped)
    seconds: dict[str, float] = field(default_factory=dict)

    async def walk(self) -> dict[str, object]:
        """The whole path; returns the report. Raises the first error that stops it."""
        checked = self._timed("check", self._check())
        split = Split.of(self.samples)
        if not split.held_out:
            raise NothingHeldOut(folder=self.samples)
        run = await self._stage("train", self._train())
        model = await self._stage("convert", self._convert(run))
        base = await self._stage("convert the base", self._quantised_base())
        session = await self._stage("play", self._play(model))
        measured = await self._stage("measure", self._measure(split, model, base))
        return self._report(checked, run, model, session, measured)

    def _timed(self, name: str, result: dict[str, object]) -> dict[str, object]:
        self.told(name, result)
        return result

    async def _stage(self, name: str, work: Awaitable[T]) -> T:
        started = time.monotonic()
        self.told("stage", {"name": name})
        try:
            return await work
        finally:
            self.seconds[name] = round(time.monotonic() - started, 1)

    def _check(self) -> dict[str, object]:
        paths = sorted(self.samples.rglob("*.md"))
        found = [(path, d) for path in paths for d in check(load(path)) if d.severity is Severity.ERROR]
        if found:
            first = f"{found[0][0].name}: {found[0][1].message}"
            raise SamplesBroken(count=len(found), folder=self.samples, first=first)
        return {"scenarios": len(paths), "errors": 0}

    async def _train(self) -> Run:
        job = await SupervisedJob.start(self.out / "runs", self.config.name, {"config": _plain(self.config)})
        async for event in job.events():
            self.told("train", event)
        return job.run

    async def _convert(self, run: Run) -> Path:
        fields: Fields = {"source": str(run.path), "out": str(self.out / "models"), "quantisations": [QUANTISATION]}
        job = await WorkerJob.start("convert", self.out / "runs", self.config.name, fields)
        async for event in job.events():
            self.told("convert", event)
        return self._made(job.run)

    async def _quantised_base(self) -> Path:
        fields: Fields = {"source": str(self.base), "out": str(self.out / "models"), "quantisations": [QUANTISATION]}
        job = await WorkerJob.start("convert", self.out / "runs", "base", fields)
        async for event in job.events():
            self.told("convert", event)
        return self._made(job.run)

    @staticmethod
    def _made(run: Run) -> Path:
        report = run.report() or {}
        return Path(str(report["gguf"]))

    async def _play(self, model: Path) -> Session:
        scenario = load(self.samples / "roleplay" / "merchant-negotiation.md").scenario
        engine = await LlamaEngine.load(model)
        try:
            session = open_session(scenario, engine, seed=self.config.seed)
            for line in SCRIPT:
                await session.say(line, self._heard)
            return session
        finally:
            await engine.close()

    def _heard(self, event: PlayEvent) -> None:
        self.told("play", {"event": event})

    async def _measure(self, split: Split, model: Path, base: Path) -> list[Scores]:
        held = cases_in(split.held_out, self.rules, self.table)
        examples = five_examples(cases_in(split.training, self.rules, self.table))
        helped = await self._answers("prompted base", base, held, prompting(Game.shipped(), examples))
        return [
            scores("tuned", await self._answers("tuned", model, held)),
            scores("untuned base", await self._answers("base", base, held)),
            scores("base with instructions, five examples and the grammar of calls", helped),
            *[scores(name, verdicts) async for name, verdicts in self._rules_of_thumb(split, held)],
        ]

    async def _rules_of_thumb(self, split: Split, held: Sequence[Case]) -> AsyncIterator[tuple[str, list[Verdict]]]:
        """What rules that need no model make of the same turns."""
        training = [one for path in split.training for one in exchanges_in(path, path.name, self.rules, self.table)]
        yield _("a keyword rule"), await measure(KeywordRule.learnt(training), held, self.table)
        for rule in (Commonest(()), Commonest.learnt(training)):
            name = _("always {call}").format(call=in_brackets(rule.calls) or _("no call"))
            yield name, await measure(rule, held, self.table)

    async def _answers(
        self, name: str, path: Path, cases: Sequence[Case], help_: Prompting | None = None
    ) -> list[Verdict]:
        engine = await engine_for(path)
        asked = engine if help_ is None else Prompted(engine, help_, engine.card.grammars)
        try:
            return await measure(
                asked, cases, self.table, lambda done, of: self.told("measure", {"who": name, "done": done, "of": of})
            )
        finally:
            await engine.close()

    def _report(
        self, checked: dict[str, object], run: Run, model: Path, session: Session, measured: Sequence[Scores]
    ) -> dict[str, object]:
        state = run.state()
        trained = run.report() or {}
        return {
            "format": 1,
            "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
            "samples": checked,
            "training": {**_curve(state), **trained},
            "run": str(run.path),
            "gguf": str(model),
            "gguf_bytes": model.stat().st_size,
            "seconds": self.seconds,
            "session": [{"speaker": node.kind, "content": node.text} for node in session.path()],
            "held_out": [score.as_json() for score in measured],
        }


def _curve(state: RunState) -> dict[str, object]:
    return {"steps": state.step, "losses": state.losses, "validation": state.validation}


def _plain(config: TrainingConfig) -> Fields:
    return dict(config.model_dump(mode="json"))


def walk(path: FirstModel) -> dict[str, object]:
    """Walks the path in an event loop of its own."""
    return asyncio.run(path.walk())
