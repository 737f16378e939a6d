"""Owns the row of filters over the table of examples: what is looked for, in words and by choice. Filters nothing."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from studio.language import _
from studio.ui.cards.chip import Chip
from studio.ui.data.words import DECISIONS, KINDS, counted_word, reason_word, value_word
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton, label, row

_WAIT_MS = 200


class Filters(QWidget):
    """`changed` tells that something else is looked for; `chosen()` says what, by the names of a filter's fields."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.mark: tuple[str, str] | None = None
        self.search = QLineEdit()
        self.search.setAccessibleName(_("Search in the examples"))
        self.search.setPlaceholderText(_("Search"))
        self.search.setClearButtonEnabled(True)
        self.boxes = {
            "decision": _box(_("Verdict")),
            "source": _box(_("Source")),
            "kind": _box(_("Kind")),
            "reason": _box(_("Reason")),
        }
        self.count = label("", "caption")
        self._place = QWidget()
        self._marked = row(spacing=SPACE_4)
        self._place.setLayout(self._marked)
        self._place.hide()
        self._clock = QTimer(self, interval=_WAIT_MS, singleShot=True)
        self._clock.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda: self._clock.start())
        for box in self.boxes.values():
            box.activated.connect(self.changed)
            box.currentTextChanged.connect(box.setToolTip)  # the box is often narrower than its words
        self.setLayout(
            row(
                self.search, *self.boxes.values(), self._place, self.count,
                spacing=SPACE_8, margins=(SPACE_8, SPACE_8, SPACE_8, SPACE_8),
            )
        )  # fmt: skip
        self.show_values({})

    @property
    def waiting(self) -> bool:
        """Whether something was typed that is not looked for yet."""
        return self._clock.isActive()

    def show_values(self, found: Mapping[str, Mapping[str, int]]) -> None:
        """Offers the values that the table has, each with its number of rows; the choices are kept."""
        heads: dict[str, tuple[str, Callable[[str], str]]] = {
            "decision": (_("Verdict"), lambda value: _(DECISIONS[value])),
            "source": (_("Source"), str),
            "kind": (_("Kind"), lambda value: _(KINDS[value])),
            "reason": (_("Reason"), reason_word),
        }
        for name, (all_of_them, word) in heads.items():
            box = self.boxes[name]
            chosen = box.currentData()
            box.clear()
            box.addItem(all_of_them, "")
            for value, count in found.get(name, {}).items():
                box.addItem(f"{word(value)}  {count:,}".replace(",", "\u2009"), value)
            box.setCurrentIndex(max(0, box.findData(chosen)))

    def chosen(self) -> dict[str, object]:
        """What is looked for."""
        values: dict[str, object] = {name: box.currentData() or "" for name, box in self.boxes.items()}
        return {**values, "text": self.search.text().strip(), "mark": self.mark}

    def choose(self, name: str, value: str) -> None:
        """Looks for one value, as if it had been chosen in its box."""
        box = self.boxes[name]
        place = box.findData(value)
        if place >= 0:
            box.setCurrentIndex(place)
            self.changed.emit()

    def look_for(self, mark: tuple[str, str] | None) -> None:
        """Looks for the rows that are counted under a bar of the balance; None for all."""
        self.mark = mark
        while (item := self._marked.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if mark is not None:
            words = f"{counted_word(mark[0])}: {value_word(mark[1])}"
            self._marked.addWidget(Chip(self._theme, words, "accent"))
            close = IconButton(self._theme, "close", _("Show all again, not only {mark}").format(mark=words), size=12)
            close.clicked.connect(self._unmark)
            self._marked.addWidget(close)
        self._place.setVisible(mark is not None)
        self.changed.emit()

    @Slot()
    def _unmark(self) -> None:
        self.look_for(None)

    def show_count(self, shown: int, of: int) -> None:
        """Says how many rows are shown of how many."""
        told = f"{shown:,}" if shown == of else _("{shown} of {all}").format(shown=f"{shown:,}", all=f"{of:,}")
        self.count.setText(told.replace(",", "\u2009"))


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.view().setMinimumWidth(200)
    return box
