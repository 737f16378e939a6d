"""Owns the whole path to a first model: samples, training, conversion, play. Knows no Qt.

Each stage is done through the desks that the tabs follow, so that Train and Convert show the same. A stage that
failed is tried again from there; what was done before it is kept.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import Cancelled, LorewrightError, PartMissing
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import N_, _
from studio.ui.context import Comparison
from studio.ui.convert.result import model_name, request_for, result_of
from studio.ui.play import shelf
from studio.ui.play.shelf import ModelFile, ScenarioFile
from studio.ui.train.desk import Desk
from studio.ui.train.sources import bases, defaults
from studio.ui.workbench import Workbench
from studio.workspace import Workspace

STAGES = {
    "samples": N_("Read the scenarios"),
    "train": N_("Train"),
    "convert": N_("Convert"),
    "play": N_("Play"),
}
QUANTISATION = "Q4_K_M"
NEEDS = ("starter", "play", "converter", "torch", "training")
"""Parts of the set-up without which the path cannot be gone."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: waiting, running, done or failed; `detail` says what is known of it."""

    name: str
    title: str
    status: str
    detail: str = ""


def _nothing() -> None:
    """A listener where nobody listens."""


@dataclass(slots=True)
class Journey:
    """The path as it is gone. `changed` is called after each event; `arrived` when both models can be played."""

    workspace: Callable[[], Workspace]
    workbench: Workbench
    changed: Callable[[], object] = _nothing
    arrived: Callable[[Comparison], object] = lambda _comparison: None
    at: str = ""
    failure: LorewrightError | None = None
    going: bool = False
    comparison: Comparison | None = None
    _scenarios: list[ScenarioFile] = field(default_factory=list)
    _starter: ModelFile | None = None
    _run: Run | None = None
    _model: Path | None = None
    _told: dict[str, str] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        """Whether the path was entered."""
        return bool(self.at)

    @property
    def ended(self) -> bool:
        """Whether both models can be played."""
        return self.comparison is not None and not self.going

    def stages(self) -> list[Stage]:
        """Every stage as it stands."""
        names = list(STAGES)
        now = names.index(self.at) if self.at else -1
        return [self._stage(name, number, now) for number, name in enumerate(names)]

    def _stage(self, name: str, number: int, now: int) -> Stage:
        title = _(STAGES[name])
        if self.ended or number < now:
            return Stage(name, title, "done", self._detail(name))
        if number > now:
            return Stage(name, title, "waiting")
        status = "running" if self.going else "failed"
        return Stage(name, title, status, self._detail(name))

    def _detail(self, name: str) -> str:
        if name == "samples" and self._scenarios:
            learned = sum(not entry.held_out for entry in self._scenarios)
            return _("{n} to learn from, {k} kept out").format(n=learned, k=len(self._scenarios) - learned)
        if name in self._told or self.at != name:
            return self._told.get(name, "")
        if name == "convert":
            return next((step.title for step in self.workbench.steps.steps() if step.status == "running"), "")
        progress = self.workbench.training.progress
        return progress.headline if name == "train" and progress is not None else ""

    def _desk(self, name: str) -> Desk | None:
        return {"train": self.workbench.training, "convert": self.workbench.conversion}.get(name)

    @property
    def share(self) -> float | None:
        """How far the stage under way is; None where it cannot be told."""
        if self.at == "convert":
            return self.workbench.steps.share
        desk = self._desk(self.at)
        progress = desk.progress if desk is not None else None
        return progress.share if progress is not None else None

    async def go(self) -> None:
        """Goes the path, from the stage that failed where one did; the first call begins at the samples."""
        if self.going:
            return
        self.going, self.failure = True, None
        try:
            await self._go()
        except LorewrightError as error:
            self.failure = error
        finally:
            self.going = False
            self.changed()
        if self.failure is None and self.comparison is not None:
            self.arrived(self.comparison)

    async def _go(self) -> None:
        await self._read()
        if self._run is None:
            self._enter("train")
            self._run = await self.workbench.training.run(self._settings())
            progress = self.workbench.training.progress
            values = {figure.name: figure.value for figure in progress.figures} if progress is not None else {}
            self._told["train"] = _("{steps} steps in {time}").format(
                steps=values.get(_("Step"), "").split(" ")[0], time=values.get(_("Time"), "")
            )
        if self._model is None:
            self._enter("convert")
            self._model = await self._convert(self._run)
        self._enter("play")
        self.comparison = self._both(self._model)

    def _enter(self, stage: str) -> None:
        self.at = stage
        self.changed()

    async def _read(self) -> None:
        self._enter("samples")
        workspace = self.workspace()
        files = await asyncio.to_thread(lambda: list(workspace.scenario_files()))
        self._scenarios = await asyncio.to_thread(shelf.scenarios, files)
        found = await asyncio.to_thread(shelf.models, workspace, shelf.shipped_models())
        self._starter = next((model for model in found if model.starter), None)
        if self._starter is None:
            raise PartMissing(part=_("The starter model"), reason=_("it is not in {folder}").format(folder="models/"))
        self.changed()

    def _settings(self) -> Fields:
        assert self._starter is not None
        base = bases([self._starter])[0].path
        values: Fields = defaults(base, [entry.path for entry in self._scenarios]).model_dump(mode="json")
        return values

    async def _convert(self, run: Run) -> Path:
        done = await self.workbench.conversion.run(request_for(run.path, model_name(run), [QUANTISATION]))
        result = await asyncio.to_thread(result_of, done)
        if result is None:
            raise PartMissing(part=_("The converted model"), reason=_("{run} left none").format(run=done.name))
        for row in result.rows[:1]:
            self._told["convert"] = _("{size}, {bits} bits a weight").format(size=row.size, bits=row.bits)
        return result.path

    def _both(self, model: Path) -> Comparison:
        assert self._starter is not None
        apart = [entry for entry in self._scenarios if entry.held_out] or self._scenarios
        chosen = apart[0]
        return Comparison(self._starter.path, model, chosen.path, chosen.opening)

    async def stop(self) -> None:
        """Stops the job under way; the path can be gone on with."""
        for desk in (self.workbench.training, self.workbench.conversion):
            await desk.cancel()

    @property
    def stopped(self) -> bool:
        """Whether the user stopped it."""
        return isinstance(self.failure, Cancelled)
