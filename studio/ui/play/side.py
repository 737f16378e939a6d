"""Owns the view of one seat: model picker above, chat in the middle, figures below."""

from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from studio.amounts import file_size
from studio.language import _
from studio.ui.play.chat import ChatView
from studio.ui.play.model_picker import ModelPicker
from studio.ui.play.row_deeds import Deed, offered
from studio.ui.play.rows import Row, Scene
from studio.ui.play.seat import Seat
from studio.ui.play.seat_state import SeatState
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.train.figures import grouped
from studio.ui.widgets import IconButton, label, rule
from studio.ui.widgets.hover import explain


class LastReply(Protocol):
    """Whoever carries out what is wanted of the reply that stands last."""

    def on_last(self, name: str) -> None:
        """Does one thing with it."""


class SideView(QWidget):
    """One model at the table. `model_wanted` carries the path of another one."""

    model_wanted = Signal(object)
    again_wanted = Signal()
    moved = Signal()

    def __init__(self, theme: Theme, seat: Seat) -> None:
        super().__init__()
        self.seat = seat
        self.acts: LastReply | None = None
        self.chat = ChatView(theme, seat.transcript, self.offered)
        self.chat.act_wanted.connect(self.again_wanted)
        self.picker = ModelPicker(theme)
        self.picker.wanted.connect(self.model_wanted)
        self._about = label("", "caption")
        self._alias = label("", "strong")
        self._alias.hide()
        self.settings = IconButton(theme, "gear", _("How this model is loaded"))
        self._figures = Figures()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        column.addWidget(rule())
        column.addWidget(self.chat, 1)
        column.addWidget(rule())
        column.addWidget(self._figures)
        seat.moved = self.refresh
        self.destroyed.connect(lambda: _let_be(seat))
        seat.loading_moved = lambda _share: self._about.setText(self._told())
        self.refresh()

    def _header(self) -> QWidget:
        head = QWidget()
        head.setProperty("kind", "header")
        inside = QHBoxLayout(head)
        inside.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, SPACE_8)
        inside.setSpacing(SPACE_12)
        inside.addWidget(self._alias, 1)
        inside.addWidget(self.picker, 1)
        inside.addWidget(self._about)
        inside.addWidget(self.settings)
        return head

    def refresh(self) -> None:
        """Shows the seat as it is now."""
        seat = self.seat
        self.picker.show_chosen(seat.path)
        self.picker.setEnabled(seat.state not in (SeatState.LOADING, SeatState.WRITING, SeatState.WAITING))
        self._about.setText(self._told())
        card = seat.card
        bits = card.bits_a_weight if card is not None else 0.0
        self._about.setToolTip(_("{n} bits a weight").format(n=f"{bits:.2f}") if bits else "")
        self._figures.show_seat(seat)
        self.chat.place_parts()
        self.moved.emit()

    def hide_name(self, alias: str) -> None:
        """Shows an alias in place of all that tells the model; an empty one shows the model again."""
        self._alias.setText(alias)
        self._alias.setVisible(bool(alias))
        for part in (self.picker, self._about, self.settings, self._figures):
            part.setVisible(not alias)
        self.seat.transcript.hide_name(alias)

    def show_scene(self, title: str, place: str) -> None:
        """Shows what is played at the head of the chat."""
        self.seat.transcript.scene = Scene(title, place)
        self.seat.show()

    def offered(self, row: Row) -> tuple[Deed, ...]:
        """What can be done with a row now."""
        seat = self.seat
        idle = seat.session is not None and seat.state in (SeatState.READY, SeatState.EMPTY, SeatState.LOST)
        return offered(row, idle=idle, can_ask=seat.can_play)

    def _told(self) -> str:
        state = self.seat.state
        words = {
            SeatState.LOADING: _("loading… {percent}%").format(percent=round(100 * self.seat.loaded)),
            SeatState.WRITING: _("writing…"),
            SeatState.WAITING: _("waits its turn…"),
            SeatState.LOST: _("not running"),
        }
        card = self.seat.card
        if state in words or card is None:
            return words.get(state, "")
        return file_size(card.size) if card.size else ""


def _let_be(seat: Seat) -> None:
    """A seat outlives its side: nobody is told of it any more."""
    seat.moved = lambda: None
    seat.loading_moved = lambda _share: None


class Figures(QWidget):
    """Tokens a second, time to the first token, and how full the context is."""

    def __init__(self) -> None:
        super().__init__()
        self._speed, self._first, self._context = label("", "caption"), label("", "caption"), label("", "caption")
        self._full = QProgressBar()
        self._full.setTextVisible(False)
        self._full.setMaximumWidth(90)
        self._full.setAccessibleName(_("How full the context is"))
        for part, why in (
            (self._speed, _("Tokens a second of the last answer")),
            (self._first, _("Seconds until the first token of the last answer")),
            (self._context, _("Tokens of the context in use, of those that fit")),
        ):
            explain(part, why)
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_16, SPACE_4, SPACE_16, SPACE_4)
        line.setSpacing(SPACE_12)
        for widget in (self._speed, self._first):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(self._full)
        line.addWidget(self._context)

    def show_seat(self, seat: Seat) -> None:
        """Shows a seat's figures; a dash where there is none yet."""
        speed = seat.speed
        rate = "–" if speed.tokens_per_second is None else f"{speed.tokens_per_second:.0f}"
        first = "–" if speed.first_token_seconds is None else f"{speed.first_token_seconds:.2f} s"
        self._speed.setText(_("{n} tokens/s").format(n=rate))
        self._first.setText(_("first token {n}").format(n=first))
        most = speed.context or (seat.card.context if seat.card else 0)
        used = speed.context_used  # None: an address did not tell
        text = _("context {used} / {most}").format(
            used="–" if used is None else grouped(used), most=grouped(most) if most else "–"
        )
        left = _(" · {n} oldest turns left out").format(n=speed.left_out) if speed.left_out else ""
        self._context.setText(text + left)
        self._full.setRange(0, max(1, most))
        self._full.setValue(used or 0)
