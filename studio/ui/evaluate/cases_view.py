"""Owns the view of cases: those that failed first, and of the chosen one what was expected and what came."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.evaluate.detail import CaseRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_BODY, SIZE_SMALL, SPACE_4, SPACE_8
from studio.ui.widgets import Index, RowPainter, label, row, segment

_ROOT = QModelIndex()
_MOST = 280
"""Signs of the player's line that are shown."""
_MARKS = {True: ("success", "dm"), False: ("error", "error"), None: ("info", "muted")}


class CasesModel(QAbstractListModel):
    """The cases that are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[CaseRow, ...] = ()

    def show_rows(self, rows: tuple[CaseRow, ...]) -> None:
        """Takes in other cases."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """A row a case."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The case under UserRole, its name in words."""
        case = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return case
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{case.id}\n{case.about}"
        word = _("right") if case.right else _("wrong") if case.right is False else ""
        return f"{case.id} {word}".strip() if role == Qt.ItemDataRole.DisplayRole else None


class _CasePainter(RowPainter):
    """A mark, the case's name, and what it belongs to."""

    height = 44

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one case."""
        theme, case = self._theme, index.data(Qt.ItemDataRole.UserRole)
        edge, pad = theme.px(15), theme.px(SPACE_8)
        icon, colour = _MARKS[case.right]
        line = theme.px(18)
        top = box.top() + (box.height() - 2 * line) // 2
        theme.icon(icon, colour).paint(painter, box.left() + pad, top + (line - edge) // 2, edge, edge)
        place = QRect(box.left() + 2 * pad + edge, top, box.width() - 3 * pad - edge, line)
        for text, colour, size in ((case.id, "text", SIZE_BODY), (case.about, "muted", SIZE_SMALL)):
            font = theme.text_font(size)
            painter.setFont(font)
            painter.setPen(theme.colour(colour))
            mode = Qt.TextElideMode.ElideMiddle
            painter.drawText(
                place, Qt.AlignmentFlag.AlignVCenter, QFontMetrics(font).elidedText(text, mode, place.width())
            )
            place.translate(0, line)


class CasesView(QWidget):
    """The cases; `shown` tells that another is chosen."""

    shown = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._all: tuple[CaseRow, ...] = ()
        self.wrong, self.every = segment(_("Failed")), segment(_("All"))
        self.wrong.setChecked(True)
        self.rows = CasesModel()
        self.list = QListView()
        self.list.setModel(self.rows)
        self._painter = _CasePainter(theme)
        self.list.setItemDelegate(self._painter)
        self.list.setAccessibleName(_("Cases"))
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.line = label("", wrap=True, selectable=True)
        self.expected, self.got = _text(_("Expected")), _text(_("Got"))
        self._none = label("", "muted", wrap=True)
        self._lay_out()
        self.wrong.toggled.connect(self._filter)
        self.list.selectionModel().currentChanged.connect(self._show)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        below = QWidget()
        texts = QVBoxLayout(below)
        texts.setContentsMargins(0, SPACE_8, 0, 0)
        texts.setSpacing(SPACE_4)
        self._said = label(_("The player says"), "caption")
        for part in (self._said, self.line):
            texts.addWidget(part)
        for title, text in ((_("Expected"), self.expected), (_("Got"), self.got)):
            texts.addWidget(label(title, "caption"))
            texts.addWidget(text, 1)
        self._below = below
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(below)
        split.setSizes([200, 320])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        column.addLayout(row(self.wrong, self.every, None, spacing=SPACE_4))
        column.addWidget(self._none)
        column.addWidget(split, 1)

    def show_cases(self, cases: tuple[CaseRow, ...]) -> None:
        """Shows a model's cases; the chosen one stays where they are the same."""
        if cases == self._all:
            return
        self._all = cases
        self.wrong.setText(_("Failed ({count})").format(count=sum(case.right is False for case in cases)))
        self.every.setText(_("All ({count})").format(count=len(cases)))
        self._filter()

    @Slot()
    def _filter(self) -> None:
        failed = tuple(case for case in self._all if case.right is False)
        rows = failed if self.wrong.isChecked() else self._all
        self.rows.show_rows(rows)
        self._none.setVisible(not rows)
        self._none.setText(_("No case failed.") if self._all else _("No case yet."))
        self.list.setVisible(bool(rows))
        self._below.setVisible(bool(rows))
        if rows:
            self.list.setCurrentIndex(self.rows.index(0))

    @Slot()
    def _show(self) -> None:
        index = self.list.currentIndex()
        case = self.rows.rows[index.row()] if index.isValid() else None
        said = _cut(case.line) if case else ""
        self.line.setText(said)
        for part in (self._said, self.line):
            part.setVisible(bool(said))
        self.expected.setPlainText(case.expected if case else "")
        self.got.setPlainText(case.got if case else "")
        self.shown.emit()

    @Slot()
    def _restyle(self) -> None:
        for text in (self.expected, self.got):
            text.setFont(self._theme.mono_font())
        self.list.viewport().update()


def _cut(text: str) -> str:
    """A player's line in the room that there is for one: some are tens of kilobytes long."""
    line = " ".join(text[: 2 * _MOST].split())
    return line if len(line) <= _MOST else f"{line[: _MOST - 1]}…"


def _text(name: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setAccessibleName(name)
    made.setProperty("kind", "field")
    made.setTabChangesFocus(True)
    return made
