"""Owns how a report is shown: a heading, figures side by side, tables whose rows lead somewhere. Knows no report."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QScrollArea,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.language import _
from studio.ui.data.section import Section
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import EmptyPlace, label, push_button, row
from studio.ui.widgets.hover import explain, of_word

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_ROLE = Qt.ItemDataRole
_ROWS_SEEN = 12
_ROW = 28
_OWN_PAD = 3
"""What Qt leaves free beside the words of a cell, but not of a heading."""
_SHARE = 0.4
_MEASURED = 50
_WIDE = 1080
"""Wider a report is not: an eye that crosses a whole screen loses the line."""


class _Rows(QAbstractTableModel):
    def __init__(self, theme: Theme, section: Section) -> None:
        super().__init__()
        self._theme = theme
        self._section = section

    def rowCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        return 0 if parent.isValid() else len(self._section.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        return 0 if parent.isValid() else len(self._section.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # Qt's name
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _ROLE.DisplayRole:
            return self._section.columns[section]
        if role == _ROLE.ToolTipRole:
            return of_word(self._section.columns[section])
        return self._side(section) if role == _ROLE.TextAlignmentRole else None

    def data(self, index: _Index, role: int = _ROLE.DisplayRole) -> Any:
        if role in (_ROLE.DisplayRole, _ROLE.ToolTipRole):
            return self._section.rows[index.row()][index.column()]
        if role == _ROLE.TextAlignmentRole:
            return self._side(index.column())
        if role == _ROLE.ForegroundRole and index.column() != 0:
            return self._theme.colour("secondary")
        return None

    def _side(self, column: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if column in self._section.numbers else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)


class _PlaceDelegate(QStyledItemDelegate):
    """Of a place that does not fit the end is shown: there its file and line are."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        """What Qt would do, shortened at the other side."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideLeft


class _Table(QTableView):
    """As high as its rows, up to a dozen."""

    led = Signal(object)

    def __init__(self, theme: Theme, section: Section) -> None:
        super().__init__()
        self._theme = theme
        self._section = section
        self._rows = _Rows(theme, section)
        self.setModel(self._rows)
        self.setAccessibleName(section.title)
        self.setProperty("kind", "base")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(section.wide, QHeaderView.ResizeMode.Stretch)
        head.setResizeContentsPrecision(_MEASURED)
        self._places = _PlaceDelegate(self)
        for column in section.narrow:
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setItemDelegateForColumn(column, self._places)
        self.activated.connect(self._lead)
        self._restyle()

    def _restyle(self) -> None:
        height, pad = self._theme.px(_ROW), self._theme.px(SPACE_8)
        self.setStyleSheet(f"QTableView::item {{ padding: 0 {pad - _OWN_PAD}px; border: none; }}")
        self.verticalHeader().setDefaultSectionSize(height)
        seen = min(len(self._section.rows), _ROWS_SEEN)
        self.setFixedHeight(seen * height + self.horizontalHeader().sizeHint().height() + SPACE_4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns of places get what they need, as long as the others have more."""
        super().resizeEvent(event)
        most, words = round(_SHARE * self.viewport().width()), self.fontMetrics().horizontalAdvance
        for column in self._section.narrow:
            needed = max(words(row[column]) for row in self._section.rows[:_MEASURED])
            self.setColumnWidth(column, min(needed + self._theme.px(3 * SPACE_8), most))

    @Slot(QModelIndex)
    def _lead(self, index: QModelIndex) -> None:
        if index.row() < len(self._section.targets):
            self.led.emit(self._section.targets[index.row()])


class Report(QScrollArea):
    """The sections of one report below each other. `led` carries where a row leads."""

    led = Signal(object)

    def __init__(self, theme: Theme, name: str, empty: EmptyPlace) -> None:
        super().__init__()
        self._theme = theme
        self._sections: tuple[Section, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_24)
        self._column.setSpacing(SPACE_12)
        self._empty = empty
        self._parts: list[QWidget] = []
        self._column.addWidget(empty, 1)
        self._column.addStretch(0)
        self.setWidget(inside)
        self._clock = QTimer(self, interval=0)
        self._clock.timeout.connect(self._draw)
        theme.changed.connect(self._redraw)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What is too wide stays free at the right."""
        super().resizeEvent(event)
        free = self.viewport().width() - self._theme.px(_WIDE)
        self._column.setContentsMargins(SPACE_24, SPACE_16, max(SPACE_24, free), SPACE_24)

    @property
    def sections(self) -> tuple[Section, ...]:
        """What is shown."""
        return self._sections

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Shows a report; without sections the empty place. The same again changes nothing."""
        if tuple(sections) != self._sections:
            self._sections = tuple(sections)
            self._redraw()

    @property
    def drawn(self) -> bool:
        """Whether all sections are there, or will be once the report is looked at."""
        return not self._clock.isActive()

    @Slot()
    def _redraw(self) -> None:
        """Draws anew, once somebody looks; a section at a time, so that none holds up the window."""
        for part in self._parts:
            self._column.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts.clear()
        self._empty.setVisible(not self._sections)
        self._column.setStretch(self._column.count() - 1, 1 if self._sections else 0)
        if self.isVisible():
            self._clock.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Draws what was not looked at before."""
        super().showEvent(event)
        self._clock.start()

    @Slot()
    def _draw(self) -> None:
        if len(self._parts) >= len(self._sections):
            self._clock.stop()
            return
        part = self._part(self._sections[len(self._parts)])
        self._column.insertWidget(len(self._parts), part)
        self._parts.append(part)

    def _part(self, section: Section) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, SPACE_12)
        column.setSpacing(SPACE_8)
        head = row(label(section.title, "title"), None)
        if section.run is not None:
            head.addWidget(push_button(section.action, section.run))
        column.addLayout(head)
        if section.sentence:
            column.addWidget(label(section.sentence, "muted", wrap=True, selectable=True))
        if section.figures:
            column.addLayout(_figures(section.figures))
        if section.rows:
            table = _Table(self._theme, section)
            table.led.connect(self.led)
            column.addWidget(table)
        return part


def _figures(figures: Sequence[tuple[str, str]]):  # type: ignore[no-untyped-def]  # a layout of Qt
    line = row(spacing=SPACE_12)
    for value, what in figures:
        card = QFrame()
        card.setProperty("kind", "card")
        card.setAccessibleName(_("{what}: {value}").format(what=what, value=value))
        inside = QVBoxLayout(card)
        inside.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, SPACE_8)
        inside.setSpacing(0)
        inside.addWidget(label(value, "display", selectable=True))
        inside.addWidget(label(what, "caption"))
        explain(card, what)
        line.addWidget(card)
    line.addStretch(1)
    return line
