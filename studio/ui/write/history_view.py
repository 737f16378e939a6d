"""Owns the history of a file on the screen: its snapshots, each compared with the text at hand, and taking one back.

Knows not where snapshots lie and when they are taken.
"""

from datetime import datetime

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Slot,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario import Edit
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8, SPACE_12
from studio.ui.widgets import EmptyPlace, Index, RowPainter, label, push_button, row, rule
from studio.ui.write.comparison import ComparisonView, Text, size_of_change
from studio.ui.write.offers import spoken_time
from studio.ui.write.page import Page
from studio.workspace.differences import edits
from studio.workspace.history import History, Snapshot

_SNAPSHOT = Qt.ItemDataRole.UserRole
_SIZE = Qt.ItemDataRole.UserRole + 1


class _Snapshots(QAbstractListModel):
    """The snapshots, the newest first, with how much each changed against the one before it."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshots: tuple[Snapshot, ...] = ()
        self._sizes: dict[int, tuple[int, int]] = {}

    def take(self, snapshots: tuple[Snapshot, ...]) -> None:
        """Takes in which snapshots there are."""
        self.beginResetModel()
        self.snapshots, self._sizes = snapshots, {}
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """How many there are."""
        return 0 if parent is not None and parent.isValid() else len(self.snapshots)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A snapshot, the size of its change, or its time in words."""
        if role == _SNAPSHOT:
            return self.snapshots[index.row()]
        size = self._sizes.get(index.row())
        if role == _SIZE:
            return size
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            words = spoken_time(self.snapshots[index.row()].when)
            return f"{words}  {size_of_change(*size)}" if size is not None else words
        return None

    def take_sizes(self, sizes: dict[int, tuple[int, int]]) -> None:
        """Takes in how much each snapshot changed."""
        self._sizes = sizes
        if self.snapshots:
            self.dataChanged.emit(self.index(0), self.index(len(self.snapshots) - 1))


