"""Owns the column of tabs at the window's left edge; knows no tab's inside."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8, SPACE_12


class RailButton(QToolButton):
    """An icon above a word; the chosen one has a bar in the accent at its left."""

    def __init__(self, theme: Theme, icon_name: str, word: str, *, checkable: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._icon_name = icon_name
        self._hovered = False
        self.setText(word)
        self.setCheckable(checkable)
        self.setAccessibleName(word)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high as icon and word need."""
        return QSize(self._theme.px(68), self._theme.px(58 if self.text() else 44))

    def enterEvent(self, event: object) -> None:
        """Shows that the pointer is here."""
        self._hovered = True
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Shows that the pointer left."""
        self._hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws plate, bar, icon and word."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            on = self.isChecked()
            inner = self.rect().adjusted(SPACE_8, 2, -SPACE_8, -2)
            painter.setPen(Qt.PenStyle.NoPen)
            if on or self._hovered:
                painter.setBrush(theme.tint("accent", 0.16, "ground") if on else theme.tint("text", 0.06, "ground"))
                painter.drawRoundedRect(inner, 8, 8)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(theme.colour("accent"))
                painter.drawRoundedRect(inner.adjusted(0, 0, -1, -1), 8, 8)
            if on:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent"))
                painter.drawRoundedRect(0, inner.top() + 12, 3, inner.height() - 24, 1.5, 1.5)
            self._draw_face(painter, theme.colour("text") if on or self._hovered else theme.colour("muted"), on)

    def _draw_face(self, painter: QPainter, colour: QColor, on: bool) -> None:
        theme, edge = self._theme, self._theme.px(22)
        x = (self.width() - edge) // 2
        y = theme.px(9) if self.text() else (self.height() - edge) // 2
        name = "accent" if on else ("text" if self._hovered else "muted")
        theme.icon(self._icon_name, name).paint(painter, x, y, edge, edge)
        painter.setPen(colour)
        painter.setFont(theme.text_font(SIZE_SMALL - 1, painter.font().weight()))
        words = self.rect().adjusted(0, y + edge + 2, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.text())


class Rail(QWidget):
    """The tabs as buttons; `chosen` carries a tab's name."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._buttons: dict[str, RailButton] = {}
        self._group = QButtonGroup(self)
        self.setProperty("kind", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Lorewright")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, SPACE_12, 0, SPACE_8)
        self._layout.setSpacing(SPACE_4)
        self._layout.addStretch(1)
        theme.changed.connect(self._resize)
        self._resize()

    def add_tab(self, name: str, icon_name: str, word: str, shortcut: str) -> None:
        """Adds a tab below the others."""
        button = RailButton(self._theme, icon_name, word)
        button.setToolTip(f"{word}  {shortcut}")
        button.clicked.connect(lambda: self.chosen.emit(name))
        self._group.addButton(button)
        self._layout.insertWidget(len(self._buttons), button)
        self._buttons[name] = button

    def add_action(self, icon_name: str, word: str, run: Callable[[], object]) -> None:
        """Adds a small button at the foot."""
        button = RailButton(self._theme, icon_name, "", checkable=False)
        button.setAccessibleName(word)
        button.setToolTip(word)
        button.clicked.connect(lambda: run())
        self._layout.addWidget(button)

    def choose(self, name: str) -> None:
        """Marks a tab as the one that is shown."""
        self._buttons[name].setChecked(True)

    @Slot()
    def _resize(self) -> None:
        self.setFixedWidth(self._theme.px(68))
        for button in self.findChildren(RailButton):
            button.setFixedSize(button.sizeHint())
