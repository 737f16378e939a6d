"""Owns the command palette: every command by typing a few letters; knows no command."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from studio.language import _
from studio.ui.commands import Command
from studio.ui.shell.fuzzy import score
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import Index, RowPainter, rule

_COMMAND, _PLACES = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class _Rows(RowPainter):
    """Draws icon, title with the found letters strong, and the shortcut as keys."""

    height = 36
    rounded = True
    inset = (SPACE_4, 1)

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one command."""
        theme, command = self._theme, index.data(_COMMAND)
        edge = theme.px(16)
        top = box.top() + (box.height() - edge) // 2
        if command.icon_name:
            theme.icon(command.icon_name, "muted").paint(painter, box.left() + SPACE_8, top, edge, edge)
        words = box.adjusted(SPACE_8 + edge + SPACE_12, 0, -SPACE_8, 0)
        self._draw_title(painter, words, command.title, set(index.data(_PLACES)))
        self._draw_keys(painter, words, command.shortcut)

    def _draw_title(self, painter: QPainter, box: QRect, title: str, strong: set[int]) -> None:
        x = box.left()
        for place, letter in enumerate(title):
            font = self._theme.text_font(weight=QFont.Weight.DemiBold if place in strong else QFont.Weight.Normal)
            painter.setFont(font)
            painter.setPen(self._theme.colour("accent" if place in strong else "text"))
            painter.drawText(QRect(x, box.top(), box.right() - x, box.height()), Qt.AlignmentFlag.AlignVCenter, letter)
            x += QFontMetrics(font).horizontalAdvance(letter)

    def _draw_keys(self, painter: QPainter, box: QRect, shortcut: str) -> None:
        theme, right = self._theme, box.right()
        font = theme.text_font(SIZE_SMALL - 1)
        painter.setFont(font)
        shown = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        for key in reversed(shown.replace("++", "+Plus").split("+") if shown else []):
            key = "+" if key == "Plus" else key
            width = max(theme.px(20), QFontMetrics(font).horizontalAdvance(key) + theme.px(12))
            cap = QRect(right - width, box.center().y() - theme.px(9), width, theme.px(19))
            painter.setPen(theme.colour("line_strong"))
            painter.setBrush(theme.colour("raised"))
            painter.drawRoundedRect(cap, 4, 4)
            painter.setPen(theme.colour("secondary"))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
            right -= width + SPACE_4


class CommandPalette(QFrame):
    """A box over the window: letters narrow the list, Enter runs, Escape leaves."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._commands: list[Command] = []
        self._before: QWidget | None = None
        self.setProperty("kind", "popup")
        self._search = QLineEdit()
        self._search.setProperty("kind", "bare")
        self._search.setPlaceholderText(_("Type what you want to do"))
        self._search.setAccessibleName(_("Search commands"))
        self._model = QStandardItemModel(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Rows(theme))
        self._list.setAccessibleName(_("Commands"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.clicked.connect(lambda _index: self._run())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_8)
        layout.setSpacing(SPACE_4)
        for part in (self._search, rule(), self._list):
            layout.addWidget(part)
        self._search.textChanged.connect(self._narrow)
        self._search.installEventFilter(self)
        self.hide()

    @property
    def shown(self) -> tuple[str, ...]:
        """The titles that are listed now, best first."""
        return tuple(self._model.item(row).text() for row in range(self._model.rowCount()))

    def open(self, commands: list[Command], text: str = "") -> None:
        """Shows the palette with these commands."""
        self._commands = [command for command in commands if command.ready()]
        window = self._window
        self._before = window.focusWidget()
        width = min(self._theme.px(600), window.width() - 80)
        height = min(self._theme.px(440), window.height() - 120)
        self.setGeometry((window.width() - width) // 2, self._theme.px(72), width, height)
        self._search.setText(text)
        self._narrow()
        self.show()
        self.raise_()
        self._search.setFocus()

    def leave(self) -> None:
        """Hides the palette; the focus goes back to where it was."""
        self.hide()
        if self._before is not None:
            self._before.setFocus()

    def _narrow(self) -> None:
        wanted = self._search.text()
        found = [(score(wanted, command.title), command) for command in self._commands]
        hits = [(hit, command) for hit, command in found if hit is not None] if wanted.strip() else []
        if wanted.strip():
            hits.sort(key=lambda pair: -pair[0][0])
        self._model.clear()
        for places, command in (
            [(hit[1], command) for hit, command in hits] if wanted.strip() else [((), c) for c in self._commands]
        ):
            item = QStandardItem(command.title)
            item.setData(command, _COMMAND)
            item.setData(places, _PLACES)
            self._model.appendRow(item)
        self._list.setCurrentIndex(self._model.index(0, 0))

    def _run(self) -> None:
        command = self._list.currentIndex().data(_COMMAND)
        self.leave()
        if command is not None:
            command.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lets the arrows move in the list while the letters go into the search."""
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        rows = self._model.rowCount()
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        key = Qt.Key(event.key())
        if key in steps and rows:
            self._list.setCurrentIndex(self._model.index((self._list.currentIndex().row() + steps[key]) % rows, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            return super().eventFilter(watched, event)
        return True
