"""Owns the game panel: a session's sheets, its fight, its dice and its log, beside the chat or in the middle.

It shows what stands and says what a person wants; the session and the rules decide what comes of it.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.language import _
from studio.play.session import Session
from studio.rules import HandChange, Party, Rules, Throw
from studio.rules.combat import Deed
from studio.ui.play.fight import BY_RULES, FightView
from studio.ui.play.happened import Happened
from studio.ui.play.living_sheet import LivingSheet
from studio.ui.play.sheet_table import SheetTable
from studio.ui.play.sheets import card_of, is_player
from studio.ui.play.tray import DiceTray
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import Column, label, rule, stack

Wish = Callable[[Session], object]
"""What a person wants done to a session."""

_SIDE_WIDTH, _SHEETS_WIDTH, _NARROW, _NO_LIMIT = 380, 300, 250, 16_777_215
_HIGH = 1000
"""From this height on the whole tray has room beneath the sheets."""


class GamePanel(QWidget):
    """Fight, sheets and log, and the dice beneath them, which are always in sight.

    `wished` carries a Wish, `place_wanted` a turn to show in the chat; `tell_wanted` asks the narrator to go on.
    """

    wished = Signal(object)
    place_wanted = Signal(int)
    tell_wanted = Signal()

    def __init__(self, theme: Theme, head: QWidget | None = None) -> None:
        super().__init__()
        self._theme, self._wide = theme, False
        self._session: Session | None = None
        self._before: Party | None = None
        self._party: Party | None = None
        self._sheets: list[LivingSheet] = []
        self.setMinimumWidth(theme.px(_NARROW))
        self._nobody = label(_("The party's sheets stand here while you play."), "muted", wrap=True)
        self._fight, self._tray, self._log = FightView(theme), DiceTray(theme), Happened(theme)
        self._rule = rule()
        self._side, self._table = Column(SPACE_16, SPACE_16, still=False), SheetTable(theme)
        for inside in (self._side, self._table):
            inside.setProperty("kind", "scrolled")
        self._left, self._right = QWidget(), _scrolling()
        self._left.setLayout(self._with_tray())
        beside = QHBoxLayout(self)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self._left, 1)
        beside.addWidget(self._right, 2)
        self._right.hide()
        parts = (head, self._nobody, self._fight, self._table, self._rule, self._log)
        for place, part in enumerate(part for part in parts if part is not None):
            self._side.put(place, part)
        if head is not None:
            head.hide()  # whoever gave it shows it
        self._fight.deed_wanted.connect(self._do)
        self._fight.tell_wanted.connect(self.tell_wanted)
        self._tray.throw_wanted.connect(self._throw)
        self._log.wished.connect(self.wished)
        self._log.place_wanted.connect(self.place_wanted)
        self.show_session(None, idle=False)

    def _with_tray(self) -> QVBoxLayout:
        """What scrolls, and the dice beneath it, which do not."""
        scrolling = _scrolling()
        scrolling.setWidget(self._side)
        bar, self._dock = scrolling.verticalScrollBar(), QWidget()
        around = stack(self._tray, margins=(SPACE_16, SPACE_12, SPACE_16, SPACE_12))
        bar.rangeChanged.connect(  # the tray is as wide as what scrolls above it
            lambda _least, most: around.setContentsMargins(
                SPACE_16, SPACE_12, SPACE_16 + (bar.sizeHint().width() if most else 0), SPACE_12
            )
        )
        column = stack(rule(), spacing=0)
        column.addLayout(around)
        self._dock.setLayout(column)
        whole = stack(scrolling, self._dock, spacing=0)
        whole.setStretch(0, 1)
        return whole

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """A high panel shows all of the tray."""
        super().resizeEvent(event)
        self._size_tray()

    def _size_tray(self) -> None:
        self._tray.show_whole(self._wide or self.height() >= self._theme.px(_HIGH))

    def show_wide(self, on: bool) -> None:
        """Takes the middle of the tab, with the sheets beside fight, log and dice; or a place beside the chat."""
        if on == self._wide:
            return
        self._wide = on
        if on:
            self._side.take(self._table)
            self._right.setWidget(self._table)
            self._table.show()
            self._left.setFixedWidth(self._theme.px(_SIDE_WIDTH))
        else:
            self._right.takeWidget()
            self._left.setMinimumWidth(0)
            self._left.setMaximumWidth(_NO_LIMIT)
            self._side.put(self._side.place_of(self._fight) + 1, self._table)
        self._right.setVisible(on)
        self.setMinimumWidth(self._theme.px(_SIDE_WIDTH + _SHEETS_WIDTH if on else _NARROW))
        self._table.many = on
        self._size_tray()

    # What is shown

    def show_session(self, session: Session | None, *, idle: bool) -> None:
        """Shows the game as it stands; None before one began. `idle`: something can be changed now."""
        party = session.party if session is not None else None
        other = session is not self._session
        self._session = session
        self._nobody.setVisible(party is None or not party.sheets)
        for part in (self._fight, self._table, self._dock, self._log, self._rule):
            part.setVisible(party is not None)
        if session is None or party is None:
            self._party = None
            return
        if other or party is not self._party:
            self._before = None if other else self._party
            self._party = party
        due = session.due and session.state().act is not None
        self._fight.show_fight(party, session.rules, idle=idle, due=due)
        self._show_sheets(party, session.rules, session.scenario.player, idle=idle)
        self._tray.show_party(party, session.rules, session.scenario.player, idle=idle)
        self._log.show_session(session, idle=idle)

    def _show_sheets(self, party: Party, rules: Rules, player: str | None, *, idle: bool) -> None:
        sheets = party.sheets
        while len(self._sheets) > len(sheets):
            gone = self._sheets.pop()
            gone.hide()
            gone.deleteLater()
        while len(self._sheets) < len(sheets):
            self._sheets.append(self._new_sheet(rules))
        self._table.show_sheets(self._sheets)
        before = self._before
        whose = party.combat.whose if party.combat is not None else None
        for view, sheet in zip(self._sheets, sheets, strict=True):
            card = card_of(
                sheet, before.find(sheet.name) if before is not None else None, player=is_player(sheet, player)
            )
            view.show_sheet(card, sheet, acts=sheet.name == whose, idle=idle)

    def _new_sheet(self, rules: Rules) -> LivingSheet:
        made = LivingSheet(self._theme, rules)
        made.changed_by_hand.connect(self._change)
        made.throw_wanted.connect(lambda skill: self._tray.throw_for(skill, made.card.name if made.card else ""))
        return made

    # What is wanted

    @Slot(object)
    def _change(self, change: HandChange) -> None:
        self.wished.emit(lambda session: session.hand(change))

    @Slot(object, bool)
    def _throw(self, asked: Throw, tell: bool) -> None:
        self.wished.emit(lambda session: session.throw(asked, tell=tell and bool(asked.skill)))

    @Slot(object)
    def _do(self, deed: Deed | str) -> None:
        if deed == BY_RULES:
            self.wished.emit(lambda session: session.act_by_rules())
        else:
            self.wished.emit(lambda session: session.act(deed))


def _scrolling() -> QScrollArea:
    """A part that scrolls up and down."""
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made
