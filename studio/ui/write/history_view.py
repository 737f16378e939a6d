"""Owns the history of a file on the screen: its snapshots, each compared with the text at hand, and taking one back.

Knows not where snapshots lie and when they are taken.
"""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario import Edit
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8, SPACE_12
from studio.ui.widgets import EmptyPlace, label, push_button, row, rule
from studio.ui.write.comparison import ComparisonView, Text, size_of_change
from studio.ui.write.offers import spoken_time
from studio.ui.write.page import Page
from studio.workspace.differences import count, edits
from studio.workspace.history import History, Snapshot

_SNAPSHOT = Qt.ItemDataRole.UserRole
_SIZE = Qt.ItemDataRole.UserRole + 1


class _Snapshots(QAbstractListModel):
    """The snapshots, the newest first, with how much each changed against the one before it."""

    def __init__(self, snapshots: tuple[Snapshot, ...]) -> None:
        super().__init__()
        self.snapshots = snapshots
        self._sizes: dict[int, tuple[int, int] | None] = {}

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

    def take_sizes(self, sizes: dict[int, tuple[int, int] | None]) -> None:
        """Takes in how much each snapshot changed."""
        self._sizes = sizes
        if self.snapshots:
            self.dataChanged.emit(self.index(0), self.index(len(self.snapshots) - 1))


class _Rows(QStyledItemDelegate):
    """Draws the time of a snapshot over how long ago it was and how much it changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines."""
        return QSize(0, self._theme.px(46))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draws one row."""
        theme, box = self._theme, option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.tint("accent", 0.2, "panel"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.tint("text", 0.05, "panel"))
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
    """The snapshots of a page's file at the left, the chosen one against the text at hand at the right."""

    def __init__(self, context: Context, page: Page, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._page = page
        self._background = Background("history")
        self._background.setParent(self)
        self._history: History = page.standing.safekeeping.history
        self._model = _Snapshots(self._history.of(page.document.path))
        self.setWindowTitle(_("History of {name}").format(name=page.title))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(context.theme.px(1120), context.theme.px(700))
        self.comparison = ComparisonView(context.theme)
        self.list = self._make_list()
        self.restore_button = push_button(_("Restore this text"), self.restore, "primary")
        self.restore_button.setToolTip(_("Puts this text in place of the present one, as one step that can be undone."))
        self._lay_out()
        self.finished.connect(self._over)
        self._background.ask("sizes", self._measured(), self._model_takes)
        self.list.setCurrentIndex(self._model.index(0))
        self.restore_button.setEnabled(bool(self._model.snapshots) and not page.editor.isReadOnly())

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
        body = QStackedWidget()
        whole = QWidget()
        both = QHBoxLayout(whole)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        for part in (self.list, rule(vertical=True)):
            both.addWidget(part)
        both.addWidget(self.comparison, 1)
        body.addWidget(whole)
        body.addWidget(empty)
        body.setCurrentIndex(0 if self._model.snapshots else 1)
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
        text = self._read(self._model.snapshots[self.list.currentIndex().row()])
        if text is None:
            return
        changes: tuple[Edit, ...] = edits(self._page.text(), text)
        self.accept()
        self._page.apply(changes)
        self._page.editor.setFocus()
        self._context.toast(_("The text is as it was then. Ctrl+Z takes this back."), "success")

    @Slot(QModelIndex)
    def _chosen(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        snapshot = self._model.snapshots[index.row()]
        text = self._read(snapshot)
        if text is not None:
            old = Text(_("Then, {time}").format(time=spoken_time(snapshot.when)), text)
            self.comparison.compare(old, Text(_("Now"), self._page.text()))

    def _read(self, snapshot: Snapshot) -> str | None:
        try:
            return self._history.read(snapshot)
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return None

    def _measured(self) -> Callable[[], object]:
        """How much each snapshot changed against the one before it; counted off the GUI thread."""
        history, snapshots = self._history, self._model.snapshots

        def work() -> object:
            sizes: dict[int, tuple[int, int] | None] = {}
            newer: str | None = None
            for place, snapshot in enumerate(snapshots):
                try:
                    text = history.read(snapshot)
                except LorewrightError:
                    newer = None  # thinned away meanwhile; its neighbours simply have no size
                    continue
                if newer is not None:
                    sizes[place - 1] = count(text, newer)
                newer = text
            return sizes

        return work

    def _model_takes(self, sizes: object) -> None:
        assert isinstance(sizes, dict)
        self._model.take_sizes(sizes)

    @Slot()
    def _over(self) -> None:
        self._background.close()
        self.comparison.close_view()
