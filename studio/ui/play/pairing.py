"""Owns two models at the table: seating the second, hiding who is who, and both on the same input from elsewhere."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from studio.ui.context import Comparison

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab


class Pairing(QObject):
    """Connects the two switches of the tool bar, and the wish to compare."""

    def __init__(self, tab: "PlayTab") -> None:
        super().__init__(tab)
        self._tab = tab
        self._comparing = False
        tab.bar.pair_toggled.connect(self._pair)
        tab.bar.blind_toggled.connect(self._blind)
        tab.context.comparison_wanted.connect(self._compare)

    @Slot(bool)
    def _pair(self, on: bool) -> None:
        tab = self._tab
        if on and len(tab.sides) < 2:
            tab.beside.add(tab.table.second())
            tab.show_scene()
            if not self._comparing:
                self._load_second()
        elif not on and len(tab.sides) > 1:
            tab.beside.drop_second()
            tab.errands.start(tab.table.drop_second())
        tab.refresh()

    @Slot(bool)
    def _blind(self, on: bool) -> None:
        """Names are hidden from the beginning of a play on: what stood before tells who is who."""
        if on and len(self._tab.sides) > 1:
            self._tab.begin_again()
        else:
            self._tab.beside.reveal()

    def _load_second(self) -> None:
        """The first model that is not seated yet, else the same one again."""
        taken = self._tab.table.seats[0].path
        able = [model.path for model in self._tab.models if not model.why]
        other = next((path for path in able if path != taken), taken)
        if other is not None:
            table, named = self._tab.table, self._tab.stock.named(other)
            self._tab.errands.start(table.seat_model(1, other, named, join=True))

    @Slot(object)
    def _compare(self, wish: Comparison) -> None:
        """Two models on the same input: both are loaded, and the line is said to both."""
        self._tab.was_entered = True
        self._tab.errands.start(self.compare(wish))

    async def compare(self, wish: Comparison) -> None:
        """Seats both models, begins the scenario for both and says the line; the sheets shown are the right one's."""
        tab = self._tab
        await tab.look()
        tab.bar.choose(wish.scenario)
        self._comparing = True
        tab.bar.pair.setChecked(True)
        self._comparing = False
        for number, path in enumerate((wish.left, wish.right)):
            await tab.table.seat_model(number, path, tab.stock.named(path))
        tab.begin_chosen()
        tab.beside.choose(1)
        if wish.line:
            await tab.table.say(wish.line)
