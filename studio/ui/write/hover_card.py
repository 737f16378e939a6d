"""Owns the card that says what is wrong under the pointer, with the code's page and the fix a click away."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.language import _
from studio.lint import Diagnostic
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, push_button, row

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

_MOST = 3
_GRACE_MS = 350


class HoverCard(QFrame):
    """The card; it stays while the pointer is on it. `explained` carries a code, `mended` a problem and where."""

    explained = Signal(str)
    mended = Signal(object, int)

    def __init__(self, editor: "Editor", theme: Theme) -> None:
        super().__init__(editor)
        self._editor = editor
        self._theme = theme
        self._shown: tuple[Diagnostic, ...] = ()
        self._place = QPoint()
        self.setProperty("kind", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        self._layout.setSpacing(SPACE_8)
        self._body: QWidget | None = None
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.setInterval(_GRACE_MS)
        self._grace.timeout.connect(self._leave)
        editor.verticalScrollBar().valueChanged.connect(self.hide)
        self.hide()

    @property
    def shown(self) -> tuple[Diagnostic, ...]:
        """What the card speaks of now."""
        return self._shown if self.isVisible() else ()

    def show_at(self, place: QPoint, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Speaks of what is wrong at a place of the editor's viewport; hides where there is nothing."""
        if not diagnostics:
            self.hide()
            return
        self._place = place
        if diagnostics != self._shown or not self.isVisible():
            self._fill(diagnostics[:_MOST])
        self._shown = diagnostics
        self._put()
        self.show()
        self.raise_()
        self._grace.start()

    def _fill(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        if self._body is not None:
            self._layout.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE_8)
        for item in diagnostics:
            inner.addWidget(self._said(item))
        self._layout.addWidget(self._body)

    def _said(self, item: Diagnostic) -> QWidget:
        part = QWidget()
        lines = QVBoxLayout(part)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(SPACE_4)
        picture = label()
        edge = self._theme.px(14)
        picture.setPixmap(self._theme.icon(str(item.severity), str(item.severity)).pixmap(edge, edge))
        words = label(item.message, wrap=True, selectable=True)
        head = row(picture, words, spacing=SPACE_8)
        head.setStretch(1, 1)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        head.setAlignment(picture, Qt.AlignmentFlag.AlignTop)
        lines.addLayout(head)
        page = push_button(_("{code}: read more").format(code=item.code), lambda: self._explain(item.code), "link")
        links: list[QWidget | int | None] = [page]
        if item.fix is not None:
            links.insert(0, push_button(item.fix.title, lambda: self._mend(item), "link"))
        lines.addLayout(row(*links, None, spacing=SPACE_8))
        return part

    def _put(self) -> None:
        """Below the line under the pointer, above it where there is no room, never past an edge."""
        editor = self._editor
        self.setMaximumWidth(max(200, min(self._theme.px(460), editor.width() - SPACE_16)))
        self.setMinimumWidth(min(self._theme.px(360), editor.width() - SPACE_16))
        self.adjustSize()
        corner = self._place + editor.viewport().pos()
        below = corner.y() + editor.line_height()
        top = below if below + self.height() <= editor.height() else corner.y() - self.height() - SPACE_8
        self.move(max(0, min(corner.x(), editor.width() - self.width() - SPACE_16)), max(0, top))

    def _explain(self, code: str) -> None:
        self.hide()
        self.explained.emit(code)

    def _mend(self, item: Diagnostic) -> None:
        self.hide()
        self.mended.emit(item, self._editor.cursorForPosition(self._place).position())

    def _leave(self) -> None:
        if self.underMouse() or not self.isVisible():
            return
        place = self._editor.viewport().mapFromGlobal(self.cursor().pos())
        if abs(place.y() - self._place.y()) > self._editor.line_height() and self.isVisible():
            self.hide()
        else:
            self._grace.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stays while the pointer is here."""
        self._grace.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Goes with the pointer."""
        self.hide()
        super().leaveEvent(event)
