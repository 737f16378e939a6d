"""Owns the open scenarios as tabs; knows neither the tree nor the preview."""

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
from studio.workspace import Document, Recovery
from studio.workspace.documents import ChangedOnDisk, is_missing
from studio.workspace.game import Games
from studio.workspace.selections import Selections


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
        self._games, self._selections = Games(), Selections()
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
        self._games, self._selections = Games(), Selections()
        for page in self.pages:
            page.use(self._games.of(page.document.path), self._selections.of(page.document.path))

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
        """Opens a file, or turns to it where it is open."""
        for index, page in enumerate(self.pages):
            if page.document.path == path:
                self.bar.setCurrentIndex(index)
                return page
        game, selection = self._games.of(path), self._selections.of(path)
        page = Page(self._context, self._document(path), self._background, game, self.safe, selection)
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
        return page

    def _add_cross(self, index: int, page: Page) -> None:
        cross = IconButton(
            self._context.theme, "close", _("Close {name}").format(name=page.document.path.name), size=12
        )
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.clicked.connect(lambda: self.close_page(page))
        self.bar.setTabButton(index, QTabBar.ButtonPosition.RightSide, cross)

    def save(self, page: Page | None = None) -> bool:
        """Saves a page; a file changed by others is asked about, another failure is told. False where not saved."""
        page = page or self.current
        if page is None or not page.dirty:
            return True
        try:
            page.save()
        except ChangedOnDisk:
            page.standing.look(saving=lambda: self.save(page))
            return False
        except LorewrightError as error:
            self._context.toast(str(error), "error", _("Try again"), lambda: self.save(page))
            return False
        self.saved.emit(page)
        return True

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
        if answer == kinds.Discard or (answer == kinds.Save and self.save(page)):
            self._remove(page)

    def _remove(self, page: Page) -> None:
        page.leave()
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
        self._background.close()
        self.safe.close()
        return super().close()

    def keep_all(self) -> bool:
        """Keeps every unsaved text; False where one could not be kept."""
        for page in self.pages:
            page.standing.safekeeping.keep_now()
        return self.safe.flush()

    # -- files that come, go and move --------------------------------------------------------------------

    def _document(self, path: Path) -> Document:
        """The document of a file; one that is gone, with a text of it still kept, is open for writing."""
        document = Document.read(path)
        kept = document.stamp is None and is_missing(path) and self._recovery.all_for(Document.absent(path))
        return Document.absent(path) if kept else document

    @property
    def _recovery(self) -> Recovery:
        return Recovery(self._context.workspace.recovery)

    def open_kept(self) -> None:
        """Opens the files of which an unsaved text was kept, so that each asks about it."""
        for path in dict.fromkeys(kept.path for kept in reversed(self._recovery.all())):
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
