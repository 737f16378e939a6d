"""Owns what is done with a converted model: parity, publishing, going back, packing, checking, looking into files.

Hands the work to the desk and to threads; tells the pages what comes of it.
"""

import asyncio
from pathlib import Path

from studio.evaluation.parity_words import part_word
from studio.jobs.protocol import Fields
from studio.language import _
from studio.ui.apart import apart, called_here, done_here
from studio.ui.context import Context
from studio.ui.convert import release
from studio.ui.convert.account import Account, account_of, chain_of
from studio.ui.convert.compatibility import programs_for
from studio.ui.convert.inspect_page import InspectPage
from studio.ui.convert.inspection import checks_of, inspection_of
from studio.ui.convert.published_page import PublishedPage
from studio.ui.convert.release import GateRow
from studio.ui.convert.result import Result
from studio.ui.convert.result_page import ResultPage


class Proving:
    """The deeds; each raises what its work raises. `publishing` says whether a model is on its way out."""

    def __init__(self, context: Context, result: ResultPage, published: PublishedPage, inspect: InspectPage) -> None:
        self._context = context
        self._desk = context.workbench.parity
        self._result_page, self._published, self._inspect = result, published, inspect
        self.result: Result | None = None
        self.publishing = False
        self.packing = False
        self._task: asyncio.Task[object] | None = None
        self._published_of: Path | None = None
        self._measured_of: Path | None = None
        self._gates: tuple[GateRow, ...] = ()
        self._gate = ""
        self._doing = ""
        self._share: float | None = None
        self._desk.changed.append(self.show)
        self._desk.heard.append(self._hear)

    async def show_result(self, result: Result | None) -> None:
        """Shows a converted model with all that is known of it."""
        self.result = result
        workspace = self._context.workspace
        account = await asyncio.to_thread(account_of, result, workspace.runs) if result else Account()
        programs = await asyncio.to_thread(programs_for, result, workspace) if result else ()
        if self.result is result:
            self._result_page.show_result(result, account, programs)
            self._show_gates()
            self.show()

    def _is_shown(self, folder: Path | None) -> bool:
        return self.result is not None and self.result.path.parent == folder

    # Parity

    async def measure(self) -> None:
        """Holds the shown model against the model as it was trained."""
        if self.result is not None:
            await self.parity_of(self.result.path.parent)

    async def parity_of(self, folder: Path) -> None:
        """Runs the gate over a model's folder; raises Busy, Cancelled, or what the worker reports."""
        self._measured_of = folder
        await self._desk.run({"model": str(folder)})
        if self._is_shown(folder):
            self._result_page.chain.show_chain(await asyncio.to_thread(chain_of, folder))

    async def stop(self) -> None:
        """Stops the gate, and a publishing with it."""
        await self._desk.cancel()
        if self._task is not None:
            self._task.cancel()

    def _hear(self, event: Fields) -> None:
        name = event.get("event")
        if name in ("begin", "done"):
            self._doing, self._share = "", None
        elif name == "phase":
            self._doing, self._share = part_word(str(event.get("name")), event.get("file")), None
        elif name == "progress":
            share = event.get("fraction")
            self._share = float(share) if isinstance(share, int | float) else None
        self.show()

    def show(self) -> None:
        """Shows what is under way."""
        busy = self._desk.busy
        words = (self._doing or _("Starting…")) if busy else ""
        if busy and self._measured_of is not None and not self._is_shown(self._measured_of):
            words = _("{name}: {words}").format(name=self._measured_of.name, words=words)
        free = not (busy or self.publishing or self.packing) and self.result is not None
        self._result_page.chain.show_work(words, self._share, able=free)
        self._result_page.show_busy(publishing=self.publishing, able=free)

    # Publishing

    async def publish(self, model: Path, name: str) -> None:
        """Publishes a file under a name behind the gates, and shows what they found."""
        if self.publishing:
            return
        context, told, heard = self._context, called_here(self._asked), called_here(self._heard)
        measure = done_here(self.parity_of)
        self.publishing, self._task, self._published_of = True, asyncio.current_task(), model.parent
        self._asked((), "")
        self.show()
        try:
            outcome = await apart(
                lambda: release.publish_as(model, name, context.workspace, context.game, measure, told, heard)
            )
            if self._is_shown(model.parent):
                self._result_page.show_outcome(outcome)
            else:  # somebody looks at another model by now
                context.toast(outcome.told, "success" if outcome.version is not None else "error")
            await self.look()
        except BaseException:
            if self._is_shown(model.parent):
                self._result_page.show_gates(None)
            raise
        finally:
            self.publishing, self._task = False, None
            self.show()

    def _asked(self, rows: tuple[GateRow, ...], running: str) -> None:
        self._gates, self._gate = rows, running
        self._show_gates()

    def _heard(self, who: str, part: str, done: int, of: int) -> None:
        self._show_gates(_("{who}, {part}: {done} of {of}").format(who=who, part=part, done=done, of=of))

    def _show_gates(self, words: str = "") -> None:
        if self.publishing and self._is_shown(self._published_of):
            self._result_page.show_gates(self._gates, self._gate, words)

    async def look(self) -> None:
        """Looks at what is published."""
        self._published.show_lines(await asyncio.to_thread(release.lines, self._context.workspace.models))

    async def roll_back(self, name: str) -> None:
        """Puts the version before in use again."""
        told = await asyncio.to_thread(release.roll_back, self._context.workspace.models, name)
        self._context.toast(told, "success")
        await self.look()

    # Packs

    async def pack(self, given: str, target: Path) -> None:
        """Makes a game pack of a published name or a converted file."""
        if self.packing:
            return
        context, told = self._context, called_here(self._packed)
        self.packing = True
        self._packed("")
        self.show()
        try:
            words = await apart(lambda: release.pack(given, target, context.workspace, context.game, told))
        finally:
            self.packing = False
            self._say("")
            self.show()
        self._say(words)
        context.toast(words, "success")

    def _packed(self, what: str) -> None:
        word = release.PACKING.get(what)
        self._say(_(word) if word else _("Making the pack…"))

    def _say(self, words: str) -> None:
        self._published.show_checks(words, ())
        self._result_page.say(words)

    async def verify(self, path: Path) -> None:
        """Checks a pack, and shows every check."""
        told = called_here(lambda what: self._published.show_checks(release.check_word(what), ()))
        self._published.show_checks(_("Checking {name}…").format(name=path.name), ())
        try:
            rows = await apart(lambda: release.verified(path, told))
        except BaseException:
            self._published.show_checks("", ())
            raise
        whole = all(row.passed for row in rows)
        text = _("{name} is as it was packed.") if whole else _("{name} is not as it was packed.")
        self._published.show_checks(text.format(name=path.name), rows)

    # Files

    async def inspect(self, path: Path) -> None:
        """Looks into a GGUF."""
        self._inspect.show_inspection(await asyncio.to_thread(inspection_of, path))

    async def check(self, path: Path) -> None:
        """Validates the file that is looked into."""
        rows = await apart(lambda: checks_of(path))
        if self._inspect.path == path:
            self._inspect.show_checks(rows)
