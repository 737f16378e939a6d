"""Owns the menu and the dialogs by which a session goes out of Play and talks come into it. Makes no file itself."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.play import outgoing
from studio.play.outgoing import FORMATS, Told
from studio.play.session import Session
from studio.scenario.model import Turn
from studio.ui.context import Context
from studio.ui.play.seat import Seat


class PlayFiles(QObject):
    """What can be done with the session of a seat. `begin_with` begins a play after turns that came from elsewhere."""

    def __init__(
        self,
        context: Context,
        parent: QWidget,
        seat: Callable[[], Seat],
        begin_with: Callable[[list[Turn]], object],
        end: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        self._context, self._parent = context, parent
        self._seat, self._begin_with, self._end = seat, begin_with, end

    def menu(self) -> QMenu:
        """All of it, as a menu."""
        menu = QMenu(self._parent)
        menu.setAccessibleName(_("Save, export, import, end"))
        menu.aboutToHide.connect(menu.deleteLater)
        icon, can = self._context.theme.icon, bool(self._played())
        for name, title, run, ready in (
            ("save", _("Save as a scenario\tCtrl+S"), lambda: self.save(None, None), can),
            ("flag", _("End the session…\tCtrl+Shift+E"), self._end, can),
        ):
            action = menu.addAction(icon(name), title)
            action.setEnabled(ready)
            action.triggered.connect(lambda _on=False, run=run: run())
        menu.addSeparator()
        for kind, (title, _ending) in FORMATS.items():
            action = menu.addAction(icon("export"), _("Export as {what}…").format(what=_(title)))
            action.setEnabled(can)
            action.triggered.connect(lambda _on=False, kind=kind: self.ask_export(kind))
        menu.addSeparator()
        menu.addAction(icon("download"), _("Import a talk…")).triggered.connect(lambda: self.ask_talk())
        return menu

    def open_menu(self, button: QWidget) -> None:
        """Shows the menu beneath a button."""
        self.menu().popup(button.mapToGlobal(QPoint(0, button.height())))

    def _played(self) -> Session | None:
        session = self._seat().session
        return session if session is not None and session.path() else None

    def _try(self, work: Callable[[], Told]) -> Told | None:
        try:
            return work()
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return None

    def _tell(self, told: Told) -> None:
        text = " ".join((told.text, *told.remarks))
        path = told.path
        if path is not None and path.is_relative_to(self._context.workspace.scenarios):
            self._context.toast(text, "success", _("Open it"), lambda: self._context.open_path(path))
        else:
            self._context.toast(text, "success")

    def save(self, first: int | None, last: int | None) -> None:
        """Saves the session or a stretch of it as a scenario."""
        session = self._played()
        if session is not None:
            told = self._try(lambda: outgoing.save_scenario(self._context.workspace, session, first, last))
            if told is not None:
                self._tell(told)

    def correct(self, node: int, text: str) -> None:
        """Keeps a better reply, and offers it as a scenario."""
        seat, workspace = self._seat(), self._context.workspace
        told = self._try(lambda: seat.change(lambda session: outgoing.correct(workspace, session, node, text)))
        if told is None:
            return
        words = " ".join((told.text, *told.remarks))
        if told.scenario:
            self._context.toast(words, "success", _("Save as a scenario"), lambda: self._keep(told.scenario))
        else:
            self._context.toast(words, "success")

    def _keep(self, text: str) -> None:
        session = self._played()
        if session is not None:
            told = self._try(lambda: outgoing.keep_scenario(self._context.workspace, session, text))
            if told is not None:
                self._tell(told)

    def ask_export(self, kind: str) -> None:
        """Asks where to, and writes the session there."""
        session = self._played()
        if session is None:
            return
        title, ending = FORMATS[kind]
        stem = session.file.path.stem if session.file is not None else "session"
        words = _("Export as {what}").format(what=_(title))
        dialog = QFileDialog(self._parent, words, str(Path.home() / f"{stem}{ending}"), f"*{ending}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending.removeprefix("."))
        self._open(dialog, lambda path: self.export(kind, path))

    def export(self, kind: str, path: Path) -> None:
        """Writes the session into a file."""
        session = self._played()
        if session is not None:
            told = self._try(lambda: outgoing.export(session, kind, path))
            if told is not None:
                self._tell(told)

    def ask_talk(self) -> None:
        """Asks which file, and plays on from the talk in it."""
        endings = _("Talks ({endings})").format(endings="*.json *.jsonl *.txt *.md *.log")
        self._open(QFileDialog(self._parent, _("Import a talk"), str(Path.home()), endings), self.take_talk)

    def take_talk(self, path: Path) -> None:
        """Begins a play of the chosen scenario after the turns of a talk."""
        try:
            turns, remarks = outgoing.talk_in(path)
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return
        self._begin_with(turns)
        told = _("{count} turns of {name} are told; the play goes on after them.")
        words = " ".join((told.format(count=len(turns), name=path.name), *remarks[:3]))
        self._context.toast(words, "warning" if remarks else "success")

    def _open(self, dialog: QFileDialog, run: Callable[[Path], object]) -> None:
        dialog.fileSelected.connect(lambda name: run(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
