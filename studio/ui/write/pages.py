"""Owns the open scenarios as tabs; knows neither the tree nor the preview."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.widgets import EmptyPlace, IconButton
from studio.ui.write.page import Page
from studio.workspace import Document
from studio.workspace.documents import ChangedOnDisk
from studio.workspace.game import Games


class Pages(QWidget):
    """A bar of tabs over the editors. `turned` is emitted when another page, or none, is in front."""

    turned = Signal()
    checked = Signal(object)
    saved = Signal(object)

    def __init__(self, context: Context, empty: EmptyPlace) -> None:
        super().__init__()
        self._context = context
        self._background = Background("check")
        self._games = Games()
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
        page = Page(self._context, Document.read(path), self._background, self._games.of(path))
        page.checked.connect(self._checked)
        page.dirty_changed.connect(self._mark)
        self.stack.addWidget(page)
        index = self.bar.addTab(path.stem)
        self.bar.setTabData(index, page)
        self.bar.setTabToolTip(index, str(path))
        self._add_cross(index, page)
        self.bar.show()
        self.bar.setCurrentIndex(index)
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
        except ChangedOnDisk as error:
            page.notify(
                "warning",
                str(error),
                (_("Reload"), page.reload),
                (_("Save over it"), lambda: self._save_over(page)),
            )
            return False
        except LorewrightError as error:
            self._context.toast(str(error), "error", _("Try again"), lambda: self.save(page))
            return False
        self.saved.emit(page)
        return True

    def _save_over(self, page: Page) -> None:
        try:
            page.save(over_changes=True)
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return
        self.saved.emit(page)

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
        self._turn()

    def close(self) -> bool:
        """Ends the working thread."""
        self._background.close()
        return super().close()

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
