"""Owns the open scenarios as tabs; knows neither the tree nor the preview."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.widgets import EmptyPlace, IconButton
from studio.ui.write.disk_watch import DiskWatch
from studio.ui.write.page import Page
from studio.ui.write.renamer import Renamer
from studio.ui.write.safekeeping import Safe
from studio.workspace import Document
from studio.workspace.documents import ChangedOnDisk
from studio.workspace.opening import Opened, Opening, kept_files


class Pages(QWidget):
    """A bar of tabs over the editors. `turned` is emitted when another page, or none, is in front."""

    turned = Signal()
    checked = Signal(object)
    saved = Signal(object)

    def __init__(self, context: Context, empty: EmptyPlace) -> None:
        super().__init__()
        self._context = context
        self._background = Background("check")
        self.safe = Safe(context, self)
        self._watch = DiskWatch(self._look, self)
        self._opening = Opening()
        self._save_again: dict[Page, Callable[[], object] | None] = {}
        self.moving = 0  # how many files are on their way to another place
        self.files = Background("check-files")
        self.renamer = Renamer(context, self._background, lambda: self.pages)
        self.bar = QTabBar()
        self.bar.setDocumentMode(True)
        self.bar.setMovable(True)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(True)
        self.bar.setElideMode(Qt.TextElideMode.ElideRight)
        self.bar.setAccessibleName(_("Open scenarios"))
        self.stack = QStackedWidget()
        self._empty = empty
        self.stack.addWidget(empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self.stack, 1)
        self.bar.currentChanged.connect(self._turn)
        self.bar.hide()

    def use_games(self) -> None:
        """Reads the games anew; every open scenario goes over to its own."""
        self._opening = opening = Opening()
        paths = [page.document.path for page in self.pages]
        self.files.ask_at_once((self, "games"), lambda: opening.rules_of(paths), self._use)

    def _use(self, found: object) -> None:
        assert isinstance(found, dict)
        for page in self.pages:
            if page.document.path in found:
                page.use(*found[page.document.path])

    @property
    def pages(self) -> tuple[Page, ...]:
        """The open scenarios, in the order of the tabs."""
        return tuple(self.bar.tabData(index) for index in range(self.bar.count()))

    @property
    def current(self) -> Page | None:
        """The scenario in front."""
        page = self.bar.tabData(self.bar.currentIndex())
        return page if isinstance(page, Page) else None

    def open(self, path: Path) -> Page:
        """Opens a file, or turns to it where it is open; its text comes when it was read."""
        for index, page in enumerate(self.pages):
            if page.document.path == path:
                self.bar.setCurrentIndex(index)
                return page
        document, game = Document.awaited(path), self._context.game
        page = Page(self._context, document, self._background, game, self.safe, awaited=True)
        page.checked.connect(self._checked)
        page.dirty_changed.connect(self._mark)
        page.standing.moved.connect(self._followed)
        page.standing.wanted_save.connect(lambda: self.save(page))
        self.stack.addWidget(page)
        index = self.bar.addTab(path.stem)
        self.bar.setTabData(index, page)
        self.bar.setTabToolTip(index, str(path))
        self._add_cross(index, page)
        self.bar.show()
        self.bar.setCurrentIndex(index)
        self._watch_files()
        self._turn()
        self._read(page)
        return page

    def _read(self, page: Page) -> None:
        opening, path, workspace = self._opening, page.document.path, self._context.workspace

        def take(opened: object) -> None:
            assert isinstance(opened, Opened)
            page.take(opened)

        if not self.files.ask_at_once((page, "open"), lambda: opening.open(path, workspace), take):
            page.say_awaited()

    def _add_cross(self, index: int, page: Page) -> None:
        cross = IconButton(
            self._context.theme, "close", _("Close {name}").format(name=page.document.path.name), size=12
        )
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.clicked.connect(lambda: self.close_page(page))
        self.bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, cross)

    def save(self, page: Page | None = None, then: Callable[[], object] | None = None) -> bool:
        """Saves a page off the GUI thread, and does `then` once it is saved.

        A file changed by others is asked about, another failure is told. False where it is not saved, or not yet.
        """
        page = page or self.current
        if page is None or not page.dirty:
            if then is not None:
                then()
            return True
        if self.moving:  # files are being moved: what path this one has is only known behind that
            self.files.ask((page, "wait"), lambda: None, lambda _none: self.save(page, then))
            return False
        if page.standing.saving:
            self._save_again[page] = then
            return False
        page.standing.saving, document, text = True, page.document, page.text()

        def work() -> object:
            try:
                return document.saved(text)
            except LorewrightError as error:
                return error

        return self.files.ask_at_once((page, "save"), work, lambda result: self._saved(page, result, then)) and (
            not page.dirty
        )

    def _saved(self, page: Page, result: object, then: Callable[[], object] | None) -> None:
        page.standing.saving = False
        again = page in self._save_again
        then = self._save_again.pop(page, None) or then
        if isinstance(result, ChangedOnDisk):
            page.standing.look(saving=lambda: self.save(page, then))
        elif isinstance(result, LorewrightError):
            self._context.toast(str(result), "error", _("Try again"), lambda: self.save(page, then))
        else:
            assert isinstance(result, Document)
            page.saved(result)
            self.saved.emit(page)
            if again or then is not None:
                self.save(page, then)

    def save_all(self) -> bool:
        """Saves every page and waits until that is done; False where one could not be."""
        for page in self.pages:
            self.save(page)
        self.files.finish()
        return not any(page.dirty for page in self.pages)

    def close_page(self, page: Page | None = None) -> None:
        """Closes a page; unsaved text is asked about first."""
        page = page or self.current
        if page is None:
            return
        if page.dirty:
            self._ask(page)
        else:
            self._remove(page)

    def _ask(self, page: Page) -> None:
        box = QMessageBox(self)
        box.setText(_("Save {name} before closing it?").format(name=page.title))
        kinds = QMessageBox.StandardButton
        box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        box.setDefaultButton(kinds.Save)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda answer: self._answered(page, answer))
        box.open()

    def _answered(self, page: Page, answer: int) -> None:
        kinds = QMessageBox.StandardButton
        if answer == kinds.Discard:
            self._remove(page)
        elif answer == kinds.Save:
            self.save(page, lambda: self._remove(page))

    def _remove(self, page: Page) -> None:
        page.leave()
        self.files.drop(page)
        self.bar.removeTab(self.pages.index(page))
        self.stack.removeWidget(page)
        page.deleteLater()
        self.bar.setVisible(self.bar.count() > 0)
        self._watch_files()
        self._turn()

    def close(self) -> bool:
        """Keeps every unsaved text for the next start and ends the working threads."""
        for page in self.pages:
            page.standing.safekeeping.keep_now()
        self._watch.close()
        self.files.close()
        self._background.close()
        self.safe.close()
        return super().close()

    def keep_all(self) -> bool:
        """Keeps every unsaved text; False where one could not be kept."""
        for page in self.pages:
            page.standing.safekeeping.keep_now()
        return self.safe.flush()

    # -- files that come, go and move --------------------------------------------------------------------

    def open_kept(self) -> None:
        """Opens the files of which an unsaved text was kept, so that each asks about it."""
        workspace = self._context.workspace
        self.files.ask_at_once((self, "kept"), lambda: kept_files(workspace), self._open_all)

    def _open_all(self, paths: object) -> None:
        assert isinstance(paths, tuple)
        for path in paths:
            self.open(path)

    def moved(self, old: Path, new: Path) -> None:
        """Lets an open page follow a file that was renamed or moved; what is kept of a closed one follows too."""
        for page in self.pages:
            if page.document.path == old:
                page.standing.move(new)
                return
        self.safe.moved(old, new)

    @Slot()
    def _followed(self) -> None:
        for index, page in enumerate(self.pages):
            self.bar.setTabToolTip(index, str(page.document.path))
        self._watch_files()
        self._mark()
        self.turned.emit()

    def _watch_files(self) -> None:
        self._watch.follow(page.document.path for page in self.pages)

    def _look(self) -> None:
        for page in self.pages:
            page.standing.look()

    @Slot()
    def _turn(self) -> None:
        page = self.current
        self.stack.setCurrentWidget(page if page is not None else self._empty)
        self.turned.emit()

    @Slot()
    def _checked(self) -> None:
        self._mark()
        self.checked.emit(self.sender())

    @Slot()
    def _mark(self) -> None:
        """Names the tabs by their titles, with a dot before what is not saved."""
        for index, page in enumerate(self.pages):
            words = f"• {page.title}" if page.dirty else page.title
            if self.bar.tabText(index) != words:
                self.bar.setTabText(index, words)
