"""Owns the short messages at the window's edge; knows not what they say."""

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget
from shiboken6 import isValid

from studio.language import _
from studio.ui.context import Toast
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import IconButton, label, push_button

_COLOURS = {"success": "dm", "info": "user", "warning": "warning", "error": "error"}
_SHOWN_MS = 6000
_MOST = 4


class ToastCard(QFrame):
    """One message with its icon, an action where it has one, and a cross."""

    def __init__(self, theme: Theme, toast: Toast, gone: "ToastStack") -> None:
        super().__init__(gone.window)
        self._toast = toast
        self._stack = gone
        self.setProperty("kind", "popup")
        self.setAccessibleName(toast.text)
        words = label(toast.text, wrap=True, selectable=True)
        words.setMinimumWidth(theme.px(200))
        icon = label()
        icon.setPixmap(theme.icon(toast.kind, _COLOURS[toast.kind]).pixmap(theme.px(18), theme.px(18)))
        cross = IconButton(theme, "close", _("Close this message"), size=14)
        cross.clicked.connect(self.leave)
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_16, SPACE_12, SPACE_8, SPACE_12)
        line.setSpacing(SPACE_12)
        line.addWidget(icon)
        line.addWidget(words, 1)
        if toast.run is not None:
            line.addWidget(push_button(toast.action, self._act))
        line.addWidget(cross)
        self.setFixedWidth(theme.px(400))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.leave)
        if toast.kind != "error":
            self._timer.start(_SHOWN_MS)

    def enterEvent(self, event: object) -> None:
        """Waits while the pointer is here."""
        self._timer.stop()

    def leaveEvent(self, event: object) -> None:
        """Counts anew once the pointer left."""
        if self._toast.kind != "error":
            self._timer.start(_SHOWN_MS)

    def _act(self) -> None:
        if self._toast.run is not None:
            self._toast.run()
        self.leave()

    @Slot()
    def leave(self) -> None:
        """Takes the message away."""
        self._stack.drop(self)


class ToastStack(QObject):
    """The messages above each other at the lower right of the window, over the widget `above`."""

    def __init__(self, theme: Theme, window: QWidget, above: QWidget) -> None:
        super().__init__(window)
        self._above = above
        self._theme = theme
        self.window = window
        self.cards: list[ToastCard] = []
        window.installEventFilter(self)
        above.installEventFilter(self)

    @Slot(object)
    def add(self, toast: Toast) -> None:
        """Shows a message; the same one is not shown twice, and at most four at once."""
        for card in [card for card in self.cards if card.accessibleName() == toast.text]:
            self.drop(card)
        while len(self.cards) >= _MOST:
            self.drop(self.cards[0])
        card = ToastCard(self._theme, toast, self)
        self.cards.append(card)
        card.show()
        self._place()

    def drop(self, card: ToastCard) -> None:
        """Takes a message away."""
        if card in self.cards:
            self.cards.remove(card)
            card.hide()
            card.deleteLater()
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keeps them in their corner."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        if not self.cards or not isValid(self.window):  # a window that is being deleted hides itself and its parts
            return
        covered = self._above.height() if self._above.isVisible() else 0
        bottom = self.window.height() - self._theme.px(28) - covered - SPACE_16
        for card in reversed(self.cards):
            card.adjustSize()
            card.move(self.window.width() - card.width() - SPACE_16, bottom - card.height())
            card.raise_()
            bottom -= card.height() + SPACE_8