class _Rows(RowPainter):
    """Draws the time of a snapshot over how long ago it was and how much it changed."""

    height = 46

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one row."""
        theme = self._theme
        inner: QRect = box.adjusted(SPACE_12, SPACE_8 - 2, -SPACE_12, 2 - SPACE_8)
        upper, lower = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        snapshot: Snapshot = index.data(_SNAPSHOT)
        painter.setFont(theme.text_font(weight=QFont.Weight.DemiBold))
        painter.setPen(theme.colour("text"))
        painter.drawText(inner, upper, spoken_time(snapshot.when))
        painter.setFont(theme.text_font(SIZE_SMALL))
        painter.setPen(theme.colour("muted"))
        painter.drawText(inner, lower, ago(snapshot.when, datetime.now().timestamp()))
        self._draw_size(painter, inner, index.data(_SIZE))

    def _draw_size(self, painter: QPainter, box: QRect, size: tuple[int, int] | None) -> None:
        theme = self._theme
        painter.setFont(theme.mono_font(SIZE_SMALL))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        if size is None:
            painter.drawText(box, right, _("first"))
            return
        parts = ((f"−{size[1]}", "error"), (f"+{size[0]}", "dm"))
        for words, colour in parts:
            painter.setPen(theme.colour(colour))
            painter.drawText(box, right, words)
            box = box.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(words) - SPACE_8, 0)


def ago(when: float, now: float) -> str:
    """How long ago something was, in one unit."""
    minutes = max(0, round((now - when) / 60))
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("{count} min ago").format(count=minutes)
    if minutes < 48 * 60:
        return _("{count} h ago").format(count=round(minutes / 60))
    return _("{count} days ago").format(count=round(minutes / 1440))


class HistoryView(QDialog):
    """The snapshots of a page's file at the left, the chosen one against the text at hand at the right.

    What lies on the disk is read on threads, the chosen text on one of its own: it is not kept waiting by the counting.
    """

    def __init__(self, context: Context, page: Page, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._page = page
        self._reader, self._background = Background("check-history"), Background("check-history-sizes")
        for thread in (self._reader, self._background):
            thread.setParent(self)
        self._history: History = page.standing.safekeeping.history
        self._model = _Snapshots()
        self._text: str | None = None  # that of the chosen snapshot, once it was read
        self.setWindowTitle(_("History of {name}").format(name=page.title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(context.theme.px(1120), context.theme.px(700))
        self.comparison = ComparisonView(context.theme)
        self.list = self._make_list()
        self.restore_button = push_button(_("Restore this text"), self.restore, "primary")
        self.restore_button.setToolTip(_("Puts this text in place of the present one, as one step that can be undone."))
        self._lay_out()
        self.finished.connect(self._over)
        page.editor.filled.connect(self._allow)
        self._allow()
        history, path = self._history, page.document.path
        self._reader.ask_at_once("list", lambda: history.of(path), self._take)

    def _make_list(self) -> QListView:
        view = QListView()
        view.setModel(self._model)
        view.setItemDelegate(_Rows(self._context.theme))
        view.setMouseTracking(True)
        view.setUniformItemSizes(True)
        view.setFixedWidth(self._context.theme.px(220))
        view.setAccessibleName(_("Snapshots"))
        view.selectionModel().currentChanged.connect(self._chosen)
        return view

    def _lay_out(self) -> None:
        theme = self._context.theme
        empty = EmptyPlace(
            theme,
            "clock",
            _("No snapshot yet"),
            _("One is taken every five minutes while a text changes: all of the last hour are kept, later fewer."),
        )
        self._body = body = QStackedWidget()
        whole = QWidget()
        both = QHBoxLayout(whole)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        for part in (self.list, rule(vertical=True)):
            both.addWidget(part)
        both.addWidget(self.comparison, 1)
        body.addWidget(whole)
        body.addWidget(empty)
        foot = QWidget()
        note = label(_("Restoring is a step that can be undone."), "muted")
        close = push_button(_("Close"), self.reject)
        foot.setLayout(row(note, None, close, self.restore_button, margins=(SPACE_12,) * 4))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(body, 1)
        layout.addWidget(rule())
        layout.addWidget(foot)

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """What is listed, the newest first."""
        return self._model.snapshots

    def choose(self, place: int) -> None:
        """Chooses a snapshot of the list."""
        self.list.setCurrentIndex(self._model.index(place))

    def restore(self) -> None:
        """Puts the chosen text in place of the present one, as one step that can be undone."""
        if self._text is None:
            return
        changes: tuple[Edit, ...] = edits(self._page.text(), self._text)
        self.accept()
        self._page.apply(changes)
        self._page.editor.setFocus()
        self._context.toast(_("The text is as it was then. Ctrl+Z takes this back."), "success")

    def _take(self, snapshots: object) -> None:
        assert isinstance(snapshots, tuple)
        self._model.take(snapshots)
        self._body.setCurrentIndex(0 if snapshots else 1)
        self.list.setCurrentIndex(self._model.index(0))
        history = self._history
        self._background.ask("sizes", lambda: history.sizes(snapshots), self._take_sizes)

    def _take_sizes(self, sizes: object) -> None:
        assert isinstance(sizes, dict)
        self._model.take_sizes(sizes)

    @Slot(QModelIndex)
    def _chosen(self, index: QModelIndex) -> None:
        self._text = None
        self._allow()
        if not index.isValid():
            return
        snapshot, history = self._model.snapshots[index.row()], self._history

        def work() -> object:
            try:
                return history.read(snapshot)
            except LorewrightError as error:
                return error

        self._reader.ask_at_once("text", work, lambda read: self._show(snapshot, read))

    def _show(self, snapshot: Snapshot, read: object) -> None:
        if not isinstance(read, str):
            self._context.toast(str(read), "error")
            return
        self._text = read
        self._allow()
        old = Text(_("Then, {time}").format(time=spoken_time(snapshot.when)), read)
        self.comparison.compare(old, Text(_("Now"), self._page.text()))

    @Slot()
    def _allow(self) -> None:
        self.restore_button.setEnabled(self._text is not None and not self._page.editor.isReadOnly())

    @Slot()
    def _over(self) -> None:
        self._reader.close()
        self._background.close()
        self.comparison.close_view()
