"""Owns the card of one model: what it promises, whether it is chosen, and its fetching. Fetches nothing itself."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QRadioButton, QVBoxLayout, QWidget

from studio.amounts import file_size
from studio.language import _
from studio.ui.phrases import percent
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SPACE_4, SPACE_8, SPACE_12
from studio.ui.train.bases import BaseChoice, Fact
from studio.ui.train.fetcher import Fetch
from studio.ui.widgets import IconButton, label, push_button

_ICON = 14


class BaseCard(QWidget):
    """One model of several of which one is chosen. `fetch_wanted` and `cancel_wanted` carry its name."""

    chosen = Signal(str)
    fetch_wanted = Signal(str)
    cancel_wanted = Signal(str)

    def __init__(self, theme: Theme, choice: BaseChoice) -> None:
        super().__init__()
        self._theme = theme
        self.choice = choice
        self.radio = QRadioButton(choice.title)
        self.radio.setCursor(Qt.CursorShape.PointingHandCursor)
        self.radio.setAccessibleName(f"{choice.role}: {choice.title}" if choice.role else choice.title)
        self.radio.setAccessibleDescription(" ".join(filter(None, (choice.about, _told(choice), choice.sale))))
        self.radio.toggled.connect(self._toggled)
        self.radio.installEventFilter(self)
        self.radio.setProperty("kind", "card")
        self.fetch = push_button("", lambda: self.fetch_wanted.emit(self.choice.name))
        self.cancel = IconButton(theme, "close", _("Stop fetching {name}").format(name=choice.title), size=14)
        self.cancel.clicked.connect(lambda: self.cancel_wanted.emit(self.choice.name))
        self._bar = QProgressBar()
        self._bar.setAccessibleName(_("Fetching {name}").format(name=choice.title))
        self._far = label("", "caption")
        self._trouble = label("", "error", wrap=True)
        self._lay_out()
        theme.changed.connect(self._redraw)
        self._redraw()
        self.show_fetch(None)

    def _lay_out(self) -> None:
        choice = self.choice
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_12)
        column.setSpacing(SPACE_4)
        inner = QVBoxLayout()  # below the words of the radio button, which has a little room around it
        inner.setContentsMargins(SPACE_4, 0, 0, 0)
        inner.setSpacing(SPACE_4)
        if choice.role:
            role = label(choice.role, "caption")
            role.setContentsMargins(SPACE_4, 0, 0, 0)
            column.addWidget(role)
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        head.addWidget(self.radio, 1)
        head.addWidget(self.fetch)
        column.addLayout(head)
        column.addLayout(inner)
        about = label(choice.about, "caption", wrap=True)
        about.setToolTip(choice.about)
        inner.addWidget(about)
        inner.addWidget(Facts(self._theme, choice.facts))
        progress = QHBoxLayout()
        progress.setSpacing(SPACE_8)
        progress.addWidget(self._bar, 1)
        progress.addWidget(self.cancel)
        inner.addLayout(progress)
        inner.addWidget(self._far)
        inner.addWidget(self._trouble)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The card shows where the focus is."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click anywhere chooses."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground and an edge: coloured where it is chosen, stronger where the focus is."""
        theme, on, here = self._theme, self.radio.isChecked(), self.radio.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.tint("accent", 0.10, "panel") if on else theme.colour("panel"))
        wide = 2 if here else 1
        painter.setPen(QPen(theme.colour("accent" if on else "text" if here else "line"), wide))
        inset = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), RADIUS_10, RADIUS_10)

    @Slot(bool)
    def _toggled(self, on: bool) -> None:
        self.update()
        if on:
            self.chosen.emit(self.choice.name)

    @Slot()
    def _redraw(self) -> None:
        self.radio.setFont(self._theme.text_font(weight=self._theme.text_font().Weight.DemiBold))
        self.fetch.setIcon(self._theme.icon("lock" if self.choice.gated else "download"))
        self.update()

    def show_fetch(self, fetch: Fetch | None) -> None:
        """Shows how far its fetching is; None where none is under way."""
        going = fetch is not None and fetch.going
        absent = self.choice.path is None and self.choice.model is not None and self.choice.model.repo is not None
        self.fetch.setVisible(absent and not going)
        self.fetch.setText(_("Go on") if self.choice.came else _("Fetch"))
        asks = _("Its maker may ask for an account at the Hub.")
        self.fetch.setToolTip(f"{self._fetch_word()}. {asks}" if self.choice.gated else self._fetch_word())
        self.fetch.setAccessibleName(_("{fetch}: {name}").format(fetch=self._fetch_word(), name=self.choice.title))
        for part in (self._bar, self.cancel, self._far):
            part.setVisible(going)
        trouble = fetch.trouble if fetch is not None else ""
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        if fetch is None or not going:
            return
        known = fetch.of > 0 and not fetch.waits
        self._bar.setRange(0, 1000 if known else 0)
        self._bar.setValue(round(1000 * fetch.done / fetch.of) if known else 0)
        self._far.setText(_far(fetch))

    def _fetch_word(self) -> str:
        choice = self.choice
        size = file_size(choice.download)
        if choice.came:
            return _("Go on fetching ({came} of {size})").format(came=file_size(choice.came), size=size)
        return _("Fetch {size}").format(size=size)


def _far(fetch: Fetch) -> str:
    if fetch.waits:
        return _("The Hub asks to wait {seconds} s.").format(seconds=fetch.waits)
    if not fetch.of:
        return _("Asking the Hub …")
    share = percent(fetch.done / fetch.of)
    words = _("{share}, {done} of {of}").format(share=share, done=file_size(fetch.done), of=file_size(fetch.of))
    return f"{words} · {fetch.left}" if fetch.left else words


def _told(choice: BaseChoice) -> str:
    return ", ".join(fact.text for fact in choice.facts)


class Facts(QWidget):
    """Figures with icons: the first two beside each other, each other one on a line of its own."""

    def __init__(self, theme: Theme, facts: tuple[Fact, ...]) -> None:
        super().__init__()
        self._theme = theme
        self._icons: list[tuple[QLabel, str]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_4)
        grid.setVerticalSpacing(SPACE_4)
        for place, fact in enumerate(facts):
            icon, words = QLabel(), label(fact.text, "caption")
            for part in (icon, words):
                part.setToolTip(fact.why)
            words.setAccessibleDescription(fact.why)
            self._icons.append((icon, fact.icon))
            line, column = (0, 2 * place) if place < 2 else (place - 1, 0)
            grid.addWidget(icon, line, column)
            grid.addWidget(words, line, column + 1, 1, 1 if place < 2 else 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        theme.changed.connect(self._redraw)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(_ICON)
        for icon, name in self._icons:
            colour = {"success": "dm", "warning": "warning"}.get(name, "muted")
            icon.setPixmap(self._theme.icon(name, colour).pixmap(edge, edge))
