"""Owns the view of the game panel: sheets, order of a fight, log of changes. Shows what it is given."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.cards.content import SheetCard
from studio.ui.cards.party import PartyCard
from studio.ui.play.sheets import Panel, Place
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_16
from studio.ui.widgets import label, stack

_LOG_LINES = 40


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
        self._sheets: list[PartyCard] = []
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
        self._show_cards(cards)
        lines = panel.log[-_LOG_LINES:] if panel else ()
        self._log_head.setVisible(bool(lines))
        self._log.setVisible(bool(lines))
        self._log.setText("\n".join(reversed(lines)))

    def _show_cards(self, cards: tuple[SheetCard, ...]) -> None:
        """Draws anew the sheets that changed."""
        for place, card in enumerate(cards):
            if place < len(self._sheets) and self._sheets[place].card == card:
                continue
            self._put(place, PartyCard(self._theme, card))
        while len(self._sheets) > len(cards):
            self._drop(self._sheets.pop())

    def _put(self, place: int, view: PartyCard) -> None:
        if place < len(self._sheets):
            self._column.replaceWidget(self._sheets[place], view)
            self._drop(self._sheets[place])
            self._sheets[place] = view
        else:
            self._column.insertWidget(self._column.indexOf(self._log_head), view)
            self._sheets.append(view)

    def _drop(self, view: PartyCard) -> None:
        self._column.removeWidget(view)
        view.hide()
        view.deleteLater()
