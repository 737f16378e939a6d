"""Owns how one example is read: as a chat, with what every voice says of it, and the three answers to it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.chat.messages import SYSTEM
from studio.dataset.verdicts import Decision, Verdict
from studio.language import _, plural
from studio.ui.cards.bubble import Bubble
from studio.ui.cards.chip import Chip
from studio.ui.cards.content import Said
from studio.ui.cards.dice import DiceCard
from studio.ui.data.examples_view import KEYS
from studio.ui.data.talk import Entry, short
from studio.ui.data.words import DECISION_ICONS, DECISIONS, FLUSH_LINK, KINDS, VOICES, counted_word
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import IconButton, label, push_button, row, rule, stack

if TYPE_CHECKING:
    from studio.dataset.rows import Row

_A_SLICE = 2
_OPENING_SIGNS = 260
_WIDE = 960


class Reading(QWidget):
    """One example. `left` goes back to the table, `stepped` to the one before or after, `decided` carries a decision.

    `place_wanted` asks to open the file that the example stands in.
    """

    left = Signal()
    stepped = Signal(int)
    decided = Signal(object)
    place_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._waiting: list[Entry] = []
        self._clock = QTimer(self, interval=0)
        self._clock.timeout.connect(self._draw)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("The example"))
        self._place = push_button("", self.place_wanted.emit, "link", why=_("Open where it stands"))
        self._place.setAccessibleName(_("Open where it stands"))
        self._place.setStyleSheet(FLUSH_LINK)
        self._about = label("", "caption")
        self.buttons = {one: push_button("", partial(self.decided.emit, one)) for one in Decision}
        self._voices = stack(spacing=SPACE_8)
        self._talk = QVBoxLayout()
        self._talk.setSpacing(SPACE_12)
        self._lay_out()
        theme.changed.connect(self._redraw)
        self._redraw()

    def _lay_out(self) -> None:
        theme = self._theme
        back = IconButton(theme, "back", _("Back to the table (Esc)"), text=_("All examples"))
        earlier = IconButton(theme, "previous", _("The example before (↑)"))
        later = IconButton(theme, "next", _("The next example (↓)"))
        back.clicked.connect(self.left)
        earlier.clicked.connect(lambda: self.stepped.emit(-1))
        later.clicked.connect(lambda: self.stepped.emit(1))
        head = QWidget()
        head.setLayout(
            row(
                back, earlier, later, None, *self.buttons.values(),
                margins=(SPACE_8, SPACE_8, SPACE_12, SPACE_8),
            )
        )  # fmt: skip
        inside = QWidget()
        inside.setProperty("kind", "base")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = column = QVBoxLayout(inside)
        column.setSpacing(SPACE_12)
        column.addLayout(row(self._place, self._about, None, spacing=SPACE_8))
        column.addLayout(self._voices)
        column.addLayout(self._talk)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setAccessibleName(_("The example as a chat"))
        self.area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(head)
        whole.addWidget(rule())
        whole.addWidget(self.area, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A talk stands in the middle and is no wider than one reads well."""
        super().resizeEvent(event)
        side = max(SPACE_16, (self.width() - self._theme.px(_WIDE)) // 2)
        self._column.setContentsMargins(side, SPACE_12, side, SPACE_16)

    @Slot()
    def _redraw(self) -> None:
        for (decision, button), key in zip(self.buttons.items(), KEYS, strict=True):
            icon_name, colour = DECISION_ICONS[decision.value]
            button.setIcon(self._theme.icon(icon_name, colour))
            button.setText(_(DECISIONS[decision.value]))
            button.setAccessibleName(_(DECISIONS[decision.value]))
            button.setToolTip(_("{word} it ({key})").format(word=_(DECISIONS[decision.value]), key=chr(key)))

    def show_example(self, row_: "Row", voices: Sequence[Verdict], talk: Sequence[Entry]) -> None:
        """Shows a row, what is said of it and its talk."""
        words = self._place.fontMetrics().elidedText(str(row_.place), Qt.TextElideMode.ElideLeft, 420)
        self._place.setText(words)
        self._place.setToolTip(_("Open {place}").format(place=row_.place))
        calls = plural("{count} call", "{count} calls", row_.calls)
        self._about.setText(f"{_(KINDS[row_.kind.value])} · {row_.source} · {calls}")
        self._show_voices(voices)
        _clear(self._talk)
        self._facts(row_.facts)
        system = next((message.content for message in row_.messages if message.role == SYSTEM), "")
        if system:
            self._talk.addWidget(_opening(system))
        self._waiting = list(talk)
        self.area.verticalScrollBar().setValue(0)
        self._clock.start()

    def _facts(self, facts: Mapping[str, Sequence[str]]) -> None:
        told = [f"{counted_word(name)}: {', '.join(values[:6])}" for name, values in facts.items() if values]
        if told:
            self._talk.addWidget(label(" · ".join(told), "caption", wrap=True))

    def _show_voices(self, voices: Sequence[Verdict]) -> None:
        _clear(self._voices)
        person = next((one.decision for one in voices if one.by == "person"), None)
        for decision, button in self.buttons.items():
            button.setProperty("kind", "primary" if decision is person else "")
            button.style().polish(button)
        for voice in voices:
            self._voices.addWidget(_VoiceLine(self._theme, voice))

    @Slot()
    def _draw(self) -> None:
        """A few bubbles at a time, so that a long talk holds up nothing."""
        for one in self._waiting[:_A_SLICE]:
            self._talk.addWidget(Bubble(self._theme, one) if isinstance(one, Said) else DiceCard(self._theme, one))
        del self._waiting[:_A_SLICE]
        if not self._waiting:
            self._clock.stop()

    @property
    def drawn(self) -> bool:
        """Whether all of the talk is there."""
        return not self._waiting

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """K, F, B decide; the arrows go on; Esc goes back."""
        key = Qt.Key(event.key())
        if key in KEYS and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.decided.emit(KEYS[key])
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)


class _VoiceLine(QFrame):
    """What one voice says: who, what, and every reason with what was measured."""

    def __init__(self, theme: Theme, voice: Verdict) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        who = _(VOICES[voice.by.value])
        word = _(DECISIONS[voice.decision.value])
        self.setAccessibleName(f"{who}: {word}")
        chip = Chip(theme, word, DECISION_ICONS[voice.decision.value][1])
        score = "" if voice.score is None else _("score {score}").format(score=f"{voice.score:.2f}")
        head = row(label(who, "strong"), chip, label(score, "caption"), None)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        inside.setSpacing(SPACE_4)
        inside.addLayout(head)
        for reason in voice.reasons:
            inside.addWidget(label(reason.sentence, "muted", wrap=True, selectable=True))


def _opening(system: str) -> QLabel:
    """What the model is told before the talk, as far as it helps to read on."""
    told = " ".join(line.lstrip("# ") for line in system.splitlines() if line.strip())
    made = label(short(told, _OPENING_SIGNS), "caption", wrap=True, selectable=True)
    made.setToolTip(short(system, 4 * _OPENING_SIGNS))
    return made


def _clear(column: QVBoxLayout) -> None:
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
