"""Owns the view of the game panel: sheets, order of a fight, log of changes. Shows what it is given."""

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.play.bubbles import badge_sheet
from studio.ui.play.sheets import Panel, Place, SheetCard
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, stack

_LOG_LINES = 40


class HealthBar(QWidget):
    """How much health is left: green, then amber, then red."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # Qt's name
        """A flat bar."""
        return QSize(self._theme.px(80), self._theme.px(6))

    def show_share(self, share: float) -> None:
        """Shows a share from 0 to 1."""
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Draws the groove and what is left."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._share > 0:
            token = "dm" if self._share > 0.5 else "warning" if self._share > 0.25 else "error"
            painter.setBrush(self._theme.colour(token))
            width = max(2 * radius, self.width() * self._share)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)


class SheetView(QFrame):
    """One character's card."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._card: SheetCard | None = None
        self.setObjectName("sheet")
        self._name = label("", "strong")
        self._level = label("", "caption")
        self._about = label("", "caption", wrap=True)
        self._health = label("", "caption")
        self._bar = HealthBar(theme)
        self._conditions = QLabel()
        self._conditions.setWordWrap(True)
        self._bag = label("", "caption", wrap=True)
        self._skills = label("", "caption", wrap=True)
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._level)
        life = QHBoxLayout()
        life.setSpacing(SPACE_8)
        life.addWidget(self._bar, 1)
        life.addWidget(self._health)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
        inside.setSpacing(SPACE_4)
        inside.addLayout(head)
        inside.addWidget(self._about)
        inside.addSpacing(2)
        inside.addLayout(life)
        for part in (self._conditions, self._bag, self._skills):
            inside.addWidget(part)
        theme.changed.connect(self._redraw)

    def show_card(self, card: SheetCard) -> None:
        """Shows a sheet; fields that the last turn touched stand out."""
        self._card = card
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        card = self._card
        if card is None:
            return
        self.setAccessibleName(card.name)
        self._name.setText(card.name)
        self._level.setText(_("Level {n}").format(n=card.level) if card.level is not None else "")
        self._about.setText(card.about + (_(" · you") if card.player else ""))
        self._show_health(card)
        self._show_conditions(card)
        self._bag.setText(", ".join(card.inventory))
        self._bag.setVisible(bool(card.inventory))
        self._skills.setText("  ".join(card.skills))
        self._skills.setVisible(bool(card.skills))
        self._stand_out(card)

    def _show_health(self, card: SheetCard) -> None:
        self._bar.setVisible(card.health is not None)
        self._health.setVisible(card.health is not None)
        if card.health is not None:
            now, most, share = card.health
            self._health.setText(_("down") if card.down else f"{now} / {most}")
            self._bar.setAccessibleName(_("Health {now} of {most}").format(now=now, most=most))
            self._bar.show_share(share)

    def _show_conditions(self, card: SheetCard) -> None:
        self._conditions.setVisible(bool(card.conditions))
        self._conditions.setText(" · ".join(card.conditions))
        self._conditions.setStyleSheet(badge_sheet(self._theme, "warning"))

    def _stand_out(self, card: SheetCard) -> None:
        colours = self._theme.colours
        edge = colours.accent if card.changed else colours.line
        self.setStyleSheet(
            f"QFrame#sheet {{ background: {colours.panel}; border: 1px solid {edge};"
            f" border-radius: {self._theme.px(10)}px; }}"
        )
        touched = {"health": self._health, "inventory": self._bag, "level": self._level}
        for field, part in touched.items():
            part.setStyleSheet(f"color: {colours.accent};" if field in card.changed else "")


class OrderView(QWidget):
    """Who acts in which order while a fight lasts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._rows: list[tuple[QWidget, QLabel, QLabel]] = []
        self._column = stack(label(_("Initiative"), "caption"), spacing=SPACE_4)
        self.setLayout(self._column)

    def show_order(self, order: tuple[Place, ...]) -> None:
        """Shows the order; nothing while no fight lasts."""
        self.setVisible(bool(order))
        while len(self._rows) < len(order):
            self._rows.append(self._row())
        for number, (line, name, total) in enumerate(self._rows):
            line.setVisible(number < len(order))
            if number < len(order):
                name.setText(f"{number + 1}.  {order[number].name}")
                name.setProperty("kind", "muted" if order[number].down else "")
                name.style().polish(name)
                total.setText(_("down") if order[number].down else str(order[number].initiative))

    def _row(self) -> tuple[QWidget, QLabel, QLabel]:
        line, name, total = QWidget(), label(""), label("", "caption")
        inside = QHBoxLayout(line)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(name, 1)
        inside.addWidget(total)
        self._column.addWidget(line)
        return line, name, total


class GamePanel(QScrollArea):
    """Order, sheets and log, below each other."""

    def __init__(self, theme: Theme, head: QWidget | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._sheets: list[SheetView] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(theme.px(230))
        self._order = OrderView(theme)
        self._log_head = label(_("What changed"), "caption")
        self._log = label("", "", wrap=True, selectable=True)
        self._nobody = label(_("The party's sheets stand here while you play."), "muted", wrap=True)
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        self._column.setSpacing(SPACE_12)
        for part in filter(None, (head, self._nobody, self._order, self._log_head, self._log)):
            self._column.addWidget(part)
        self._column.addStretch(1)
        self.setWidget(inside)
        self.show_panel(None)

    def show_panel(self, panel: Panel | None) -> None:
        """Shows the game as it stands; None before one began."""
        cards = panel.cards if panel else ()
        self._nobody.setVisible(not cards)
        self._order.show_order(panel.order if panel else ())
        while len(self._sheets) < len(cards):
            view = SheetView(self._theme)
            self._column.insertWidget(self._column.indexOf(self._log_head), view)
            self._sheets.append(view)
        for number, view in enumerate(self._sheets):
            view.setVisible(number < len(cards))
            if number < len(cards):
                view.show_card(cards[number])
        lines = panel.log[-_LOG_LINES:] if panel else ()
        self._log_head.setVisible(bool(lines))
        self._log.setVisible(bool(lines))
        self._log.setText("\n".join(reversed(lines)))
