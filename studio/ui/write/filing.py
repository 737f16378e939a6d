"""Owns deleting, renaming and moving scenarios at the tree: asks, does, tells, takes back. Knows no file access."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import label, push_button, row
from studio.ui.write.history_view import HistoryView
from studio.ui.write.pages import Pages
from studio.ui.write.trash import throw
from studio.ui.write.tree import ScenarioTree
from studio.workspace.bin import Act, Deed, Filing, checked


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
        deed = self._do(lambda: self._filing.delete(path))
        if deed is None:
            return
        for page in self._pages.pages:
            if page.document.path == path and not page.dirty:
                self._pages.close_page(page)
        self._tell(deed, _("{name} is in the bin.").format(name=path.name))

    def ask_name(self, path: Path) -> None:
        """Asks for a scenario's new file name."""
        self.question = NewName(self._context, self._tree.window(), path, lambda name: self.rename(path, name))
        self.question.open()

    def rename(self, path: Path, name: str) -> bool:
        """Gives a scenario another file name; an open page follows. False where that was not possible."""
        deed = self._do(lambda: self._filing.rename(path, name))
        if deed is not None:
            self._follow(path, deed.after)
            self._tell(deed, _("{old} is now {new}.").format(old=path.name, new=deed.after.name))
        return deed is not None

    @Slot(object, object)
    def move(self, path: Path, folder: Path) -> None:
        """Puts a scenario into another folder; an open page follows."""
        deed = self._do(lambda: self._filing.move(path, folder))
        if deed is not None:
            self._follow(path, deed.after)
            self._tell(deed, _("{name} is now in {folder}.").format(name=path.name, folder=folder.name))

    def undo(self, deed: Deed | None = None) -> None:
        """Takes the last deed back, or the one named. A page of a file that comes back follows by itself."""
        if self._filing.last is None:
            self._context.toast(_("There is nothing to take back here."))
            return
        undone = self._do(lambda: self._filing.undo(deed))
        if undone is None:
            return
        if undone.act is not Act.DELETED:
            self._follow(undone.after, undone.before)
        self._changed()
        self._context.toast(_("{name} is back where it was.").format(name=undone.before.name), "success")

    def show_history(self, path: Path) -> None:
        """Opens a scenario and shows its snapshots."""
        self.history = HistoryView(self._context, self._pages.open(path), self._tree.window())
        self.history.open()

    def _do(self, deed: Callable[[], Deed | None]) -> Deed | None:
        try:
            return deed()
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return None

    def _follow(self, old: Path, new: Path) -> None:
        """Lets an open page, or what is kept of a closed file, follow to the new path."""
        self._pages.moved(old, new)

    def _tell(self, deed: Deed, words: str) -> None:
        self._changed()
        self._context.toast(words, "info", _("Undo"), lambda: self.undo(deed))


class NewName(QDialog):
    """Asks for a file name; one that can't be is told while it is typed."""

    def __init__(self, context: Context, parent: QWidget, path: Path, take: Callable[[str], bool]) -> None:
        super().__init__(parent)
        self._path = path
        self._take = take
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
        if self._take(self.name.text()):
            self.accept()

    @Slot(str)
    def _judge(self, name: str) -> None:
        why = ""
        try:
            target = self._path.with_name(checked(name))
            if target != self._path and target.exists():
                why = _("There is a file of that name already.")
        except LorewrightError as error:
            why = str(error) if name.strip() else ""
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self._done.setEnabled(not why and bool(name.strip()) and name.strip() != self._path.stem)
