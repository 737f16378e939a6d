"""Owns what is to be converted: which runs and bases there are, the one that is chosen, and what it would come to.

Starts no conversion.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from studio.jobs.runs import Run
from studio.ui.context import Context
from studio.ui.convert.make_page import MakePage
from studio.ui.convert.plan import Offer, offer
from studio.ui.convert.proving import Proving
from studio.ui.convert.result import result_from
from studio.ui.convert.sources_view import SourcesView
from studio.ui.convert.states import base_row, name_for, states_of
from studio.ui.train.progress import RunRow


class Choosing:
    """The choice; `changed` is called when there is something else to show."""

    def __init__(
        self, context: Context, sources: SourcesView, make: MakePage, proving: Proving, changed: Callable[[], object]
    ) -> None:
        self._context = context
        self._sources, self._make, self._proving = sources, make, proving
        self._changed = changed
        self._runs: list[RunRow] = []
        self._bases: list[RunRow] = []
        self._looks = 0
        self.offer: Offer | None = None

    @property
    def rows(self) -> list[RunRow]:
        """What can be converted."""
        return [*self._runs, *self._bases]

    @property
    def source(self) -> Path | None:
        """What is to be converted."""
        return self._sources.source()

    @property
    def name(self) -> str:
        """What the model is to be called."""
        return self._sources.name.text().strip()

    def list_runs(self, rows: list[RunRow]) -> None:
        """Takes in the workspace's runs."""
        self._runs = [row for row in rows if row.usable]
        self._show_rows()

    def forget_bases(self) -> None:
        """Leaves out what was added in another workspace."""
        self._bases = []
        self._show_rows()

    def add_base(self, path: Path) -> None:
        """Adds a base to what can be converted, and chooses it."""
        if all(row.path != path for row in self._bases):
            self._bases.append(base_row(path))
        self._show_rows()
        self._sources.runs.choose(path)

    def _show_rows(self) -> None:
        self._sources.show_rows(self.rows)
        self._changed()

    async def choose(self, path: Path) -> None:
        """Shows the states of a run or a base, and what the first one comes to."""
        states = await asyncio.to_thread(states_of, Run(path))
        if self._sources.runs.chosen() == path:
            self._sources.show_states(states)
            await self.look_into(self.source or path)

    async def look_again(self) -> None:
        """Looks at the chosen one once more; ticks and name stay as they are."""
        if self.source is not None:
            await self.look_into(self.source, keep=True)

    async def look_into(self, source: Path, *, keep: bool = False) -> None:
        """Shows what a source would come to, and what was made of it; with `keep` ticks and name stay as they are."""
        if not keep or not self.name:
            name = await asyncio.to_thread(name_for, source)
            self._sources.name.setText(name)
        self._make.show_failure(None)
        self._make.show_title(self._sources.name.text())
        await self.weigh(tick=not keep or self.offer is None)
        found = await asyncio.to_thread(result_from, self._context.workspace.models, Run(source))
        if self.source == source:
            await self._proving.show_result(found)
        self._changed()

    async def weigh(self, *, tick: bool) -> None:
        """Forecasts every quantisation under the wishes as they are; of several asked only the last counts."""
        source, wishes = self.source, self._make.wishes.wishes()
        if source is None:
            return
        self._looks += 1
        turn = self._looks
        found = await asyncio.to_thread(offer, source, wishes, self._context.workspace.models)
        if turn == self._looks:
            self.offer = found
            self._make.show_offer(found, tick=tick)
            self._changed()
