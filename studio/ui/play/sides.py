"""Owns the sides of the table beside each other: one model or two, whose sheets are shown, names hidden, the vote."""

import random
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.play.seat import Seat
from studio.ui.play.side import SideView
from studio.ui.play.voting import VoteBar, comparable
from studio.ui.theme.theme import Theme
from studio.ui.widgets import segment


class Sides(QWidget):
    """One or two sides. `shown` says that another one's sheets are wanted; `voted` carries left, right or tie."""

    shown = Signal()
    voted = Signal(str)

    def __init__(self, theme: Theme, make_side: Callable[[int, Seat], SideView]) -> None:
        super().__init__()
        self._theme = theme
        self._make_side = make_side
        self.sides: list[SideView] = []
        self.number = 0
        self.hidden = False
        self._turned = False
        self._one = False
        self._asked = ""
        self.vote = VoteBar()
        self.vote.voted.connect(self.voted)
        self.which = self._segments()
        self._seats = QSplitter(Qt.Orientation.Horizontal)
        self._seats.setHandleWidth(1)
        self._seats.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._seats, 1)
        column.addWidget(self.vote)

    def _segments(self) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self.segments = [segment(_("Left model")), segment(_("Right model"))]
        for place, part in enumerate(self.segments):
            part.clicked.connect(lambda _checked=False, place=place: self.choose(self._number_at(place)))
            line.addWidget(part)
        line.addStretch(1)
        self.segments[0].setChecked(True)
        box.hide()
        return box

    def _number_at(self, place: int) -> int:
        """Which seat stands at a place from the left."""
        return 1 - place if self._turned else place

    def add(self, seat: Seat) -> SideView:
        """Shows a seat beside the others."""
        side = self._make_side(len(self.sides), seat)
        self.sides.append(side)
        self._seats.addWidget(side)
        self._seats.setStretchFactor(len(self.sides) - 1, 1)
        self._seats.setSizes([1000] * len(self.sides))
        self.which.setVisible(len(self.sides) > 1)
        self._show_sides()
        return side

    def show_one(self, on: bool) -> None:
        """Shows only the side whose sheets are shown, where the room is the game's; or all of them."""
        self._one = on
        self._show_sides()

    def _show_sides(self) -> None:
        for number, side in enumerate(self.sides):
            side.setVisible(not self._one or number == self.number)

    def drop_second(self) -> None:
        """Takes the second side away."""
        if len(self.sides) < 2:
            return
        self.reveal()
        side = self.sides.pop()
        side.seat.moved = lambda: None
        side.hide()
        side.deleteLater()
        self._turned = False
        self.vote.leave()
        self.which.hide()
        self.choose(0)

    def choose(self, number: int) -> None:
        """Shows the sheets of a seat."""
        self.number = min(number, len(self.sides) - 1)
        self.segments[self._number_at(self.number)].setChecked(True)
        self._show_sides()
        self.shown.emit()

    @property
    def seat(self) -> Seat:
        """The seat whose sheets are shown."""
        return self.sides[min(self.number, len(self.sides) - 1)].seat

    @property
    def side(self) -> SideView:
        """The side whose sheets are shown."""
        return self.sides[min(self.number, len(self.sides) - 1)]

    def at(self, place: int) -> Seat:
        """The seat at a place from the left."""
        return self.sides[self._number_at(place)].seat

    # Names hidden, and the vote

    def hide_names(self, chance: random.Random) -> None:
        """Hides who is who, and puts the two beside each other as chance will have it."""
        if len(self.sides) < 2:
            return
        self.hidden = True
        self._turn(chance.random() < 0.5)
        for place in (0, 1):
            self.sides[self._number_at(place)].hide_name(_("Model A") if place == 0 else _("Model B"))
        self.choose(self._number_at(0))  # whose sheets are shown must not tell who was seated first

    def reveal(self) -> None:
        """Shows who is who."""
        self.hidden = False
        for side in self.sides:
            side.hide_name("")

    def _turn(self, turned: bool) -> None:
        self._turned = turned
        for place in (0, 1):
            self._seats.insertWidget(place, self.sides[self._number_at(place)])

    def look(self) -> None:
        """Asks for a vote where both have answered a line that nobody voted on."""
        if len(self.sides) < 2:
            return
        place = f"{self._place(self.at(0))}/{self._place(self.at(1))}"
        if place == self._asked:
            return
        if comparable(self.at(0), self.at(1)):
            self._asked = place
            self.vote.ask()
        else:
            self.vote.leave()

    def _place(self, seat: Seat) -> str:
        session = seat.session
        return f"{id(session)}:{session.tip}" if session is not None else ""

    def tell_vote(self, winner: str) -> None:
        """Says what was voted and who is who."""
        self.reveal()
        self.vote.tell(self.at(0).name, self.at(1).name, winner)
