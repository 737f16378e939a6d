"""Owns the card of one character; knows neither rules nor the text it came from."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.cards.chip import Chip
from studio.ui.cards.content import SheetCard
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import label


class Meter(QWidget):
    """A thin bar of how much is left of how much."""

    def __init__(self, theme: Theme, token: str, share: float) -> None:
        super().__init__()
        self._theme = theme
        self._token = token
        self._share = max(0.0, min(1.0, share))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_share(self, share: float, token: str) -> None:
        """Shows another share."""
        self._share, self._token = max(0.0, min(1.0, share)), token
        self.update()

    def sizeHint(self) -> QSize:
        """As high as a thin bar."""
        return QSize(self._theme.px(60), self._theme.px(6))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the groove and what is left."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("raised"))
            radius = self.height() / 2
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            if self._share:
                painter.setBrush(self._theme.colour(self._token))
                width = max(2 * radius, self.width() * self._share)
                painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)


class PartyCard(QFrame):
    """A character's sheet at a glance; fields that the last turn touched stand out."""

    def __init__(self, theme: Theme, card: SheetCard) -> None:
        super().__init__()
        self._theme = theme
        self.card = card
        self.setProperty("kind", "card")
        self.setProperty("touched", bool(card.changed))
        self.setAccessibleName(card.name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
        layout.setSpacing(SPACE_4)
        layout.addLayout(self._head())
        about = card.about + (_(" · you") if card.player else "")
        if about:
            layout.addWidget(label(about, "caption", wrap=True))
        for condition in card.conditions:
            layout.addWidget(Chip(theme, condition, "warning"), 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(self._table())

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        head.addWidget(label(self.card.name, "strong", wrap=True), 1)
        if self.card.level is not None:
            level = self._word(_("Level {n}").format(n=self.card.level), "level", "caption")
            head.addWidget(level, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _table(self) -> QGridLayout:
        card, grid = self.card, QGridLayout()
        grid.setContentsMargins(0, SPACE_4, 0, 0)
        grid.setHorizontalSpacing(SPACE_12)
        grid.setVerticalSpacing(SPACE_4)
        grid.setColumnStretch(1, 1)
        if card.health is not None:
            share = card.health[0] / max(1, card.health[1])
            meter = self._meter(card.health, "dm" if share > 0.5 else "warning" if share > 0.25 else "error")
            meter.setAccessibleName(_("Health {now} of {most}").format(now=card.health[0], most=card.health[1]))
            told = _("down") if card.down else _fraction(card.health)
            self._add(grid, _("Health"), meter, self._word(told, "health", "caption"))
        if card.experience is not None:
            meter = self._meter(card.experience, "system")
            now, most = card.experience
            meter.setAccessibleName(_("Experience {now} of {most}").format(now=now, most=most))
            self._add(grid, _("Experience"), meter, self._word(_fraction(card.experience), "experience", "caption"))
        for name, text, field in self._rows():
            if text:
                value = self._word(text, field)
                value.setWordWrap(True)
                value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._add(grid, name, value)
        return grid

    def _rows(self) -> list[tuple[str, str, str]]:
        """Name, text and field of each line below the bars."""
        card = self.card
        return [
            (_("Skills"), ", ".join(map(_unbroken, card.skills)), "skills"),
            (_("Spells"), ", ".join(card.spells), "spells"),
            (_("Carries"), ", ".join(card.inventory), "inventory"),
            *((name, text, "other") for name, text in card.other),
        ]

    def _add(self, grid: QGridLayout, name: str, value: QWidget, figure: QLabel | None = None) -> None:
        line = grid.rowCount()
        middle = Qt.AlignmentFlag.AlignVCenter if figure is not None else Qt.AlignmentFlag.AlignTop
        grid.addWidget(label(name, "caption"), line, 0, middle)
        if figure is None:
            grid.addWidget(value, line, 1, 1, 2)
        else:
            grid.addWidget(value, line, 1, middle)
            grid.addWidget(figure, line, 2, Qt.AlignmentFlag.AlignRight)

    def _word(self, text: str, field: str, kind: str = "") -> QLabel:
        """A word of the sheet, in the accent's colour where the last turn touched its field."""
        word = label(text, kind)
        word.setProperty("touched", field in self.card.changed)
        return word

    def _meter(self, pair: tuple[int, int], token: str) -> Meter:
        now, most = pair
        return Meter(self._theme, token, now / most if most > 0 else 0.0)


def _unbroken(skill: str) -> str:
    """A skill whose modifier stays on the line of its name."""
    return "\N{NO-BREAK SPACE}".join(skill.rsplit(" ", 1))


def _fraction(pair: tuple[int, int]) -> str:
    return f"{pair[0]} / {pair[1]}"
