"""Owns the small window that lists the sessions that were kept. Reads nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from studio.language import _, plural
from studio.play.reading import Listed
from studio.ui.play.popover import Popover
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8
from studio.ui.widgets import Index, RowPainter, label


def about(session: Listed) -> str:
    """The line below a session's title."""
    played = plural("{count} turn", "{count} turns", session.turns)
    when = session.changed.astimezone().strftime("%d.%m.%Y %H:%M")
    rated = _("rated") if session.rated else ""
    return " · ".join(filter(None, (when, played, session.model, rated, session.trouble)))


class _Rows(RowPainter):
    """Title and the line below it."""

    height = 48
    rounded = True

    def draw(self, painter: QPainter, box: object, index: Index) -> None:
        """Both lines, cut where they lack room."""
        session = index.data(Qt.ItemDataRole.UserRole)
        assert isinstance(session, Listed)
        theme = self._theme
        place = box.adjusted(SPACE_8, 6, -SPACE_8, -6)  # type: ignore[attr-defined]  # a QRect
        lines = (
            (session.title, theme.text_font(), "text", Qt.AlignmentFlag.AlignTop),
            (about(session), theme.text_font(SIZE_SMALL), "muted", Qt.AlignmentFlag.AlignBottom),
        )
        for text, font, token, where in lines:
            painter.setFont(font)
            painter.setPen(theme.colour(token))
            cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | where, cut)


class SessionsList(Popover):
    """The sessions, the newest first. `chosen` carries the path of the one to open."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, _("Sessions that were kept"))
        self._all: list[Listed] = []
        self.search = QLineEdit()
        self.search.setAccessibleName(_("Search the sessions"))
        self.search.setPlaceholderText(_("Search…"))
        self.search.textChanged.connect(self._show)
        self.list = QListWidget()
        self.list.setItemDelegate(_Rows(theme))
        self.list.setAccessibleName(_("Sessions"))
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        self._nothing = label(_("Nothing was played here yet. What you play is kept by itself."), "muted", wrap=True)
        for part in (self.search, self.list, self._nothing):
            self.column.addWidget(part)
        self.list.setMinimumSize(QSize(theme.px(440), theme.px(360)))

    def show_sessions(self, sessions: Sequence[Listed]) -> None:
        """Lists those sessions in which something was played."""
        self._all = [session for session in sessions if session.turns]
        self._show()

    @Slot()
    def _show(self) -> None:
        words = self.search.text().lower().split()
        self.list.clear()
        for session in self._all:
            text = f"{session.title}, {about(session)}"
            if all(word in text.lower() for word in words):
                item = QListWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, session)
                item.setToolTip(str(session.path.name))
                self.list.addItem(item)
        self._nothing.setVisible(not self._all)
        self.list.setCurrentRow(0)

    @Slot(QListWidgetItem)
    def _open(self, item: QListWidgetItem) -> None:
        session = item.data(Qt.ItemDataRole.UserRole)
        path: Path = session.path
        self.close()
        self.chosen.emit(path)
