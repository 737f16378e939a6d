"""Owns changing data sets: new ones, sources put in, changed, weighed, taken out; each change can be undone.

What is written goes through the description's own text, so that comments stay.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack
from PySide6.QtWidgets import QWidget

from studio.dataset.description import description_path
from studio.dataset.description_edits import with_setting, with_source, without_source
from studio.errors import LorewrightError
from studio.language import _
from studio.ui.context import Context
from studio.ui.data import shelf
from studio.ui.data.source_form import SourceForm


class _Change(QUndoCommand):
    """One change of a description's text; it is written when it is done, undone or done again."""

    def __init__(self, title: str, path: Path, before: str, after: str, put: Callable[[Path, str, str], bool]) -> None:
        super().__init__(title)
        self._path, self._before, self._after, self._put = path, before, after, put

    def redo(self) -> None:
        if not self._put(self._path, self._before, self._after):
            self.setObsolete(True)

    def undo(self) -> None:
        if not self._put(self._path, self._after, self._before):
            self.setObsolete(True)


class Sets(QObject):
    """The changes to one data set. `changed` carries whether its sources have to be read anew."""

    changed = Signal(bool)

    def __init__(self, context: Context, undo: QUndoStack, window: Callable[[], QWidget]) -> None:
        super().__init__()
        self._context = context
        self._undo = undo
        self._window = window
        self._reread = False
        self.name = ""
        self.form: SourceForm | None = None

    @property
    def root(self) -> Path:
        """The workspace."""
        return self._context.workspace.root

    def _put(self, path: Path, before: str, after: str) -> bool:
        try:
            written = shelf.write(path, before, after)
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return False
        if not written:
            words = _("{path} was changed by another program meanwhile; it is left as it is and shown anew.")
            self._context.toast(words.format(path=path.name), "warning")
        self.changed.emit(self._reread)
        return written

    def change(self, title: str, work: Callable[[str, Path], str], *, reread: bool) -> str:
        """Makes one change; what is wrong with it is returned as a sentence."""
        try:
            before, after = shelf.changed(self._context.workspace, self.name, work)
        except LorewrightError as error:
            return str(error)
        if before != after:
            self._reread = reread
            self._undo.push(_Change(title, description_path(self.root, self.name), before, after, self._put))
        return ""

    def weigh(self, source: str, weight: int) -> None:
        """Gives a source another weight."""
        title = _("Weight of {name}").format(name=source)
        self._say(self.change(title, partial(_setting, source, "weight", weight), reread=False))

    def remove(self, source: str) -> None:
        """Takes a source out; its files stay."""
        title = _("Remove {name}").format(name=source)
        trouble = self.change(title, lambda text, path: without_source(text, path, source), reread=True)
        if not trouble:
            words = _("{name} is no source any more. Its files are untouched.").format(name=source)
            self._context.toast(words, "info", _("Undo"), self._undo.undo)
        self._say(trouble)

    def _say(self, trouble: str) -> None:
        if trouble:
            self._context.toast(trouble, "error")

    def ask(self, given: Mapping[str, object] | None = None, path: Path | None = None) -> None:
        """Asks for a source; one that is there begins with what it has, a dropped file with its place."""
        old = str(given["name"]) if given is not None else ""
        begin = given if given is not None else {}
        if path is not None:
            begin = {"file": shelf.named(self.root, path), "weight": 1}
        self.form = SourceForm(self._context.theme, self.root, self._window(), begin or None)
        self.form.answered.connect(partial(self._answered, old))
        self.form.open()

    def _answered(self, old: str, values: Mapping[str, object]) -> None:
        assert self.form is not None
        if old:
            title, work = _("Change {name}").format(name=old), partial(_settings, old, values)
        else:
            title, work = _("Add {name}").format(name=values["name"]), partial(_added, values)
        trouble = self.change(title, work, reread=True)
        if trouble:
            self.form.refuse(trouble)
        else:
            self.form.accept()


def _setting(source: str, setting: str, value: object, text: str, path: Path) -> str:
    return with_setting(text, path, source, setting, value)


def _settings(source: str, values: Mapping[str, object], text: str, path: Path) -> str:
    """The text with what a form says of a source."""
    for setting, value in values.items():
        if setting != "name":
            text = with_setting(text, path, source, setting, value)
    return text


def _added(values: Mapping[str, object], text: str, path: Path) -> str:
    return with_source(text, path, values)
