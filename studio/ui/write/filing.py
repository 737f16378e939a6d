"""Owns deleting, renaming and moving scenarios at the tree: asks, tells, takes back. Knows no file access.

What is done to a file is done on the thread that reads files, in the order asked for.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import label, push_button, row
from studio.ui.write.history_view import HistoryView
from studio.ui.write.pages import Pages
from studio.ui.write.trash import throw
from studio.ui.write.tree import ScenarioTree
from studio.workspace.bin import Act, Deed, Filing, name_trouble


class Filer:
    """What the tree's wishes become. `changed` is called after the files are other ones."""

    def __init__(self, context: Context, tree: ScenarioTree, pages: Pages, changed: Callable[[], object]) -> None:
        self._context = context
        self._tree = tree
        self._pages = pages
        self._changed = changed
        self._filing = Filing(throw, context.workspace.bin)
        self.question: NewName | None = None
        self.history: HistoryView | None = None
        tree.delete_wanted.connect(self.delete)
        tree.rename_wanted.connect(self.ask_name)
        tree.move_wanted.connect(self.move)
        tree.undo_wanted.connect(self.undo)
        tree.history_wanted.connect(self.show_history)

    def turn_to(self) -> None:
        """Works in another workspace; what was done in the last one can no longer be taken back here."""
        self._filing = Filing(throw, self._context.workspace.bin)

    def delete(self, path: Path) -> None:
        """Puts a scenario into the bin; an open page with nothing unsaved is closed."""

        def done(deed: Deed) -> None:
            for page in self._pages.pages:
                if page.document.path == path and not page.dirty:
                    self._pages.close_page(page)
            self._tell(deed, _("{name} is in the bin.").format(name=path.name))

        filing = self._filing
        self._do(lambda: filing.delete(path), done)

    def ask_name(self, path: Path) -> None:
        """Asks for a scenario's new file name."""
        question = NewName(self._context, self._tree.window(), path, self._pages.files)
        question.wanted.connect(lambda name: self.rename(path, name, question.accept))
        self.question = question
        question.open()

    def rename(self, path: Path, name: str, then: Callable[[], object] = lambda: None) -> None:
        """Gives a scenario another file name; an open page follows. `then` is called once that is done."""

        def done(deed: Deed) -> None:
            self._pages.moved(path, deed.after)
            self._tell(deed, _("{old} is now {new}.").format(old=path.name, new=deed.after.name))
            then()

        filing = self._filing
        self._do(lambda: filing.rename(path, name), done)

    @Slot(object, object)
    def move(self, path: Path, folder: Path) -> None:
        """Puts a scenario into another folder; an open page follows."""

        def done(deed: Deed) -> None:
            self._pages.moved(path, deed.after)
            self._tell(deed, _("{name} is now in {folder}.").format(name=path.name, folder=folder.name))

        filing = self._filing
        self._do(lambda: filing.move(path, folder), done)

    def undo(self, deed: Deed | None = None) -> None:
        """Takes the last deed back, or the one named. A page of a file that comes back follows by itself."""

        def done(undone: Deed) -> None:
            if undone.act is not Act.DELETED:
                self._pages.moved(undone.after, undone.before)
            self._changed()
            self._context.toast(_("{name} is back where it was.").format(name=undone.before.name), "success")

        filing = self._filing
        self._do(lambda: filing.undo(deed), done)

    def show_history(self, path: Path) -> None:
        """Opens a scenario and shows its snapshots."""
        self.history = HistoryView(self._context, self._pages.open(path), self._tree.window())
        self.history.open()

    def _do(self, act: Callable[[], Deed | None], done: Callable[[Deed], object]) -> None:
        """Does something to a file off the GUI thread, then what follows from it here; a failure is told."""

        def work() -> object:
            try:
                return act()
            except LorewrightError as error:
                return error

        def answer(result: object) -> None:
            self._pages.moving -= 1
            if isinstance(result, Deed):
                done(result)
            elif result is None:
                self._context.toast(_("There is nothing to take back here."))
            else:
                self._context.toast(str(result), "error")

        self._pages.moving += 1
        self._pages.files.ask_at_once(object(), work, answer)

    def _tell(self, deed: Deed, words: str) -> None:
        self._changed()
        self._context.toast(words, "info", _("Undo"), lambda: self.undo(deed))


class NewName(QDialog):
    """Asks for a file name; one that can't be is told while it is typed. `wanted` carries the name."""

    wanted = Signal(str)

    def __init__(self, context: Context, parent: QWidget, path: Path, files: Background) -> None:
        super().__init__(parent)
        self._path = path
        self._files = files
        self.setWindowTitle(_("Rename {name}").format(name=path.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name = QLineEdit(path.stem)
        self.name.setAccessibleName(_("New name of the file"))
        self.name.setMinimumWidth(context.theme.px(340))
        self.name.selectAll()
        self._why = label("", "error", wrap=True)
        self._done = push_button(_("Rename"), self.accept_name, "primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_12)
        layout.addWidget(label(_("Rename {name}").format(name=path.name), "title"))
        layout.addWidget(label(_("The file's name. The scenario's title is in its text and stays."), "muted"))
        layout.addWidget(self.name)
        layout.addWidget(self._why)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._done))
        self.name.textChanged.connect(self._judge)
        self._done.setDefault(True)
        self._judge(path.stem)

    def accept_name(self) -> None:
        """Gives the file the name that was typed."""
        self.wanted.emit(self.name.text())

    @Slot(str)
    def _judge(self, name: str) -> None:
        path = self._path
        self._done.setEnabled(False)
        self._files.ask_at_once((self, "name"), lambda: name_trouble(path, name), self._say)

    def _say(self, trouble: object) -> None:
        why, name = str(trouble), self.name.text()
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self._done.setEnabled(not why and bool(name.strip()) and name.strip() != self._path.stem)
