"""Owns the one job of the Data tab that is under way, as the drawer shows it. Knows no job's meaning."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.errors import Cancelled, LorewrightError
from studio.jobs.protocol import Fields
from studio.language import _
from studio.ui.jobs import Job, JobState

if TYPE_CHECKING:
    from studio.ui.data.tab import DataTab

_TITLES = {
    "examine": lambda name: _("Reading {name}").format(name=name),
    "judge": lambda name: _("Judging {name}").format(name=name),
    "build": lambda name: _("Building {name}").format(name=name),
    "compare": lambda name: _("Comparing {name}").format(name=name),
    "draft": lambda name: _("Drafting for {name}").format(name=name),
    "export": lambda name: _("Exporting {name}").format(name=name),
}
_PAGES = {"build": "builds", "compare": "builds", "export": "builds", "judge": "audit"}
"""Where what came of a job is shown; of the others among the examples."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A job in the drawer: its key, its title, and the page where what comes of it is shown."""

    key: str
    title: str
    page: str


class Work:
    """The jobs of one tab, one at a time."""

    def __init__(self, tab: "DataTab") -> None:
        self._tab = tab
        self._job: _Job | None = None

    @property
    def _name(self) -> str:
        """The data set that is shown."""
        return self._tab.data.name if self._tab.data is not None else ""

    def start(self, work) -> None:  # type: ignore[no-untyped-def]  # a coroutine of any result
        """Begins a job, unless another is under way; that is said then."""
        if self._tab.desk.working:
            work.close()
            self._busy()
            return
        self._tab.errands.start(work)

    def _busy(self) -> None:
        self._tab.context.toast(_("One thing at a time: {words} is under way.").format(words=self._tab.desk.words))

    async def run(self, do: str, **fields: object) -> Fields:
        """A job in the drawer from its beginning to its end; raises what went wrong, once that is told."""
        title = _TITLES[do](self._name)
        if "out" in fields:
            title = _("Exporting {name} to {out}").format(name=self._name, out=fields["out"])
        mine = self._job = _Job(f"data.{do}.{self._name}", title, _PAGES.get(do, "examples"))
        try:
            done = await self._tab.desk.run(do, **fields)
        except Cancelled:
            self._end(mine, JobState.CANCELLED)
            raise
        except LorewrightError as error:
            self._end(mine, JobState.FAILED, str(error))
            raise Cancelled from error  # it was told with the job
        self._end(mine, JobState.DONE)
        return done

    def _end(self, job: _Job, state: JobState, detail: str = "") -> None:
        """Says how a job ended; the next may have begun while its worker was going."""
        if self._job is job:
            self._job = None
        known = any(one.key == job.key for one in self._tab.context.jobs.running)
        if known or state is JobState.FAILED:
            self._put(job, state, detail)

    def show_job(self) -> None:
        """Shows in the drawer how the job stands; of what only looks the tool bar tells."""
        desk = self._tab.desk
        if self._job is not None and desk.busy:
            self._put(self._job, JobState.RUNNING, desk.words)

    def _put(self, job: _Job, state: JobState, detail: str) -> None:
        tab = self._tab

        def show() -> None:
            tab.context.go_to("data")
            tab.show_page(job.page)

        fraction, left = (tab.desk.fraction, tab.desk.seconds_left) if state is JobState.RUNNING else (None, None)
        tab.context.jobs.put(Job(job.key, job.title, state, fraction, left, self.stop, detail, show))

    def stop(self) -> None:
        """Stops the job; what it finished is kept."""
        self._tab.errands.start(self._tab.desk.cancel())
