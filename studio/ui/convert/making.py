"""Owns conversions as the tab asks for them: beginning, stopping, going on, cleaning up; and what the drawer shows."""

import asyncio
from collections.abc import Callable

from studio.errors import Cancelled, LorewrightError
from studio.jobs.protocol import Fields
from studio.language import _
from studio.ui.context import Context
from studio.ui.convert.choosing import Choosing
from studio.ui.convert.make_page import MakePage
from studio.ui.convert.proving import Proving
from studio.ui.convert.result import request_for, result_of
from studio.ui.convert.states import Left, clean_up, left_in, name_for
from studio.ui.errands import Errands
from studio.ui.jobs import Job, JobState
from studio.ui.train.desk import Desk
from studio.ui.train.progress import run_title


class Making:
    """The deeds; `show_page` is called with the page on which their outcome stands."""

    def __init__(
        self, context: Context, make: MakePage, choosing: Choosing, proving: Proving, errands: Errands,
        show_page: Callable[[str], object],
    ) -> None:  # fmt: skip
        self._context = context
        self._desk = context.workbench.conversion
        self._make, self._choosing, self._proving, self._errands = make, choosing, proving, errands
        self._show_page = show_page

    def ready(self) -> bool:
        """Whether what is ticked can be made now."""
        ticked = self._make.choices.ticked()
        return not self._desk.busy and self._choosing.source is not None and all(choice.ready for choice in ticked)

    def start(self) -> None:
        """Makes what is ticked."""
        source, ticked = self._choosing.source, self._make.choices.ticked()
        if not self.ready() or source is None or not ticked:
            return
        name = self._choosing.name or name_for(source)
        importance = self._make.wishes.importance.isChecked()
        fields = request_for(source, name, [choice.name for choice in ticked], importance=importance)
        self._errands.start(self.convert(fields))

    def stop(self) -> None:
        """Stops the conversion; nothing half-made stays under a final name."""
        self._errands.start(self._desk.cancel())

    async def convert(self, fields: Fields) -> None:
        """Converts, and shows the result; what goes wrong is shown on the page."""
        self._show_page("make")
        try:
            done = await self._desk.run(fields)
        except Cancelled:
            return
        except LorewrightError as error:
            if self._desk.shown is None:
                self._context.toast(str(error), "error")
            return
        finally:
            await self.look_for_left()
        await self._proving.show_result(await asyncio.to_thread(result_of, done))
        self._show_page("result")

    async def go_on(self, left: Left) -> None:
        """Goes on with an interrupted conversion."""
        await self.convert({**left.request, "go_on": True})

    async def clean(self, left: Left) -> None:
        """Removes what an interrupted conversion left."""
        self._context.toast(await asyncio.to_thread(clean_up, left), "success")
        await self.look_for_left()

    async def look_for_left(self) -> None:
        """Offers to go on with what was interrupted."""
        workspace = self._context.workspace
        self._make.show_left(await asyncio.to_thread(left_in, workspace.models, workspace.runs))

    # In the drawer

    def show_conversion(self) -> None:
        """Tells the drawer of the conversion."""
        self._show_job(self._desk, _("Converting {name}"), self._context.workbench.steps.share)

    def show_parity(self) -> None:
        """Tells the drawer of the parity gate."""
        self._show_job(self._context.workbench.parity, _("Measuring the parity of {name}"), None)

    def _show_job(self, desk: Desk, words: str, share: float | None) -> None:
        run, jobs = desk.shown, self._context.jobs
        if run is None or (desk.job is None and all(job.key != str(run.path) for job in jobs.running)):
            return
        error = desk.error
        ended = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED if error else JobState.DONE
        state, title = JobState.RUNNING if desk.busy else ended, words.format(name=run_title(run.name)[1])
        jobs.put(
            Job(
                str(run.path), title, state, share, cancel=lambda: self._errands.start(desk.cancel()),
                detail=str(error or ""), show=lambda: self._context.go_to("convert"),
            )
        )  # fmt: skip
