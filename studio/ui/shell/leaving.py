"""Owns what is asked before the window closes: unsaved texts first, then jobs under way. Knows no tab's inside."""

from collections.abc import Coroutine, Mapping
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.tabs import Tab

STOP_SECONDS = 10.0
"""How long a job may take to stop; after that it is ended with the window."""

PAUSE_SECONDS = 120.0
"""How long a training may take to pause: it ends the step that it is in, and saves."""


class Leaving(QObject):
    """The questions before the end. No answer blocks: the window stays open and is closed again after the last one."""

    def __init__(self, window: QWidget, context: Context, tabs: Mapping[str, Tab]) -> None:
        super().__init__(window)
        self._window = window
        self._context = context
        self._tabs = tabs
        self._errands = Errands(self._tell)
        self._texts_settled = self._jobs_settled = self._stopping = False

    def may_close(self) -> bool:
        """Whether nothing is left to ask; else the first question is put."""
        if self._stopping:
            return False
        unsaved = [name for tab in self._tabs.values() for name in tab.unsaved()]
        if unsaved and not self._texts_settled:
            self._ask_to_save(unsaved)
            return False
        if self._context.workbench.tied and not self._jobs_settled:
            if self._context.workbench.training.tied:
                self._ask_about_training()
            else:
                self._ask_about_jobs()
            return False
        return True

    def _box(self, question: str, about: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(question)
        box.setInformativeText(about)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return box

    def _ask_to_save(self, unsaved: list[str]) -> None:
        box = self._box(_("Save before closing?"), _("Not saved yet: {names}.").format(names=", ".join(unsaved)))
        kinds = QMessageBox.StandardButton
        box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        box.setDefaultButton(kinds.Save)
        box.finished.connect(self._texts_answered)
        box.open()

    @Slot(int)
    def _texts_answered(self, answer: int) -> None:
        saved = answer != QMessageBox.StandardButton.Save or all(tab.save_all() for tab in self._tabs.values())
        if answer != QMessageBox.StandardButton.Cancel and saved:
            self._texts_settled = True
            self._window.close()

    def _ask_about_training(self) -> None:
        names = ", ".join(job.title for job in self._context.jobs.running) or _("a training that is just starting")
        about = _(
            "Under way: {names}.\n\nIn the background it goes on without the window, and is shown again when you open "
            "Lorewright. Paused, it goes on when you say so. Stopped, what it finished so far is kept."
        ).format(names=names)
        bench = self._context.workbench
        if bench.conversion.busy or bench.data.busy:
            about += "\n\n" + _("Other jobs are stopped in any case.")
        box = self._box(_("What shall become of the training?"), about)
        role = QMessageBox.ButtonRole
        keep = box.addButton(_("Keep open"), role.RejectRole)
        apart = box.addButton(_("Keep on in the background"), role.AcceptRole)
        pause = box.addButton(_("Pause and close"), role.AcceptRole)
        stop = box.addButton(_("Stop and close"), role.DestructiveRole)
        box.setDefaultButton(apart)
        box.setEscapeButton(keep)
        keep.clicked.connect(self._stay)
        apart.clicked.connect(lambda: self._leave_it(bench.hand_over(PAUSE_SECONDS)))
        pause.clicked.connect(lambda: self._leave_it(bench.pause(PAUSE_SECONDS)))
        stop.clicked.connect(self._stop)
        box.open()

    def _leave_it(self, work: Coroutine[Any, Any, object]) -> None:
        """The window goes out of sight at once, and comes back where something goes wrong."""
        self._stopping = True
        self._window.hide()
        self._errands.start(self._leave(work))

    async def _leave(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except BaseException:
            self._stopping = False
            self._window.show()
            raise
        self._stopping, self._jobs_settled = False, True
        self._window.show()  # Qt tells of the last window's closing only where it was to be seen
        self._window.close()

    def _ask_about_jobs(self) -> None:
        names = ", ".join(job.title for job in self._context.jobs.running) or _("a job that is just starting")
        about = _("Under way: {names}. What it finished so far is kept; the rest would have to be done again.")
        box = self._box(_("Stop the job and quit?"), about.format(names=names))
        keep = box.addButton(_("Keep open"), QMessageBox.ButtonRole.RejectRole)
        stop = box.addButton(_("Stop the job and quit"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(keep)
        keep.clicked.connect(self._stay)
        stop.clicked.connect(self._stop)
        box.open()

    @Slot()
    def _stay(self) -> None:
        self._texts_settled = False

    @Slot()
    def _stop(self) -> None:
        self._stopping = True
        self._window.setEnabled(False)  # nothing new is begun while the old one ends
        self._context.toast(_("Stopping the job. The window closes when it has ended."))
        self._errands.start(self._stop_and_close())

    async def _stop_and_close(self) -> None:
        try:
            await self._context.workbench.end(STOP_SECONDS)
        finally:
            self._stopping, self._jobs_settled = False, True
            self._window.close()

    def _tell(self, error: LorewrightError) -> None:
        self._context.toast(str(error), "error")
