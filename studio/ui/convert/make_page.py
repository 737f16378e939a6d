"""Owns the page on which a conversion is asked for and followed: what it is to fit, the table, the steps."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.convert.choices_view import ChoicesView
from studio.ui.convert.plan import Offer, device_rows
from studio.ui.convert.states import Left
from studio.ui.convert.steps import Step
from studio.ui.convert.steps_view import StepsView
from studio.ui.convert.wishes_view import WishesView
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row, segment


class MakePage(QScrollArea):
    """The page. `go_on_wanted` and `clean_wanted` carry what an interrupted conversion left."""

    start_wanted = Signal()
    stop_wanted = Signal()
    play_wanted = Signal()
    go_on_wanted = Signal(object)
    clean_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.wishes = WishesView(theme, device_rows())
        self.choices = ChoicesView(theme)
        self.steps = StepsView(theme)
        self.start = push_button(_("Convert"), self.start_wanted.emit, "primary")
        self.stop = push_button(_("Stop"), self.stop_wanted.emit)
        self.play = push_button(_("Play it"), self.play_wanted.emit, "primary")
        self.go_on = push_button(_("Go on"), lambda: self._send(self.go_on_wanted))
        self.clean = push_button(_("Clean up"), lambda: self._send(self.clean_wanted))
        self._left: Left | None = None
        self._title = label("", "display")
        self._failure = label("", "error", wrap=True, selectable=True)
        self._told = label("", wrap=True, selectable=True)
        self._note = label("", "caption", wrap=True)
        self._few, self._every = segment(_("The usual ones")), segment(_("Every one"))
        self._steps_head = label(_("Steps"), "title")
        self._lay_out()
        self._every.toggled.connect(self.choices.show_every)
        self.choices.looked_at.connect(self._show_note)
        self.choices.turned.connect(self._show_note)

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_12)
        column.addLayout(row(self._title, None, self.stop, self.start, self.play))
        column.addWidget(self._interrupted())
        for part in (self._failure, self._steps_head, self.steps, self.wishes, self._told):
            column.addWidget(part)
        shown = QButtonGroup(self)
        for button in (self._few, self._every):
            shown.addButton(button)
        self._few.setChecked(True)
        column.addLayout(row(label(_("What is made"), "title"), None, self._few, self._every))
        column.addWidget(self.choices)
        column.addWidget(self._note)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(inside)

    def _interrupted(self) -> QWidget:
        self._bar = QFrame()
        self._bar.setProperty("kind", "card-raised")
        self._bar_word = label("", wrap=True)
        line = QHBoxLayout(self._bar)
        line.setContentsMargins(SPACE_16, SPACE_8, SPACE_12, SPACE_8)
        line.setSpacing(SPACE_8)
        line.addWidget(self._bar_word, 1)
        line.addWidget(self.clean)
        line.addWidget(self.go_on)
        self._bar.hide()
        return self._bar

    def show_title(self, title: str) -> None:
        """Names what is converted."""
        self._title.setText(title)

    def show_offer(self, offer: Offer, *, tick: bool) -> None:
        """Shows what each quantisation comes to; with `tick` the one that fits is ticked."""
        self.choices.show_choices(offer.choices, offer.picked)
        if tick:
            self.choices.tick([offer.picked] if offer.picked else [])
        self._told.setText(" ".join(offer.told))
        self._told.setVisible(bool(offer.told))
        if offer.trouble:
            self.show_failure(offer.trouble)
        self._show_note()

    def show_left(self, found: tuple[Left, ...]) -> None:
        """Offers to go on with what an interrupted conversion left."""
        self._left = found[0] if found else None
        self._bar_word.setText(found[0].told if found else "")
        self._bar.setVisible(bool(found))

    def show_failure(self, error: LorewrightError | str | None) -> None:
        """Says what went wrong; nothing hides it."""
        self._failure.setText("" if error is None else str(error))
        self._failure.setVisible(bool(error))

    def show_work(self, steps: list[Step], *, busy: bool, able: bool, made: bool) -> None:
        """What is under way; `able`: a conversion can be begun, `made`: there is one to play."""
        self.start.setVisible(not busy)
        self.start.setEnabled(able and bool(self.choices.ticked()))
        self.start.setText(_("Convert again") if made else _("Convert"))
        self.stop.setVisible(busy)
        self.play.setVisible(made and not busy)
        kind = "" if made else "primary"
        if self.start.property("kind") != kind:
            self.start.setProperty("kind", kind)
            self.start.style().polish(self.start)
        for part in (self.choices, self.wishes, self.go_on, self.clean):
            part.setEnabled(not busy)
        self._steps_head.setVisible(busy)
        self.steps.setVisible(busy)
        self.steps.show_steps(steps)

    @property
    def told(self) -> str:
        """What is said of the choice."""
        return self._told.text()

    @property
    def failure(self) -> str:
        """What is said to be wrong."""
        return self._failure.text() if not self._failure.isHidden() else ""

    @Slot()
    def _show_note(self) -> None:
        unready = [choice.name for choice in self.choices.ticked() if not choice.ready]
        looked = self.choices.looked()
        if unready:
            text = _("{names} cannot be made without an importance matrix: tick it above, or another quantisation.")
            self._note.setText(text.format(names=", ".join(unready)))
        else:
            self._note.setText(looked.note if looked is not None else "")

    def _send(self, signal: object) -> None:
        if self._left is not None:
            signal.emit(self._left)  # type: ignore[attr-defined]  # a bound signal has no type of its own in the stubs
