"""Owns the card of one character; knows neither rules nor the text it came from."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.language import _
from studio.scenario import Character
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import label


class Meter(QWidget):
    """A thin bar of how much is left of how much."""

    def __init__(self, theme: Theme, colour: str, share: float) -> None:
        super().__init__()
        self._theme = theme
        self._colour = colour
        self._share = max(0.0, min(1.0, share))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

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
            painter.drawRoundedRect(self.rect(), radius, radius)
            if self._share:
                painter.setBrush(self._theme.colour(self._colour))
                painter.drawRoundedRect(
                    0, 0, max(self.height(), round(self.width() * self._share)), self.height(), radius, radius
                )


class PartyCard(QFrame):
    """A character's sheet at a glance; `conditions` come from play."""

    def __init__(self, theme: Theme, character: Character, conditions: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "card")
        self.setAccessibleName(character.name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
        layout.setSpacing(SPACE_8)
        layout.addLayout(self._head(character))
        for name, pair, colour in (
            (_("Health"), character.health, "dm"),
            (_("Experience"), character.experience, "system"),
        ):
            if pair is not None:
                layout.addLayout(self._meter(name, pair, colour))
        rows = [
            (_("Skills"), ", ".join(f"{name} {value:+d}" for name, value in character.skills.items())),
            (_("Spells"), ", ".join(character.spells)),
            (_("Carries"), ", ".join(_item(item.name, item.count) for item in character.inventory)),
            (_("Is"), ", ".join(conditions)),
            *character.other.items(),
        ]
        layout.addLayout(_table([(name, text) for name, text in rows if text]))

    def _head(self, character: Character) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        head.addWidget(label(character.name, "strong"))
        kind = ", ".join(word for word in (character.class_name, character.kind) if word)
        quiet = label(kind, "caption")
        head.addWidget(quiet)
        head.addStretch(1)
        if character.level is not None:
            head.addWidget(label(_("Level {level}").format(level=character.level), "caption"))
        return head

    def _meter(self, name: str, pair: tuple[int, int], colour: str) -> QGridLayout:
        now, most = pair
        grid = QGridLayout()
        grid.setVerticalSpacing(SPACE_4)
        grid.addWidget(label(name, "caption"), 0, 0)
        grid.addWidget(label(f"{now} / {most}", "caption"), 0, 1, Qt.AlignmentFlag.AlignRight)
        share = now / most if most > 0 else 0.0
        low = colour == "dm" and share < 0.34
        meter = Meter(self._theme, "error" if low else colour, share)
        meter.setAccessibleName(f"{name} {now} / {most}")
        grid.addWidget(meter, 1, 0, 1, 2)
        return grid


def _item(name: str, count: int) -> str:
    return f"{name} ×{count}" if count != 1 else name


def _table(rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE_12)
    grid.setVerticalSpacing(SPACE_4)
    grid.setColumnStretch(1, 1)
    for line, (name, text) in enumerate(rows):
        grid.addWidget(label(name, "caption"), line, 0, Qt.AlignmentFlag.AlignTop)
        value = label(text, "", wrap=True, selectable=True)
        grid.addWidget(value, line, 1)
    return grid
