"""Owns what is measured in the window: which pairs of model and suite wait, how far it is, what went wrong. No Qt.

It is measured on a thread of its own, by the functions of `lorewright evaluate`; each case is kept as it is judged, so
that what was stopped goes on later.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from studio.errors import Cancelled, LorewrightError
from studio.evaluation.beside import Heard
from studio.evaluation.evaluating import Evaluating
from studio.evaluation.making import make_suite
from studio.evaluation.report import report_of
from studio.evaluation.running import opened
from studio.evaluation.standing import Shelf, Standing, together
from studio.evaluation.suites import find_suite, suite_names
from studio.files import save_atomic
from studio.language import _
from studio.publishing.named_models import Named
from studio.ui.apart import apart, called_here
from studio.ui.evaluate.board import Board, Cell, Pair, cell_of, look, place_of
from studio.workspace import Workspace

_OWN = "held-out"
"""What a suite of one's own is called, but for a number."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a measurement is: whose cases are asked, of which part, and how many are done."""

    pair: Pair
    who: str = ""
    part: str = ""
    done: int = 0
    of: int = 0

    @property
    def sentence(self) -> str:
        """That for people."""
        if not self.of:
            return _("loading…")
        return _("{who}: {done} of {of}").format(who=self.who, done=self.done, of=self.of)

    @property
    def share(self) -> float | None:
        """The share of what is asked now, None before the first case."""
        return self.done / self.of if self.of else None


class EvaluationDesk:
    """Follows measurements; `changed` is called after everything that happens."""

    def __init__(self, workspace: Callable[[], Workspace], shipped: Callable[[], Path]) -> None:
        self._workspace = workspace
        self.shipped = shipped
        self._task: asyncio.Task[None] | None = None
        self._shelf: Shelf | None = None
        self.changed: list[Callable[[], object]] = []
        self.board = Board()
        self.waiting: list[Pair] = []
        self.now: Progress | None = None
        self.failed: dict[Pair, LorewrightError] = {}
        self.added: tuple[str, ...] = ()
        self.rivals = True
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether something is measured."""
        return self.now is not None

    async def relook(self) -> None:
        """Reads anew what there is and what is kept."""
        workspace = self._workspace()
        if self._shelf is None or self._shelf.results != workspace.results:
            self._shelf = Shelf(workspace.results)
            self.failed.clear()
        self.board = await asyncio.to_thread(look, workspace, self._shelf, self.shipped(), self.added)
        self._tell()

    async def measure(self, pairs: Sequence[Pair]) -> None:
        """Measures pairs one after another; what fails is told in its cell, and the next one begins."""
        self.waiting += [pair for pair in pairs if pair not in self.waiting and (not self.now or self.now.pair != pair)]
        for pair in pairs:
            self.failed.pop(pair, None)
        self._tell()
        if self.busy:
            return
        self._stopping = False
        try:
            while self.waiting and not self._stopping:
                await self._one(self.waiting.pop(0))
        finally:
            self.now = None
            self.waiting.clear()
            self._tell()

    def cancel(self) -> None:
        """Stops; the cases that are judged stay."""
        self._stopping = True
        self.waiting.clear()
        if self._task is not None:
            self._task.cancel()
        self._tell()

    async def end(self, seconds: float) -> None:
        """Stops and waits for the end, at most so long."""
        self.cancel()
        for _turn in range(round(seconds / 0.05)):
            if not self.busy:
                return
            await asyncio.sleep(0.05)

    def dismiss(self, pair: Pair) -> None:
        """Puts a failure away."""
        self.failed.pop(pair, None)
        self._tell()

    def cell(self, pair: Pair) -> Cell:
        """What stands where a model meets a suite."""
        kept = cell_of(self.board.standings.get(pair))
        if self.now is not None and self.now.pair == pair:
            return replace(kept, state="running", note=self.now.sentence, share=self.now.share)
        if pair in self.waiting:
            return replace(kept, state="waiting", note=_("waits its turn"))
        error = self.failed.get(pair) or self.board.troubles.get(pair[0])
        suite = self.board.suite(pair[1])
        if error is None and suite is not None:
            error = suite.trouble
        return kept if error is None else replace(kept, state="failed", note=str(error))

    def can_measure(self, pair: Pair) -> bool:
        """Whether there is anything to measure that is not under way."""
        suite = self.board.suite(pair[1])
        usable = suite is not None and suite.trouble is None and self.board.model(pair[0]) is not None
        return usable and self.cell(pair).state not in ("running", "waiting", "done")

    async def make_suite(self) -> str:
        """Makes a suite of what is held out now, under the first free name, which it returns.

        Raises NothingHeldOut or NotSaved.
        """
        workspace = self._workspace()
        known = {row.name for row in self.board.suites} | set(suite_names(workspace.root))
        name = next(name for number in count(1) if (name := _OWN if number == 1 else f"{_OWN}-{number}") not in known)
        await asyncio.to_thread(make_suite, workspace.root, workspace.scenarios, name)
        await self.relook()
        return name

    async def export(self, suite: str, path: Path) -> None:
        """Writes what is kept of all models on a suite as one HTML file; raises NotSaved."""
        found = [one for (_model, name), one in self.board.standings.items() if name == suite]
        await asyncio.to_thread(_write, found, path)

    def can_export(self, suite: str) -> bool:
        """Whether anything is kept of a suite."""
        return any(name == suite and one.evaluation for (_model, name), one in self.board.standings.items())

    async def _one(self, pair: Pair) -> None:
        self.now = Progress(pair)
        self._tell()
        heard = called_here(lambda *told: self._hear(Progress(pair, *told)))
        self._task = asyncio.ensure_future(apart(lambda: _measured(self._workspace(), pair, self.rivals, heard)))
        try:
            await self._task
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._stopping or (task is not None and task.cancelling()):
                raise
        except Cancelled:
            pass
        except LorewrightError as error:
            self.failed[pair] = error
        finally:
            self._task = None
        await self.relook()

    def _hear(self, progress: Progress) -> None:
        if self.now is not None and self.now.pair == progress.pair:
            self.now = progress
            self._tell()

    def _tell(self) -> None:
        for hear in self.changed:
            hear()


async def _measured(workspace: Workspace, pair: Pair, rivals: bool, heard: Heard) -> None:
    """Measures a model on a suite, as the command line does; what came of it is kept."""
    suite = find_suite(pair[1], workspace.root)
    named = Named(workspace.root)
    model = named.one(pair[0])
    evaluating = Evaluating(
        opened(suite, place_of(workspace)), workspace.results, suite.limits, rivals=rivals, heard=heard,
        opener=named.open, bases=named.bases,
    )  # fmt: skip
    await evaluating.run([model])


def _write(standings: Sequence[Standing], path: Path) -> None:
    done = together(standings)
    if done is not None:
        save_atomic(path, report_of(done))
