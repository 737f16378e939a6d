"""Owns a text that is played on from one of its places: where it came from, and what goes back into it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from studio.ui.context import PlayOn
from studio.ui.play import shelf
from studio.ui.play.seat import Seat
from studio.ui.play.strip import PlayedFrom

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab


class FromText(QObject):
    """Connects the strip above the chat with the text that is played on; `wish` is None where none is."""

    def __init__(self, tab: "PlayTab") -> None:
        super().__init__(tab)
        self._tab = tab
        self.wish: PlayOn | None = None
        self.strip = PlayedFrom(tab.context.theme)
        self.strip.keep_wanted.connect(self.keep)
        self.strip.back_wanted.connect(self.back)
        tab.context.play_wanted.connect(self._wanted)

    @property
    def is_on(self) -> bool:
        """Whether a text is played on."""
        return self.wish is not None

    @Slot(object)
    def _wanted(self, wish: PlayOn) -> None:
        self._tab.was_entered = True
        self._tab.errands.start(self.play_on(wish))

    async def play_on(self, wish: PlayOn) -> None:
        """Plays a text on from a place; where it is the narrator's turn there, he goes on by himself."""
        tab = self._tab
        await tab.look()
        await tab.table.rest()
        scenario = wish.beginning.scenario
        tab.bar.choose(scenario.path)
        tab.begin(scenario, tab.bar.seed(), wish)
        await tab.seat_any_model()
        await tab.table.go_on()

    def show_wish(self, wish: PlayOn | None) -> None:
        """Shows from where a text is played on; None takes it away."""
        self.wish = wish
        self.strip.hide()
        if wish is not None:
            self.strip.show_place(shelf.title_of(wish.beginning.scenario), len(wish.beginning.turns))

    def show_count(self, seat: Seat, *, done: bool) -> None:
        """Says how much was played."""
        if self.wish is not None:
            self.strip.show_count(len(seat.played()), done=done)

    def can_keep(self) -> bool:
        """Whether something was played that can be put back into the text."""
        return self.wish is not None and self.strip.keep.isEnabled()

    @Slot()
    def keep(self) -> None:
        """Puts what was played at the side that is shown back into the text."""
        if self.wish is not None:
            self.wish.keep(self._tab.beside.seat.played())

    @Slot()
    def back(self) -> None:
        """Shows the text again from which the play began."""
        if self.wish is not None:
            self.wish.back()
