"""Owns what can be done with runs and checkpoints: train, go on, follow, pin, play, convert, hold side by side."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from studio.errors import Cancelled, LorewrightError
from studio.gguf.adapter_file import BaseIsNoGguf, NotPutOn
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import _
from studio.training.checkpoints import Checkpoint, run_of
from studio.training.playing import played
from studio.training.run_comparison import Comparison, compare
from studio.training.run_facts import RunFacts, converted_from, facts_of
from studio.ui.context import Context
from studio.ui.convert.result import model_name, result_of
from studio.ui.train.checkpoints import CheckpointRow, checkpoint_rows
from studio.ui.train.desk import Desk

USUAL = "Q4_K_M"


class Deeds:
    """The deeds of one tab; `trained` is told of each run that came to its end."""

    def __init__(self, context: Context, desk: Desk, trained: Callable[[Run], object]) -> None:
        self._context, self._desk, self._trained = context, desk, trained

    async def train(self, values: Fields) -> Run | None:
        """Trains and returns the run; None where it was stopped or failed, which the tab then shows."""
        return await self._to_the_end(self._desk.run(values))

    async def go_on(self, path: Path, step: int | None = None) -> Run | None:
        """The same of the rest of a run."""
        return await self._to_the_end(self._desk.go_on(path, step))

    async def attend(self) -> Run | None:
        """Follows a run that another process works on, where there is one."""
        path = await self._desk.attend()
        return None if path is None else await self._to_the_end(self._desk.follow(path))

    async def _to_the_end(self, work: Coroutine[Any, Any, Run]) -> Run | None:
        try:
            run = await work
        except Cancelled:
            return None
        except LorewrightError as error:
            if self._desk.shown is None:
                self._context.toast(str(error), "error")
            return None
        self._trained(run)
        return run

    async def pin(self, row: CheckpointRow) -> None:
        """Pins a checkpoint, or lets it go again; raises NotSaved."""
        await asyncio.to_thread(Checkpoint(row.path, row.step).pin, not row.pinned)

    async def play_now(self, run: Run) -> None:
        """Opens what a run has learnt in Play, through its adapter; raises as `training.playing.played` does."""
        await asyncio.to_thread(played, run.path)  # what is in the way is told here, where the run is
        self._context.play_run(run.path)

    async def play(self, row: CheckpointRow) -> None:
        """Opens a checkpoint in Play through its adapter; where its base takes none, converted."""
        try:
            await asyncio.to_thread(played, row.path)
        except (BaseIsNoGguf, NotPutOn):
            found = await asyncio.to_thread(self._converted, row.path)
            path = found or await self.convert(row)
            if path is not None:
                self._context.open_path(path)
        else:
            self._context.play_run(row.path)

    async def convert(self, row: CheckpointRow) -> Path | None:
        """Makes a GGUF of a checkpoint; raises what the conversion raises."""
        conversion, run = self._context.workbench.conversion, run_of(row.path)
        assert run is not None
        name = f"{model_name(Run(run))}-step-{row.step}"
        self._context.toast(_("Converting the checkpoint of step {step}.").format(step=row.step))
        try:
            done = await conversion.run({"source": str(row.path), "name": name, "quantisations": [USUAL]})
        except Cancelled:
            return None
        result = await asyncio.to_thread(result_of, done)
        return None if result is None else result.path

    def _converted(self, checkpoint: Path) -> Path | None:
        """The model that was made of a checkpoint; one that is older than it was made of another of that step."""
        made = converted_from(checkpoint, self._context.workspace.models)
        saved = checkpoint.stat().st_mtime
        files = (file for folder in made for file in sorted(folder.glob("*.gguf")))
        return next((file for file in files if file.stat().st_mtime >= saved), None)

    async def checkpoints(self, run: Run) -> list[CheckpointRow]:
        """A run's checkpoints, each looked at whole."""
        return await asyncio.to_thread(checkpoint_rows, run)

    async def compare(self, paths: list[Path]) -> tuple[list[RunFacts], Comparison]:
        """Runs held side by side; raises NotARun."""
        return await asyncio.to_thread(self._compared, paths)

    def _compared(self, paths: list[Path]) -> tuple[list[RunFacts], Comparison]:
        models = self._context.workspace.models
        facts = [facts_of(Run(path), models, checkpoints=False) for path in paths]
        return facts, compare(facts)
