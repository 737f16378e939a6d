"""Owns asking which of two replies is the better one, and what a vote is. Knows no model's inside."""

import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from studio.language import _
from studio.play import outgoing
from studio.play.ratings import Vote, Winner
from studio.ui.play.seat import Seat
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, push_button
from studio.workspace import Workspace


class VoteBar(QFrame):
    """The question beneath two replies to the same line. `voted` carries left, right or tie."""

    voted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "header")
        self.words = label(_("Which reply is better?"), "strong")
        self.buttons = {
            "left": push_button(_("Left"), lambda: self.voted.emit("left"), why=_("The left reply (Alt+1)")),
            "tie": push_button(_("Alike"), lambda: self.voted.emit("tie"), why=_("Neither is better (Alt+2)")),
            "right": push_button(_("Right"), lambda: self.voted.emit("right"), why=_("The right reply (Alt+3)")),
        }
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._line = line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_16, SPACE_8, SPACE_12, SPACE_8)
        line.setSpacing(SPACE_8)
        line.addStretch(1)
        line.addWidget(self.words)
        for button in self.buttons.values():
            line.addWidget(button)
        line.addStretch(1)
        self.asking = False
        self.hide()

    def ask(self) -> None:
        """Asks about the replies that stand."""
        self.words.setText(_("Which reply is better?"))
        self._show_buttons(True)

    def leave(self) -> None:
        """Nothing is asked any more."""
        self.asking = False
        self.hide()

    def tell(self, left: str, right: str, winner: str) -> None:
        """Says what was voted, and who is who."""
        better, other = (right, left) if winner == "right" else (left, right)
        text = _("You found both alike: {left} on the left, {right} on the right.")
        if winner != "tie":
            text = _("You chose {better} over {other}.")
        self.words.setText(text.format(left=left, right=right, better=better, other=other))
        self._show_buttons(False)

    def _show_buttons(self, on: bool) -> None:
        self.asking = on
        for button in self.buttons.values():
            button.setVisible(on)
        self.words.setWordWrap(not on)  # two long names take several lines where there is little room
        self._line.setStretchFactor(self.words, 0 if on else 100)
        self.show()


def comparable(left: Seat, right: Seat) -> bool:
    """Whether both have answered the same line, and nothing is being written."""
    tips = [seat.session.nodes.get(seat.session.tip or 0) for seat in (left, right) if seat.session is not None]
    replied = len(tips) == 2 and all(tip is not None and tip.kind == "DM" and not tip.told for tip in tips)
    return replied and left.can_play and right.can_play and last_line(left) == last_line(right) != ""


def last_line(seat: Seat) -> str:
    """What the player said last."""
    path = seat.session.path() if seat.session is not None else ()
    return next((node.text for node in reversed(path) if node.kind == "User"), "")


def keep_vote(workspace: Workspace, left: Seat, right: Seat, winner: Winner, *, blind: bool) -> Vote:
    """Keeps a vote with the left session and among the workspace's ratings. Raises NotSaved."""
    session = left.session
    assert session is not None and session.tip is not None
    vote = Vote(
        left=left.digest,
        left_name=left.name,
        right=right.digest,
        right_name=right.name,
        winner=winner,
        blind=blind,
        line=last_line(left),
    )
    tip, now = session.tip, datetime.datetime.now(tz=datetime.UTC)
    left.change(lambda one: outgoing.vote(workspace, one, tip, vote, now))
    return vote
