"""Owns the five questions at the end of a session, and keeping their answers. Knows no model."""

import datetime
from typing import get_args

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QHBoxLayout, QPushButton, QWidget

from studio.language import _
from studio.play import outgoing
from studio.play.ratings import ANSWERS, QUESTIONS, Answer, Ratings
from studio.play.session import Session
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, push_button, row, stack
from studio.workspace import Workspace

_WIDEST = 560
LEAST_TURNS = 4
"""So many turns must have been played before anybody is asked how it was."""


class RatingStrip(QFrame):
    """Five questions, a click each. `rated` carries the session and the answers once all are given, or on Done."""

    rated = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session: Session | None = None
        self._groups: dict[str, QButtonGroup] = {}
        self.buttons: dict[tuple[str, str], QPushButton] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_12)
        grid.setVerticalSpacing(SPACE_4)
        for line, (name, question) in enumerate(QUESTIONS.items()):
            grid.addWidget(label(_(question), wrap=True), line, 0)
            grid.addLayout(self._answers(name, _(question)), line, 1)
        grid.setColumnStretch(0, 1)
        self._head = label(_("How was it?"), "strong")
        self.done = push_button(_("Done"), self._done, "primary")
        leave = push_button(_("Not now"), self.hide, "link")
        asked = QWidget()
        asked.setMaximumWidth(_WIDEST)  # answers far from their questions are hard to follow
        asked.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        whole = stack(margins=(SPACE_16, SPACE_12, SPACE_16, SPACE_12))
        whole.addLayout(row(self._head, None, leave, self.done))
        whole.addWidget(asked)
        self.setLayout(whole)
        self.hide()

    def _answers(self, name: str, question: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(SPACE_4)
        group = self._groups[name] = QButtonGroup(self)
        for answer, word in ANSWERS.items():
            button = self.buttons[name, answer] = QPushButton(_(word))
            button.setCheckable(True)
            button.setAccessibleName(f"{question} {_(word)}")
            group.addButton(button)
            line.addWidget(button)
        group.buttonClicked.connect(self._answered)
        line.setContentsMargins(0, 0, SPACE_8, 0)
        return line

    def ask(self, session: Session) -> None:
        """Asks about a session, with the answers that were given before."""
        self._session = session
        given = session.tree.ratings.ratings.answered if session.tree.ratings is not None else {}
        for name, group in self._groups.items():
            group.setExclusive(False)
            for answer in get_args(Answer):
                self.buttons[name, answer].setChecked(given.get(name) == answer)
            group.setExclusive(True)
        self.done.setEnabled(bool(given))
        self.show()

    def answers(self) -> Ratings:
        """What was answered so far."""
        chosen = {name: answer for (name, answer), button in self.buttons.items() if button.isChecked()}
        return Ratings.model_validate(chosen)

    @Slot()
    def _answered(self) -> None:
        given = self.answers().answered
        self.done.setEnabled(bool(given))
        if len(given) == len(QUESTIONS):
            self._done()

    def _done(self) -> None:
        if self._session is not None:
            self.rated.emit(self._session, self.answers())
        self.hide()


def worth_asking(session: Session | None) -> bool:
    """Whether enough was played to ask how it was, and nobody has said yet."""
    return session is not None and session.tree.ratings is None and len(session.played()) >= LEAST_TURNS


def keep_ratings(workspace: Workspace, session: Session, given: Ratings, *, is_open: bool) -> None:
    """Keeps answers with the session and among the workspace's ratings. Raises NotSaved, or what reopening raises."""
    now = datetime.datetime.now(tz=datetime.UTC)
    if is_open or session.file is None:
        outgoing.rate(workspace, session, given, now)
        return
    again = Session.reopen(session.file.path)
    outgoing.rate(workspace, again, given, now)
    again.close()
