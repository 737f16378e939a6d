"""Owns the small widgets that carry an accessible name and follow the theme; knows no tab."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8


class IconButton(QToolButton):
    """A button with an icon that follows the theme; `name` is its tool tip and its name for screen readers."""

    def __init__(
        self, theme: Theme, icon_name: str, name: str, *, text: str = "", colour: str = "secondary", size: int = 16
    ) -> None:
        super().__init__()
        self._theme = theme
        self._icon_name = icon_name
        self._colour = colour
        self._size = size
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if text:
            self.setText(text)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        theme.changed.connect(self._redraw)
        self._redraw()

    def show_icon(self, icon_name: str, colour: str | None = None) -> None:
        """Changes the icon."""
        self._icon_name = icon_name
        self._colour = colour or self._colour
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(self._size)
        self.setIconSize(QSize(edge, edge))
        if self._icon_name:
            self.setIcon(self._theme.icon(self._icon_name, self._colour))


def label(text: str = "", kind: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A plain-text label of one of the style sheet's kinds."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if kind:
        made.setProperty("kind", kind)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def push_button(text: str, run: Callable[[], object], kind: str = "", *, why: str = "") -> QPushButton:
    """A button with a word; `kind` is primary, danger or link."""
    made = QPushButton(text)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAccessibleName(text)
    if kind:
        made.setProperty("kind", kind)
    if why:
        made.setToolTip(why)
    made.clicked.connect(lambda: run())
    return made


def segment(text: str, name: str = "") -> QToolButton:
    """One of several words of which one is chosen."""
    made = QToolButton()
    made.setText(text)
    made.setCheckable(True)
    made.setAutoExclusive(True)
    made.setAccessibleName(name or text)
    made.setProperty("kind", "segment")
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def number(least: int, most: int, name: str) -> QSpinBox:
    """A field for a whole number, which is told when it is whole, not letter by letter."""
    made = QSpinBox()
    made.setRange(least, most)
    made.setKeyboardTracking(False)
    made.setAccessibleName(name)
    line = made.lineEdit()
    assert line is not None
    line.setTextMargins(SPACE_8, 0, 0, 0)  # a style sheet's padding is not that of the line within
    return made


def rule(vertical: bool = False) -> QFrame:
    """A hairline."""
    made = QFrame()
    made.setProperty("kind", "rule")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def row(
    *parts: QWidget | int | None, spacing: int = SPACE_8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """Widgets beside each other; a number is a gap, None takes what is free."""
    layout = QHBoxLayout()
    _fill(layout, parts, spacing, margins)
    return layout


def stack(
    *parts: QWidget | int | None, spacing: int = SPACE_8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """Widgets below each other; a number is a gap, None takes what is free."""
    layout = QVBoxLayout()
    _fill(layout, parts, spacing, margins)
    return layout


def _fill(
    layout: QBoxLayout, parts: tuple[QWidget | int | None, ...], spacing: int, margins: tuple[int, int, int, int]
) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        else:
            layout.addWidget(part)
