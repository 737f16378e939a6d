"""Owns the view of the game's log: what happened, the latest first, and what can be done with each line of it."""

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from studio.language import _
from studio.play.session import Session
from studio.ui.play.log_lines import LogLine, log_of
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton, label

_LINES = 60


class Happened(QWidget):
    """The log. `wished` carries what is wanted of the session, `place_wanted` the turn to show in the chat."""

    wished = Signal(object)
    place_wanted = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._told: tuple[Session | None, int | None, int] = (None, None, 0)
        self._idle = False
        self.lines: tuple[LogLine, ...] = ()
        self._undo = IconButton(theme, "undo", _("Take the last change back"))
        self._redo = IconButton(theme, "redo", _("Do again what was taken back"))
        self._undo.clicked.connect(lambda: self.wished.emit(lambda session: session.undo()))
        self._redo.clicked.connect(lambda: self.wished.emit(lambda session: session.redo()))
        self._words = label("", "", wrap=True)
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self._words.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._words.setAccessibleName(_("What happened"))
        self._words.linkActivated.connect(self._choose)
        self._lay_out()
        theme.changed.connect(self._draw)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_4)
        head.addWidget(label(_("What happened"), "title"), 1)
        head.addWidget(self._undo)
        head.addWidget(self._redo)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        column.addLayout(head)
        column.addWidget(self._words)

    def show_session(self, session: Session, *, idle: bool) -> None:
        """Says what happened; the story is gone through only where something did."""
        self._idle = idle
        self._undo.setEnabled(idle and session.can_undo)
        self._redo.setEnabled(idle and session.can_redo)
        place = (session, session.tip, session.tree.version)
        if place == self._told:
            return
        self._told = place
        lines = log_of(session, _LINES)
        if lines != self.lines or not self._words.text():
            self.lines = lines
            self._draw()

    @Slot()
    def _draw(self) -> None:
        if not self.lines:
            self._words.setText(escape(_("Nothing yet. What changes a sheet, and what the dice show, stands here.")))
            self._words.setToolTip("")
            return
        shown = [self._line(number, line) for number, line in enumerate(self.lines)]
        self._words.setText("".join(shown))
        self._words.setToolTip(_("Choose a line to see it in the story, or to take it back"))

    def _line(self, number: int, line: LogLine) -> str:
        """The turn or step that came last stands out."""
        colours = self._theme.colours
        colour = colours.text if line.node == self.lines[0].node else colours.secondary
        link = f'<a href="{number}" style="color:{colour};text-decoration:none">{escape(line.text)}</a>'
        return f'<p style="margin-top:0;margin-bottom:{SPACE_4}px">{link}</p>'

    @Slot(str)
    def _choose(self, number: str) -> None:
        under = self._words.underMouse()
        place = QCursor.pos() if under else self._words.mapToGlobal(QPoint(0, 0))
        self.menu(int(number)).popup(place)

    def menu(self, number: int) -> QMenu:
        """What can be done with a line."""
        line, menu = self.lines[number], QMenu(self)
        menu.setAccessibleName(_("What can be done with this line"))
        menu.aboutToHide.connect(menu.deleteLater)
        self._add(menu, "play", _("Show it in the story"), lambda: self.place_wanted.emit(line.node), on=True)
        if line.alone:
            self._add(menu, "trash", _("Take only this out"), lambda: self._wish(lambda s: s.delete(line.node)))
        back = _("Take back this and all that came after it")
        self._add(menu, "undo", back, lambda: self._wish(lambda s: take_back(s, line.node)))
        return menu

    def _add(self, menu: QMenu, icon: str, title: str, run: Callable[[], object], *, on: bool = False) -> None:
        action = menu.addAction(self._theme.icon(icon), title)
        action.setEnabled(on or self._idle)
        action.triggered.connect(lambda _on=False: run())

    def _wish(self, wish: Callable[[Session], object]) -> None:
        self.wished.emit(wish)


def take_back(session: Session, node: int) -> None:
    """Takes back all that was done since before a turn or step came about; what a scenario told stays."""
    while node in session.nodes and session.can_undo:
        session.undo()
